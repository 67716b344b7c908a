"""What makes one SKU run out: what took its stock in the last 24 h, and what is held back now."""

from dashboard.queries.rows import Moment, Reader, Row, read

DRIVERS_SQL = """
SELECT driver, reason, place, units, orders
FROM v_sku_drivers
WHERE sku = {sku:String}
ORDER BY units DESC, driver, reason, place
"""

CLOCK_SQL = "SELECT clock_at FROM v_clock"


class Driver(Row):
    """One cause. `units`: pieces by which it makes available stock smaller (positive) or larger."""

    driver: str
    reason: str
    place: str
    units: int
    orders: int


class Drivers(Row):
    """Every cause, the largest first, as of the event clock; `clock_at` None: nothing was heard yet."""

    rows: tuple[Driver, ...] = ()
    clock_at: Moment = None


def read_drivers(reader: Reader, sku: str) -> Drivers:
    """Return what makes the SKU run out."""
    clock = reader.rows(CLOCK_SQL, {})
    rows = read(reader, Driver, DRIVERS_SQL, sku=sku)
    return Drivers(rows=rows, clock_at=clock[0]["clock_at"] if clock else None)
