"""JD (JOS, POP): orders by modification, pre-ship refunds by application and by decision."""

from pipeline.connectors.spec import DAY_S, Platform, Protocol, Pull

# Every order_state of platforms.md section 2, else JD answers for none of them.
STATES = (
    "WAIT_SELLER_STOCK_OUT,WAIT_SELLER_DELIVERY,WAIT_SEND_CODE,POP_ORDER_PAUSE,PAUSE,LOCKED,"
    "WAIT_GOODS_RECEIVE_CONFIRM,SEND_TO_DISTRIBUTION_CENER,DISTRIBUTION_CENTER_RECEIVED,RECEIPTS_CONFIRM,"
    "FINISHED_L,TRADE_CANCELED"
)
FIELDS = (
    "order_id,vender_id,order_state,order_start_time,payment_confirm_time,order_end_time,modified,waybill,"
    "logistics_id,parent_order_id,direct_parent_order_id,consignee_info,item_info_list,order_payment"
)
REFUNDS = "jingdong.pop.afs.soa.refundapply.queryPageList"
_ORDERS_AT = ("jingdong_pop_order_search_responce", "searchorderinfo_result")  # sic: JD's spelling
_REFUNDS_AT = ("jingdong_pop_afs_soa_refundapply_queryPageList_responce", "queryResult")


def _refunds(name: str, moment: str) -> Pull:
    """Refund applications by one of their two times: JD offers none of modification."""
    return Pull(
        name=name,
        api=REFUNDS,
        from_field=f"{moment}TimeStart",
        until_field=f"{moment}TimeEnd",
        items=(*_REFUNDS_AT, "result"),
        total=(*_REFUNDS_AT, "totalCount"),
        window_most_s=DAY_S,
        page_field="pageIndex",
        size_field="pageSize",
        page_size=32,
    )


ORDERS = Pull(
    name="orders",
    api="jingdong.pop.order.search",
    from_field="start_date",
    until_field="end_date",
    items=(*_ORDERS_AT, "orderInfoList"),
    total=(*_ORDERS_AT, "orderTotal"),
    window_most_s=DAY_S,
    # dateType 0: by modification [?]; sortType 0: oldest first [?].
    params=(("order_state", STATES), ("optional_fields", FIELDS), ("dateType", 0), ("sortType", 0)),
)

JD = Platform(
    source="jd",
    protocol=Protocol.JD,
    address="https://api.jd.com/routerjson",
    needs=frozenset({"access_token"}),
    pulls=(ORDERS, _refunds("refunds-applied", "apply"), _refunds("refunds-checked", "check")),
    codes=(("error_response", "code"),),
    messages=(("error_response", "zh_desc"), ("error_response", "en_desc")),
    expired=frozenset({"19", "20"}),  # [S1] token invalid or missing
    again=frozenset({"2", "10"}),  # [?] service unavailable
)
