"""What the words about one order amount to: its milestones, its deadlines, and what closed it."""

from collections.abc import Iterable
from dataclasses import dataclass

from pipeline.domain.order_state import Fields, OrderState, Words
from pipeline.domain.policy import OrderPolicy
from schemas.vocabulary import Phase, Reporter, ShippingPhase

Ms = int | None

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


@dataclass(frozen=True, slots=True)
class Obligation:
    """One thing owed by a deadline: `kind` is ship or sign; times are milliseconds since 1970 UTC."""

    kind: str
    deadline_ms: int
    fulfilled_ms: Ms


@dataclass(frozen=True, slots=True)
class Milestones:
    """What happened to the order as a whole. `closed`: somebody who may close it did, maybe without a time."""

    ordered_ms: Ms = None
    paid_ms: Ms = None
    outbound_ms: Ms = None
    first_out_ms: Ms = None
    first_scan_ms: Ms = None
    signed_ms: Ms = None
    closed: bool = False
    closed_ms: Ms = None
    obligations: tuple[Obligation, ...] = ()
    first_promised_ship_ms: Ms = None
    lines: int = 0


def read_milestones(state: OrderState, policy: OrderPolicy) -> Milestones:
    """Return what the words amount to. A platform's word goes before a file's."""
    platform = platform_word(state)
    files = state.words.get(Reporter.FILE)
    if not platform and files:
        return _from_file(files)
    return _from_systems(state.words, platform, policy)


def platform_word(state: OrderState) -> Fields:
    """What the platform said of the whole order; empty when it never spoke."""
    return state.words.get(Reporter.PLATFORM, {}).get("", {})


def last_phase(fields: Fields) -> Phase | None:
    """The last known phase of one reporter."""
    held = fields.get("phase")
    return None if held is None else Phase(held[0][0])


def _value(fields: Fields, name: str) -> Ms:
    held = fields.get(name)
    return None if held is None else held[0]


def _flag(fields: Fields, name: str) -> bool:
    held = fields.get(name)
    return bool(held and held[0])


def _from_file(lines: dict[str, Fields]) -> Milestones:
    """Each line is judged by its own times; the order's milestones are reached with the last line."""
    owed = []
    live = []
    for fields in lines.values():
        closed = _closes(fields)
        if not closed:
            live.append(fields)
        owed += _line_obligations(fields, closed=closed)
    counted = live or list(lines.values())
    outs = [_value(fields, "outbound_at") for fields in counted]
    closings = [_value(fields, "closed_at") for fields in lines.values()]
    return Milestones(
        ordered_ms=_least(_value(fields, "ordered_at") for fields in lines.values()),
        paid_ms=_least(_value(fields, "paid_at") for fields in lines.values()),
        outbound_ms=_last_if_all(outs),
        first_out_ms=_least(outs),
        first_scan_ms=_last_if_all([_value(fields, "first_scan_at") for fields in counted]),
        signed_ms=_last_if_all([_value(fields, "signed_at") for fields in counted]),
        closed=not live,
        closed_ms=None if live else _last_if_all(closings),
        obligations=tuple(owed),
        first_promised_ship_ms=_least(_first(fields, "promised_ship_at") for fields in counted),
        lines=len(lines) if "" not in lines else 0,
    )


def _closes(fields: Fields) -> bool:
    """A line is closed by its status or its closing time, never by "could not supply"."""
    closed = last_phase(fields) is Phase.CLOSED or _value(fields, "closed_at") is not None
    return closed and not _flag(fields, "cannot_supply")


def _line_obligations(fields: Fields, *, closed: bool) -> list[Obligation]:
    closed_ms = _value(fields, "closed_at") if closed else None
    owed = []
    for kind, promise, milestone in _KINDS:
        deadline = deadline_ms(fields, promise)
        if deadline is None:
            continue
        fulfilled = _value(fields, milestone)
        void = closed and fulfilled is None and (closed_ms is None or closed_ms <= deadline)
        if not void:
            owed.append(Obligation(kind, deadline, fulfilled))
    return owed


_KINDS = (("ship", "promised_ship_at", "outbound_at"), ("sign", "promised_sign_at", "signed_at"))


