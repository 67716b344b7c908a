"""The simulated merchant: storefronts with their codes, warehouses, and what is sold."""

from dataclasses import dataclass
from functools import cache
from itertools import accumulate
from types import MappingProxyType

HOUR_MS = 3_600_000
DAY_MS = 24 * HOUR_MS
MINUTE_MS = 60_000


@dataclass(frozen=True, slots=True)
class Storefront:
    """One platform. `codes` are its own words for what happened; absent ones it cannot say.

    `ship_h`: hours to ship that the platform writes on the order; empty where the shop's policy holds.
    """

    source: str
    platform: str
    shops: tuple[str, ...]
    share: float
    codes: MappingProxyType[str, str]
    unknown_code: str
    refund_codes: MappingProxyType[str, dict[str, str]]
    ship_h: tuple[int, ...] = ()
    promises_delivery: bool = False


def _codes(**codes: str) -> MappingProxyType[str, str]:
    return MappingProxyType(codes)


def _refunds(
    lead: str, context: dict[str, str], **codes: dict[str, str]
) -> MappingProxyType[str, dict[str, str]]:
    """Return the status fields of each verdict; `lead` names the deciding field, filled from key "lead".

    `returning` are those of a return that is agreed to and not yet sent: pending. The others keep the goods.
    """
    return MappingProxyType(
        {
            verdict: {**context, **{lead if name == "lead" else name: code for name, code in said.items()}}
            for verdict, said in codes.items()
        }
    )


TMALL = Storefront(
    source="tmall",
    platform="tmall",
    shops=("tmall-flagship", "tmall-outlet"),
    share=0.30,
    codes=_codes(
        unpaid="WAIT_BUYER_PAY",
        hold="PAID_FORBID_CONSIGN",
        to_ship="WAIT_SELLER_SEND_GOODS",
        part_shipped="SELLER_CONSIGNED_PART",
        shipped="WAIT_BUYER_CONFIRM_GOODS",
        finished="TRADE_FINISHED",
        closed="TRADE_CLOSED",
        closed_unpaid="TRADE_CLOSED_BY_TAOBAO",
    ),
    unknown_code="WAIT_CUSTOMS_RELEASE",
    refund_codes=_refunds(
        "refund.status",
        {"trade.status": "WAIT_BUYER_CONFIRM_GOODS", "refund.good_status": "BUYER_RECEIVED"},
        refundable={"lead": "WAIT_SELLER_CONFIRM_GOODS", "refund.good_status": "SELLER_RECEIVED"},
        pending={"lead": "WAIT_SELLER_AGREE"},
        returning={"lead": "WAIT_BUYER_RETURN_GOODS"},
        not_refundable={"lead": "SELLER_REFUSE_BUYER"},
    ),
)
JD = Storefront(
    source="jd",
    platform="jd",
    shops=("jd-pop",),
    share=0.20,
    codes=_codes(
        hold="POP_ORDER_PAUSE",
        to_ship="WAIT_SELLER_STOCK_OUT",
        shipped="WAIT_GOODS_RECEIVE_CONFIRM",
        finished="FINISHED_L",
        closed="TRADE_CANCELED",
    ),
    unknown_code="WAIT_INTELLIGENT_REVIEW",
    refund_codes=_refunds(
        "serviceStatus",
        {"order_state": "WAIT_GOODS_RECEIVE_CONFIRM", "customerExpect": "11"},
        refundable={"lead": "10041"},
        pending={"lead": "10001"},
        returning={"lead": "10005", "customerExpect": "10"},
        not_refundable={"lead": "10004"},
    ),
)
PDD = Storefront(
    source="pdd",
    platform="pdd",
    shops=("pdd-flagship", "pdd-daily"),
    share=0.22,
    codes=_codes(to_ship="1", shipped="2", signed="3", closed="1/refund_status=4"),
    unknown_code="7",
    ship_h=(48, 48, 24),
    promises_delivery=True,
    refund_codes=_refunds(
        "after_sales_status",
        {"refund_status": "2", "order_status": "3"},
        refundable={"lead": "4", "refund_status": "3"},
        pending={"lead": "2"},
        not_refundable={"lead": "6"},
    ),
)
DOUYIN = Storefront(
    source="douyin",
    platform="douyin",
    shops=("douyin-live",),
    share=0.18,
    codes=_codes(
        unpaid="1",
        hold="105",
        to_ship="2",
        part_shipped="101",
        shipped="3",
        finished="5",
        closed="21",
        closed_unpaid="4",
    ),
    unknown_code="118",
    ship_h=(48, 24),
    promises_delivery=True,
    refund_codes=_refunds(
        "after_sale_status",
        {"refund_status": "0", "order_status": "3", "aftersale_type": "1"},
        refundable={"lead": "12", "refund_status": "1"},
        pending={"lead": "6"},
        returning={"lead": "7", "aftersale_type": "0"},
        not_refundable={"lead": "27"},
    ),
)
OWN_SHOP = Storefront(
    source="own-shop",
    platform="own_shop",
    shops=("mini-program",),
    share=0.10,
    codes=_codes(
        unpaid="unpaid",
        to_ship="1",
        shipped="2",
        signed="3",
        finished="4",
        closed="5",
        closed_unpaid="cancelled",
    ),
    unknown_code="9",
    promises_delivery=True,
    refund_codes=_refunds(
        "after_sale_status",
        {"order_state": "3", "type": "1"},
        refundable={"lead": "11"},
        pending={"lead": "2"},
        returning={"lead": "6", "type": "2"},
        not_refundable={"lead": "4"},
    ),
)
STOREFRONTS = (TMALL, JD, PDD, DOUYIN, OWN_SHOP)

OWN_WAREHOUSES = ("main-hangzhou", "main-guangzhou", "main-tianjin")
CLOUD_WAREHOUSES = ("cloud-wuhan", "cloud-chengdu", "cloud-shenyang")
SKU_COUNT = 200


@dataclass(frozen=True, slots=True)
class Item:
    """One SKU: its price in fen and where it lies; `cloud` is "" for those that only we store."""

    sku: str
    price_fen: int
    own: str
    cloud: str


@cache
def items() -> tuple[Item, ...]:
    """The SKUs, best seller first; the same in every run, so that days can follow one another."""
    return tuple(
        Item(
            sku=f"SKU-{number:04d}",
            price_fen=990 + (number * 7919) % 40_000,
            own=OWN_WAREHOUSES[number % 3],
            cloud=CLOUD_WAREHOUSES[number // 3 % 3] if number % 5 < 2 else "",
        )
        for number in range(SKU_COUNT)
    )


@cache
def popularity() -> tuple[float, ...]:
    """Cumulative weights of `items`: a few sell most."""
    return tuple(accumulate(1 / (rank + 8) for rank in range(SKU_COUNT)))
