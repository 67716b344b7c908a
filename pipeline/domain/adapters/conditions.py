"""Decides by the conditions of a document whether an item is of a kind."""

from collections.abc import Callable, Mapping
from typing import Final

from pipeline.domain.adapters.paths import EITHER, Item, getter
from pipeline.domain.adapters.values import Values

Condition = Callable[[Item, Item], bool]
PRESENT: Final = "present"
ABSENT: Final = "absent"


def condition(when: Mapping[str, tuple[str, ...]], values: Values) -> Condition:
    """Return the condition: for each path `present`, `absent`, or one of the texts; all must be fulfilled.

    Of paths with | between them the first that holds something counts.
    """
    tests = [(getter(tuple(path.split(EITHER))), frozenset(allowed)) for path, allowed in when.items()]

    def holds(item: Item, around: Item) -> bool:
        return all(_fulfils(find(item, around), allowed, values) for find, allowed in tests)

    return holds


def _fulfils(value: Item, allowed: frozenset[str], values: Values) -> bool:
    if value is None or value in ("", []):
        return ABSENT in allowed
    if PRESENT in allowed:
        return True
    if type(value) is dict or type(value) is list:
        return False
    return (str(value) if type(value) is int else values.text(value)) in allowed
