"""What the words about one order amount to: its milestones, its deadlines, and what closed it."""

from collections.abc import Iterable
from typing import NamedTuple

from pipeline.domain.deadlines import Ms, first_deadline_ms, policy_deadline_ms, told_deadline_ms
from pipeline.domain.order_state import OrderState, Words, file_run
from pipeline.domain.policy import OrderPolicy
from pipeline.domain.registers import Fields
from schemas.vocabulary import Phase, Reporter, ShippingPhase

__all__ = ["GONE", "RANK", "Milestones", "Ms", "Obligation", "last_phase", "platform_word", "read_milestones"]

RANK = {
    Phase.UNPAID: ShippingPhase.NOT_SHIPPED,
    Phase.TO_SHIP: ShippingPhase.NOT_SHIPPED,
    Phase.HOLD: ShippingPhase.NOT_SHIPPED,
    Phase.PART_SHIPPED: ShippingPhase.SHIPPED,
    Phase.SHIPPED: ShippingPhase.SHIPPED,
    Phase.SIGNED: ShippingPhase.SIGNED,
    Phase.FINISHED: ShippingPhase.SIGNED,
    Phase.CLOSED: ShippingPhase.CLOSED,
}
"""Each reporter's word as one of the four shipping phases (platforms.md section 0)."""
GONE = frozenset(word for word, rank in RANK.items() if rank in (ShippingPhase.SHIPPED, ShippingPhase.SIGNED))
"""With one of these words a reporter says that the goods, or some of them, have left."""


_PHASES = {str(phase): phase for phase in Phase}


class Obligation(NamedTuple):
    """One thing owed by a deadline: `kind` is ship or sign; times are milliseconds since 1970 UTC.

    `closed`: what owed it was closed after the deadline, so nothing is awaited any more.
    """

    kind: str
    deadline_ms: int
    fulfilled_ms: Ms
    closed: bool = False


class Milestones(NamedTuple):
    """What happened to the order as a whole. `closed`: somebody who may close it did, maybe without a time.

    `voided`: something was promised that closing in time took back. `told`: the phase a file's own status
    words amount to, where no time says more.
    """

    ordered_ms: Ms = None
    paid_ms: Ms = None
    outbound_ms: Ms = None
    first_out_ms: Ms = None
    first_scan_ms: Ms = None
    signed_ms: Ms = None
    closed: bool = False
    closed_ms: Ms = None
    obligations: tuple[Obligation, ...] = ()
    voided: bool = False
    first_promised_ship_ms: Ms = None
    told: ShippingPhase = ShippingPhase.NOT_SHIPPED
    lines: int = 0


def read_milestones(state: OrderState, policy: OrderPolicy) -> Milestones:
    """Return what the words amount to. A platform's word goes before a file's.

    A parent that was split is closed and owes nothing: its children do (domain.md section 14).
    """
    platform = platform_word(state)
    if "is_parent" in platform:
        return Milestones(
            ordered_ms=_value(platform, "ordered_at"),
            paid_ms=_value(platform, "paid_at"),
            closed=True,
            closed_ms=_value(platform, "closed_at"),
        )
    if not platform:
        _, lines = file_run(state.words)
        if lines:
            return _from_file(lines)
    return _from_systems(state.words, platform, policy)


def platform_word(state: OrderState) -> Fields:
    """What the platform said of the whole order; empty when it never spoke."""
    return state.words.get(Reporter.PLATFORM, {}).get("", {})


def last_phase(fields: Fields) -> Phase | None:
    """The last known phase of one reporter."""
    held = fields.get("phase")
    return None if held is None else _PHASES[held[0][0]]


def _value(fields: Fields, name: str) -> Ms:
    held = fields.get(name)
    return None if held is None else held[0]


def _flag(fields: Fields, name: str) -> bool:
    held = fields.get(name)
    return bool(held and held[0])


def _from_file(lines: dict[str, Fields]) -> Milestones:
    """Each line is judged by its own times; the order's milestones are reached with the last line."""
    owed: list[Obligation] = []
    standing: list[Obligation] = []
    live = []
    for fields in lines.values():
        closed = _closes(fields)
        if not closed:
            live.append(fields)
        of_line = _line_obligations(fields, closed=closed)
        owed += of_line
        standing += _standing(of_line, _value(fields, "closed_at"))
    counted = live or list(lines.values())
    outs = [_value(fields, "outbound_at") for fields in counted]
    return Milestones(
        ordered_ms=_least(_value(fields, "ordered_at") for fields in lines.values()),
        paid_ms=_least(_value(fields, "paid_at") for fields in lines.values()),
        outbound_ms=_last_if_all(outs),
        first_out_ms=_least(outs),
        first_scan_ms=_last_if_all([_value(fields, "first_scan_at") for fields in counted]),
        signed_ms=_last_if_all([_value(fields, "signed_at") for fields in counted]),
        closed=not live,
        closed_ms=None if live else _last_if_all([_value(line, "closed_at") for line in lines.values()]),
        obligations=tuple(standing),
        voided=len(standing) < len(owed),
        first_promised_ship_ms=_least(first_deadline_ms(fields, "promised_ship_at") for fields in counted),
        told=_told(counted),
        lines=len(lines) if "" not in lines else 0,
    )


def _closes(fields: Fields) -> bool:
    """A line is closed by its status or its closing time, never by "could not supply"."""
    closed = last_phase(fields) is Phase.CLOSED or _value(fields, "closed_at") is not None
    return closed and not _flag(fields, "cannot_supply")


