"""Lines of one message: which of them are one word about an order, and which number a line has."""

from collections import Counter
from collections.abc import Iterator
from typing import Any

from pipeline.domain.adapters.paths import Item

Told = dict[str, Any]  # field of a fact -> its value; the fact's own model validates it
Pair = tuple[Item, Item]
"""(part of an item, the item around it); of a whole item it is twice the item."""


def folded(parts: list[Pair], tolds: list[Told]) -> tuple[list[Pair], list[Told]]:
    """Lines of one order (and parcel) in one message are one word about it: their units add up."""
    kept: dict[tuple[object, object], int] = {}
    out_parts: list[Pair] = []
    out_tolds: list[Told] = []
    for pair, told in zip(parts, tolds, strict=True):
        key = (told.get("order_id"), told.get("line"))
        at = kept.get(key)
        if at is None:
            kept[key] = len(out_tolds)
            out_parts.append(pair)
            out_tolds.append(told)
        elif "units" in told:
            out_tolds[at]["units"] = out_tolds[at].get("units", 0) + told["units"]
    return out_parts, out_tolds


def among_equals(tolds: list[Told]) -> Iterator[int]:
    """Number lines among those of their SKU and units: a snapshot may list them in another order."""
    seen: Counter[tuple[object, object]] = Counter()
    for told in tolds:
        line = (told.get("sku"), told.get("units"))
        yield seen[line]
        seen[line] += 1
