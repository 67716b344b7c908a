"""What is wrong with an order at one instant, and how each alarm ended that is wrong no more."""

from collections.abc import Iterator
from typing import Any, Final, NamedTuple

from pipeline.domain.care.policy import CarePolicy
from pipeline.domain.care.promises import Risk, gone, read_risks
from pipeline.domain.care.state import NOT_RECEIVED, CareState, has_flag, is_over, is_signed, scans
from pipeline.domain.registers import Fields
from schemas.vocabulary import AnomalyEnd, ShippingPhase, TrackFlag, Verdict

AT_RISK: Final = "promise.at_risk"
BROKEN: Final = "promise.broken"
LATE: Final = "parcel.late_first_scan"
STALLED: Final = "parcel.stalled"
UNRECEIVED: Final = "order.signed_not_received"
REVIEW: Final = "act.to_review"


class Alarm(NamedTuple):
    """Something wrong, as it is stored. `name` is unique within the order; `what`: more fields of its event.

    `at_ms`: when it became wrong, or ended; None: when that is told. `end` is set where it is over already;
    `in_hindsight`: then it is told even if nobody raised it.
    """

    name: str
    kind: str
    since_ms: int
    what: dict[str, Any]  # JSON as it is stored
    at_ms: int | None = None
    end: AnomalyEnd | None = None
    in_hindsight: bool = False


class Watch(NamedTuple):
    """A parcel before its first scan, which may be late, or after it, which may stall; `kind` says which."""

    waybill: str
    kind: str
    limit_ms: int
    since_ms: int
    carrier_says: bool
    said_ms: int


class Watched(NamedTuple):
    """What is watched of an order: worked out once, for what is wrong and for when to look again."""

    risks: tuple[Risk, ...]
    parcels: tuple[Watch, ...]


def watch(state: CareState, now_ms: int, policy: CarePolicy) -> Watched:
    """Return the promises and the parcels of which something may be wrong now or later."""
    risks = () if state.account is None else tuple(read_risks(state.account, now_ms, policy))
    if _is_closed(state):
        return Watched(risks, ())
    watches = [_watch(state, waybill, parcel, policy) for waybill, parcel in state.parcels.items()]
    return Watched(risks, tuple(found for found in watches if found))


def notice(state: CareState, watched: Watched, now_ms: int) -> Iterator[Alarm]:
    """Give everything that is wrong at `now_ms`, the instant of `watched`."""
    if state.account is not None:
        yield from _promises(state.account, watched.risks)
    for parcel in watched.parcels:
        if parcel.carrier_says or now_ms > parcel.limit_ms:
            yield _parcel(parcel)
    if state.tickets and state.parcels:
        yield from _unreceived(state)
    if state.coupon is not None:
        yield from _to_review(state, state.coupon[0])


def due_times(state: CareState, watched: Watched) -> list[int]:
    """The instants, past or to come, after which something may be wrong if nobody says anything new."""
    limits = [parcel.limit_ms for parcel in watched.parcels if not parcel.carrier_says]
    if state.account is None or state.account["as_of"] is not None:
        return limits
    return limits + [risk.begins_ms for risk in watched.risks if risk.end is None]


def is_broken(state: CareState) -> bool:
    """The hub judges the promise broken."""
    return state.account is not None and state.account["verdict"] == Verdict.BROKEN


def _is_closed(state: CareState) -> bool:
    """Closing the order ends the watch over its parcels."""
    return state.account is not None and state.account["phase"] == ShippingPhase.CLOSED


def _promises(account: Fields, risks: tuple[Risk, ...]) -> Iterator[Alarm]:
    for risk in risks:
        if risk.is_due:
            what = {"promise": risk.kind, "deadline_at": risk.deadline_ms}
            name = f"{AT_RISK}|{risk.kind}|{risk.deadline_ms}"
            yield Alarm(name, AT_RISK, risk.begins_ms, what, risk.ended_ms, risk.end, risk.in_hindsight)
    if account["verdict"] == Verdict.BROKEN:
        deadline = account["deadline_at"]
        what = {"rule": account["rule"], "deadline_at": deadline}
        yield Alarm(BROKEN, BROKEN, deadline, what, deadline)


def _parcel(parcel: Watch) -> Alarm:
    waybill, since = parcel.waybill, parcel.since_ms
    if parcel.kind == LATE:
        return Alarm(f"{LATE}|{waybill}", LATE, since, {"waybill": waybill}, parcel.limit_ms)
    what = {"waybill": waybill, "carrier_says": parcel.carrier_says}
    at = parcel.said_ms if parcel.carrier_says else parcel.limit_ms
    return Alarm(f"{STALLED}|{waybill}|{since}", STALLED, since, what, at or None)


