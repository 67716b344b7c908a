"""Lines of one message: which of them are one word about an order, and which goods they name together."""

from typing import Any

from pipeline.domain.adapters.paths import Item

Goods = dict[str, int]
"""SKU -> pieces."""
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
            continue
        if "units" in told:
            out_tolds[at]["units"] = out_tolds[at].get("units", 0) + told["units"]
        if told.get("goods"):
            out_tolds[at]["goods"] = added(out_tolds[at].get("goods") or {}, told["goods"])
    return out_parts, out_tolds


def added(goods: Goods, more: Goods) -> Goods:
    """Return both together, SKU by SKU."""
    return {sku: goods.get(sku, 0) + more.get(sku, 0) for sku in (*goods, *(more.keys() - goods.keys()))}
