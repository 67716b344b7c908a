"""Everything promise care knows of one order, in whatever order and however often it is told."""

from typing import Any, Final, NamedTuple

import orjson

from pipeline.domain.instants import to_ms
from pipeline.domain.order_state import LINES_MOST
from pipeline.domain.outcome import Undecidable
from pipeline.domain.registers import Fields, tell, tell_first, within_store
from schemas.conflict import OrderLocked, OrderUnlocked, StatusDiffered
from schemas.order import OrderId, OrderReported, ParcelReported, TicketReported
from schemas.promise import OrderAccount
from schemas.vocabulary import Phase, Reporter, TrackFlag

TICKETS_MOST: Final = 200
"""Most tickets on one order; beyond that a key is wrong."""
PROGRESS: Final = {phase: place for place, phase in enumerate(Phase)}
"""Of two words of one instant about a parcel the further one stands."""
NOT_RECEIVED: Final = "not_received"
"""The topic of a complaint that a signed parcel did not come (docs/sources/cs.md)."""

ACCOUNT_WORDS: Final = ("phase", "is_open", "verdict", "rule", "owed", "lines")
ACCOUNT_TIMES: Final = (
    "promised_ship_at",
    "promised_sign_at",
    "outbound_at",
    "signed_at",
    "closed_at",
    "deadline_at",
    "next_deadline_at",
    "as_of",
)


class CareState(NamedTuple):
    """All that is known of one order; times are milliseconds since 1970 UTC.

    `account`: the hub's last account. `parcels`: by waybill, what the warehouse and the carrier said.
    `tickets`: by id, registers of [is complaint, is open, topic].

    `complained_ms`: the first instant a complaint was said to exist. `conflicts`: ids of locks that stand.
    `alarms`: by name, [kind, since_ms, what else, how often raised, end or None]. `coupon`: [sent_ms, rule,
    deadline_ms]. `heard_ms`: when the order was last spoken of, by the event clock; `known_ms`: when first
    (0: not kept). `due_ms`: see Outcome.
    """

    account: Fields | None = None
    parcels: dict[str, Fields] = {}  # noqa: RUF012  (no change in place: what is heard makes a new one)
    tickets: Fields = {}  # noqa: RUF012  (likewise)
    complained_ms: int | None = None
    conflicts: list[str] = []  # noqa: RUF012  (likewise)
    differing: bool = False
    alarms: dict[str, list[Any]] = {}  # noqa: RUF012  (likewise)
    coupon: list[Any] | None = None
    shop: str = ""
    heard_ms: int = 0
    due_ms: int | None = None
    known_ms: int = 0

    def is_alarmed(self, kind: str) -> bool:
        """An alarm of this kind stands."""
        return any(entry[0] == kind and entry[-1] is None for entry in self.alarms.values())

    def to_bytes(self) -> bytes:
        """The state as JSON."""
        return orjson.dumps(tuple(self))

    @classmethod
    def from_bytes(cls, raw: bytes) -> "CareState":
        """Read `to_bytes` back."""
        return cls(*orjson.loads(raw))


Heard = (
    OrderAccount
    | OrderReported
    | ParcelReported
    | TicketReported
    | OrderLocked
    | OrderUnlocked
    | StatusDiffered
)


def hear(state: CareState, fact: Heard) -> CareState:
    """Return the state after one fact; equal to `state` if it says nothing new.

    Raises Undecidable for one parcel or ticket too many.
    """
    match fact:
        case OrderAccount():
            return state._replace(account=_account(fact), shop=fact.shop)
        case OrderReported():
            return _hear_warehouse(state, fact)
        case ParcelReported():
            return _hear_carrier(state, fact)
        case TicketReported():
            return _hear_ticket(state, fact)
        case _:
            return _hear_breaker(state, fact)


def _hear_breaker(state: CareState, fact: OrderLocked | OrderUnlocked | StatusDiffered) -> CareState:
    """Several locks may be told before the end of an earlier one is corrected: each has its own end."""
    match fact:
        case OrderLocked():
            return state._replace(conflicts=sorted({*state.conflicts, fact.conflict_id}))
        case OrderUnlocked():
            return state._replace(conflicts=[held for held in state.conflicts if held != fact.conflict_id])
        case StatusDiffered():
            return state._replace(differing=fact.differing)


def _account(account: OrderAccount) -> Fields:
    told: Fields = {name: _plain(getattr(account, name)) for name in ACCOUNT_WORDS}
    for name in ACCOUNT_TIMES:
        at = getattr(account, name)
        told[name] = None if at is None else to_ms(at)
    spoke = {word.reporter for word in account.words}
    told["by_file"] = Reporter.PLATFORM not in spoke  # nobody else promises anything
    return told


