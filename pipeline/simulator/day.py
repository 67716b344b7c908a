"""A seeded day of the merchant: which orders come when, and what is planted among them."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from hashlib import blake2b
from random import Random

from pipeline.simulator.arrivals import Curve, curve_from
from pipeline.simulator.catalogue import DAY_MS, HOUR_MS
from pipeline.simulator.faults import OVERSELL_BLOCK, POISON, Drift, deal_drifts, deal_faults
from pipeline.simulator.model import Order
from pipeline.simulator.orders import plan_order

COUNT_EVERY_MS = 4 * HOUR_MS
MOST_ORDERS = 10_000_000

TMALL_DETAIL, WDT_PARCELS = "taobao.trade.fullinfo.get", "wms.stockout.Sales.queryWithDetail"
POISON_PAYLOADS = (
    ("tmall", TMALL_DETAIL, b'{"trade_fullinfo_get_response":{"trade":{"status":"TRADE_CLOSED"}}}', True),
    ("wangdiantong", WDT_PARCELS, b'{"status":0,"data":"busy, try again"}', False),
    ("app", "", b'{"kind":"view","order_id":"","shown":"shipped","at":1772337600000}', True),
    ("jd", "jingdong.pop.order.search", b'{"error_response":{"zh_desc":"unknown"}}', False),
    ("douyin", "order.searchList", b'{"data":{"shop_order_list":[{"order_status":2}]}}', False),
    ("cs", "", b'{"what":"nobody knows"}', True),
)
"""(source, api, document, whether it is pushed): they come in like any other, and say nothing readable."""


@dataclass(frozen=True, slots=True)
class Poison:
    """One raw record that nobody can read."""

    key: str
    source: str
    api: str
    document: bytes
    pushed: bool
    at: int


@dataclass(frozen=True, slots=True)
class Day:
    """The plan. Equal arguments of `plan_day` give an equal day; times are milliseconds since 1970 UTC."""

    seed: int
    orders: int
    start_ms: int
    tag: str
    curve: Curve
    faults: dict[int, str]
    drifts: tuple[Drift, ...]
    poison: tuple[Poison, ...]

    def order(self, number: int) -> Order:
        """Return the plan of one order, 0..orders-1 in the order in which they are placed."""
        return self.planned(number)[0]

    def all_orders(self) -> Iterator[Order]:
        """Yield the plan of every order."""
        return (self.order(number) for number in range(self.orders))

    def planned(self, number: int) -> tuple[Order, Random]:
        """Return the plan of one order, and the chance by which to `tell` it."""
        rng = Random(f"{self.seed}|{self.start_ms}|{number}")  # noqa: S311 (a simulation, no secret)
        offset = self.curve.arrival_ms((number + rng.random()) / self.orders)
        fault = self.faults.get(number, "")
        order = plan_order(
            rng,
            number=number,
            tag=self.tag,
            fault=fault,
            ordered=self.start_ms + offset,
            live=self.curve.is_live(offset),
            hot=self.hot_sku(number) if fault == "oversell" else "",
        )
        return order, rng

    def hot_sku(self, number: int) -> str:
        """Return the article which the oversell block around this order asks for."""
        first = number
        while self.faults.get(first - 1) == "oversell":
            first -= 1
        block = first + (number - first) // OVERSELL_BLOCK * OVERSELL_BLOCK
        return f"HOT-{self.tag}-{block}"


def plan_day(seed: int, orders: int, start: datetime) -> Day:
    """Return the day of `orders` orders from `start` (aware) on; raises ValueError on an impossible size."""
    if not 1 <= orders <= MOST_ORDERS:
        raise ValueError(f"a day has 1 to {MOST_ORDERS} orders, not {orders}")
    start_ms = round(start.timestamp() * 1000)
    named = blake2b(f"{seed}|{start_ms}|{orders}".encode(), digest_size=4).digest()
    tag = f"{int.from_bytes(named):010d}"
    rng = Random(f"{seed}|{start_ms}")  # noqa: S311 (a simulation, no secret)
    return Day(
        seed=seed,
        orders=orders,
        start_ms=start_ms,
        tag=tag,
        curve=curve_from(start),
        faults=deal_faults(rng, orders),
        drifts=tuple(deal_drifts(rng, start_ms + COUNT_EVERY_MS, COUNT_EVERY_MS)),
        poison=tuple(_poison(rng, tag, start_ms, orders)),
    )


def _poison(rng: Random, tag: str, start_ms: int, orders: int) -> list[Poison]:
    wanted = max(4, round(orders * POISON))
    moments = sorted(start_ms + rng.randrange(DAY_MS) for _ in range(wanted))
    return [
        Poison(f"POISON-{tag}-{number}", *POISON_PAYLOADS[number % len(POISON_PAYLOADS)], at)
        for number, at in enumerate(moments)
    ]
