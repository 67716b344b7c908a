"""Tells each order what carriers say of its parcels: a carrier knows no order number, a link tells which."""

from functools import partial

from pipeline.domain.parcels import ParcelState, decide_parcel
from pipeline.domain.policy import ParcelPolicy
from pipeline.runtime.app import AgentSpec, Worker
from pipeline.runtime.batch import Batch
from pipeline.runtime.fold import AgentContext, Judge, decode, fold, json_decoder, settle
from pipeline.runtime.table import TableSpec
from schemas.order import ParcelReported
from schemas.topics import FACT_WAYBILL

SPEC = AgentSpec(
    name="parcel_linker",
    group="core",
    consumes=(FACT_WAYBILL,),
    emits=(ParcelReported,),
)
PARCEL_BY_WAYBILL = TableSpec(
    "parcel-by-waybill", (FACT_WAYBILL.name,), ParcelState.to_bytes, ParcelState.from_bytes
)


def attach(worker: Worker, policy: ParcelPolicy) -> None:
    """Run the parcel linker in this worker."""
    parcels = worker.table(PARCEL_BY_WAYBILL)
    read = json_decoder(FACT_WAYBILL.carries)
    judge = Judge(partial(decide_parcel, policy=policy))

    async def parcel_linker(batch: Batch, context: AgentContext) -> None:
        folded = fold(batch, decode(batch, read, context), parcels, judge, context)
        await settle(batch, context, folded)

    worker.attach(SPEC, parcel_linker, worker.context(SPEC))
