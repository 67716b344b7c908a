"""What a stock keeper asks of one SKU: where it lies, for whom, its windows, deviations, suspensions."""

from dashboard.limits import LIST_CAP
from dashboard.queries.chosen import EVERYTHING, Chosen
from dashboard.queries.narrowing import since
from dashboard.queries.rows import Moment, Reader, Row, Share, read

SKUS_SQL = """
SELECT sku, on_hand, reserved, safety_stock, sellable, available, in_transit, returning, suspended,
       suspended_since, why, light, oversold, velocity_per_h, velocity_last_h, hours_of_cover, as_of,
       count() OVER () AS total
FROM v_skus
WHERE ({sku:String} = '' OR sku = {sku:String}) AND ({light:String} = '' OR light = {light:String})
  AND ({platform:String} = '' OR sku IN
        (SELECT sku FROM v_sku_reservations WHERE platform = {platform:String}))
  AND ({warehouse:String} IN ('', '-') OR sku IN
        (SELECT sku FROM v_sku_places WHERE warehouse = {warehouse:String}))
ORDER BY indexOf(['red', 'yellow', 'grey', 'green'], light), available, sku
LIMIT {cap:UInt32}
"""

PLACES_SQL = """
SELECT warehouse, ledger_units, ledger_counted_at, cloud_units, cloud_counted_at, deviation, leaking, silent,
       held_back, trust
FROM v_sku_places
WHERE sku = {sku:String} AND ({warehouse:String} IN ('', '-') OR warehouse = {warehouse:String})
ORDER BY warehouse
"""

RESERVATIONS_SQL = """
SELECT platform, units, orders
FROM v_sku_reservations
WHERE sku = {sku:String} AND ({platform:String} = '' OR platform = {platform:String})
ORDER BY units DESC, platform
"""

WINDOWS_SQL = """
SELECT window_start, sold, reserved, released, outbound, returned, counts, deviation_max, suspensions
FROM v_sku_windows
WHERE sku = {sku:String} AND length = {length:String}
ORDER BY window_start DESC
LIMIT {cap:UInt32}
"""

DEVIATIONS_SQL = f"""
SELECT warehouse, at, what, deviation, ledger_units, cloud_units, calibrated, reverses
FROM v_sku_deviations
WHERE sku = {{sku:String}} AND ({{warehouse:String}} IN ('', '-') OR warehouse = {{warehouse:String}})
  AND {since("at")}
ORDER BY at DESC
LIMIT {{cap:UInt32}}
"""  # noqa: S608  (parts of ours)

SUSPENSIONS_SQL = f"""
SELECT storefront, command, why, shown_units, sent_at, attempts, answered_at
FROM v_sku_suspensions
WHERE sku = {{sku:String}} AND ({{platform:String}} = '' OR storefront = {{platform:String}})
  AND {since("sent_at")}
ORDER BY sent_at DESC
LIMIT {{cap:UInt32}}
"""  # noqa: S608  (parts of ours)

WINDOWS_SHOWN = {"5m": 48, "1h": 24}
"""Length of a window -> how many are shown: four hours, or a day."""


class Sku(Row):
    """One SKU as it stands; None is unknown, never zero."""

    sku: str
    on_hand: int | None
    reserved: int
    safety_stock: int
    sellable: int | None
    available: int | None
    in_transit: int
    returning: int
    suspended: bool
    suspended_since: Moment
    why: str
    light: str
    oversold: int
    velocity_per_h: Share
    velocity_last_h: Share
    hours_of_cover: Share
    as_of: Moment
    total: int = 1


class Place(Row):
    """One SKU in one warehouse; `trust` falls from 1 to 0 as its count ages."""

    warehouse: str
    ledger_units: int | None
    ledger_counted_at: Moment
    cloud_units: int | None
    cloud_counted_at: Moment
    deviation: int | None
    leaking: bool
    silent: bool
    held_back: bool
    trust: Share


class Reservation(Row):
    """What the orders of one platform reserve."""

    platform: str
    units: int
    orders: int


class Window(Row):
    """What happened in one window of event time."""

    window_start: Moment
    sold: int
    reserved: int
    released: int
    outbound: int
    returned: int
    counts: int
    deviation_max: int
    suspensions: int


class Deviation(Row):
    """A deviation that was noticed, or a calibration that was made."""

    warehouse: str
    at: Moment
    what: str
    deviation: int | None
    ledger_units: int | None
    cloud_units: int | None
    calibrated: int | None
    reverses: bool


class Suspension(Row):
    """One command to a storefront, and when it was carried out."""

    storefront: str
    command: str
    why: str
    shown_units: int | None
    sent_at: Moment
    attempts: int
    answered_at: Moment


def read_skus(
    reader: Reader, light: str = "", sku: str = "", chosen: Chosen = EVERYTHING, cap: int = LIST_CAP
) -> tuple[Sku, ...]:
    """Return SKUs, those in trouble first: of a light, a platform that reserves, a warehouse; or just one."""
    return read(reader, Sku, SKUS_SQL, sku=sku, light=light, cap=cap, **chosen.asked())


def read_places(reader: Reader, sku: str, chosen: Chosen = EVERYTHING) -> tuple[Place, ...]:
    """Return the warehouses that hold it."""
    return read(reader, Place, PLACES_SQL, sku=sku, **chosen.asked())


def read_reservations(reader: Reader, sku: str, chosen: Chosen = EVERYTHING) -> tuple[Reservation, ...]:
    """Return who reserves it."""
    return read(reader, Reservation, RESERVATIONS_SQL, sku=sku, **chosen.asked())


def read_windows(reader: Reader, sku: str, length: str) -> tuple[Window, ...]:
    """Return its newest windows, oldest first; one in which nothing happened is not there."""
    found = read(reader, Window, WINDOWS_SQL, sku=sku, length=length, cap=WINDOWS_SHOWN[length])
    return tuple(reversed(found))


def read_deviations(reader: Reader, sku: str, chosen: Chosen = EVERYTHING) -> tuple[Deviation, ...]:
    """Return its deviations and calibrations, newest first."""
    return read(reader, Deviation, DEVIATIONS_SQL, sku=sku, cap=LIST_CAP, **chosen.asked())


def read_suspensions(reader: Reader, sku: str, chosen: Chosen = EVERYTHING) -> tuple[Suspension, ...]:
    """Return the commands to storefronts, newest first."""
    return read(reader, Suspension, SUSPENSIONS_SQL, sku=sku, cap=LIST_CAP, **chosen.asked())
