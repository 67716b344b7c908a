"""Douyin shop: orders and after-sales by modification."""

from pipeline.connectors.spec import HOUR_S, Platform, Protocol, Pull, Times

DOUYIN = Platform(
    source="douyin",
    protocol=Protocol.DOUYIN,
    address="https://openapi-fxg.jinritemai.com",
    needs=frozenset({"access_token"}),
    pulls=(
        Pull(
            name="orders",
            api="order.searchList",
            from_field="update_time_start",
            until_field="update_time_end",
            items=("data", "shop_order_list"),
            total=("data", "total"),
            times=Times.UNIX,
            window_most_s=24 * HOUR_S,
            size_field="size",
            first_page=0,
            params=(("order_by", "update_time"), ("order_asc", True)),
        ),
        Pull(
            name="refunds",
            api="afterSale.List",
            from_field="update_start_time",
            until_field="update_end_time",
            items=("data", "items"),
            total=("data", "total"),
            more=("data", "has_more"),
            times=Times.UNIX,
            window_most_s=24 * HOUR_S,
            size_field="size",
            first_page=0,
            params=(("order_by", ["update_time asc"]),),
        ),
    ),
    # Newer gateways say code 10000 and an optional sub_code, older ones err_no 0.
    codes=(("sub_code",), ("code",), ("err_no",)),
    messages=(("sub_msg",), ("msg",), ("message",)),
    fine=frozenset({"", "0", "10000"}),
    slow=frozenset({"80000", "30006", "isv.access-limited"}),  # [?]
    expired=frozenset(
        {"30002", "30005", "isv.access-token-expired", "isv.access-token-no-existed"}  # [?]
    ),
    again=frozenset({"20000", "isp.service-unavailable"}),  # [?]
)
