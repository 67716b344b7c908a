"""Which orders go wrong, and how: dealt out from the seed before anything is told."""

from collections.abc import Mapping
from dataclasses import dataclass
from random import Random

from pipeline.simulator.catalogue import DOUYIN, JD, OWN_SHOP, PDD, TMALL, Storefront, items

SHARES: Mapping[str, float] = {
    "oversell": 0.0,  # dealt out in blocks, see below
    "late_ship": 0.016,
    "late_sign": 0.004,
    "never_shipped": 0.004,
    "closed_too_late": 0.002,
    "closed_in_time": 0.010,
    "kept_on_the_second": 0.004,
    "late_report": 0.004,
    "held": 0.004,
    "deadline_moved": 0.003,
    "deadline_moved_late": 0.002,
    "conflict_erp_slow": 0.003,
    "conflict_erp_stuck": 0.0015,
    "conflict_decided": 0.0015,
    "conflict_cs_early": 0.002,
    "conflict_near_miss": 0.006,
    "unknown_code": 0.003,
    "unknown_scan": 0.002,
    "bad_address": 0.006,
    "masked_address": 0.006,
    "refund_order_locked": 0.003,
    "refund_mismatch": 0.002,
    "refund_no_order": 0.001,
    "refund_invoice_issued": 0.002,
    "refund_cs_confirm": 0.0015,
    "refund_cs_yes": 0.001,
    "refund_cs_no": 0.001,
    "refund_finance": 0.010,
    "refund_pending": 0.006,
    "refund_not_refundable": 0.004,
    "return_done": 0.002,
    "return_step_handed_over": 0.002,
    "stalled": 0.004,
    "late_first_scan": 0.004,
    "signed_not_received": 0.003,
    "app_mismatch": 0.004,
}
"""Share of the orders by what happens to them; every kind happens at least once while orders last."""

GIFT_TOLD = (TMALL, PDD, DOUYIN, OWN_SHOP)
"""An order of JD names no gift."""
RETURN_TOLD = (TMALL, JD, DOUYIN, OWN_SHOP)
"""Pinduoduo's page of refunds does not tell whether goods come back."""

STOREFRONTS_OF: Mapping[str, tuple[Storefront, ...]] = {
    "late_sign": (PDD, DOUYIN, OWN_SHOP),
    "held": (TMALL, JD),
    "deadline_moved": (DOUYIN, PDD),
    "deadline_moved_late": (DOUYIN, PDD),
    "oversell": (DOUYIN, TMALL, PDD),
    "closed_too_late": (TMALL, JD, DOUYIN, OWN_SHOP),  # Pinduoduo tells no time of closing
    "refund_cs_confirm": GIFT_TOLD,
    "refund_cs_yes": GIFT_TOLD,
    "refund_cs_no": GIFT_TOLD,
    "return_done": RETURN_TOLD,
    "return_step_handed_over": RETURN_TOLD,
}
"""Kinds that only some platforms can bring about."""

MOST_FAULTY = 0.6
OVERSELL_BLOCK = 12
OVERSELL_STOCK = 9
"""So many consecutive orders ask for one piece each of an article of which there are fewer."""
SMALL_DRIFT = 5
"""A drift up to it is calibrated, one beyond it suspends (domain.md section 4)."""
STOCK_FAULTS = 0.02
"""Share of the (SKU, cloud warehouse) pairs that drift, for the large and for the small drift each."""
POISON = 0.0005


@dataclass(frozen=True, slots=True)
class Drift:
    """From `from_ms` after the day's start on the cloud counts `units` more (or less) than was moved."""

    sku: str
    warehouse: str
    units: int
    from_ms: int
    until_ms: int | None


def deal_faults(rng: Random, orders: int) -> dict[int, str]:
    """Return what goes wrong by order number (0..orders-1); the rest is healthy."""
    dealt = _oversell_blocks(rng, orders)
    free = [number for number in range(orders) if number not in dealt]
    rng.shuffle(free)
    most = int(orders * MOST_FAULTY)
    for kind, share in SHARES.items():
        wanted = max(1, round(orders * share)) if share else 0
        for _ in range(wanted):
            if len(dealt) >= most or not free:
                return dealt
            dealt[free.pop()] = kind
    return dealt


def _oversell_blocks(rng: Random, orders: int) -> dict[int, str]:
    blocks = min(3, orders // (OVERSELL_BLOCK * 8))
    dealt = {}
    for number in range(blocks):
        width = orders // blocks
        first = number * width + rng.randrange(width - OVERSELL_BLOCK)
        dealt.update(dict.fromkeys(range(first, first + OVERSELL_BLOCK), "oversell"))
    return dealt


def deal_drifts(rng: Random, first_count_ms: int, count_every_ms: int) -> list[Drift]:
    """Return which cloud counts start to differ from the ledger, by 6 to 40 or by 1 to 5 units."""
    pairs = [(item.sku, item.cloud) for item in items() if item.cloud]
    rng.shuffle(pairs)
    wanted = max(1, round(len(pairs) * STOCK_FAULTS))
    drifts = []
    for number, (sku, warehouse) in enumerate(pairs[: 2 * wanted]):
        size = rng.randint(6, 40) if number < wanted else rng.randint(1, 5)
        sign = rng.choice((-1, 1))
        start = first_count_ms + count_every_ms * rng.randrange(3)
        heals = number < wanted and number % 2 == 0
        until = start + 2 * count_every_ms if heals else None
        drifts.append(Drift(sku, warehouse, sign * size, start, until))
    # Both sides of the limit are always there: exactly 5 and exactly 6 units.
    large, small = drifts[0], drifts[wanted]
    drifts[0] = Drift(large.sku, large.warehouse, 6, large.from_ms, large.until_ms)
    drifts[wanted] = Drift(small.sku, small.warehouse, -5, small.from_ms, small.until_ms)
    return drifts
