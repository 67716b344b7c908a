"""Receivers: real divisions with invented streets; most platforms mask the rest."""

from random import Random
from typing import Any

from pipeline.simulator.model import Order

MASKED = ("tmall", "jd", "pdd", "douyin")
"""Platforms that hide name, number and detail; masked is not bad."""


def receiver(rng: Random, order: Order) -> dict[str, Any]:
    """Return the receiver as the platform writes it; names and numbers are never complete."""
    place = order.place
    found = {
        "province": place.province,
        "city": place.city,
        "district": rng.choice(place.districts) if place.districts else "",
        "detail": f"模拟路{rng.randrange(1, 400)}号{rng.randrange(1, 30)}幢{rng.randrange(101, 2900)}室",
        "name": "顾**",
        "phone": "1**********",
        "masked": False,
    }
    if order.fault == "bad_address":
        found |= _bad(order)[1]
    elif order.fault == "masked_address" or order.front.source in MASKED:
        found |= {"detail": "***", "masked": True}
    return found


BAD: tuple[tuple[str, dict[str, Any]], ...] = (
    ("no_city", {"city": "", "district": ""}),
    ("no_street", {"detail": "老地方"}),
    ("test_words", {"detail": "测试地址无效"}),
    ("no_province", {"province": "", "city": "", "district": "", "detail": "模拟路8号"}),
)
"""Reason and what the platform wrote instead."""


EMPTY_IS_MASKED = ("tmall", "pdd", "douyin")
"""Platforms that leave out what they hide: there an empty place is no fault that anybody could see."""


def bad_reason(order: Order) -> str:
    """Return why the address of a bad_address order is bad."""
    return _bad(order)[0]


def _bad(order: Order) -> tuple[str, dict[str, Any]]:
    told = [bad for bad in BAD if "city" not in bad[1]] if order.front.source in EMPTY_IS_MASKED else BAD
    return told[order.number % len(told)]
