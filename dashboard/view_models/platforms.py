"""The index of one platform: its shops together, re-weighted as v_csdi does it. Pure."""

from collections.abc import Sequence

from dashboard.limits import WINDOWS
from dashboard.queries.board import CsdiRow
from dashboard.queries.where import StageRow

COUNTS = ("kept", "broken", "sampled_equal", "sampled", "healed", "anomalies")
"""What the parts are counted from; it adds up over shops, since each order and anomaly is of one."""


def shops_on(rows: Sequence[StageRow], platform: str) -> tuple[str, ...]:
    """Return the shops of a platform, in order; one that sells on several is of none: it cannot be split."""
    platforms: dict[str, set[str]] = {}
    for row in rows:
        platforms.setdefault(row.shop, set()).add(row.platform)
    return tuple(sorted(shop for shop, found in platforms.items() if shop and found == {platform}))


def of_platform(rows: Sequence[CsdiRow], shops: Sequence[str]) -> tuple[CsdiRow, ...]:
    """Return the rows of these shops, and for each window the row "" of all of them together."""
    mine = [row for row in rows if row.shop in shops and row.shop]
    windows = [[row for row in mine if row.window == window] for window in WINDOWS]
    return (*(_together(found) for found in windows if found), *mine)


def _together(found: Sequence[CsdiRow]) -> CsdiRow:
    sums = {name: sum(getattr(row, name) for row in found) for name in COUNTS}
    parts = {
        "promise": _ratio(sums["kept"], sums["kept"] + sums["broken"]),
        "credibility": _ratio(sums["sampled_equal"], sums["sampled"]),
        "self_heal": _ratio(sums["healed"], sums["anomalies"]),
    }
    told = [(getattr(found[0], f"weight_{name}"), part) for name, part in parts.items() if part is not None]
    index = _ratio(sum(weight * part for weight, part in told), sum(weight for weight, _ in told))
    changed = {"shop": "", "csdi": None if index is None else index * 100, "flagged": len(told) < len(parts)}
    return found[0].model_copy(update={**sums, **parts, **changed})


def _ratio(part: float, whole: float) -> float | None:
    return part / whole if whole else None