def deadline_ms(fields: Fields, name: str) -> Ms:
    """The deadline that holds. One moved before it passed is the new one; moved later it repairs nothing."""
    told = fields.get(name)
    if not told:
        return None
    deadline: int = told[0][0]
    for value, said_ms, _ in told[1:]:
        if said_ms <= deadline:
            deadline = value
    return deadline


def _first(fields: Fields, name: str) -> Ms:
    told = fields.get(name)
    return told[0][0] if told else None


def _from_systems(words: Words, platform: Fields, policy: OrderPolicy) -> Milestones:
    wms = words.get(Reporter.WMS, {})
    carrier = words.get(Reporter.CARRIER, {})
    parcels = {name: fields for name, fields in wms.items() if _ships(fields)}
    first_out = _least(_value(fields, "outbound_at") for fields in parcels.values())
    outbound = _outbound_ms(platform, parcels)
    seen = [carrier.get(name, {}) for name in parcels] if parcels else list(carrier.values())
    complete = outbound is not None or not parcels
    closed = last_phase(platform) is Phase.CLOSED and not _flag(platform, "cannot_supply")
    signed = _last_if_all([_value(fields, "signed_at") for fields in seen]) if complete else None
    closed_ms = _value(platform, "closed_at") if closed else None
    owed = _system_obligations(platform, outbound, signed, policy)
    return Milestones(
        ordered_ms=_value(platform, "ordered_at"),
        paid_ms=_value(platform, "paid_at"),
        outbound_ms=outbound,
        first_out_ms=first_out,
        first_scan_ms=_last_if_all([_value(f, "first_scan_at") for f in seen]) if complete else None,
        signed_ms=signed,
        closed=closed,
        closed_ms=closed_ms,
        obligations=tuple(o for o in owed if not _voided(o, closed=closed, closed_ms=closed_ms)),
        first_promised_ship_ms=_first(platform, "promised_ship_at"),
    )


def _voided(owed: Obligation, *, closed: bool, closed_ms: Ms) -> bool:
    """Closed at or before the deadline and unfulfilled: nothing is owed any more."""
    return closed and owed.fulfilled_ms is None and (closed_ms is None or closed_ms <= owed.deadline_ms)


def _ships(fields: Fields) -> bool:
    """A parcel that left with ordered units in it; a gift or a reshipment (0 units) changes no milestone."""
    return _value(fields, "outbound_at") is not None and _value(fields, "units") != 0


def _outbound_ms(platform: Fields, parcels: dict[str, Fields]) -> Ms:
    left = sorted((_value(f, "outbound_at") or 0, _value(f, "units")) for f in parcels.values())
    ordered = _value(platform, "units")
    if ordered and all(units is not None for _, units in left):
        gone = 0
        for at, units in left:
            gone += units or 0
            if gone >= ordered:
                return at
        return None
    if not left or last_phase(platform) is Phase.PART_SHIPPED:
        return None
    return left[0][0]


def _system_obligations(platform: Fields, outbound: Ms, signed: Ms, policy: OrderPolicy) -> list[Obligation]:
    owed = []
    ship = deadline_ms(platform, "promised_ship_at")
    if ship is None and _flag(platform, "policy_promise"):
        ship = _policy_deadline(platform, policy)
    if ship is not None:
        owed.append(Obligation("ship", ship, outbound))
    sign = deadline_ms(platform, "promised_sign_at")
    if sign is not None:
        owed.append(Obligation("sign", sign, signed))
    return owed


def _policy_deadline(platform: Fields, policy: OrderPolicy) -> Ms:
    """From payment or the end of the last hold; cash on delivery from ordering; unpaid or held: none yet."""
    if last_phase(platform) in (Phase.UNPAID, Phase.HOLD):
        return None
    paid = _value(platform, "ordered_at" if _flag(platform, "cash_on_delivery") else "paid_at")
    if paid is None:
        return None
    return max(paid, _hold_end_ms(platform) or 0) + policy.ship_promise_ms


def _hold_end_ms(platform: Fields) -> Ms:
    ended = None
    held = False
    for phase, said_ms, _ in platform.get("phases", ()):
        if held and phase != Phase.HOLD:
            ended = said_ms
        held = phase == Phase.HOLD
    return ended


def _least(times: Iterable[Ms]) -> Ms:
    return min((at for at in times if at is not None), default=None)


def _last_if_all(times: list[Ms]) -> Ms:
    known = [at for at in times if at is not None]
    return max(known) if known and len(known) == len(times) else None
