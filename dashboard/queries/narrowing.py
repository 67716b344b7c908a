"""The conditions by which lists are narrowed, each said once: parts of questions, with their parameters."""

from typing import Final

_PACKED_THERE: Final = """(order_id IN (SELECT order_id FROM v_order_warehouses
        WHERE {warehouse:String} IN ('-', toString(warehouse)))) = ({warehouse:String} != '-')"""

PACKED: Final = f"({{warehouse:String}} = '' OR {_PACKED_THERE})"
"""Orders that a warehouse packs; "" is all, `board.UNNAMED` those of which nobody named one."""

NEEDS_SKU: Final = """({sku:String} = '' OR order_id IN
        (SELECT order_id FROM v_sku_orders WHERE sku = {sku:String} AND {sku:String} != ''))"""
"""Orders that need a SKU, by itself or in a bundle."""

SUBJECT_THERE: Final = f"""({{warehouse:String}} = '' OR multiIf(
        startsWith(subject, 'warehouse:'), substring(subject, 11) = {{warehouse:String}},
        startsWith(subject, 'stock:'), endsWith(subject, concat('|', {{warehouse:String}})),
        order_id != '' AND {_PACKED_THERE}))"""
"""Anomalies of a warehouse: its own, its stock's, its orders'."""

ORDER_OF_PLATFORM: Final = """({platform:String} = '' OR order_id IN
        (SELECT order_id FROM v_orders WHERE platform = {platform:String}))"""
"""Rows about an order of a platform, where the row itself does not name it."""


def since(column: str) -> str:
    """Return the condition that a time lies in the period up to the event clock; 0 s is the whole of time."""
    return f"""({{seconds:Int64}} = 0 OR {column} > (SELECT assumeNotNull(clock_at) FROM v_clock)
       - toIntervalSecond({{seconds:Int64}}))"""  # noqa: S608  (names of ours)
