"""ERP and WMS as pages of Wangdiantong's open API."""

from pipeline.simulator.voices.writing import Payload, text_time

PLATFORM_IDS = {"tmall": 1, "jd": 3, "pdd": 33, "douyin": 69, "own_shop": 127}


def page(*rows: Payload) -> Payload:
    """Return a page of rows as most of its queries give it."""
    return {"status": 0, "data": {"total_count": len(rows), "order": list(rows)}}


def trade(told: Payload) -> Payload:
    """Return what the ERP says of an order: sales.TradeQuery.queryWithDetail."""
    return page(
        {
            "trade_no": f"JY{told['order_id']}",
            "trade_status": int(told["status"]),
            "shop_no": told["shop"],
            "shop_platform_id": PLATFORM_IDS[told["platform"]],
            "logistics_no": "",
            "modified": text_time(told["updated_at"]),
            "detail_list": [{"src_tid": told["order_id"], "gift_type": 0}],
        }
    )


def stockout(told: Payload) -> Payload:
    """Return what the warehouse says of a parcel: wms.stockout.Sales.queryWithDetail."""
    order_id = told["order_id"]
    lines = [
        {
            "rec_id": f"{told['waybill']}-{number}",
            "src_tid": order_id,
            "spec_no": line["sku"],
            "num": line["units"],
            "gift_type": 0,
        }
        for number, line in enumerate(told["lines"])
    ]
    return page(
        {
            "stockout_id": told["waybill"],
            "order_no": f"CK{told['waybill']}",
            "src_trade_no": order_id,
            "status": int(told["status"]),
            "shop_no": told["shop"],
            "shop_platform_id": PLATFORM_IDS[told["platform"]],
            "warehouse_no": told["warehouse"],
            "logistics_no": told["waybill"],
            "consign_time": text_time(told["outbound_at"]),
            "created": text_time(told["created_at"]),
            "modified": text_time(told["updated_at"]),
            "details_list": lines,
        }
    )


def change(told: Payload) -> Payload:
    """Return the ledger's count after a change: wms.StockSpec.queryChangeHistory."""
    row = {
        "spec_no": told["sku"],
        "warehouse_no": told["warehouse"],
        "stock_num_new": float(told["units"]),
        "stockio_no": told["event_id"],
        "created": told["counted_at"],
        "defect": False,
    }
    return {"status": 0, "data": {"data": [row], "total_count": 1}}


def stockin(told: Payload) -> Payload:
    """Return goods received: wms.stockin.Purchase.queryWithDetail."""
    return page(
        {
            "order_no": told["movement_id"],
            "warehouse_no": told["warehouse"],
            "check_time": told["moved_at"],
            "status": 80,
            "detail_list": [
                {"rec_id": told["movement_id"], "spec_no": told["sku"], "right_num": told["units"]}
            ],
        }
    )


def invoice(told: Payload) -> Payload:
    """Return an issued invoice, by our own contract."""
    return {
        "invoice": {
            "tid": told["order_id"],
            "invoice_id": told["invoice_id"],
            "red_lettered": False,
            "modified": text_time(told["issued_at"]),
        }
    }
