"""Every topic, declared once: name, what it carries, what it is keyed by, how long it is kept."""

from dataclasses import dataclass
from typing import Annotated, Any, get_args, get_origin

from schemas.anomaly_life import Anomaly, AnomalyAccount, Finding
from schemas.cursor import Cursor
from schemas.dead_letter import DeadLetter
from schemas.decision import OrderCommand, OrderDecision
from schemas.instruction import OrderFact
from schemas.inventory import SkuFact
from schemas.logistics import WaybillFact
from schemas.progress import WorkerReached
from schemas.promise import OrderState
from schemas.stock import SkuAccount, SkuCommands, SkuDecision

DAY_MS = 24 * 60 * 60 * 1000


@dataclass(frozen=True, slots=True)
class Topic:
    """One topic. `carries` is the pydantic type of its values; None means bytes as received."""

    name: str
    meaning: str
    key: str
    retention_ms: int
    carries: Any = None  # a pydantic model, or an Annotated union of them


def _raw(source: str, meaning: str) -> Topic:
    return Topic(f"raw.{source}.v1", meaning, "order id, SKU or waybill", 30 * DAY_MS)


RAW_ORDER_FILE = _raw("order-file", "rows of imported order files, each with its mapping")
RAW_TMALL = _raw("tmall", "Tmall orders and refunds")
RAW_JD = _raw("jd", "JD orders and refunds")
RAW_PDD = _raw("pdd", "Pinduoduo orders and refunds")
RAW_DOUYIN = _raw("douyin", "Douyin orders and refunds")
RAW_OWN_SHOP = _raw("own-shop", "orders and refunds of the own mini-program")
RAW_WANGDIANTONG = _raw("wangdiantong", "orders, parcels, refunds and stock of the ERP and WMS Wangdiantong")
RAW_JUSHUITAN = _raw("jushuitan", "orders, parcels, refunds and stock of the ERP Jushuitan")
RAW_CLOUD_WAREHOUSE = _raw("cloud-warehouse", "counts pushed by third-party warehouses")
RAW_KUAIDI = _raw("kuaidi", "tracks of parcels by Kuaidi100")
RAW_KDNIAO = _raw("kdniao", "tracks of parcels by Kdniao")
RAW_AFTERSHIP = _raw("aftership", "tracks of parcels by AfterShip")
RAW_CS = _raw("cs", "customer-service tickets")
RAW_APP = _raw("app", "the phase the customer's app shows")
RAW_OTHER = _raw("other", "sources that a shop has written documents of its own for")
RAW_COMMAND = _raw("command", "what people and outside systems command, answer and confirm")
RAW_CLOCK = _raw("clock", "ticks of the wall or simulated clock, one a partition")

RAW = (
    RAW_ORDER_FILE,
    RAW_TMALL,
    RAW_JD,
    RAW_PDD,
    RAW_DOUYIN,
    RAW_OWN_SHOP,
    RAW_CLOUD_WAREHOUSE,
    RAW_WANGDIANTONG,
    RAW_JUSHUITAN,
    RAW_KUAIDI,
    RAW_KDNIAO,
    RAW_AFTERSHIP,
    RAW_CS,
    RAW_APP,
    RAW_OTHER,
    RAW_COMMAND,
    RAW_CLOCK,
)

RAW_OF = {
    "order_file": RAW_ORDER_FILE,
    "tmall": RAW_TMALL,
    "jd": RAW_JD,
    "pdd": RAW_PDD,
    "douyin": RAW_DOUYIN,
    "own-shop": RAW_OWN_SHOP,
    "wangdiantong": RAW_WANGDIANTONG,
    "jushuitan": RAW_JUSHUITAN,
    "cloud-warehouse": RAW_CLOUD_WAREHOUSE,
    "kuaidi100": RAW_KUAIDI,
    "kdniao": RAW_KDNIAO,
    "aftership": RAW_AFTERSHIP,
    "cs": RAW_CS,
    "app": RAW_APP,
    "command": RAW_COMMAND,
    "clock": RAW_CLOCK,
}
"""The raw topic of each shipped source, by the name in the record's headers."""


def raw_topic(source: str) -> Topic:
    """Return the raw topic of any source: a cloud warehouse's own, or the one of the shop's own sources."""
    if source.startswith("cloud-warehouse-"):
        return RAW_CLOUD_WAREHOUSE
    return RAW_OF.get(source, RAW_OTHER)


FACT_ORDER = Topic(
    "fact.order.v1",
    "reports of orders, and instructions",
    "order_id",
    14 * DAY_MS,
    OrderFact,
)
FACT_WAYBILL = Topic("fact.waybill.v1", "links and tracks of parcels", "waybill", 14 * DAY_MS, WaybillFact)
FACT_SKU = Topic(
    "fact.sku.v1", "counts and movements of SKUs, and what orders ask for", "sku", 14 * DAY_MS, SkuFact
)
DECISION_ORDER = Topic("decision.order.v1", "what its judges decided", "order_id", 14 * DAY_MS, OrderDecision)
COMMAND_ORDER = Topic("command.order.v1", "what others must do", "order_id", 90 * DAY_MS, OrderCommand)
STATE_ORDER = Topic("state.order.v1", "current account of each order", "order_id", 14 * DAY_MS, OrderState)
FINDING = Topic("finding.subject.v1", "what agents noticed", "subject", 14 * DAY_MS, Finding)
ANOMALY = Topic("anomaly.subject.v1", "anomalies: opened, ended", "subject", 90 * DAY_MS, Anomaly)
DECISION_SKU = Topic("decision.sku.v1", "what the sentinel decided of a SKU", "sku", 14 * DAY_MS, SkuDecision)
COMMAND_SKU = Topic(
    "command.sku.v1", "what storefronts and procurement must do", "sku", 90 * DAY_MS, SkuCommands
)
STATE_SKU = Topic("state.sku.v1", "current account of each SKU", "sku", 14 * DAY_MS, SkuAccount)
STATE_SUBJECT = Topic(
    "state.subject.v1", "current anomalies of each subject", "subject", 14 * DAY_MS, AnomalyAccount
)
DEAD_LETTER = Topic("dead.letter.v1", "records that can never work", "letter_id", 90 * DAY_MS, DeadLetter)

DERIVED = (
    FACT_ORDER,
    FACT_WAYBILL,
    FACT_SKU,
    DECISION_ORDER,
    COMMAND_ORDER,
    STATE_ORDER,
    DECISION_SKU,
    COMMAND_SKU,
    STATE_SKU,
    FINDING,
    ANOMALY,
    STATE_SUBJECT,
)
TOPICS = (*RAW, *DERIVED, DEAD_LETTER)

STATE_CURSOR = Topic("state.cursor.v1", "how far each connector has pulled", "cursor_id", 0, Cursor)
STATE_WORKER = Topic(
    "state.worker.v1", "how far each worker has come, for the others", "worker", 0, WorkerReached
)
INTERNAL = (STATE_CURSOR, STATE_WORKER)
"""Compacted: the last record of each key is kept for ever. No agent reads them."""


def _union_of(carries: Any) -> tuple[type, ...]:
    union = get_args(carries)[0] if get_origin(carries) is Annotated else carries
    return get_args(union) or (union,)


TOPIC_OF: dict[type, Topic] = {
    event: topic for topic in (*DERIVED, DEAD_LETTER) for event in _union_of(topic.carries)
}
"""The one topic of each event type."""
