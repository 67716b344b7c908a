"""`certainty order`: everything that is known of one order now."""

from typing import TYPE_CHECKING, Annotated, Any

import typer

from pipeline.cli.exits import Exit, fail, settings_or_exit
from pipeline.cli.migrate import store_exits
from pipeline.endpoints import store_address

if TYPE_CHECKING:
    from pipeline.clickhouse.reader import Reader

Rows = list[dict[str, Any]]  # columns differ by part; docs/commands.md names them


def register(app: typer.Typer) -> None:
    """Add the command."""

    @app.command()
    def order(
        order_id: Annotated[str, typer.Argument(metavar="ORDER", help="Order number.")],
        as_json: Annotated[bool, typer.Option("--json", help="One JSON object.")] = False,
    ) -> None:
        """Say everything that is known of one order: account, words, lock, anomalies, refunds, commands.

        Exit code 3 if nobody ever spoke of it. Example: certainty order 260301-1
        """
        from pipeline.clickhouse.reader import Reader  # noqa: PLC0415  (keeps --help fast)

        with store_exits(), Reader(store_address(settings_or_exit())) as reader:
            parts = _parts(reader, order_id)
        _print_json(order_id, parts) if as_json else _print(order_id, parts)
        if not any(parts.values()):
            raise fail(f"nobody ever spoke of order {order_id}", Exit.PROBLEMS)


def _parts(reader: "Reader", order_id: str) -> dict[str, Rows]:
    from pipeline.clickhouse.one_order import PARTS  # noqa: PLC0415

    return {name: reader.query(sql, {"order": order_id}) for name, sql in PARTS.items()}


def _print_json(order_id: str, parts: dict[str, Rows]) -> None:
    import orjson  # noqa: PLC0415

    content = {"order_id": order_id, **parts}
    typer.echo(orjson.dumps(content, default=str).decode())


def _print(order_id: str, parts: dict[str, Rows]) -> None:
    typer.echo(f"order 订单 {order_id}; times in UTC 时间为 UTC")
    for name, rows in parts.items():
        if rows:
            typer.echo(f"\n{TITLES[name]}")
        for row in rows:
            told = {column: _shown(value) for column, value in row.items()}
            lines = [f"  {column}: {text}" for column, text in told.items() if text]
            for line in lines if name == "account" else [_line(told)]:
                typer.echo(line)


def _line(told: dict[str, str]) -> str:
    """One row: what it is in its first two columns, then whatever else it says."""
    (_, first), (_, second), *more = told.items()
    return "  " + "  ".join([first, second, *(f"{name}={text}" for name, text in more if text)])


def _shown(value: Any) -> str:  # a cell of ClickHouse
    from datetime import datetime  # noqa: PLC0415

    if isinstance(value, datetime):
        return f"{value:%Y-%m-%d %H:%M:%S}"
    if isinstance(value, list | tuple):
        return ", ".join(map(str, value))
    return "" if value is None else str(value)


TITLES = {
    "account": "account and promise 订单与承诺",
    "words": "each reporter's last word 各方最后的说法",
    "lock": "conflicts and locks 冲突与锁定",
    "anomalies": "open anomalies 未结异常",
    "refunds": "refunds 退款",
    "commands": "commands 指令",
    "said": "what people and outside systems said 人工与外部系统",
    "answers": "answers of the desk 操作台答复",
    "timeline": "timeline 时间线",
}
