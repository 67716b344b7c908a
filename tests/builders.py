"""Facts with defaults, and an order hub of one order: tests say only what matters to them."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

from pipeline.domain.instants import to_ms
from pipeline.domain.order_account import describe_order
from pipeline.domain.order_hub import Fact, decide_order
from pipeline.domain.order_state import OrderState
from pipeline.domain.parcels import ParcelState, decide_parcel
from pipeline.domain.policy import OrderPolicy, ParcelPolicy
from schemas.base import Event, derived_id
from schemas.logistics import WaybillFact, WaybillLinked, WaybillTracked
from schemas.order import OrderReported, ParcelReported
from schemas.promise import OrderAccount, OrderPhaseChanged, PromiseJudged
from schemas.vocabulary import Phase, Platform, Reporter

ORDER = "260301-1"
START = datetime(2026, 3, 1, 8, tzinfo=UTC)
POLICY = OrderPolicy()
PARCEL_POLICY = ParcelPolicy()
RECEIVED_AFTER = timedelta(seconds=2)


def after(hours: float = 0, *, ms: int = 0) -> datetime:
    """So long after the first hour of every test."""
    return START + timedelta(hours=hours, milliseconds=ms)


IMPORTED = after(500)


def order_fact(reporter: Reporter, said: datetime, **told: Any) -> OrderReported:
    """One report, said at `said` and received soon after. Any: they are the fields of the fact."""
    what = {
        "order_id": ORDER,
        "platform": Platform.TMALL,
        "shop": "shop-a",
        "mapping": "test@1",
        "occurred_at": said,
        "version": to_ms(said),
        **told,
    }
    if "observed_at" not in what:
        what["observed_at"] = said + RECEIVED_AFTER
    cause = f"{reporter}|{sorted((name, str(value)) for name, value in what.items())}"
    return OrderReported(
        event_id=derived_id(cause, "order.reported"), cause_id=cause[:64], reporter=reporter, **what
    )


def platform_says(phase: Phase | None = Phase.TO_SHIP, said: datetime = START, **told: Any) -> OrderReported:
    """The platform's snapshot of the whole order."""
    return order_fact(Reporter.PLATFORM, said, **{"phase": phase, "ordered_at": START, **told})


def parcel_left(at: datetime, waybill: str = "SF1", units: int | None = None, **told: Any) -> OrderReported:
    """The warehouse let a parcel out."""
    said = {"phase": Phase.SHIPPED, "line": waybill, "units": units, "outbound_at": at, **told}
    return order_fact(Reporter.WMS, said.pop("said", at), **said)


def parcel_scanned(at: datetime, waybill: str = "SF1", **told: Any) -> OrderReported:
    """The carrier scanned a parcel for the first time."""
    said = {"phase": Phase.SHIPPED, "line": waybill, "first_scan_at": at, **told}
    return order_fact(Reporter.CARRIER, said.pop("said", at), **said)


def parcel_signed(at: datetime, waybill: str = "SF1", **told: Any) -> OrderReported:
    """The customer signed for a parcel."""
    said = {"phase": Phase.SIGNED, "line": waybill, "signed_at": at, **told}
    return order_fact(Reporter.CARRIER, said.pop("said", at), **said)


def file_row(run: datetime = IMPORTED, **told: Any) -> OrderReported:
    """A row of an order export without a version column, imported at `run`."""
    return order_fact(
        Reporter.FILE,
        START,
        **{
            "platform": Platform.OTHER,
            "shop": "olist",
            "version": None,
            "observed_at": run,
            "ordered_at": START,
            "judged_at": run if told.get("as_of") is None else None,
            **told,
        },
    )


def linked(waybill: str = "SF1", order_id: str = ORDER, said: datetime = START, **told: Any) -> WaybillLinked:
    """The warehouse says that this parcel carries this order."""
    what = {"platform": Platform.TMALL, "shop": "shop-a", "reporter": Reporter.WMS, "mapping": "wms@1",
            "occurred_at": said, "observed_at": said + RECEIVED_AFTER, **told}  # fmt: skip
    cause = f"{waybill}|{order_id}|{sorted((name, str(value)) for name, value in what.items())}"
    return WaybillLinked(
        event_id=derived_id(cause, "linked"), cause_id=cause[:64], waybill=waybill, order_id=order_id, **what
    )


