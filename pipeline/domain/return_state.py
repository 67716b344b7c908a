"""What is known of the returns of one order: who asked, where the customer lives, how far each step is."""

from typing import Any, Final, NamedTuple

import orjson

from pipeline.domain.instants import to_ms
from pipeline.domain.outcome import Undecidable
from schemas.order import OrderReported
from schemas.returns import OfReturn, QualityReportsTold, ReturnStep, StockTold
from schemas.vocabulary import Reporter

RETURNS_MOST: Final = 100
"""Most refund ids of one order that are told as returns: far beyond what one order sees."""
WAITING: Final = "waiting"
SENT: Final = "sent"
CONFIRMED: Final = "confirmed"
NOT_NEEDED: Final = "not_needed"
HANDED_OVER: Final = "handed_over"


class Step(NamedTuple):
    """One step of one return. `due_ms`: when the next attempt is; `said`: what its command says, as JSON."""

    status: str = WAITING
    attempt: int = 0
    due_ms: int | None = None
    said: dict[str, Any] | None = None  # fields of the command, which validates them

    @property
    def is_over(self) -> bool:
        """True when nothing more will be sent."""
        return self.status not in (WAITING, SENT)


class Case(NamedTuple):
    """One return request. `begun_ms` None: something was told of it before the request itself.

    `asked_ms` is when the customer asked, by the earliest report; `reports` and `levels` are kept, as JSON,
    until their step is sent.
    """

    begun_ms: int | None = None
    asked_ms: int | None = None
    steps: dict[str, Step] = {}  # noqa: RUF012  (no change in place: what is heard makes a new one)
    reports: list[Any] | None = None
    levels: list[Any] | None = None

    def step(self, step: ReturnStep) -> Step:
        """How far one step is."""
        return self.steps.get(step, Step())

    def with_step(self, step: ReturnStep, after: Step) -> "Case":
        """The case with that step changed; what only that step needed is dropped."""
        case = self._replace(steps={**self.steps, str(step): after})
        if after.status == WAITING:
            return case
        if step is ReturnStep.ATTACH_QUALITY_REPORTS:
            return case._replace(reports=None)
        return case._replace(levels=None) if step is ReturnStep.NOTIFY_RESTOCK else case


class ReturnState(NamedTuple):
    """Every return of one order. `place`: [by the platform, version, received, province, city]."""

    shop: str = ""
    place: list[Any] | None = None
    cases: dict[str, Case] = {}  # noqa: RUF012  (likewise)
    heard_ms: int = 0

    def to_bytes(self) -> bytes:
        """The state as JSON."""
        cases = {
            refund_id: [
                case.begun_ms,
                case.asked_ms,
                {name: tuple(step) for name, step in case.steps.items()},
                case.reports,
                case.levels,
            ]
            for refund_id, case in self.cases.items()
        }
        return orjson.dumps([self.shop, self.place, cases, self.heard_ms])

    @classmethod
    def from_bytes(cls, raw: bytes) -> "ReturnState":
        """Read `to_bytes` back."""
        shop, place, cases, heard_ms = orjson.loads(raw)
        return cls(shop, place, {refund_id: _case(held) for refund_id, held in cases.items()}, heard_ms)

    def case(self, refund_id: str) -> Case:
        """What is known of one return."""
        return self.cases.get(refund_id, Case())

    def with_case(self, refund_id: str, case: Case, order_id: str) -> "ReturnState":
        """The state with that case changed; raises Undecidable for one return too many."""
        if refund_id not in self.cases and len(self.cases) >= RETURNS_MOST:
            raise Undecidable(
                f"order {order_id}: more than {RETURNS_MOST} returns;"
                " check which field of the source is the order number and which the refund's"
            )
        return self._replace(cases={**self.cases, refund_id: case})


def _case(held: list[Any]) -> Case:
    begun_ms, asked_ms, steps, reports, levels = held
    return Case(begun_ms, asked_ms, {name: Step(*step) for name, step in steps.items()}, reports, levels)


def hear_place(state: ReturnState, report: OrderReported) -> ReturnState:
    """Take the customer's province and city: the platform's word goes first, then the newer one.

    An empty place (hidden after shipping, say) never stands against one that was told.
    """
    receiver = report.receiver
    if receiver is None or report.reporter not in (Reporter.PLATFORM, Reporter.FILE):
        return state
    version = to_ms(report.occurred_at) if report.version is None else report.version
    rank = [report.reporter is Reporter.PLATFORM, version, to_ms(report.observed_at)]
    place = [*rank, receiver.province, receiver.city]
    if state.place is not None and _rank(place) <= _rank(state.place):
        return state
    return state._replace(place=place, shop=report.shop or state.shop)


def _rank(place: list[Any]) -> list[Any]:
    return [any(place[3:]), *place]


def hear_told(case: Case, told: OfReturn) -> Case:
    """Take reports or stock levels, as long as their step waits for them."""
    match told:
        case QualityReportsTold() if case.step(ReturnStep.ATTACH_QUALITY_REPORTS).status == WAITING:
            return case._replace(reports=[report.model_dump(mode="json") for report in told.reports])
        case StockTold() if case.step(ReturnStep.NOTIFY_RESTOCK).status == WAITING:
            return case._replace(levels=[level.model_dump(mode="json") for level in told.levels])
    return case
