"""Decisions, commands and instructions to rows of ClickHouse: which table each event class goes to."""

from collections.abc import Iterator

from pipeline.clickhouse.anomaly_tables import ANOMALIES, ANOMALIES_CURRENT, FINDINGS, STANDINGS
from pipeline.clickhouse.by_name import Read, array_of, by_name, the_rest
from pipeline.clickhouse.columns import TableSpec
from pipeline.clickhouse.decision_tables import (
    ALARMS,
    COMMANDS,
    CONFLICTS,
    DESK_ANSWERS,
    INSTRUCTIONS,
    ORDER_DECISIONS,
    REFUND_FINDINGS,
    REFUND_VERDICTS,
    RETURN_STEPS,
)
from pipeline.clickhouse.stock_tables import SKU_COMMANDS, SKU_DECISIONS, SKU_FACTS, SKUS_CURRENT
from schemas import decision, instruction, stock
from schemas.anomaly import AnomalyEnded, AnomalyOpened, CodeMended, CodeParked
from schemas.anomaly_life import (
    AnomalyAccount,
    AnomalyCorrected,
    ConditionGone,
    ConditionSeen,
    HandedOver,
    HealAttempted,
    Resolved,
    Taken,
)
from schemas.base import Event
from schemas.care import (
    ActToReview,
    LateFirstScan,
    PromiseAtRisk,
    PromiseBroken,
    SignedNotReceived,
    Stalled,
)
from schemas.conflict import OrderLocked, OrderUnlocked
from schemas.desk import CommandAnswered, OrderFlagged
from schemas.inventory import FROM_ORDERS, StockCommandConfirmed, StockCounted, StockMoved
from schemas.promise import OrderPhaseChanged, PromiseJudged
from schemas.refund import RefundAffirmed, RefundDoubted, RefundMatched, RefundMismatched, RefundVerified
from schemas.returns import ReturnBegun, StepHandedOver, StepSettled

BY_NAME: tuple[tuple[TableSpec, tuple[type[Event], ...]], ...] = (
    (ORDER_DECISIONS, (OrderPhaseChanged, PromiseJudged)),
    (CONFLICTS, (OrderLocked, OrderUnlocked)),
    (ALARMS, (PromiseAtRisk, PromiseBroken, LateFirstScan, Stalled, SignedNotReceived, ActToReview)),
    (REFUND_VERDICTS, (RefundVerified,)),
    (REFUND_FINDINGS, (RefundMismatched, RefundMatched, RefundDoubted, RefundAffirmed)),
    (RETURN_STEPS, (ReturnBegun, StepSettled, StepHandedOver)),
    (DESK_ANSWERS, (CommandAnswered,)),
    (FINDINGS, (CodeParked, CodeMended, ConditionSeen, ConditionGone, HealAttempted, Taken, Resolved)),
    (ANOMALIES, (AnomalyOpened, AnomalyEnded, AnomalyCorrected, HandedOver)),
    (SKU_FACTS, (StockCounted, StockMoved, *FROM_ORDERS)),
    (SKU_DECISIONS, stock.SKU_DECISIONS),
    (SKU_COMMANDS, (*stock.SKU_COMMANDS, StockCommandConfirmed)),
    (SKUS_CURRENT, (stock.SkuAccount,)),
)
"""Every field has a column of its own."""
WITH_DETAILS: tuple[tuple[TableSpec, tuple[type[Event], ...]], ...] = (
    (COMMANDS, decision.COMMANDS),
    (INSTRUCTIONS, (*instruction.INSTRUCTIONS, OrderFlagged)),
)
"""What is not common to all of them is in one column `details`: a further class needs no migration."""


def routes() -> Iterator[tuple[type, tuple[str, Read]]]:
    """Give each event class with the name of its table and what builds its row."""
    for spec, models in BY_NAME:
        for model in models:
            yield model, (spec.name, by_name(model, spec))
    for spec, models in WITH_DETAILS:
        for model in models:
            yield model, (spec.name, by_name(model, spec, {"details": the_rest(model, spec)}))
    standings = {name: array_of("anomalies", name, kind) for name, kind in STANDINGS}
    yield AnomalyAccount, (ANOMALIES_CURRENT.name, by_name(AnomalyAccount, ANOMALIES_CURRENT, standings))
