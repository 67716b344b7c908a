"""Keeps every anomaly: opened once per subject and kind, however often it is noticed, and ended once."""

from functools import partial

from pipeline.domain.anomalies import AnomalyState, decide_anomaly
from pipeline.domain.policy import AnomalyPolicy
from pipeline.runtime.app import AgentSpec, Worker
from pipeline.runtime.batch import Batch
from pipeline.runtime.fold import AgentContext, Judge, decode, fold, json_decoder, settle
from pipeline.runtime.table import TableSpec
from schemas.anomaly import AnomalyEnded, AnomalyOpened
from schemas.topics import FINDING

SPEC = AgentSpec(
    name="anomaly_healer", group="core", consumes=(FINDING,), emits=(AnomalyOpened, AnomalyEnded)
)
ANOMALY_BY_SUBJECT = TableSpec(
    "anomaly-by-subject", (FINDING.name,), AnomalyState.to_bytes, AnomalyState.from_bytes
)


def attach(worker: Worker, policy: AnomalyPolicy) -> None:
    """Run the anomaly healer in this worker."""
    anomalies = worker.table(ANOMALY_BY_SUBJECT)
    read = json_decoder(FINDING.carries)
    judge = Judge(partial(decide_anomaly, policy=policy))

    async def anomaly_healer(batch: Batch, context: AgentContext) -> None:
        folded = fold(batch, decode(batch, read, context), anomalies, judge, context)
        await settle(batch, context, folded)

    worker.attach(SPEC, anomaly_healer, worker.context(SPEC))
