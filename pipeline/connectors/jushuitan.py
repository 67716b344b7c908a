"""Jushuitan openapi: orders, refunds, parcels and stock by modification."""

from pipeline.connectors.spec import DAY_S, Platform, Protocol, Pull


def _pull(name: str, api: str, items: str = "datas") -> Pull:
    """One query: at most 7 days a window, 50 rows a page, pages count from 1 [S1]."""
    return Pull(
        name=name,
        api=api,
        from_field="modified_begin",
        until_field="modified_end",
        items=("data", items),
        total=("data", "data_count"),
        more=("data", "has_next"),
        window_most_s=7 * DAY_S,
        page_field="page_index",
        page_size=32,
        lag_s=60,
    )


JUSHUITAN = Platform(
    source="jushuitan",
    protocol=Protocol.JUSHUITAN,
    address="https://openapi.jushuitan.com",
    needs=frozenset({"access_token"}),
    pulls=(
        _pull("orders", "/open/orders/single/query", "orders"),
        _pull("refunds", "/open/refund/single/query"),
        _pull("parcels", "/open/orders/out/simple/query"),
        _pull("stock", "/open/inventory/query", "inventorys"),
    ),
    codes=(("code",),),
    messages=(("msg",),),
    fine=frozenset({"0"}),
    slow=frozenset({"199", "200"}),  # [?]
    expired_words=("token已过期", "token过期", "授权已过期", "access_token无效"),  # [?]
)
