"""The five storefronts' own payloads: replies of their order and refund queries, pages of one row."""

from pipeline.simulator.voices.writing import Payload, text_time, unix, yuan

NO_TIME = "0001-01-01 00:00:00"


def codes_of(status: str, field: str) -> dict[str, str]:
    """Take a plan's code apart: 1/refund_status=4 is the field's own code and another field's."""
    lead, *others = status.split("/")
    return {field: lead} | dict(other.split("=", 1) for other in others)


def tmall_order(told: Payload) -> Payload:
    """Return the reply of taobao.trade.fullinfo.get."""
    receiver = told.get("receiver", {})
    lines = [
        {
            "oid": f"{told['order_id']}{number}",
            "outer_sku_id": line["sku"],
            "num": line["units"],
            "price": yuan(line["price_fen"]),
        }
        for number, line in enumerate(told["lines"])
    ]
    trade = {
        "tid": told["order_id"],
        "seller_nick": told["shop"],
        "status": told["status"],
        "created": text_time(told["created_at"]),
        "modified": text_time(told["updated_at"]),
        "pay_time": text_time(told["paid_at"]),
        "end_time": text_time(told.get("closed_at")),
        "send_time": text_time(told["ship_by"]),
        "payment": yuan(told["paid_fen"]),
        "orders": {"order": lines},
        "promotion_details": {
            "promotion_detail": [{"gift_item_id": line["sku"]} for line in told["lines"] if line["gift"]]
        },
        "receiver_state": receiver.get("province", ""),
        "receiver_city": receiver.get("city", ""),
        "receiver_district": receiver.get("district", ""),
        "receiver_address": receiver.get("detail", ""),
        "receiver_name": receiver.get("name", ""),
        "receiver_mobile": receiver.get("phone", ""),
    }
    return {"trade_fullinfo_get_response": {"trade": trade}}


def tmall_refund(told: Payload) -> Payload:
    """Return the reply of taobao.refund.get."""
    codes = told["codes"]
    refund = {
        "refund_id": told["refund_id"],
        "tid": told["order_id"],
        "status": codes["refund.status"],
        "order_status": codes["trade.status"],
        "good_status": codes["refund.good_status"],
        "refund_fee": yuan(told["amount_fen"]),
        "modified": text_time(told["updated_at"]),
        "has_good_return": told["returns_goods"],
    }
    return {"refund_get_response": {"refund": refund}}


def jd_order(told: Payload) -> Payload:
    """Return a page of jingdong.pop.order.search."""
    receiver = told.get("receiver", {})
    order = {
        "orderId": told["order_id"],
        "venderId": told["shop"],
        "orderState": told["status"],
        "orderStartTime": text_time(told["created_at"]),
        "modified": text_time(told["updated_at"]),
        "paymentConfirmTime": text_time(told["paid_at"]) or NO_TIME,
        "orderEndTime": text_time(told.get("closed_at")) or NO_TIME,
        "orderPayment": yuan(told["paid_fen"]),
        "itemInfoList": [
            {"outerSkuId": line["sku"], "itemTotal": str(line["units"]), "jdPrice": yuan(line["price_fen"])}
            for line in told["lines"]
        ],
        "consigneeInfo": {
            "province": receiver.get("province", ""),
            "city": receiver.get("city", ""),
            "county": receiver.get("district", ""),
            "fullAddress": receiver.get("detail", ""),
            "fullname": receiver.get("name", ""),
            "mobile": receiver.get("phone", ""),
        },
    }
    found = {"orderInfoList": [order], "orderTotal": 1}
    return {"jingdong_pop_order_search_responce": {"searchorderinfo_result": found}}


def jd_refund(told: Payload) -> Payload:
    """Return a page of JD's after-sale services."""
    codes = told["codes"]
    service = {
        "serviceId": told["refund_id"],
        "orderId": told["order_id"],
        "serviceStatus": codes["serviceStatus"],
        "customerExpect": codes["customerExpect"],
        "orderState": codes["order_state"],
        "refundAmount": told["amount_fen"],
        "updateDate": text_time(told["updated_at"]),
    }
    return {"jingdong_asc_serviceAndRefund_view_responce": {"pageResult": {"data": [service]}}}


