"""Wangdiantong flagship: ERP orders, refunds, parcels, returned goods and stock changes."""

from pipeline.connectors.spec import HOUR_S, Path, Platform, Protocol, Pull

_STARTED = ("start_time", "end_time")


def _pull(name: str, api: str, moments: tuple[str, str] = _STARTED, items: Path = ("data", "order")) -> Pull:
    """One query. Without an order or SKU in it a window has at most 60 minutes; pages count from 0 [S2]."""
    return Pull(
        name=name,
        api=api,
        from_field=moments[0],
        until_field=moments[1],
        items=items,
        total=("data", "total_count"),
        window_most_s=HOUR_S,
        page_field="page_no",
        first_page=0,
        lag_s=60,
    )


WANGDIANTONG = Platform(
    source="wangdiantong",
    protocol=Protocol.WANGDIANTONG,
    address="https://wdt.wangdian.cn/openapi",
    needs=frozenset({"sid"}),
    pulls=(
        _pull("orders", "sales.TradeQuery.queryWithDetail"),
        _pull("refunds", "aftersales.refund.Refund.search", ("modified_from", "modified_to")),
        _pull("parcels", "wms.stockout.Sales.queryWithDetail"),
        _pull("returned-goods", "wms.stockin.Refund.queryWithDetail"),
        _pull(
            "stock-changes",
            "wms.StockSpec.queryChangeHistory",
            ("start_date", "end_date"),
            ("data", "data"),
        ),
    ),
    codes=(("status",),),
    messages=(("message",),),
    fine=frozenset({"0"}),
)
