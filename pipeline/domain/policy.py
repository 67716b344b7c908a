"""Thresholds as frozen values, each with its unit and its source."""

from dataclasses import dataclass

HOUR_MS = 3_600_000
DAY_MS = 24 * HOUR_MS


@dataclass(frozen=True, slots=True)
class OrderPolicy:
    """What a shop owes where the platform says nothing.

    `ship_promise_ms`: 48 h from payment (article, hard metric 承诺发货时间).
    `retention_ms`: how long a settled order that nobody speaks of stays in worker state.
    """

    ship_promise_ms: int = 48 * HOUR_MS
    retention_ms: int = 45 * DAY_MS


@dataclass(frozen=True, slots=True)
class ParcelPolicy:
    """How long a parcel is waited for, and how many orders may be in one.

    `retention_ms`: how long a waybill that nobody speaks of stays in worker state, so the longest that a scan
    may come before its link. `orders_most`: far beyond what one parcel holds; more is a wrong field.
    """

    retention_ms: int = 45 * DAY_MS
    orders_most: int = 200


@dataclass(frozen=True, slots=True)
class RefundPolicy:
    """How long the refund centre waits and remembers; it decides by data (rules/refund-rules.toml).

    `order_wait_ms`: how long a refund waits for its order before a person looks (domain.md 14: 600 s).
    `retention_ms`: how long an order without open refunds that nobody speaks of stays in worker state.
    """

    order_wait_ms: int = 600_000
    retention_ms: int = 45 * DAY_MS
