"""Keeps one honest account per order, and puts every fact about it to the order's judges (docs/adr/0012)."""

from pipeline.domain.instants import from_ms
from pipeline.domain.order_case import CasePolicies, OrderCase, OrderJudges
from pipeline.runtime.app import AgentSpec, Worker
from pipeline.runtime.batch import Batch
from pipeline.runtime.fold import AgentContext, Judge, decode, fold, json_decoder, settle
from pipeline.runtime.table import TableSpec
from schemas.anomaly_life import ClockPassed, ConditionGone, ConditionSeen, HealAttempted
from schemas.base import derived_id
from schemas.decision import COMMANDS, DECISIONS
from schemas.inventory import FROM_ORDERS, ClockReached
from schemas.promise import ClockAdvanced, OrderAccount
from schemas.topics import FACT_ORDER

TELL_EVERY_MS = 1_000
"""How far the event clock of a partition moves between two tellings of it: each sets off other batches."""

SPEC = AgentSpec(
    name="order_hub",
    group="core",
    consumes=(FACT_ORDER,),
    emits=(
        *DECISIONS,
        *COMMANDS,
        ConditionSeen,
        ConditionGone,
        HealAttempted,
        *FROM_ORDERS,
        OrderAccount,
        ClockAdvanced,
        ClockPassed,
        ClockReached,
    ),
)
CASE_BY_ORDER = TableSpec(
    "case-by-order", (FACT_ORDER.name,), OrderCase.to_bytes, OrderCase.from_bytes, OrderCase.at_rest
)


def attach(worker: Worker, policies: CasePolicies) -> None:
    """Run the order hub in this worker."""
    orders = worker.table(CASE_BY_ORDER)
    read = json_decoder(FACT_ORDER.carries)
    judges = OrderJudges(policies)
    judge = Judge(judges.decide, judges.describe)

    async def order_hub(batch: Batch, context: AgentContext) -> None:
        before_ms = orders.clock(batch.partition).now_ms
        folded = fold(batch, decode(batch, read, context), orders, judge, context)
        _tell_time(batch, before_ms, orders.clock(batch.partition).now_ms)
        await settle(batch, context, folded)

    worker.attach(SPEC, order_hub, worker.context(SPEC))


def _tell_time(batch: Batch, before_ms: int, now_ms: int) -> None:
    """The store is told how far this partition has come; those who keep anomalies and stock may look."""
    if now_ms // TELL_EVERY_MS == before_ms // TELL_EVERY_MS:
        return
    at, cause = from_ms(now_ms), f"{SPEC.name}-{batch.partition}"
    told = {"event_id": derived_id(cause, str(now_ms)), "cause_id": cause, "agent": SPEC.name}
    when = {"occurred_at": at, "observed_at": at}
    advanced = {**told, **when, "partition": batch.partition}
    batch.emit(ClockAdvanced.model_validate(advanced), here=True)
    batch.emit(ClockPassed.model_validate({**told, **when}), here=True)
    batch.emit(ClockReached.model_validate({**told, **when}), here=True)