def tracked(
    newest: datetime, waybill: str = "SF1", phase: Phase = Phase.SHIPPED, **told: Any
) -> WaybillTracked:
    """A carrier's track whose newest entry is of `newest`, received soon after."""
    what = {"phase": phase, "mapping": "kuaidi100@1", "carrier": "shunfeng", "version": to_ms(newest),
            "last_scan_at": newest, "occurred_at": newest, "observed_at": newest + RECEIVED_AFTER,
            **told}  # fmt: skip
    cause = f"{waybill}|{sorted((name, str(value)) for name, value in what.items())}"
    return WaybillTracked(event_id=derived_id(cause, "tracked"), cause_id=cause[:64], waybill=waybill, **what)


def parcel_told(
    newest: datetime, waybill: str = "SF1", phase: Phase = Phase.SHIPPED, **told: Any
) -> ParcelReported:
    """What the parcel linker tells of a track, to the order of every test."""
    told_of = [linked(waybill), tracked(newest, waybill, phase, **told)]
    return Linker().hears(*told_of).events[-1]


@dataclass
class Linker:
    """The parcel linker of any waybills; each has an event clock of its own, as if alone in its partition."""

    states: dict[str, ParcelState] = field(default_factory=dict)
    clock_ms: dict[str, int] = field(default_factory=dict)
    events: list[ParcelReported] = field(default_factory=list)

    def hears(self, *facts: WaybillFact) -> "Linker":
        """Put facts to the decision, each at the clock it moves on to."""
        for fact in facts:
            at_ms = to_ms(min(fact.occurred_at, fact.observed_at))
            now_ms = self.clock_ms[fact.waybill] = max(self.clock_ms.get(fact.waybill, 0), at_ms)
            self.decides(fact.waybill, fact, now_ms)
        return self

    def decides(self, waybill: str, fact: WaybillFact | None, now_ms: int) -> None:
        """Put one fact, or the passing of time, to the decision."""
        outcome = decide_parcel(self.states.get(waybill), fact, waybill, now_ms, PARCEL_POLICY)
        if outcome.state is None:
            self.states.pop(waybill, None)
        else:
            self.states[waybill] = ParcelState.from_bytes(outcome.state.to_bytes())
            assert outcome.due_ms == outcome.state.due_ms
        self.events += [event for event in outcome.events if isinstance(event, ParcelReported)]

    @property
    def last(self) -> dict[tuple[str, str], ParcelReported]:
        """What each order was told last of each of its parcels."""
        return {(event.order_id, event.waybill): event for event in self.events}


@dataclass
class Hub:
    """The order hub of one order; `now` is the event clock, which only ever moves forward."""

    now: datetime = START
    state: OrderState | None = None
    due_ms: int | None = None
    events: list[Event] = field(default_factory=list)

    def hears(self, *facts: Fact | None, now: datetime | None = None) -> "Hub":
        """Put facts to the decision, each at the clock it moves on to."""
        for fact in facts:
            if fact is not None:
                self.now = max(self.now, min(fact.occurred_at, fact.observed_at))
            self._decide(fact)
        return self if now is None else self.waits_until(now)

    def waits_until(self, now: datetime) -> "Hub":
        """Move the clock on, asking again at every deadline it passes, as the runtime does."""
        self.now = max(self.now, now)
        for _ in range(8):  # an order owes two things at most, and is forgotten once
            if self.due_ms is None or self.due_ms >= to_ms(self.now) or self.state is None:
                break
            asked = self.due_ms
            self._decide(None)
            if self.due_ms == asked:
                break
        return self

    def _decide(self, fact: Fact | None) -> None:
        outcome = decide_order(self.state, fact, ORDER, to_ms(self.now), POLICY)
        self.state, self.due_ms = outcome.state, outcome.due_ms
        self.events += outcome.events

    @property
    def account(self) -> OrderAccount:
        """The account as it stands at the clock."""
        assert self.state is not None
        return describe_order(self.state, ORDER, to_ms(self.now), POLICY)

    @property
    def verdict(self) -> tuple[str, str]:
        """Verdict and rule."""
        return self.account.verdict.value, self.account.rule

    @property
    def judged(self) -> list[PromiseJudged]:
        """The verdicts that were announced, in order."""
        return [event for event in self.events if isinstance(event, PromiseJudged)]

    @property
    def phases(self) -> list[str]:
        """The back-end phases that were announced, in order."""
        return [event.phase.value for event in self.events if isinstance(event, OrderPhaseChanged)]


def heard(facts: Iterable[Fact], now: datetime = START) -> Hub:
    """A hub that heard these facts and then waited until `now`."""
    return Hub().hears(*facts, now=now)
