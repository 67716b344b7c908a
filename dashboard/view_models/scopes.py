"""What a card says of the filters: what it is narrowed to, and which of them it does not obey. Pure."""

from dashboard.queries.chosen import EVERYTHING, Chosen
from dashboard.view_models.where import warehouse_word
from dashboard.words import Words

FILTERS = Chosen._fields


def scope_note(chosen: Chosen, words: Words, *obeyed: str) -> str:
    """Return what is chosen and obeyed, then what is chosen and is not; "" while nothing is chosen."""
    named = [name for name in FILTERS if getattr(chosen, name) != getattr(EVERYTHING, name)]
    told = [_said(name, chosen, words) for name in named if name in obeyed]
    others = [words(f"filter_{name}") for name in named if name not in obeyed]
    if others:
        told.append(words("unfiltered_by", names=words("comma").join(others)))
    return " · ".join(told)


def with_scope(note: str, chosen: Chosen, words: Words, *obeyed: str) -> str:
    """Return a note of a card with what it says of the filters behind it."""
    return " · ".join(part for part in (note, scope_note(chosen, words, *obeyed)) if part)


def _said(name: str, chosen: Chosen, words: Words) -> str:
    match name:
        case "platform":
            return words.term("platform", chosen.platform)
        case "warehouse":
            return warehouse_word(chosen.warehouse, words)
    return words(f"window_{chosen.window}")
