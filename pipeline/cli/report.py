"""`certainty report`: how many promises were kept, and the index, from the same views as the board."""

from datetime import datetime
from typing import TYPE_CHECKING, Any

import typer

from pipeline.cli.clock_time import zoned_time
from pipeline.cli.exits import Exit, fail, settings_or_exit
from pipeline.cli.migrate import store_exits
from pipeline.endpoints import store_address

if TYPE_CHECKING:
    from pipeline.clickhouse.reader import Csdi, PromiseCounts

VERDICTS = {
    "kept": "kept 已兑现",
    "broken": "broken 已失约",
    "none": "nothing owed 无承诺",
    "open": "still open 进行中",
}
PARTS = {
    "promise": "promises kept\n承诺达成率\n>= 92 %",
    "credibility": "status credibility\n状态可信度\n100 %",
    "self_heal": "self-healed\n异常自愈率\n>= 65 %",
}
NO_DATA = "no data"
SHOPS_NAMED = 10


def register(app: typer.Typer) -> None:
    """Add the command."""

    @app.command()
    def report(
        as_json: bool = typer.Option(False, "--json", help="One JSON object on stdout."),
        window: str = typer.Option("24h", help="Window of the index: 1h, 24h, 7d, 30d or all."),
        shop: str = typer.Option("", help="Only this shop; empty: all shops together."),
    ) -> None:
        """Show the promises of all current orders by verdict, and the CSDI.

        Example: certainty report --json --window 7d
        """
        _report(as_json, window, shop)


def _report(as_json: bool, window: str, shop: str) -> None:
    import orjson  # noqa: PLC0415  (keeps --help fast)

    from pipeline.clickhouse.reader import WINDOWS, Reader  # noqa: PLC0415

    if window not in WINDOWS:
        raise fail(f"{window!r} is no window: choose one of {', '.join(WINDOWS)}", Exit.USAGE)
    settings = settings_or_exit()
    with store_exits(), Reader(store_address(settings)) as reader:
        promises, windows = reader.promises(), reader.csdi(shop)
    if shop and shop not in {counts.shop for counts in promises}:
        known = sorted(counts.shop for counts in promises if counts.shop)
        more = f" and {len(known) - SHOPS_NAMED} more" if len(known) > SHOPS_NAMED else ""
        names = ", ".join(known[:SHOPS_NAMED]) or "none yet"
        raise fail(f"no order of a shop {shop!r} is known; known shops: {names}{more}", Exit.USAGE)
    content = report_content(promises, windows, window, shop)
    if as_json:
        typer.echo(orjson.dumps(content).decode())
    else:
        at = windows[window].clock_at
        _draw(content, zoned_time(at, settings.business_zone) if at else "no data yet 暂无数据")


def report_content(
    promises: "list[PromiseCounts]", windows: "dict[str, Csdi]", window: str, shop: str
) -> dict[str, Any]:  # JSON: every level has its own shape, written down in docs/sql.md
    """Return the report as it is printed; no data is None, never 0."""
    chosen = [counts for counts in promises if shop in ("", counts.shop)]
    row = windows[window]
    return {
        "promise": {name: sum(getattr(counts, name) for counts in chosen) for name in VERDICTS},
        "broken_detail": {
            "late": sum(counts.late for counts in chosen),
            "never_fulfilled": sum(counts.never_fulfilled for counts in chosen),
        },
        "by_shop": {counts.shop: {name: getattr(counts, name) for name in VERDICTS} for counts in chosen},
        "csdi": {
            "window": window,
            **_index(row),
            "weights": {
                "promise": row.weight_promise,
                "credibility": row.weight_credibility,
                "self_heal": row.weight_self_heal,
            },
            "windows": {name: _index(windows[name]) for name in windows},
        },
        "shop": shop or None,
        "as_of": _iso(row.clock_at),
    }


def _index(row: "Csdi") -> dict[str, Any]:
    return {
        "index": row.csdi,
        "promise": row.promise,
        "credibility": row.credibility,
        "self_heal": row.self_heal,
        "flagged": row.flagged,
        "kept": row.kept,
        "broken": row.broken,
        "sampled": row.sampled,
        "sampled_equal": row.sampled_equal,
        "healed": row.healed,
        "anomalies": row.anomalies,
    }


def _iso(time: datetime | None) -> str | None:
    return None if time is None else time.isoformat(timespec="milliseconds").replace("+00:00", "Z")


def _draw(content: dict[str, Any], as_of: str) -> None:
    from rich.console import Console  # noqa: PLC0415

    console = Console()
    console.print(f"as of 截至 {as_of}", highlight=False)
    console.print(_promise_table(content))
    console.print(_index_table(content["csdi"]))
    if content["csdi"]["flagged"]:
        console.print(
            "The index is computed from the parts that have data. 指数仅由有数据的部分计算。", highlight=False
        )


def _promise_table(content: dict[str, Any]) -> Any:  # a rich Table; rich is loaded only when drawn
    from rich.table import Table  # noqa: PLC0415

    table = Table(title=f"Promises 承诺{' · ' + content['shop'] if content['shop'] else ''}")
    table.add_column("verdict 结果")
    table.add_column("orders 订单", justify="right")
    for name, words in VERDICTS.items():
        table.add_row(words, f"{content['promise'][name]:,}")
        if name == "broken":
            table.add_row("  late 迟到", f"{content['broken_detail']['late']:,}")
            table.add_row("  not fulfilled 未履约", f"{content['broken_detail']['never_fulfilled']:,}")
    return table


def _index_table(csdi: dict[str, Any]) -> Any:  # a rich Table, as above
    from rich.table import Table  # noqa: PLC0415

    table = Table(title="CSDI 客户履约确定性指数")
    table.add_column("window\n窗口\ntarget 基准")
    for words in PARTS.values():
        table.add_column(words, justify="right")
    table.add_column("index\n指数\n0..100", justify="right")
    for name, values in csdi["windows"].items():
        index = NO_DATA if values["index"] is None else f"{values['index']:.1f}"
        style = "bold" if name == csdi["window"] else ""
        table.add_row(name, *(_percent(values[part]) for part in PARTS), index, style=style)
    return table


def _percent(ratio: float | None) -> str:
    return NO_DATA if ratio is None else f"{100 * ratio:.1f} %"