def pdd_order(told: Payload) -> Payload:
    """Return a page of pdd.order.number.list.increment.get; gates are open unless the plan closes one."""
    gates = {"refund_status": "1", "group_status": "1", "confirm_status": "1", "risk_control_status": "0"}
    codes = gates | codes_of(told["status"], "order_status")
    receiver = told.get("receiver", {})
    masked = receiver.get("masked", True)
    order = {
        "order_sn": told["order_id"],
        "mall_name": told["shop"],
        **{name: int(code) for name, code in codes.items()},
        "created_time": text_time(told["created_at"]),
        "updated_at": text_time(told["updated_at"]),
        "confirm_time": text_time(told["paid_at"]),
        "pay_time": text_time(told["paid_at"]),
        "last_ship_time": text_time(told["ship_by"]),
        "promise_delivery_time": text_time(told["sign_by"]),
        "pay_amount": yuan(told["paid_fen"]),
        "item_list": [
            {"outer_id": line["sku"], "goods_count": line["units"], "goods_price": yuan(line["price_fen"])}
            for line in told["lines"]
        ],
        "gift_list": [{"goods_id": line["sku"]} for line in told["lines"] if line["gift"]],
        "province": receiver.get("province", ""),
        "city": receiver.get("city", ""),
        "town": receiver.get("district", ""),
        "receiver_address": "" if masked else receiver.get("detail", ""),
        "receiver_name": "" if masked else receiver.get("name", ""),
        "receiver_phone": "" if masked else receiver.get("phone", ""),
    }
    page = {"order_sn_list": [order], "total_count": 1, "has_next": False}
    return {"order_sn_increment_get_response": page}


def pdd_refund(told: Payload) -> Payload:
    """Return a page of pdd.refund.list.increment.get."""
    codes = told["codes"]
    refund = {
        "id": told["refund_id"],
        "order_sn": told["order_id"],
        "after_sales_status": int(codes["after_sales_status"]),
        "refund_status": int(codes["refund_status"]),
        "order_status": int(codes["order_status"]),
        "refund_amount": yuan(told["amount_fen"]),
        "updated_time": text_time(told["updated_at"]),
    }
    return {"refund_increment_get_response": {"refund_list": [refund], "total_count": 1}}


def douyin_order(told: Payload) -> Payload:
    """Return a page of order.searchList; main_status knows more states than order_status."""
    code = told["status"]
    receiver = told.get("receiver", {})
    order = {
        "order_id": told["order_id"],
        "shop_name": told["shop"],
        "order_status": 4 if code in ("21", "22", "39") else int(code),
        "main_status": int(code),
        "create_time": unix(told["created_at"]),
        "update_time": unix(told["updated_at"]),
        "pay_time": unix(told["paid_at"]),
        "finish_time": unix(told.get("closed_at")),
        "exp_ship_time": unix(told["ship_by"]),
        "promise_delivery_time": unix(told["sign_by"]),
        "pay_amount": told["paid_fen"] or 0,
        "sku_order_list": [
            {
                "out_sku_id": line["sku"],
                "item_num": line["units"],
                "origin_amount": line["price_fen"],
                "given_product_type": "FREE" if line["gift"] else "",
            }
            for line in told["lines"]
        ],
        "post_addr": {
            "province": {"name": receiver.get("province", "")},
            "city": {"name": receiver.get("city", "")},
            "town": {"name": receiver.get("district", "")},
        },
        "mask_post_addr": {"detail": receiver.get("detail", "")},
        "mask_post_receiver": receiver.get("name", ""),
        "mask_post_tel": receiver.get("phone", ""),
    }
    return {"data": {"shop_order_list": [order], "total": 1}, "code": 10000}


def douyin_refund(told: Payload) -> Payload:
    """Return a page of afterSale.List."""
    codes = told["codes"]
    sale = {
        "aftersale_info": {
            "aftersale_id": told["refund_id"],
            "related_id": told["order_id"],
            "aftersale_status": int(codes["after_sale_status"]),
            "refund_status": int(codes["refund_status"]),
            "aftersale_type": int(codes["aftersale_type"]),
            "refund_amount": told["amount_fen"],
            "update_time": unix(told["updated_at"]),
        },
        "order_info": {"shop_order_id": told["order_id"], "order_status": int(codes["order_status"])},
    }
    return {"data": {"items": [sale], "total": 1}, "code": 10000}
