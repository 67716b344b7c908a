"""Whether a whole warehouse fell silent: one account of each that declares how often it counts.

A SKU that is no longer counted tells nothing about its warehouse: only one that counts nothing at all is
silent. So every count passes word of itself on to the warehouse's own account, and that alone judges.
"""

from typing import Final, NamedTuple

import orjson

from pipeline.domain.healers import Notice, gone, seen
from pipeline.domain.instants import from_ms, to_ms
from pipeline.domain.outcome import Outcome
from pipeline.domain.stock.policy import StockPolicy
from schemas.base import Event, derived_id
from schemas.inventory import StockCounted, WarehouseSpoke, warehouse_subject
from schemas.vocabulary import AnomalyEnd, AnomalyKind

WAREHOUSE: Final = b"w"
"""How the stored account of a warehouse begins; that of a SKU begins otherwise."""
SILENT: Final = AnomalyKind.WAREHOUSE_SILENT


class WarehouseState(NamedTuple):
    """One warehouse; times are ms since 1970 UTC. `spoke_ms`: when its last count came in.

    `silent_ms`: the first instant of the silence that was told and is not over; 0: it is not silent.
    """

    spoke_ms: int
    silent_ms: int = 0

    def to_bytes(self) -> bytes:
        """The state as JSON behind its mark."""
        return WAREHOUSE + orjson.dumps(tuple(self))

    @classmethod
    def from_bytes(cls, raw: bytes) -> "WarehouseState":
        """Read `to_bytes` back."""
        return cls(*orjson.loads(raw[len(WAREHOUSE) :]))


def spoken(count: StockCounted, policy: StockPolicy) -> WarehouseSpoke | None:
    """Word for the warehouse that it counted; None unless it declares how often it does.

    It spoke when the count came in (`observed_at`), however old what it told was. A ledger's count is not
    its word.
    """
    if count.counter != "cloud" or policy.silent_after_ms(count.warehouse) is None:
        return None
    return WarehouseSpoke(
        event_id=derived_id(count.event_id, "warehouse.spoke"),
        cause_id=count.event_id,
        occurred_at=count.occurred_at,
        observed_at=count.observed_at,
        subject=warehouse_subject(count.warehouse),
        warehouse=count.warehouse,
    )


def decide_silence(
    state: WarehouseState | None, word: WarehouseSpoke | None, key: str, now_ms: int, policy: StockPolicy
) -> Outcome[WarehouseState]:
    """Take word of a warehouse, or (None) the passing of time, at `now_ms` of the event clock.

    Silent is one of which nothing came in for more than three times what it declares (domain.md section 14).
    What is told of a silence derives from the words alone, so a replay in other batches tells the same.
    """
    after_ms = policy.silent_after_ms(key.removeprefix(warehouse_subject("")))
    if after_ms is None:
        return Outcome(None, _undeclared(state, key), is_news=False)
    events: list[Event] = []
    if word is not None:
        spoke_ms = to_ms(word.observed_at)
        state = _judged(state or WarehouseState(spoke_ms), key, spoke_ms, after_ms, events)
        if spoke_ms > state.spoke_ms:
            events += _over(state, word, key)
            state = WarehouseState(spoke_ms)
    if state is None:
        return Outcome(None, is_news=False)
    state = _judged(state, key, now_ms, after_ms, events)
    due_ms = now_ms + after_ms if state.silent_ms else state.spoke_ms + after_ms
    return Outcome(state, tuple(events), due_ms, is_news=False)


def _judged(
    state: WarehouseState, key: str, at_ms: int, after_ms: int, events: list[Event]
) -> WarehouseState:
    """Tell of a silence that has lasted until `at_ms`, once."""
    if state.silent_ms or at_ms <= state.spoke_ms + after_ms:
        return state
    silent_ms = state.spoke_ms + after_ms + 1
    evidence = {
        "warehouse": key.removeprefix(warehouse_subject("")),
        "last_count_received_at": from_ms(state.spoke_ms).isoformat(),
        "silent_after_s": str(after_ms // 1000),
    }
    events.append(seen(_noticed(key, "silent", silent_ms), SILENT, "warning", evidence))
    return state._replace(silent_ms=silent_ms)


def _over(silence: WarehouseState, word: WarehouseSpoke, key: str) -> tuple[Event, ...]:
    """A word from before the silence began shows that there was none; any later one ends it."""
    spoke_ms, silent_ms = to_ms(word.observed_at), silence.silent_ms
    if not silent_ms:
        return ()
    if spoke_ms < silent_ms:
        because = "a count that was told late shows that it was not silent"
        return (gone(Notice(key, word, silent_ms), SILENT, AnomalyEnd.WITHDRAWN, because),)
    return (gone(Notice(key, word, spoke_ms), SILENT, AnomalyEnd.CLEARED, "it counts again"),)


def _undeclared(state: WarehouseState | None, key: str) -> tuple[Event, ...]:
    if state is None or not state.silent_ms:
        return ()
    because = "it no longer declares how often it counts"
    return (gone(_noticed(key, "undeclared", state.silent_ms), SILENT, AnomalyEnd.CLEARED, because),)


def _noticed(key: str, what: str, at_ms: int) -> Notice:
    """What time alone brought about."""
    at = from_ms(at_ms)
    cause = Event(event_id=derived_id(key, f"{what}|{at_ms}"), cause_id=key, occurred_at=at, observed_at=at)
    return Notice(key, cause, at_ms)
