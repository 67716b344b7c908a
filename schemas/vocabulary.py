"""The closed vocabularies: platforms, reporters, phases, verdicts and lights.

Sources: docs/glossary.md gives the Chinese original of every word.
"""

from enum import StrEnum
from operator import attrgetter
from typing import TypeVar

E = TypeVar("E", bound=type[StrEnum])


def plain(words: E) -> E:
    """Let members be plain attributes of their class, and `value` a plain property of theirs.

    Python 3.11 finds each through a descriptor written in Python, at every `Phase.SHIPPED` of every decision:
    3 % of a worker's time. Later versions do as is done here. `value` is asked for at every word that is
    written as JSON: most of the time that takes.
    """
    for name, member in words.__members__.items():
        type.__setattr__(words, name, member)
    type.__setattr__(words, "value", property(attrgetter("_value_")))
    return words


@plain
class Platform(StrEnum):
    """Where an order was placed; OTHER is a shop told only by a file."""

    TMALL = "tmall"
    JD = "jd"
    PDD = "pdd"
    DOUYIN = "douyin"
    OWN_SHOP = "own_shop"
    OTHER = "other"


@plain
class Reporter(StrEnum):
    """Who speaks about an order. FILE is an order export: it speaks for everybody."""

    PLATFORM = "platform"
    ERP = "erp"
    WMS = "wms"
    CS = "cs"
    CARRIER = "carrier"
    APP = "app"
    FILE = "file"


@plain
class Phase(StrEnum):
    """One reporter's word about an order or a parcel; UNKNOWN is a code no map knows."""

    UNPAID = "unpaid"
    TO_SHIP = "to_ship"
    HOLD = "hold"
    PART_SHIPPED = "part_shipped"
    SHIPPED = "shipped"
    SIGNED = "signed"
    FINISHED = "finished"
    CLOSED = "closed"
    UNKNOWN = "unknown"


@plain
class ShippingPhase(StrEnum):
    """The four phases that reporters are compared by: not_shipped < shipped < signed, or closed."""

    NOT_SHIPPED = "not_shipped"
    SHIPPED = "shipped"
    SIGNED = "signed"
    CLOSED = "closed"


@plain
class Verdict(StrEnum):
    """What became of a promise. NONE: nothing was owed, or the order closed before the deadline."""

    OPEN = "open"
    KEPT = "kept"
    BROKEN = "broken"
    NONE = "none"


@plain
class RefundStandard(StrEnum):
    """What a refund request amounts to: may money leave on it now? (domain.md section 3)."""

    PENDING = "pending"
    REFUNDABLE = "refundable"
    NOT_REFUNDABLE = "not_refundable"


@plain
class RefundVerdict(StrEnum):
    """What the refund centre decided (domain.md section 3): FINANCE alone lets money leave by itself."""

    HOLD = "hold"
    MANUAL = "manual"
    CS_CONFIRM = "cs_confirm"
    FINANCE = "finance"
    PENDING = "pending"
    NOT_REFUNDABLE = "not_refundable"


@plain
class Proof(StrEnum):
    """What must be shown by others before a pending refund becomes refundable; its codes alone cannot say."""

    NOT_SHIPPED = "not_shipped"
    GOODS_COUNTED = "goods_counted"
    CARRIER_RETURNED = "carrier_returned"


@plain
class TrackFlag(StrEnum):
    """What else a carrier's code says of a waybill (platforms.md section 6)."""

    STATION = "station"
    FORWARDED = "forwarded"
    PROBLEM = "problem"
    STALLED = "stalled"
    REFUSED = "refused"
    ADDRESS = "address"
    RETURNING = "returning"
    CUSTOMS = "customs"
    PROXY = "proxy"
    UNPROVEN = "unproven"
    LOST = "lost"


@plain
class AddressQuality(StrEnum):
    """Whether a parcel can be sent there. MASKED: hidden by the platform, no fault of the address."""

    GOOD = "good"
    MASKED = "masked"
    BAD = "bad"


@plain
class AnomalyKind(StrEnum):
    """Everything that is noticed (domain.md section 6)."""

    STATUS_CONFLICT = "status_conflict"
    STOCK_DEVIATION = "stock_deviation"
    OVERSELL = "oversell"
    AMBIGUOUS_ADDRESS = "ambiguous_address"
    REFUND_MISMATCH = "refund_mismatch"
    UNKNOWN_CODE = "unknown_code"
    PROMISE_AT_RISK = "promise_at_risk"
    PROMISE_BROKEN = "promise_broken"
    LATE_FIRST_SCAN = "late_first_scan"
    STALLED = "stalled"
    SIGNED_NOT_RECEIVED = "signed_not_received"
    CREDIBILITY_MISMATCH = "credibility_mismatch"
    STOREFRONT_SILENT = "storefront_silent"
    WAREHOUSE_SILENT = "warehouse_silent"


@plain
class AnomalyEnd(StrEnum):
    """How an anomaly ended; each ends once (domain.md section 6)."""

    HEALED = "healed"
    RESOLVED = "resolved"
    FAILED = "failed"
    CLEARED = "cleared"
    WITHDRAWN = "withdrawn"


@plain
class Light(StrEnum):
    """The board's traffic light; GREY means the data is too old, or there is none."""

    GREEN = "green"
    YELLOW = "yellow"
    RED = "red"
    GREY = "grey"
