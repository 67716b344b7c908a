"""What `certainty sku` found, in words for people: no raw flags, and no data is said to be none; pure."""

from collections.abc import Mapping
from typing import Any, Final

Rows = list[dict[str, Any]]  # columns differ by part; docs/stock.md names them

UNKNOWN: Final = "unknown: no ledger ever counted it 未知"
NO_DATA: Final = "no data 无数据"
UNSOLD: Final = "nothing is sold 没有销售"
COUNTED: Final = ("on_hand", "sellable", "available")
FLAGS: Final = {
    "leaking": "leaks: calibrated too often or always one way, a person must look 持续漏差",
    "silent": "its count aged 盘点过期",
    "held_back": "held back from sale 暂不出售",
}
"""What holds of a SKU in a warehouse, by its column."""
FINE: Final = "nothing to report 正常"


def in_words(parts: Mapping[str, Rows]) -> dict[str, Rows]:
    """Return the parts as people read them; JSON has them as they are."""
    told = dict(parts)
    told["account"] = [_account(row) for row in parts.get("account", [])]
    told["places"] = [_place(row) for row in parts.get("places", [])]
    return told


def _account(row: Mapping[str, Any]) -> dict[str, Any]:
    told = {name: UNKNOWN if name in COUNTED and value is None else value for name, value in row.items()}
    told["suspended"] = "suspended 已暂停销售" if row["suspended"] else "for sale 在售"
    for name in ("velocity_per_h", "velocity_last_h"):
        told[name] = NO_DATA if row[name] is None else f"{row[name]:.2f}"
    told["hours_of_cover"] = _cover(row)
    return told


def _cover(row: Mapping[str, Any]) -> str:
    if row["hours_of_cover"] is not None:
        return f"{row['hours_of_cover']:.1f}"
    return UNSOLD if row["velocity_per_h"] == 0 and row["available"] is not None else NO_DATA


def _place(row: Mapping[str, Any]) -> dict[str, Any]:
    told = {name: value for name, value in row.items() if name not in FLAGS}
    for name in ("ledger_units", "cloud_units", "deviation"):
        told[name] = NO_DATA if row[name] is None else row[name]
    if row["trust"] is not None:
        told["trust"] = f"{row['trust']:.0%}"
    said = [words for name, words in FLAGS.items() if row[name]]
    return {**told, "state": "; ".join(said) or FINE}
