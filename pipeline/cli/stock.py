"""`certainty stock reconcile`: a stock-take against the ledger."""

from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from pipeline.cli.exits import Exit, exits, fail, say, settings_or_exit
from pipeline.cli.migrate import store_exits
from pipeline.endpoints import store_address

if TYPE_CHECKING:
    from pipeline.importer.stock_take import Counted

SHOWN_MOST = 20
PART = 500
"""Counts that are confirmed together."""
LEDGER = "SELECT sku, warehouse, ledger_units FROM v_sku_places"

Mapping = Annotated[str, typer.Option(help="Columns: sku=货号,warehouse=仓库,units=实盘.")]
Where = Annotated[str, typer.Option(help="Where it was counted, for a file without that column.")]
At = Annotated[str, typer.Option(help="When it was counted, such as 2026-03-01T18:00+08:00; default: now.")]
By = Annotated[str, typer.Option(help="Who counted, by reference.")]
Apply = Annotated[bool, typer.Option("--apply", help="Set the ledger to what was counted.")]
AsJson = Annotated[bool, typer.Option("--json", help="One JSON object.")]


def register(app: typer.Typer) -> None:
    """Add the command."""
    group = typer.Typer(help="Stock-takes.", no_args_is_help=True)
    app.add_typer(group, name="stock")
    group.callback()(lambda: None)  # one command alone would lose its name
    group.command("reconcile")(reconcile)


def reconcile(
    file: Annotated[Path, typer.Argument(metavar="FILE", help="CSV or XLSX with a header line.")],
    *,
    mapping: Mapping = "",
    warehouse: Where = "",
    at: At = "",
    by: By = "stock-take",
    apply: Apply = False,
    as_json: AsJson = False,
) -> None:
    """Compare a stock-take with the ledger, line by line; with --apply the ledger is set to it.

    Exit code 3 if a line is bad (then nothing is applied) or, without --apply, if anything differs. Applying
    the same file with the same --at again changes nothing.
    """
    from pipeline.importer.refused import FileRefused  # noqa: PLC0415  (keeps --help fast)
    from pipeline.importer.stock_take import read_mapping, read_stock_take  # noqa: PLC0415

    moment = _moment(at)
    try:
        lines, bad = read_stock_take(file, read_mapping(mapping), warehouse)
    except FileRefused as error:
        raise fail(str(error), Exit.USAGE) from None
    for line, reason in bad[:SHOWN_MOST]:
        say(f"line {line}: {reason}")
    differences = _differences(lines)
    is_applied = apply and not bad
    if is_applied:
        _apply(lines, moment, by)
    _tell(differences, len(lines), is_applied=is_applied, as_json=as_json)
    if bad or (differences and not apply):
        raise typer.Exit(Exit.PROBLEMS)


def _moment(text: str) -> datetime:
    try:
        moment = datetime.fromisoformat(text) if text else datetime.now(UTC)
    except ValueError:
        raise fail(f'--at needs a time such as 2026-03-01T18:00+08:00, not "{text}"', Exit.USAGE) from None
    if moment.tzinfo is None:
        raise fail(f"--at needs a zone, such as {text}+08:00", Exit.USAGE)
    return moment.astimezone(UTC)


def _differences(
    lines: "list[Counted]",
) -> list[dict[str, Any]]:  # SKU, warehouse, counted, ledger, difference
    from pipeline.clickhouse.reader import Reader  # noqa: PLC0415

    with store_exits(), Reader(store_address(settings_or_exit())) as reader:
        ledger = {(row["sku"], row["warehouse"]): row["ledger_units"] for row in reader.query(LEDGER)}
    found = []
    for one in lines:
        held = ledger.get((one.sku, one.warehouse))
        if held != one.units:
            said = {"sku": one.sku, "warehouse": one.warehouse, "counted": one.units, "ledger": held}
            found.append(said | {"difference": None if held is None else one.units - held})
    return found


def _apply(lines: "list[Counted]", moment: datetime, by: str) -> None:
    import asyncio  # noqa: PLC0415

    from pipeline.outbox import KafkaAway, Outbox  # noqa: PLC0415
    from schemas.base import derived_id  # noqa: PLC0415
    from schemas.inventory import StockCounted  # noqa: PLC0415

    counts = [
        StockCounted(
            event_id=derived_id(f"{one.sku}|{one.warehouse}", f"stock-take|{moment.isoformat()}|{one.units}"),
            cause_id=f"stock-take of {by}",
            occurred_at=moment,
            observed_at=datetime.now(UTC),
            sku=one.sku,
            warehouse=one.warehouse,
            counter="ledger",
            units=one.units,
            mapping=f"stock-take@{by}",
        )
        for one in lines
    ]

    async def sent() -> None:
        async with Outbox(settings_or_exit()) as outbox:
            for start in range(0, len(counts), PART):
                await outbox.send(counts[start : start + PART])

    with exits():
        try:
            asyncio.run(sent())
        except KafkaAway as error:
            raise fail(
                f"{error}; the same file with the same --at can be applied again", Exit.UNREACHABLE
            ) from None


def _tell(differences: list[dict[str, Any]], lines: int, *, is_applied: bool, as_json: bool) -> None:
    if as_json:
        import orjson  # noqa: PLC0415

        told = {"lines": lines, "differences": differences, "applied": is_applied}
        typer.echo(orjson.dumps(told).decode())
        return
    for one in differences:
        ledger = "never counted" if one["ledger"] is None else f"ledger {one['ledger']}"
        typer.echo(f"{one['sku']}  {one['warehouse']}  counted {one['counted']}  {ledger}")
    say(f"{lines} lines, {len(differences)} differ{'; the ledger was set to them' if is_applied else ''}")
