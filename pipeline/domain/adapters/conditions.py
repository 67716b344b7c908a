"""Decides by the conditions of a document whether an item is of a kind."""

from collections.abc import Callable, Mapping
from functools import reduce
from typing import Final

from pipeline.domain.adapters.paths import EITHER, Getter, Item, getter, says_nothing, single_name
from pipeline.domain.adapters.values import Values

Condition = Callable[[Item, Item], bool]
PRESENT: Final = "present"
ABSENT: Final = "absent"


def condition(when: Mapping[str, tuple[str, ...]], values: Values) -> Condition:
    """Return the condition: for each path `present`, `absent`, or one of the texts; all must be fulfilled.

    Of paths with | between them the first that holds something counts.
    """
    tests = [_test(tuple(path.split(EITHER)), frozenset(allowed), values) for path, allowed in when.items()]
    return reduce(_both, tests) if tests else lambda item, around: True


def _both(one: Condition, other: Condition) -> Condition:
    return lambda item, around: one(item, around) and other(item, around)


def _test(paths: tuple[str, ...], allowed: frozenset[str], values: Values) -> Condition:
    single = single_name(paths[0]) if len(paths) == 1 else None
    if single is not None and PRESENT in allowed and ABSENT not in allowed:
        return _holds_something(*single)
    return _one_of(getter(paths), allowed, values)


def _holds_something(name: str, outer: bool) -> Condition:
    """As `_one_of` tests for `present` alone, the commonest condition, without a call to find the value."""

    def holds_something(item: Item, around: Item) -> bool:
        holder = around if outer else item
        value = holder.get(name) if type(holder) is dict else None
        return bool(value) or not says_nothing(value)

    return holds_something


def _one_of(find: Getter, allowed: frozenset[str], values: Values) -> Condition:
    absent_fits, present_fits = ABSENT in allowed, PRESENT in allowed
    texts = allowed - values.empty

    def fulfils(item: Item, around: Item) -> bool:
        value = find(item, around)
        if not value and says_nothing(value):
            return absent_fits
        if present_fits:
            return True
        if type(value) is str:
            return value.strip() in texts
        if type(value) is int:
            return str(value) in allowed
        return type(value) is not dict and type(value) is not list and values.text(value) in allowed

    return fulfils