def _told(lines: list[Fields]) -> ShippingPhase:
    """Signed when every line is, by its word or by its time; shipped when one is."""
    words = [last_phase(fields) for fields in lines]
    ranks = [RANK[word] if word else ShippingPhase.NOT_SHIPPED for word in words]
    signed = [
        rank is ShippingPhase.SIGNED or _value(fields, "signed_at") is not None
        for rank, fields in zip(ranks, lines, strict=True)
    ]
    if all(signed):
        return ShippingPhase.SIGNED
    if any(signed) or ShippingPhase.SHIPPED in ranks:
        return ShippingPhase.SHIPPED
    return ShippingPhase.NOT_SHIPPED


_KINDS = (("ship", "promised_ship_at", "outbound_at"), ("sign", "promised_sign_at", "signed_at"))


def _line_obligations(fields: Fields, *, closed: bool) -> list[Obligation]:
    owed = []
    for kind, promise, milestone in _KINDS:
        deadline = told_deadline_ms(fields, promise)
        if deadline is not None:
            owed.append(Obligation(kind, deadline, _value(fields, milestone), closed))
    return owed


def _standing(owed: list[Obligation], closed_ms: Ms) -> list[Obligation]:
    """Leave out what was closed unfulfilled at or before its deadline, or at a time nobody told."""
    return [
        o
        for o in owed
        if not o.closed or o.fulfilled_ms is not None or (closed_ms is not None and closed_ms > o.deadline_ms)
    ]


def _from_systems(words: Words, platform: Fields, policy: OrderPolicy) -> Milestones:
    wms = words.get(Reporter.WMS, {})
    parcels = {name: fields for name, fields in wms.items() if _ships(fields)}
    outbound, counted = _outbound(platform, parcels)
    seen = _scanned(words.get(Reporter.CARRIER, {}), wms, counted)
    closed = last_phase(platform) is Phase.CLOSED and not _flag(platform, "cannot_supply")
    closed_ms = _value(platform, "closed_at") if closed else None
    signed = _last_if_all([_value(fields, "signed_at") for fields in seen])
    owed = _system_obligations(platform, outbound, signed, policy, closed=closed)
    standing = _standing(owed, closed_ms)
    return Milestones(
        ordered_ms=_value(platform, "ordered_at"),
        paid_ms=_value(platform, "paid_at"),
        outbound_ms=outbound,
        first_out_ms=min([fields["outbound_at"][0] for fields in parcels.values()], default=None),
        first_scan_ms=_last_if_all([_value(fields, "first_scan_at") for fields in seen]),
        signed_ms=signed,
        closed=closed,
        closed_ms=closed_ms,
        obligations=tuple(standing),
        voided=len(standing) < len(owed),
        first_promised_ship_ms=first_deadline_ms(platform, "promised_ship_at"),
    )


def _ships(fields: Fields) -> bool:
    """A parcel that left with ordered units in it; a gift or a reshipment (0 units) changes no milestone."""
    return _value(fields, "outbound_at") is not None and _value(fields, "units") != 0


def _outbound(platform: Fields, parcels: dict[str, Fields]) -> tuple[Ms, list[str] | None]:
    """Return when the order was out, and the parcels that carry it; None: they are not complete yet.

    With quantities it is out when all ordered units are, and later parcels have none of them behind them.
    Without, with its first parcel; if the platform ever said part_shipped, with its last.
    """
    if not parcels:
        return None, []
    left = sorted([(fields["outbound_at"][0], name) for name, fields in parcels.items()])
    ordered = _value(platform, "units")
    units = {name: _value(fields, "units") for name, fields in parcels.items()}
    if ordered and None not in units.values():
        gone = 0
        for place, (at, name) in enumerate(left):
            gone += units[name] or 0
            if gone >= ordered:
                return at, [name for _, name in left[: place + 1]]
        return None, None
    if last_phase(platform) is Phase.PART_SHIPPED:
        return None, None
    in_parts = any(told[0] == Phase.PART_SHIPPED for told in platform.get("phases", ()))
    return left[-1 if in_parts else 0][0], list(parcels)


def _scanned(carrier: dict[str, Fields], wms: dict[str, Fields], counted: list[str] | None) -> list[Fields]:
    """What the carrier said of the parcels that count; of all but gifts while the WMS let none out."""
    if counted is None:
        return []
    if counted:
        return [carrier.get(name, {}) for name in counted]
    return [fields for name, fields in carrier.items() if _value(wms.get(name, {}), "units") != 0]


def _system_obligations(
    platform: Fields, outbound: Ms, signed: Ms, policy: OrderPolicy, *, closed: bool
) -> list[Obligation]:
    owed = []
    ship = told_deadline_ms(platform, "promised_ship_at")
    if ship is None and _flag(platform, "policy_promise"):
        ship = _policy_promise(platform, outbound, policy)
    if ship is not None:
        owed.append(Obligation("ship", ship, outbound, closed))
    sign = told_deadline_ms(platform, "promised_sign_at")
    if sign is not None:
        owed.append(Obligation("sign", sign, signed, closed))
    return owed


def _policy_promise(platform: Fields, outbound: Ms, policy: OrderPolicy) -> Ms:
    """From payment; cash on delivery, which is unpaid until the end, from ordering. Unpaid: none yet."""
    if _flag(platform, "cash_on_delivery"):
        start = _value(platform, "ordered_at")
    else:
        start = None if last_phase(platform) is Phase.UNPAID else _value(platform, "paid_at")
    return None if start is None else policy_deadline_ms(platform, start, outbound, policy.ship_promise_ms)


def _least(times: Iterable[Ms]) -> Ms:
    return min([at for at in times if at is not None], default=None)


def _last_if_all(times: list[Ms]) -> Ms:
    known = [at for at in times if at is not None]
    return max(known) if known and len(known) == len(times) else None
