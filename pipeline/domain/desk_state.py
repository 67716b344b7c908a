"""What the desk heard of one order: the newest word on each point, and which commands were answered.

Reports may come in any order and twice: each point is a register, and the newer version stands.
"""

from typing import Any, Final, NamedTuple

import orjson

from pipeline.domain.addresses import NO_PLACE, heal, place_of, shows_another
from pipeline.domain.instants import to_ms
from pipeline.domain.milestones import GONE
from pipeline.domain.outcome import Undecidable
from schemas.desk import AddressesTold, OrderFlagged
from schemas.order import InvoiceReported, OrderReported, ParcelReported, Receiver, RefundReported
from schemas.promise import OrderAccount
from schemas.vocabulary import AddressQuality, Phase, RefundStandard, Reporter

POINTS_MOST: Final = 2000
"""Most points kept of one order; lines, parcels, refunds and invoices each are one or two."""

Register = list[Any]  # [rank, value] as JSON; the greater rank stands


class DeskState(NamedTuple):
    """Everything the desk knows of one order.

    `points`: name -> register. `account`: what the hub last said, as JSON. `answered`: command key -> when
    it expired, in ms; `floor_ms`: keys that expired no later than this may have been forgotten. `granted`:
    command key -> fen of each difference that was granted.
    """

    shop: str = ""
    points: dict[str, Register] = {}  # noqa: RUF012  (no change in place: what is heard makes a new one)
    account: dict[str, Any] | None = None
    answered: dict[str, int] = {}  # noqa: RUF012  (likewise)
    floor_ms: int | None = None
    granted: dict[str, int] = {}  # noqa: RUF012  (likewise)
    heard_ms: int = 0

    def to_bytes(self) -> bytes:
        """The state as JSON."""
        return orjson.dumps(tuple(self))

    @classmethod
    def from_bytes(cls, raw: bytes) -> "DeskState":
        """Read `to_bytes` back."""
        return cls(*orjson.loads(raw))

    def value(self, name: str) -> Any:  # whatever that point is
        """The newest word on a point; None when nobody spoke of it."""
        held = self.points.get(name)
        return None if held is None else held[1]

    @property
    def has_bad_address(self) -> bool:
        """The newest verdict is bad, and no masked address has shown another place since."""
        judged, shown = self.points.get("bad_address"), self.points.get("masked_place")
        if judged is None or not judged[1]:
            return False
        if shown is None or shown[0] <= judged[0]:
            return True
        before = NO_PLACE if judged[1] == 1 else judged[1]  # 1: from before the place was kept
        return not shows_another(shown[1], before)

    def under(self, kind: str) -> dict[str, Any]:
        """Every point of one kind, by what follows the kind in its name."""
        return {name[len(kind) :]: held[1] for name, held in self.points.items() if name.startswith(kind)}


Heard = OrderReported | ParcelReported | RefundReported | InvoiceReported | OrderAccount
DeskInput = Heard | AddressesTold | OrderFlagged


def hear(state: DeskState, event: DeskInput) -> DeskState:
    """Return the state after one report; raises Undecidable for one line or parcel too many."""
    match event:
        case OrderAccount():
            return state._replace(shop=event.shop or state.shop, account=_account(event))
        case OrderReported():
            told = _of_order(event)
            shop = event.shop if event.reporter is Reporter.PLATFORM else state.shop or event.shop
            if shop != state.shop:
                state = state._replace(shop=shop)
        case ParcelReported():
            told = {f"parcel|{event.waybill}": [_rank(event), _parcel(event)]}
            if event.first_scan_at is not None or event.phase in GONE:
                told[f"scanned|{event.waybill}"] = [[0], True]
        case RefundReported():
            told = {f"refund|{event.refund_id}": _refund(event)}
        case InvoiceReported():
            told = {f"invoice|{event.invoice_id}": [_rank(event), not event.red_lettered]}
        case OrderFlagged():
            told = _flag(event)
        case AddressesTold():
            known = [[one.address_id, one.spot.model_dump()] for one in event.addresses]
            told = {"addresses": [[to_ms(event.occurred_at), event.event_id], known]}
    return _tell(state, told, event.order_id)


