"""Guesses what the columns of a table mean: by their names, and by the cells below them."""

import re
from collections.abc import Sequence

from pipeline.domain.mapping.cells import clean, folded
from pipeline.domain.mapping.document import ValuesSection

HINTS = {
    "id": ("订单编号", "订单号", "orderid", "orderno", "ordernumber"),
    "shop_column": ("店铺", "shopname", "storename"),
    "ordered_at": (
        "下单时间",
        "拍下时间",
        "创建时间",
        "purchase",
        "ordered",
        "created",
        "orderdate",
        "ordertime",
    ),
    "paid_at": ("付款时间", "支付时间", "paid", "approved", "paymenttime"),
    "outbound_at": ("发货时间", "出库时间", "shipped", "dispatched", "carrierdate", "shipdate"),
    "first_scan_at": ("揽收", "揽件", "pickup", "firstscan"),
    "signed_at": ("签收时间", "delivered", "signed", "received"),
    "closed_at": ("关闭时间", "取消时间", "closed", "cancelled", "canceled"),
    "status": ("订单状态", "orderstatus", "状态", "status", "state"),
}
"""Parts of column names, most telling first, without blanks, _ and -."""

ESTIMATED = ("预计", "预估", "估计", "预期", "期望", "要求", "计划", "estimate", "expect", "planned")
PROMISED = ("承诺", "约定", "最迟", "最晚", "截止", "promise", "latest", "deadline")
PROMISED_SO = re.compile("应(当|该)?(发货|出库|揽|签收|送达|到货|收货)|lastship|expship|shipby|deliverby")
"""Words that tell of a time ahead: a column with one is never a milestone. An estimate is no promise."""

FULFILMENT = {
    "ship": ("发货", "出库", "ship", "dispatch"),
    "sign": ("签收", "送达", "到货", "收货", "deliver", "arriv", "sign", "receiv"),
}

EMPTY = frozenset(ValuesSection().empty)
TIME_OF_DAY = re.compile(r"(\d{1,2})\s*[:：时点]\s*(\d{0,2})(?:\s*[:：分]\s*(\d{0,2}))?")
NO_NAME = re.compile(r"[\d\s.,:：/¥￥%+TZ年月日时分秒-]*\d[\d\s.,:：/¥￥%+TZ年月日时分秒-]*")
"""A number, an amount or a time."""


def guesses(columns: Sequence[str]) -> dict[str, str]:
    """Return key -> column: keys of HINTS, and promised_ship, promised_sign or estimated_... of both."""
    guessed: dict[str, str] = {}
    for name in columns:
        if key := _deadline(name):
            guessed.setdefault(key, name)
    happened = [name for name in columns if not _ahead(name)]
    for key, hints in HINTS.items():
        left = [name for name in happened if name not in guessed.values()]
        exact = [name for hint in hints for name in left if hint == _plain(name)]
        hits = exact or [name for hint in hints for name in left if hint in _plain(name)]
        if hits:
            guessed[key] = hits[0]
    return guessed


def header_place(rows: Sequence[Sequence[str]]) -> int:
    """Return which of the rows holds the column names: most guesses, then most cells, and no values."""

    def fit(place: int) -> tuple[bool, int, int]:
        names = [name for name in rows[place] if name.strip()]
        return not any(NO_NAME.fullmatch(name.strip()) for name in names), len(guesses(names)), len(names)

    return max(range(len(rows)), key=fit)


def promised_by(cells: Sequence[str]) -> tuple[str, str]:
    """Return `date` or `timestamp`, and why: midnight in every cell is how some programs write a date."""
    if not cells:
        return "date", "no cell of the first rows tells which: look at the file"
    timed = sum(_has_time_of_day(cell) for cell in cells)
    why = f"cells looked at: {len(cells)}, with a time of day: {timed}; so it is good until"
    return ("timestamp", f"{why} that instant") if timed else ("date", f"{why} that day ends")


def filled(cells: Sequence[str]) -> list[str]:
    """Return the cells that say something, as a mapping reads them."""
    return [text for text in map(clean, cells) if text not in EMPTY]


def _deadline(name: str) -> str:
    """Return promised_ship, estimated_sign and the like; empty for another column."""
    ahead, plain = _ahead(name), _plain(name)
    for kind, words in FULFILMENT.items():
        if ahead and any(word in plain for word in words):
            return f"{ahead}_{kind}"
    return ""


def _ahead(name: str) -> str:
    plain = _plain(name)
    if any(word in plain for word in ESTIMATED):
        return "estimated"
    promised = any(word in plain for word in PROMISED) or PROMISED_SO.search(plain)
    return "promised" if promised else ""


def _plain(name: str) -> str:
    return folded(name).replace("_", "").replace("-", "")


def _has_time_of_day(cell: str) -> bool:
    found = TIME_OF_DAY.search(cell)
    return found is not None and any(int(part or 0) for part in found.groups())
