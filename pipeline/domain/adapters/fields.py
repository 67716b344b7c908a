"""One field of a fact: where its value is, and how it is read, by what the field is."""

from collections.abc import Callable
from typing import Any, Final

from pipeline.domain.adapters.conditions import PRESENT
from pipeline.domain.adapters.document import FieldSpec
from pipeline.domain.adapters.paths import Getter, Item, getter
from pipeline.domain.adapters.values import Unreadable, Values, shown

TIMES: Final = frozenset(
    ("occurred_at", "ordered_at", "paid_at", "promised_ship_at", "promised_sign_at", "outbound_at",
     "first_scan_at", "signed_at", "closed_at", "at")
)  # fmt: skip
WHOLE: Final = frozenset({"units"})
MONEY: Final = frozenset({"paid_fen", "amount_fen"})
FLAGS: Final = frozenset(
    ("has_gift", "is_customised", "is_parent", "cash_on_delivery", "cannot_supply", "red_lettered",
     "complaint", "open", "returns_goods")
)  # fmt: skip
WAYBILLS: Final = frozenset({"waybill", "line"})
MOST_WAYBILLS: Final = 200
TRUE: Final = frozenset({"1", "true", "True", "yes", "Y"})

Convert = Callable[[Item], Any]  # what a field is read as depends on the field


class Field:
    """A compiled field. `read` gives None where nothing is told; it raises Unreadable naming the field."""

    def __init__(self, name: str, spec: FieldSpec, values: Values, money: str) -> None:
        self.name = name
        self.paths = spec.at or ()
        self.is_time = name in TIMES or (name == "version" and not spec.number)
        self._value = spec.value
        self._finds: tuple[Getter, ...] = tuple(getter((path,)) for path in self.paths)
        self._less: Getter | None = getter((spec.minus,)) if spec.minus else None
        self._convert = _converter(name, spec, values, money)

    def raw(self, item: Item, around: Item) -> Item:
        """Return the value as it was received: of the first path that holds something."""
        found = (value for find in self._finds if (value := find(item, around)) not in (None, "", []))
        return next(found, None)

    def read(self, item: Item, around: Item) -> Any:
        """Return what the first path tells that tells something; None where none does."""
        if self._value is not None:
            return self._value
        for find in self._finds:
            value = find(item, around)
            told = None if value is None else self._told(value, item, around)
            if told is not None:
                return told
        return None

    def _told(self, value: Item, item: Item, around: Item) -> Any:
        try:
            told = self._convert(value)
            if told is None or self._less is None:
                return told
            less = self._less(item, around)
            return told - ((None if less is None else self._convert(less)) or 0)
        except Unreadable as error:
            raise Unreadable(f"field {self.name} ({' or '.join(self.paths)}): {error}") from error


def _converter(name: str, spec: FieldSpec, values: Values, money: str) -> Convert:
    if name in FLAGS or spec.is_ is not None:
        return _flag(frozenset(spec.is_) if spec.is_ is not None else TRUE, values)
    if name in MONEY:
        return _sum_of(values.yuan if (spec.unit or money) == "yuan" else values.whole, spec.times)
    if name in WHOLE:
        return _sum_of(values.whole, spec.times)
    if name in WAYBILLS:
        return _waybills(values, spec.split)
    if name in TIMES or (name == "version" and not spec.number):
        return _first_of(values.moment)
    return _first_of(values.whole if name == "version" else values.text)


def _first_of(read: Callable[[Item], object]) -> Convert:
    def convert(value: Item) -> object:
        if type(value) is not list:
            return read(value)
        return next((found for one in value if (found := read(one)) is not None), None)

    return convert


def _sum_of(read: Callable[[Item], int | None], times: int) -> Convert:
    def convert(value: Item) -> int | None:
        several = value if type(value) is list else (value,)
        known = [number for one in several if (number := read(one)) is not None]
        return sum(known) * times if known else None

    return convert


def _flag(true: frozenset[str], values: Values) -> Convert:
    def convert(value: Item) -> bool | None:
        several = value if type(value) is list else (value,)
        texts = [text for one in several if (text := _text(one, values)) is not None]
        return PRESENT in true or any(text in true for text in texts) if texts else None

    return convert


def _text(value: Item, values: Values) -> str | None:
    """A flag's 0 is a word of its own, also where 0 means that other fields are empty."""
    if type(value) is int:
        return str(value)
    return values.text(value)


def _waybills(values: Values, split: str) -> Convert:
    """A waybill is the same whatever its case and the blanks in it."""

    def convert(value: Item) -> str | tuple[str, ...] | None:
        several = value if type(value) is list else (value,)
        found: dict[str, None] = {}
        for one in several:
            text = values.text(one)
            for part in _cut(text, split) if text else ():
                number = "".join(part.split()).upper()
                if number:
                    found[number] = None
        if len(found) > MOST_WAYBILLS:
            raise Unreadable(f"{shown(value)} names more than {MOST_WAYBILLS} waybills")
        if not found:
            return None
        return next(iter(found)) if len(found) == 1 else tuple(found)

    return convert


def _cut(text: str, split: str) -> list[str]:
    for sign in split[1:]:
        text = text.replace(sign, split[0])
    return text.split(split[0]) if split else [text]