def _tell(state: DeskState, told: dict[str, Register], order_id: str) -> DeskState:
    """Let the greater rank stand; of equal ranks the greater value, so that the order does not matter."""
    newer = {name: word for name, word in told.items() if _outranks(word, state.points.get(name))}
    if not newer:
        return state
    points = {**state.points, **newer}
    if len(points) > POINTS_MOST:
        raise Undecidable(
            f"order {order_id}: more than {POINTS_MOST} lines, parcels, refunds and invoices;"
            " check which field of the source is the order number"
        )
    return state._replace(points=points)


def _outranks(word: Register, held: Register | None) -> bool:
    if held is None:
        return True
    if word[0] != held[0]:
        return bool(word[0] > held[0])
    return word[1] is not held[1] and orjson.dumps(word[1]) > orjson.dumps(held[1])


def _rank(event: OrderReported | ParcelReported | RefundReported | InvoiceReported) -> list[int]:
    version = to_ms(event.occurred_at) if event.version is None else event.version
    return [version, to_ms(event.observed_at)]


def _flag(event: OrderFlagged) -> dict[str, Register]:
    """Each SKU has a flag of its own: one's end says nothing of another.

    A flag of the whole order, as it was told before SKUs were named, is over with the next word of a SKU.
    """
    rank = [to_ms(event.occurred_at), event.version]
    if event.sku is None:
        return {event.flag: [rank, event.up]}
    return {f"{event.flag}|{event.sku}": [rank, event.up], event.flag: [rank, False]}


def _account(account: OrderAccount) -> dict[str, Any]:  # fields of the account, as JSON
    return {
        "phase": str(account.phase),
        "platform_phase": str(account.platform_phase),
        "outbound": account.outbound_at is not None,
        "paid": account.paid_at is not None,
        "paid_fen": account.paid_fen,
    }


def _of_order(report: OrderReported) -> dict[str, Register]:
    rank = _rank(report)
    told: dict[str, Any] = {"known": True}
    match report.reporter:
        case Reporter.PLATFORM:
            told |= _of_platform(report)
        case Reporter.WMS:
            if report.outbound_at is not None or report.phase in GONE:
                told[f"left|{report.line}"] = True
            if report.units is not None:
                told[f"units|{report.line}"] = report.units
        case Reporter.FILE:
            rank = [-1, *rank]  # the platform's own word goes first
            told |= _of_receiver(report.receiver)
    return {name: [[0] if value is True else rank, value] for name, value in told.items()}


def _of_platform(report: OrderReported) -> dict[str, Any]:
    told = _of_receiver(report.receiver)
    if report.is_customised is not None:
        told[f"customised|{report.line}"] = int(report.is_customised)
    if report.line:
        return told
    told["cod"] = int(report.cash_on_delivery)
    told["parent"] = int(report.is_parent)
    if report.paid_at is not None:
        told["paid"] = True
    if report.paid_fen is not None:
        told["paid_fen"] = report.paid_fen
    if report.phase is not None and report.phase is not Phase.UNKNOWN:
        told["phase"] = [str(report.phase), report.cannot_supply]
    return told


def _of_receiver(receiver: Receiver | None) -> dict[str, Any]:
    """Where a bad address lies, "" for one that is good or that the table completes (domain.md section 6).

    A masked address is no verdict: what it shows of the place is a point of its own, if it shows any.
    """
    if receiver is None:
        return {}
    place = place_of(receiver)
    if receiver.quality is AddressQuality.MASKED:
        return {} if place == NO_PLACE else {"masked_place": place}
    is_bad = receiver.quality is AddressQuality.BAD and heal(receiver) is None
    return {"bad_address": place if is_bad else ""}


def _refund(report: RefundReported) -> Register:
    """[open, fen that count against what was paid]; an unknown code changes no known word."""
    refused = report.standard is RefundStandard.NOT_REFUNDABLE and not report.unknown
    counted = report.amount_fen if report.done or not refused else 0
    return [[int(not report.unknown), *_rank(report)], [not report.done and not refused, counted]]


def _parcel(report: ParcelReported) -> dict[str, Any]:  # fields of ParcelSeen, which validates them
    phase = None if report.phase is None else str(report.phase)
    seen = {"waybill": report.waybill, "carrier": report.carrier, "phase": phase}
    last = report.last_scan_at
    return {**seen, "flags": list(report.flags), "last_scan_at": last.isoformat() if last else None}
