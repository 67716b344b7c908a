"""Every topic, declared once: name, what it carries, what it is keyed by, how long it is kept."""

from dataclasses import dataclass
from typing import Annotated, Any, get_args, get_origin

from schemas.dead_letter import DeadLetter
from schemas.inventory import SkuFact
from schemas.order import OrderFact
from schemas.promise import OrderDecision, OrderState

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
RAW_ERP = _raw("erp", "what the ERP says of orders and stock")
RAW_WMS = _raw("wms", "what the warehouse system says of parcels and stock")
RAW_CLOUD_WAREHOUSE = _raw("cloud-warehouse", "counts pushed by third-party warehouses")
RAW_CARRIER = _raw("carrier", "scans of parcels")
RAW_CS = _raw("cs", "customer-service tickets")
RAW_APP = _raw("app", "the phase the customer's app shows")
RAW_CLOCK = _raw("clock", "ticks of the wall or simulated clock, one a partition")

RAW = (
    RAW_ORDER_FILE,
    RAW_TMALL,
    RAW_JD,
    RAW_PDD,
    RAW_DOUYIN,
    RAW_OWN_SHOP,
    RAW_ERP,
    RAW_WMS,
    RAW_CLOUD_WAREHOUSE,
    RAW_CARRIER,
    RAW_CS,
    RAW_APP,
    RAW_CLOCK,
)

FACT_ORDER = Topic("fact.order.v1", "what reporters said of orders", "order_id", 14 * DAY_MS, OrderFact)
FACT_SKU = Topic("fact.sku.v1", "counts, movements and demand of SKUs", "sku", 14 * DAY_MS, SkuFact)
DECISION_ORDER = Topic("decision.order.v1", "phases and verdicts", "order_id", 14 * DAY_MS, OrderDecision)
STATE_ORDER = Topic("state.order.v1", "current account of each order", "order_id", 14 * DAY_MS, OrderState)
DEAD_LETTER = Topic("dead.letter.v1", "records that can never work", "letter_id", 90 * DAY_MS, DeadLetter)

DERIVED = (FACT_ORDER, FACT_SKU, DECISION_ORDER, STATE_ORDER)
TOPICS = (*RAW, *DERIVED, DEAD_LETTER)


def _union_of(carries: Any) -> tuple[type, ...]:
    union = get_args(carries)[0] if get_origin(carries) is Annotated else carries
    return get_args(union) or (union,)


TOPIC_OF: dict[type, Topic] = {
    event: topic for topic in (*DERIVED, DEAD_LETTER) for event in _union_of(topic.carries)
}
"""The one topic of each event type."""
