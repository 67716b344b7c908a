"""One field of a fact: where its value is, and how it is read, by what the field is."""

from collections.abc import Callable
from typing import Any, Final

from pipeline.domain.adapters.conditions import PRESENT
from pipeline.domain.adapters.document import FieldSpec
from pipeline.domain.adapters.paths import Getter, Item, getter, single_name
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
Read = Callable[[Item, Item], Any]
"""(item, the item around it) -> what the field tells, None where it tells nothing; raises Unreadable."""


class Field:
    """A compiled field. `read` gives what the first path tells that tells something, None where none does; it
    raises Unreadable naming the field."""

    def __init__(self, name: str, spec: FieldSpec, values: Values, money: str) -> None:
        self.name = name
        self.paths = spec.at or ()
        self.is_time = _is_time(name, spec)
        self._finds: tuple[Getter, ...] = tuple(getter((path,)) for path in self.paths)
        self.read: Read = _reader(name, spec, values, money)

    def raw(self, item: Item, around: Item) -> Item:
        """Return the value as it was received: of the first path that holds something."""
        found = (value for find in self._finds if (value := find(item, around)) not in (None, "", []))
        return next(found, None)


def _reader(name: str, spec: FieldSpec, values: Values, money: str) -> Read:
    if spec.value is not None:
        return lambda item, around: spec.value
    convert = _converter(name, spec, values, money)
    paths = spec.at or ()
    place = f"field {name} ({' or '.join(paths)})"
    if spec.minus:
        less = getter((spec.minus,))
        return _first_told([_difference(getter((path,)), less, convert, place) for path in paths])
    reads = []
    for path in paths:
        single = single_name(path)
        if single is None:
            reads.append(_found(getter((path,)), convert, place))
        elif _is_text(name, spec):
            reads.append(_text_of(*single, values.empty, convert, place))
        else:
            is_plain_time = _is_time(name, spec) and spec.is_ is None
            reads.append(_value_of(*single, values.moment if is_plain_time else convert, convert, place))
    return _first_told(reads)


def _first_told(reads: list[Read]) -> Read:
    if len(reads) == 1:
        return reads[0]

    def read(item: Item, around: Item) -> Any:
        for one in reads:
            told = one(item, around)
            if told is not None:
                return told
        return None

    return read


def _found(find: Getter, convert: Convert, place: str) -> Read:
    def read(item: Item, around: Item) -> Any:
        value = find(item, around)
        if value is None:
            return None
        try:
            return convert(value)
        except Unreadable as error:
            raise Unreadable(f"{place}: {error}") from error

    return read


def _value_of(name: str, outer: bool, single: Convert, convert: Convert, place: str) -> Read:
    """As `_found` reads a path of one name, without a call to find it: nearly every path is one.

    `single` converts what is no list; it may be quicker than `convert`.
    """

    def read(item: Item, around: Item) -> Any:
        holder = around if outer else item
        value = holder.get(name) if type(holder) is dict else None
        if value is None:
            return None
        try:
            return convert(value) if type(value) is list else single(value)
        except Unreadable as error:
            raise Unreadable(f"{place}: {error}") from error

    return read


def _text_of(name: str, outer: bool, empty: frozenset[str], convert: Convert, place: str) -> Read:
    """As `_value_of` reads a text, without a call to convert what is text or a number already."""
    read_other = _value_of(name, outer, convert, convert, place)

    def read(item: Item, around: Item) -> Any:
        holder = around if outer else item
        value = holder.get(name) if type(holder) is dict else None
        if type(value) is str:
            text = value.strip()
        elif type(value) is int:
            text = str(value)
        else:
            return None if value is None else read_other(item, around)
        return None if text in empty else text

    return read


def _difference(find: Getter, less: Getter, convert: Convert, place: str) -> Read:
    def read(item: Item, around: Item) -> Any:
        value = find(item, around)
        try:
            told = None if value is None else convert(value)
            if told is None:
                return None
            taken = less(item, around)
            return told - ((None if taken is None else convert(taken)) or 0)
        except Unreadable as error:
            raise Unreadable(f"{place}: {error}") from error

    return read


def _is_time(name: str, spec: FieldSpec) -> bool:
    return name in TIMES or (name == "version" and not spec.number)


def _is_text(name: str, spec: FieldSpec) -> bool:
    is_other = name in FLAGS or name in MONEY or name in WHOLE or name in WAYBILLS or name in TIMES
    return not is_other and spec.is_ is None and name != "version"


def _converter(name: str, spec: FieldSpec, values: Values, money: str) -> Convert:
    if name in FLAGS or spec.is_ is not None:
        return _flag(frozenset(spec.is_) if spec.is_ is not None else TRUE, values)
    if name in MONEY:
        return _sum_of(values.yuan if (spec.unit or money) == "yuan" else values.whole, spec.times)
    if name in WHOLE:
        return _sum_of(values.whole, spec.times)
    if name in WAYBILLS:
        return _waybills(values, spec.split)
    if _is_time(name, spec):
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
        if type(value) is not list:
            number = read(value)
            return None if number is None else number * times
        known = [number for one in value if (number := read(one)) is not None]
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

    is_cut_by_letters = any(sign.isalnum() for sign in split)

    def convert(value: Item) -> str | tuple[str, ...] | None:
        if type(value) is str and value.isalnum() and not is_cut_by_letters:  # one, without blanks
            return None if value in values.empty else value.upper()
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
