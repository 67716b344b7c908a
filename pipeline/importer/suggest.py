"""Prints a mapping to start from: the columns of a file, with a guess at the milestones by their names."""

import csv
from pathlib import Path

from pipeline.domain.mapping import load_mapping
from pipeline.domain.mapping.cells import folded, shown
from pipeline.importer.probe import Probe, probe
from pipeline.importer.refused import FileRefused
from pipeline.importer.xlsx_file import sheet_rows

HINTS = {
    "id": ("订单编号", "订单号", "orderid", "orderno", "ordernumber", "order_id", "order_no"),
    "shop_column": ("店铺", "shopname", "storename", "shop_name"),
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
    "paid_at": ("付款时间", "支付时间", "paid", "approved", "payment_time"),
    "promised_ship": ("承诺发货", "最晚发货", "应发货", "ship_by", "shipby", "lastship"),
    "promised_sign": ("承诺签收", "承诺送达", "estimated", "promised", "deliver_by", "deliverby"),
    "outbound_at": ("发货时间", "出库时间", "shipped", "dispatched", "carrier_date", "shipdate"),
    "first_scan_at": ("揽收", "揽件", "pickup", "firstscan", "first_scan"),
    "signed_at": ("签收时间", "delivered", "signed", "received"),
    "closed_at": ("关闭时间", "取消时间", "closed", "cancelled", "canceled"),
    "status": ("状态", "status", "state"),
}
"""Parts of column names, most telling first."""

HEAD = """# A mapping to start from; lines beginning with # are remarks. Every key: docs/importing.md
# Columns of {file}: {columns}
# Check every guess: a wrong column gives wrong verdicts.

name = "my-shop"
platform = "other"
zone = "Asia/Shanghai"   # where the times of the file are written

[order]
{id}
shop = "my shop"
{shop}
[times]
{times}
# A promise: by = "date" (good until the end of that day) or "timestamp";
# or computed: from = "ordered_at" with hours = 48. Nothing promised: leave it out.
{promises}
{status}"""


def suggestion(path: Path) -> str:
    """Return the text of a mapping for the file; raises FileRefused when it holds no table."""
    columns = _columns(probe(path))
    guessed = _guesses(columns)
    text = HEAD.format(
        file=path.name,
        columns=", ".join(shown(name) for name in columns[:60]),
        id=_line("id", guessed.get("id")) or 'id = ""   # the column of the order number',
        shop=_line("shop_column", guessed.get("shop_column")),
        times="".join(_time(name, guessed.get(name)) for name in HINTS if name.endswith("_at")),
        promises="".join(_promise(kind, guessed.get(f"promised_{kind}")) for kind in ("ship", "sign")),
        status=_status(guessed.get("status")),
    )
    if "id" in guessed:
        load_mapping(text.encode(), origin="the suggestion")  # what we print must work
    return text


def _columns(found: Probe) -> list[str]:
    if found.kind == "xlsx":
        names = next(sheet_rows(found), [])
    elif found.kind == "ndjson":
        raise FileRefused(f"{found.name}: suggestions are made for tables (CSV, XLSX), not for NDJSON")
    else:
        with found.path.open(encoding=found.codec, newline="") as file:
            line = file.readline(65536)
        delimiter = max(",\t;|", key=line.count)
        names = next(csv.reader([line], delimiter=delimiter), [])
    columns = [" ".join(name.split()) for name in names if name.strip()]
    if not columns:
        raise FileRefused(f"{found.name}, line 1: there are no column names on this line")
    return columns


def _guesses(columns: list[str]) -> dict[str, str]:
    guessed: dict[str, str] = {}
    for key, hints in HINTS.items():
        left = [name for name in columns if name not in guessed.values()]
        hits = [name for hint in hints for name in left if folded(hint) in folded(name)]
        if hits:
            guessed[key] = hits[0]
    return guessed


def _quoted(name: str) -> str:
    return '"' + name.replace("\\", "\\\\").replace('"', '\\"') + '"'


def _line(key: str, name: str | None) -> str:
    return f"{key} = {_quoted(name)}\n" if name else ""


def _time(key: str, name: str | None) -> str:
    return _line(key, name) or f'# {key} = ""\n'


def _promise(kind: str, name: str | None) -> str:
    if name:
        return f'[promise.{kind}]\ncolumn = {_quoted(name)}\nby = "date"\n\n'
    return f'# [promise.{kind}]\n# column = ""\n# by = "date"\n\n'


def _status(name: str | None) -> str:
    if not name:
        return "# [status]\n"
    return (
        f"[status]\ncolumn = {_quoted(name)}\n\n[status.words]   # word of the file = unpaid, to_ship, hold,"
        ' part_shipped,\n# shipped, signed, finished, closed or cannot_supply\n"closed" = "closed"\n'
    )
