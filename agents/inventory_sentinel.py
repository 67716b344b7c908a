"""Keeps one account of each SKU: what lies where, who reserved it; suspends before an order oversells."""

from functools import partial

from pipeline.domain.stock import StockPolicy, decide_kept, describe_kept, read_kept, write_kept
from pipeline.runtime.app import AgentSpec, Worker
from pipeline.runtime.batch import Batch
from pipeline.runtime.fold import AgentContext, Judge, decode, fold, json_decoder, settle
from pipeline.runtime.table import TableSpec
from schemas.anomaly_life import ConditionGone, ConditionSeen, HealAttempted
from schemas.desk import OrderFlagged
from schemas.inventory import WarehouseSpoke
from schemas.stock import SKU_COMMANDS, SKU_DECISIONS, SkuAccount
from schemas.topics import FACT_SKU

SPEC = AgentSpec(
    name="inventory_sentinel",
    group="core",
    consumes=(FACT_SKU,),
    emits=(
        *SKU_DECISIONS,
        *SKU_COMMANDS,
        ConditionSeen,
        ConditionGone,
        HealAttempted,
        OrderFlagged,
        WarehouseSpoke,
        SkuAccount,
    ),
)
STOCK_BY_SKU = TableSpec("stock-by-sku", (FACT_SKU.name,), write_kept, read_kept)


def attach(worker: Worker, policy: StockPolicy) -> None:
    """Run the inventory sentinel in this worker."""
    stock = worker.table(STOCK_BY_SKU)
    read = json_decoder(FACT_SKU.carries)
    judge = Judge(partial(decide_kept, policy=policy), partial(describe_kept, policy=policy))

    async def inventory_sentinel(batch: Batch, context: AgentContext) -> None:
        folded = fold(batch, decode(batch, read, context), stock, judge, context)
        await settle(batch, context, folded)

    worker.attach(SPEC, inventory_sentinel, worker.context(SPEC))
