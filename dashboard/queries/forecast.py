"""What the health board asks of the hours ahead."""

from dashboard.queries.rows import Moment, Reader, Row, read

FORECAST_SQL = """
SELECT clock_at, due_orders, missing_orders, unknown_orders
FROM v_board_forecast
"""


class Forecast(Row):
    """How many orders are to be shipped within the next 4 h, and how many of them will be late."""

    clock_at: Moment = None
    due_orders: int = 0
    missing_orders: int = 0
    unknown_orders: int = 0


def read_forecast(reader: Reader) -> Forecast:
    """Return the forecast; without a clock it says nothing."""
    return next(iter(read(reader, Forecast, FORECAST_SQL)), Forecast())
