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
