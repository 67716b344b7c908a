"""The closed vocabularies: platforms, reporters, phases, verdicts and lights.

Sources: docs/glossary.md gives the Chinese original of every word.
"""

from enum import StrEnum


class Platform(StrEnum):
    """Where an order was placed; OTHER is a shop told only by a file."""

    TMALL = "tmall"
    JD = "jd"
    PDD = "pdd"
    DOUYIN = "douyin"
    OWN_SHOP = "own_shop"
    OTHER = "other"


class Reporter(StrEnum):
    """Who speaks about an order. FILE is an order export: it speaks for everybody."""

    PLATFORM = "platform"
    ERP = "erp"
    WMS = "wms"
    CS = "cs"
    CARRIER = "carrier"
    APP = "app"
    FILE = "file"


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


class ShippingPhase(StrEnum):
    """The four phases that reporters are compared by: not_shipped < shipped < signed, or closed."""

    NOT_SHIPPED = "not_shipped"
    SHIPPED = "shipped"
    SIGNED = "signed"
    CLOSED = "closed"


class Verdict(StrEnum):
    """What became of a promise. NONE: nothing was owed, or the order closed before the deadline."""

    OPEN = "open"
    KEPT = "kept"
    BROKEN = "broken"
    NONE = "none"


class Light(StrEnum):
    """The board's traffic light; GREY means the data is too old, or there is none."""

    GREEN = "green"
    YELLOW = "yellow"
    RED = "red"
    GREY = "grey"
