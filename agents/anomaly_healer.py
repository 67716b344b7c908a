"""Keeps every anomaly: opened once per subject and kind, healed in time or handed to a person, ended once."""

from functools import partial

from pipeline.domain.anomaly_account import describe_anomalies
from pipeline.domain.anomaly_life import decide_anomaly_life
from pipeline.domain.anomaly_state import LifePolicy, LifeState
from pipeline.runtime.app import AgentSpec, Worker
from pipeline.runtime.batch import Batch
from pipeline.runtime.fold import AgentContext, Judge, decode, fold, json_decoder, settle
from pipeline.runtime.table import TableSpec
from schemas.anomaly import AnomalyEnded, AnomalyOpened
from schemas.anomaly_life import AnomalyAccount, AnomalyCorrected, HandedOver
from schemas.topics import FINDING

SPEC = AgentSpec(
    name="anomaly_healer",
    group="core",
    consumes=(FINDING,),
    emits=(AnomalyOpened, AnomalyEnded, AnomalyCorrected, HandedOver, AnomalyAccount),
)
ANOMALIES_BY_SUBJECT = TableSpec(
    "anomalies-by-subject", (FINDING.name,), LifeState.to_bytes, LifeState.from_bytes
)


def attach(worker: Worker, policy: LifePolicy) -> None:
    """Run the anomaly healer in this worker."""
    anomalies = worker.table(ANOMALIES_BY_SUBJECT)
    read = json_decoder(FINDING.carries)

    def describe(state: LifeState, key: str, now_ms: int, view: object) -> AnomalyAccount:
        return describe_anomalies(state, key)

    judge = Judge(partial(decide_anomaly_life, policy=policy), describe)

    async def anomaly_healer(batch: Batch, context: AgentContext) -> None:
        folded = fold(batch, decode(batch, read, context), anomalies, judge, context)
        await settle(batch, context, folded)

    worker.attach(SPEC, anomaly_healer, worker.context(SPEC))
