"""What a page is narrowed by, one chip each: its link takes that filter away and keeps the others. Pure."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from dashboard.blocks import Chip, Chips, to
from dashboard.limits import DEFAULT_WINDOW
from dashboard.view_models.where import warehouse_word
from dashboard.words import Words

Named = Callable[[str], str]


@dataclass(frozen=True, slots=True)
class Filter:
    """What a page can be narrowed by: its name in the address, its word, and the word of each value.

    `default` is the value that narrows nothing.
    """

    name: str
    label: str
    named: Named
    default: str = ""


def chips_of(page: str, filters: Sequence[Filter], params: Mapping[str, str], words: Words) -> Chips:
    """Return a chip for each filter that is on, and, from two on, one that takes all of them away.

    `params` is what the address of the page says, by name; what is none of the filters every link keeps.
    """
    on = [one for one in filters if params.get(one.name, one.default) != one.default]
    off = {one.name for one in filters} - {one.name for one in on}
    kept = {name: value for name, value in params.items() if name not in off}

    def without(*names: str) -> str:
        return to(page, **{name: value for name, value in kept.items() if name not in names})

    chips = [_chip(one, params[one.name], without(one.name), words) for one in on]
    if len(chips) > 1:
        link = without(*(one.name for one in on))
        chips.append(Chip("all", words("chip_all"), words("chip_all_help"), link))
    return Chips("chips", words("chips"), chips)


def _chip(one: Filter, value: str, link: str, words: Words) -> Chip:
    said = words("chip", label=one.label, value=one.named(value))
    return Chip(one.name, said, words("chip_help", filter=said), link)


def shop_filter(words: Words) -> Filter:
    """Return the filter by shop."""
    return Filter("shop", words("shop"), str)


def platform_filter(words: Words) -> Filter:
    """Return the filter by platform."""
    return Filter("platform", words("col_platform"), lambda code: words.term("platform", code))


def warehouse_filter(words: Words) -> Filter:
    """Return the filter by warehouse."""
    return Filter("warehouse", words("col_warehouse"), lambda name: warehouse_word(name, words))


def stage_filter(words: Words) -> Filter:
    """Return the filter by stage."""
    return Filter("stage", words("col_stage"), lambda stage: words.term("stage", stage))


def window_filter(words: Words, default: str = DEFAULT_WINDOW) -> Filter:
    """Return the choice of window; the one that a page opens with is no filter."""
    return Filter("window", words("window"), lambda name: words.term("window", name), default)
