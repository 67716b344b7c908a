"""What is known of one thing, part by part: asked of ClickHouse, printed for people or as JSON."""

from collections.abc import Mapping
from datetime import datetime
from typing import TYPE_CHECKING, Any

import typer

from pipeline.cli.clock_time import clock_time, zone_note

if TYPE_CHECKING:
    from pipeline.clickhouse.reader import Reader

Rows = list[dict[str, Any]]  # columns differ by part; docs/commands.md names them


def asked(reader: "Reader", questions: Mapping[str, str], **about: str) -> dict[str, Rows]:
    """Return the answer to each question."""
    return {name: reader.query(sql, about) for name, sql in questions.items()}


def print_json(about: Mapping[str, str], parts: Mapping[str, Rows]) -> None:
    """Print one JSON object."""
    import orjson  # noqa: PLC0415

    typer.echo(orjson.dumps({**about, **parts}, default=str).decode())


def print_parts(heading: str, titles: Mapping[str, str], parts: Mapping[str, Rows], zone: str) -> None:
    """Print every part that says something; the account one line a field, all else one line a row.

    Times are those of `zone`, as the heading says.
    """
    typer.echo(f"{heading}; {zone_note(zone)}")
    for name, rows in parts.items():
        if rows:
            typer.echo(f"\n{titles[name]}")
        for row in rows:
            told = {column: _shown(value, zone) for column, value in row.items()}
            lines = [f"  {column}: {text}" for column, text in told.items() if text]
            for line in lines if name == "account" else [_line(told)]:
                typer.echo(line)


def _line(told: dict[str, str]) -> str:
    """One row: what it is in its first two columns, then whatever else it says."""
    (_, first), (_, second), *more = told.items()
    return "  " + "  ".join([first, second, *(f"{name}={text}" for name, text in more if text)])


def _shown(value: Any, zone: str) -> str:  # a cell of ClickHouse
    if isinstance(value, datetime):
        return clock_time(value, zone)
    if isinstance(value, list | tuple):
        return ", ".join(map(str, value))
    return "" if value is None else str(value)