def _watch(state: CareState, waybill: str, parcel: Fields, policy: CarePolicy) -> Watch | None:
    """How a parcel is watched; a carrier can say only of one that was scanned that it stalls."""
    if is_over(parcel) or is_signed(parcel):
        return None
    first, last = scans(parcel)
    if not waybill:
        first = first_scan(state, waybill)
    if first is None and "left" in parcel:
        left = parcel["left"][0]
        return Watch(waybill, LATE, policy.scan_limit_ms(left), left, carrier_says=False, said_ms=0)
    if last is None or has_flag(parcel, TrackFlag.STATION):
        return None
    says = has_flag(parcel, TrackFlag.STALLED)
    said_ms = parcel["word"][0] if says else 0
    return Watch(waybill, STALLED, policy.silence_limit_ms(last), last, says, said_ms)


def first_scan(state: CareState, waybill: str) -> int | None:
    """The first scan of a parcel; of one whose waybill nobody told, that of any."""
    told = [state.parcels[waybill]] if waybill else list(state.parcels.values())
    return min((first for first, _ in map(scans, told) if first is not None), default=None)


def _unreceived(state: CareState) -> Iterator[Alarm]:
    waybills = sorted(waybill for waybill, parcel in state.parcels.items() if is_signed(parcel))
    complaints = {
        name: told for name, told in state.tickets.items() if _says_not_received(told, is_open=True)
    }
    if waybills and complaints:
        what = {"waybills": waybills, "tickets": sorted(complaints)}
        since = max(_signed_ms(state), min(told[1] for told in complaints.values()))
        yield Alarm(UNRECEIVED, UNRECEIVED, since, what, since)


def _says_not_received(told: list[Any], *, is_open: bool) -> bool:
    complaint, opened, topic = told[0]
    return bool(complaint) and opened == is_open and topic == NOT_RECEIVED


def _signed_ms(state: CareState) -> int:
    """The first signature; of one told without a time, when the carrier said it."""
    told = [p for p in state.parcels.values() if is_signed(p)]
    return min((p["signed_at"][0] if "signed_at" in p else p["word"][0] for p in told), default=0)


def _to_review(state: CareState, sent: int) -> Iterator[Alarm]:
    what = {"act": "coupon"}
    if not is_broken(state):
        yield Alarm(f"{REVIEW}|not_broken", REVIEW, sent, {**what, "why": "promise_not_broken"})
    if state.complained_ms is not None and state.complained_ms <= sent:
        yield Alarm(f"{REVIEW}|complained", REVIEW, sent, {**what, "why": "complained_before"})


# How what is wrong no more came to its end


def end_of(alarm: Alarm, state: CareState, policy: CarePolicy) -> tuple[AnomalyEnd, str]:
    """Return how an alarm ended that is noticed no more, and why, for people."""
    match alarm.kind:
        case "promise.at_risk" if state.account is not None:
            end = gone(alarm.what["deadline_at"], alarm.since_ms, state.account)
            return end, "the promise was moved, held or closed"
        case "parcel.late_first_scan" | "parcel.stalled":
            return _end_of_watch(alarm, state, policy)
        case "order.signed_not_received":
            return _end_of_complaint(state)
        case _:
            return AnomalyEnd.WITHDRAWN, "a late report shows that it was not so"


def _end_of_watch(alarm: Alarm, state: CareState, policy: CarePolicy) -> tuple[AnomalyEnd, str]:
    waybill = alarm.what["waybill"]
    parcel = state.parcels[waybill]
    first, last = first_scan(state, waybill), scans(parcel)[1]
    scanned = first if alarm.kind == LATE else last
    if scanned is None or (alarm.kind == STALLED and scanned <= alarm.since_ms):
        over = is_over(parcel) or is_signed(parcel) or _is_closed(state)
        return AnomalyEnd.CLEARED, "closed or signed" if over else "no longer watched"
    if scanned <= _limit(alarm, policy) and not alarm.what.get("carrier_says"):
        return AnomalyEnd.WITHDRAWN, "it was scanned in time, which was told late"
    if is_over(parcel) or _is_closed(state):
        return AnomalyEnd.CLEARED, "closed"
    return AnomalyEnd.HEALED, "it was scanned"


def _limit(alarm: Alarm, policy: CarePolicy) -> int:
    if alarm.kind == LATE:
        return policy.scan_limit_ms(alarm.since_ms)
    return policy.silence_limit_ms(alarm.since_ms)


def _end_of_complaint(state: CareState) -> tuple[AnomalyEnd, str]:
    signed = _signed_ms(state)
    closed = [told[1] for told in state.tickets.values() if _says_not_received(told, is_open=False)]
    if signed and closed and max(closed) >= signed:
        return AnomalyEnd.RESOLVED, "customer service closed the ticket"
    return AnomalyEnd.WITHDRAWN, "the complaint ended before the signature, or there is none"
