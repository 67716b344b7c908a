"""Commands to the storefronts: each has one id, is sent again until it is confirmed, and is visible if it
never is.

What all storefronts together may show never exceeds what can be sold: an order of a storefront comes off
both its own share and what is available; whatever else takes stock away brings new, smaller shares at once.
"""

from collections.abc import Iterator
from typing import Any, Final

from pipeline.domain.stock.guarding import Figures
from pipeline.domain.stock.state import Front
from pipeline.domain.stock.turn import Turn
from schemas.base import derived_id
from schemas.stock import (
    AllocateSku,
    NotifyProcurement,
    ReleaseSku,
    SkuCommand,
    StorefrontSilent,
    SuspendSku,
    sale_command_id,
    sku_subject,
)
from schemas.vocabulary import AnomalyEnd, AnomalyKind

SALE, ALLOCATE = "sale", "allocate"
"""The sorts of commands. The last of each sort holds: a late answer to an older one changes nothing."""
KINDS: Final[dict[str, type[SkuCommand]]] = {
    "sku.suspend": SuspendSku, "sku.release": ReleaseSku, "sku.allocate": AllocateSku
}  # fmt: skip


def command(turn: Turn, found: Figures) -> None:
    """Send what is new: suspensions, releases, shares; send again what was not answered."""
    _command_sale(turn)
    _command_shares(turn, found)
    _notify(turn, found)
    _repeat(turn)


def _command_sale(turn: Turn) -> None:
    """One command a storefront for each change between for sale and suspended."""
    state = turn.state
    if not state.number:
        return
    word = "sku.suspend" if state.suspended_ms else "sku.release"
    for name in turn.policy.storefronts:
        command_id = sale_command_id(turn.sku, word, name, state.number)
        held = turn.state.fronts.get(f"{SALE}|{name}")
        if held is None or held.command_id != command_id:
            _send(turn, f"{SALE}|{name}", Front(word, command_id, 1, turn.now_ms))


def _command_shares(turn: Turn, found: Figures) -> None:
    rule = turn.policy.allocation_of(turn.sku)
    if rule is None or found.available is None:
        return
    available = 0 if turn.state.suspended_ms else max(0, found.available)
    held = {name: turn.state.fronts.get(f"{ALLOCATE}|{name}") for name in turn.policy.storefronts}
    due = {name: rule.due(available, name) for name in held}
    shown = {name: front.shown or 0 if front else 0 for name, front in held.items()}
    is_too_much = sum(shown.values()) > available
    for name, units in due.items():
        lacks = units > 0 and shown[name] <= units // 2
        room = available - sum(shown.values()) + shown[name]
        if held[name] is None or (is_too_much and units != shown[name]) or (lacks and units <= room):
            shown[name] = units
            number = turn.next_number()
            command_id = derived_id(turn.sku, f"sku.allocate|{name}|{number}")
            _send(turn, f"{ALLOCATE}|{name}", Front("sku.allocate", command_id, 1, turn.now_ms, shown=units))


def _notify(turn: Turn, found: Figures) -> None:
    """Tell procurement once whenever what is available falls to the safety stock."""
    safety = turn.policy.of(turn.sku).safety_units
    if found.available is None:
        return
    is_low = found.available <= safety
    if is_low and not turn.state.noticed:
        command_id = derived_id(turn.sku, f"notify|{turn.next_number()}")
        told = {"attempt": 1, "available": found.available, "safety_stock": safety}
        turn.tell(NotifyProcurement, f"{command_id}|1", command_id=command_id, **told)
    if is_low != turn.state.noticed:
        turn.set(noticed=is_low)


def _repeat(turn: Turn) -> None:
    for name, front in _awaited(turn):
        if turn.now_ms - front.sent_ms < turn.policy.answer_ms:
            continue
        if front.attempt < turn.policy.attempts:
            _send(turn, name, front._replace(attempt=front.attempt + 1, sent_ms=turn.now_ms))
        else:
            _give_up(turn, name, front)


def _give_up(turn: Turn, name: str, front: Front) -> None:
    turn.set(fronts={**turn.state.fronts, name: front._replace(given_up=True)})
    storefront = name.partition("|")[2]
    told: dict[str, Any] = {
        "storefront": storefront,
        "command_id": front.command_id,
        "attempts": front.attempt,
    }
    turn.tell(StorefrontSilent, f"silent|{front.command_id}", **told)
    turn.seen(sku_subject(turn.sku), AnomalyKind.STOREFRONT_SILENT, "critical", command=front.command, **told)


def hear_all_answered(turn: Turn) -> None:
    """Once no storefront is given up any more, the anomaly is over."""
    before = any(front.given_up for front in turn.before.fronts.values())
    if before and not any(front.given_up for front in turn.state.fronts.values()):
        because = "every storefront answered, or was told anew"
        turn.gone(sku_subject(turn.sku), AnomalyKind.STOREFRONT_SILENT, AnomalyEnd.CLEARED, because)


def answer_due_ms(turn: Turn) -> int | None:
    """When the next command counts as unanswered."""
    due = (front.sent_ms + turn.policy.answer_ms - 1 for _, front in _awaited(turn))
    return min(due, default=None)


def _awaited(turn: Turn) -> Iterator[tuple[str, Front]]:
    return ((name, front) for name, front in turn.state.fronts.items() if front.is_awaited)


def _send(turn: Turn, name: str, front: Front) -> None:
    answered_ms = turn.state.early.get(front.command_id, 0)
    turn.set(fronts={**turn.state.fronts, name: front._replace(answered_ms=answered_ms)})
    told: dict[str, Any] = {"command_id": front.command_id, "attempt": front.attempt}
    told["storefront"] = name.partition("|")[2]
    if front.command == "sku.suspend":
        told["reasons"] = turn.state.reasons
    if front.shown is not None:
        told["shown_units"] = front.shown
    turn.tell(KINDS[front.command], f"{front.command_id}|{front.attempt}", **told)
