"""What makes one SKU run out: what took its stock in the last 24 h, and what is held back now."""

from dashboard.queries.rows import Reader, Row, read

DRIVERS_SQL = """
SELECT driver, reason, place, units, orders
FROM v_sku_drivers
WHERE sku = {sku:String}
ORDER BY units DESC, driver, reason, place
"""


class Driver(Row):
    """One cause. `units`: pieces by which it makes available stock smaller (positive) or larger."""

    driver: str
    reason: str
    place: str
    units: int
    orders: int


def read_drivers(reader: Reader, sku: str) -> tuple[Driver, ...]:
    """Return what makes the SKU run out, the largest cause first."""
    return read(reader, Driver, DRIVERS_SQL, sku=sku)
