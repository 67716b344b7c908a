"""Keeps one honest account per order: each reporter's last word, five milestones, the promise's verdict."""

from functools import partial

from pipeline.domain.instants import from_ms
from pipeline.domain.order_account import describe_order
from pipeline.domain.order_hub import decide_order
from pipeline.domain.order_state import OrderState
from pipeline.domain.policy import OrderPolicy
from pipeline.runtime.app import AgentSpec, Worker
from pipeline.runtime.batch import Batch
from pipeline.runtime.fold import AgentContext, Judge, decode, fold, json_decoder, settle
from pipeline.runtime.table import TableSpec
from schemas.base import derived_id
from schemas.promise import ClockAdvanced, OrderAccount, OrderPhaseChanged, PromiseJudged
from schemas.topics import FACT_ORDER

SPEC = AgentSpec(
    name="order_hub",
    group="core",
    consumes=(FACT_ORDER,),
    emits=(OrderPhaseChanged, PromiseJudged, OrderAccount, ClockAdvanced),
)
ORDER_BY_ID = TableSpec("order-by-id", (FACT_ORDER.name,), OrderState.to_bytes, OrderState.from_bytes)


def attach(worker: Worker, policy: OrderPolicy) -> None:
    """Run the order hub in this worker."""
    orders = worker.table(ORDER_BY_ID)
    read = json_decoder(FACT_ORDER.carries)

    def describe(state: OrderState, key: str, now_ms: int, view: object) -> OrderAccount:
        return describe_order(state, key, now_ms, policy, view)

    judge = Judge(partial(decide_order, policy=policy), describe)

    async def order_hub(batch: Batch, context: AgentContext) -> None:
        before_ms = orders.clock(batch.partition).now_ms
        folded = fold(batch, decode(batch, read, context), orders, judge, context)
        now_ms = orders.clock(batch.partition).now_ms
        if now_ms > before_ms:
            batch.emit(_clock_advanced(batch.partition, now_ms), here=True)
        await settle(batch, context, folded)

    worker.attach(SPEC, order_hub, worker.context(SPEC))


def _clock_advanced(partition: int, now_ms: int) -> ClockAdvanced:
    at = from_ms(now_ms)
    cause = f"{SPEC.name}-{partition}"
    return ClockAdvanced(
        event_id=derived_id(cause, str(now_ms)),
        cause_id=cause,
        occurred_at=at,
        observed_at=at,
        agent=SPEC.name,
        partition=partition,
    )
