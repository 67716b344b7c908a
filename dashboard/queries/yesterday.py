"""What the health board asks about the same hour yesterday, from what is known of it now."""

from dashboard.queries.rows import Moment, Reader, Row, Share, read

YESTERDAY_SQL = """
SELECT then_at, known_orders, open_orders, at_risk_orders, overdue_orders, open_anomalies
FROM v_board_yesterday
"""

PROMISE_SQL = """
SELECT window, shop, kept, broken, promise
FROM v_promise_yesterday
ORDER BY window, shop
"""


class Yesterday(Row):
    """The board's counts 24 h before the event clock; None is no data."""

    then_at: Moment = None
    open_orders: int | None = None
    at_risk_orders: int | None = None
    overdue_orders: int | None = None
    open_anomalies: int | None = None


class PromiseThen(Row):
    """How the promises of a window stood that ended 24 h before the event clock."""

    window: str
    shop: str
    kept: int
    broken: int
    promise: Share


def read_yesterday(reader: Reader) -> Yesterday:
    """Return yesterday's counts; without any, all of them are no data."""
    return next(iter(read(reader, Yesterday, YESTERDAY_SQL)), Yesterday())


def read_promise_then(reader: Reader) -> tuple[PromiseThen, ...]:
    """Return every window of every shop in which anything was settled."""
    return read(reader, PromiseThen, PROMISE_SQL)
