"""What promise care says: its alarms as they are stored, and its events."""

from typing import Any, Final, NamedTuple

from pydantic import TypeAdapter

from pipeline.domain.care.noticing import REVIEW, Alarm
from pipeline.domain.care.state import CareState
from pipeline.domain.instants import from_ms
from schemas.base import Event, derived_id
from schemas.care import CareEvent, CouponSent
from schemas.vocabulary import AnomalyEnd

KIND, SINCE, WHAT, TIMES, END = range(5)
"""Where each part of a stored alarm stands; `TIMES`: how often it was raised, `END` None: it is open."""
EVENTS: Final[TypeAdapter[Any]] = TypeAdapter(CareEvent)  # Any: the union that CareEvent names


class Change(NamedTuple):
    """An alarm is raised for the so-manyth time (`end` None), ends, or (`corrects`) had another end."""

    alarm: Alarm
    times: int
    end: AnomalyEnd | None
    corrects: AnomalyEnd | None = None
    because: str = ""


def entry_of(alarm: Alarm, times: int, end: AnomalyEnd | None) -> list[Any]:
    """The alarm as it is stored."""
    return [alarm.kind, alarm.since_ms, alarm.what, times, None if end is None else str(end)]


def alarm_of(name: str, entry: list[Any]) -> Alarm:
    """Read `entry_of` back."""
    return Alarm(name, entry[KIND], entry[SINCE], entry[WHAT])


class Teller(NamedTuple):
    """Who is spoken of, when, and because of which fact (None: of the clock)."""

    key: str
    now_ms: int
    cause: Event | None

    def noticed(self, state: CareState, change: Change) -> Event:
        """The event of one change."""
        alarm = change.alarm
        alarm_id = derived_id(self.key, f"{alarm.name}|{change.times}")
        content = "opened" if change.end is None else f"ended|{change.end}|{change.corrects}"
        more: dict[str, Any] = {  # fields of the alarm's own event
            name: from_ms(value) if name.endswith("_at") else value for name, value in alarm.what.items()
        }
        if "waybill" in alarm.what:
            more["worst"] = _worst(state, alarm.kind)
        if alarm.kind == REVIEW:
            more["act_id"] = coupon_id(self.key)
        event: Event = EVENTS.validate_python(
            {
                **self._base(derived_id(alarm_id, content), alarm.at_ms),
                "type": alarm.kind,
                "shop": state.shop,
                "alarm_id": alarm_id,
                "since_at": from_ms(alarm.since_ms),
                "end": change.end,
                "corrects": change.corrects,
                "because": change.because,
                **more,
            }
        )
        return event

    def coupon(self, state: CareState) -> CouponSent:
        """The command to send the coupon that `state.coupon` records."""
        assert state.coupon is not None
        sent_ms, rule, deadline_ms = state.coupon
        return CouponSent(
            **self._base(coupon_id(self.key), sent_ms),
            shop=state.shop,
            coupon_id=coupon_id(self.key),
            rule=rule,
            deadline_at=from_ms(deadline_ms),
        )

    def _base(self, event_id: str, at_ms: int | None) -> dict[str, Any]:  # fields of Event
        now = from_ms(self.now_ms)
        return {
            "event_id": event_id,
            "cause_id": self.cause.event_id if self.cause else self.key,
            "occurred_at": now if at_ms is None else from_ms(at_ms),
            "observed_at": now,
            "order_id": self.key,
        }


def coupon_id(order_id: str) -> str:
    """The id of the only coupon an order ever gets: who sends coupons refuses a second one by it."""
    return derived_id(order_id, "coupon")


def _worst(state: CareState, kind: str) -> str:
    """The parcel that has waited longest, of those that wait still."""
    waiting = [
        (entry[SINCE], entry[WHAT]["waybill"])
        for entry in state.alarms.values()
        if entry[KIND] == kind and entry[END] is None
    ]
    return min(waiting)[1] if waiting else ""
