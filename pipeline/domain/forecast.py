"""Which orders will miss their shipping deadline, as a pure function: what a view in SQL is held against."""

from collections.abc import Iterable, Mapping
from typing import Final, NamedTuple

HORIZON_MS: Final = 4 * 3_600_000
"""How far ahead is looked, and over which time back the pace of a warehouse is measured."""
KNOWN_MS: Final = 24 * 3_600_000
"""A warehouse from which nothing left for so long has no pace: of its orders nothing is said."""


class Waiting(NamedTuple):
    """One order that is still to leave its warehouse; milliseconds since 1970 UTC."""

    order_id: str
    warehouse: str
    deadline_ms: int


class Left(NamedTuple):
    """One order that left its warehouse."""

    warehouse: str
    outbound_ms: int


def will_miss(waiting: Iterable[Waiting], left: Iterable[Left], clock_ms: int) -> Mapping[str, bool | None]:
    """Return, of each order whose deadline lies in [clock, clock + 4 h], whether it will miss it.

    A warehouse ships by deadline, the overdue ones first, as many an hour as on average over the last 4 h. An
    order misses when its turn comes after its deadline; on the very instant it does not. None: no pace.
    """
    gone = list(left)
    queues: dict[str, list[Waiting]] = {}
    for one in sorted(waiting, key=lambda one: (one.deadline_ms, one.order_id)):
        queues.setdefault(one.warehouse, []).append(one)
    return {
        one.order_id: _misses(place, one, gone, clock_ms)
        for queue in queues.values()
        for place, one in enumerate(queue, 1)
        if clock_ms <= one.deadline_ms <= clock_ms + HORIZON_MS
    }


def _misses(place: int, one: Waiting, gone: Iterable[Left], clock_ms: int) -> bool | None:
    ages = [clock_ms - left.outbound_ms for left in gone if left.warehouse == one.warehouse]
    if not any(0 <= age < KNOWN_MS for age in ages):
        return None
    pace = sum(0 <= age < HORIZON_MS for age in ages)
    return place * HORIZON_MS > pace * (one.deadline_ms - clock_ms)