def _plain(word: Any) -> Any:  # a flag or a number, or a text without its vocabulary
    return str(word) if isinstance(word, str) else word


def _hear_warehouse(state: CareState, report: OrderReported) -> CareState:
    """When each parcel left, the first time that is told; and whether the warehouse closed it."""
    if report.reporter is not Reporter.WMS:
        return state
    fields = _parcel(state, report.order_id, report.line)
    if report.outbound_at is not None:
        tell_first(fields, "left", [to_ms(report.outbound_at)])
    if report.phase is not None and report.phase is not Phase.UNKNOWN:
        version = within_store(to_ms(report.occurred_at) if report.version is None else report.version)
        closed = report.phase is Phase.CLOSED
        tell(fields, "revoked", [closed, version, to_ms(report.observed_at)])
    return _with_parcel(state, report.line, fields, report.shop)


def _hear_carrier(state: CareState, parcel: ParcelReported) -> CareState:
    """The earliest first scan and signature, the latest scan, the newest word; an unknown code is none."""
    fields = _parcel(state, parcel.order_id, parcel.waybill)
    for name in ("first_scan_at", "signed_at"):
        at = getattr(parcel, name)
        if at is not None:
            tell_first(fields, name, [to_ms(at)])
    if parcel.last_scan_at is not None:
        fields["last_scan_at"] = max(fields.get("last_scan_at", [0]), [to_ms(parcel.last_scan_at)])
    if parcel.phase is not None and parcel.phase is not Phase.UNKNOWN:
        word = [
            within_store(parcel.version or 0),
            PROGRESS[parcel.phase],
            str(parcel.phase),
            sorted(map(str, parcel.flags)),
        ]
        fields["word"] = max(fields.get("word", word), word)
    return _with_parcel(state, parcel.waybill, fields, parcel.shop)


def _parcel(state: CareState, order_id: OrderId, waybill: str) -> Fields:
    if waybill not in state.parcels and len(state.parcels) >= LINES_MOST:
        raise Undecidable(
            f"order {order_id}: more than {LINES_MOST} parcels are told of;"
            " check which field of the source is the order number"
        )
    return dict(state.parcels.get(waybill, {}))


def _with_parcel(state: CareState, waybill: str, fields: Fields, shop: str) -> CareState:
    if fields == state.parcels.get(waybill, {}):
        return state
    return state._replace(parcels={**state.parcels, waybill: fields}, shop=_shop(state, shop))


def _shop(state: CareState, told: str) -> str:
    """The hub names the shop; until it does, anybody."""
    return state.shop if state.account is not None else max(state.shop, told)


def _hear_ticket(state: CareState, ticket: TicketReported) -> CareState:
    if ticket.ticket_id not in state.tickets and len(state.tickets) >= TICKETS_MOST:
        raise Undecidable(
            f"order {ticket.order_id}: more than {TICKETS_MOST} tickets;"
            " check which field of the source is the order number"
        )
    said = within_store(to_ms(ticket.occurred_at) if ticket.version is None else ticket.version)
    tickets = dict(state.tickets)
    tell(
        tickets,
        ticket.ticket_id,
        [[ticket.complaint, ticket.open, ticket.topic], said, to_ms(ticket.observed_at)],
    )
    first = state.complained_ms
    if ticket.complaint:
        first = said if first is None else min(first, said)
    return state._replace(tickets=tickets, complained_ms=first, shop=_shop(state, ticket.shop))


# What the parcels amount to


def is_over(parcel: Fields) -> bool:
    """The warehouse revoked it, or the carrier says that this waybill is over undelivered."""
    revoked = parcel.get("revoked")
    return bool(revoked and revoked[0]) or _phase(parcel) == Phase.CLOSED


def is_signed(parcel: Fields) -> bool:
    """The carrier says so, by its word or by a time."""
    return "signed_at" in parcel or _phase(parcel) in (Phase.SIGNED, Phase.FINISHED)


def has_flag(parcel: Fields, flag: TrackFlag) -> bool:
    """The carrier's newest word has this flag."""
    return "word" in parcel and flag in parcel["word"][3]


def _phase(parcel: Fields) -> str:
    return str(parcel["word"][2]) if "word" in parcel else ""


def scans(parcel: Fields) -> tuple[int | None, int | None]:
    """The first and the last time somebody held this parcel; a signature is a scan too."""
    told = [parcel[name][0] for name in ("first_scan_at", "last_scan_at", "signed_at") if name in parcel]
    return (min(told), max(told)) if told else (None, None)
