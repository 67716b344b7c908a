"""Pinduoduo: orders and refunds by modification, and new orders by conclusion as a check."""

from pipeline.connectors.spec import DAY_S, MINUTE_S, Platform, Protocol, Pull, Times

# Ends of windows at least 3 minutes ago, pages from the last one backwards: Pinduoduo's own advice against
# lost orders [S2].
_LAG_S = 180


def _pull(
    name: str, api: str, moments: tuple[str, str], at: tuple[str, str], most_s: int, **params: object
) -> Pull:
    reply, items = at
    return Pull(
        name=name,
        api=api,
        from_field=moments[0],
        until_field=moments[1],
        items=(reply, items),
        total=(reply, "total_count"),
        times=Times.UNIX,
        window_most_s=most_s,
        lag_s=_LAG_S,
        params=tuple(params.items()),
    )


# 5 and 1 are the filters "all" (platforms.md section 3); orders <= 24 h, increments <= 30 min.
_UPDATED = ("start_updated_at", "end_updated_at")
PDD = Platform(
    source="pdd",
    protocol=Protocol.PDD,
    address="https://gw-api.pinduoduo.com/api/router",
    needs=frozenset({"access_token"}),
    pulls=(
        _pull(
            "orders",
            "pdd.order.number.list.increment.get",
            _UPDATED,
            ("order_sn_increment_get_response", "order_sn_list"),
            30 * MINUTE_S,
            is_lucky_flag=0,
            order_status=5,
            refund_status=5,
        ),
        _pull(
            "orders-concluded",
            "pdd.order.list.get",
            ("start_confirm_at", "end_confirm_at"),
            ("order_list_get_response", "order_list"),
            DAY_S,
            order_status=5,
            refund_status=5,
        ),
        _pull(
            "refunds",
            "pdd.refund.list.increment.get",
            _UPDATED,
            ("refund_increment_get_response", "refund_list"),
            30 * MINUTE_S,
            after_sales_type=1,
            after_sales_status=1,
        ),
    ),
    codes=(("error_response", "error_code"),),
    messages=(("error_response", "sub_msg"), ("error_response", "error_msg")),
    slow=frozenset({"70031", "70032", "70033", "52101"}),  # [?]
    expired=frozenset({"10019", "10035", "10036"}),  # [?]
    again=frozenset({"50000", "50001", "52102", "52103"}),  # [?]
)
