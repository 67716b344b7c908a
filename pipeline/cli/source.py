"""`certainty source`: which sources are understood, what they say, and what an adapter makes of a payload."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from pipeline.cli.exits import Exit, fail, say, settings_or_exit

if TYPE_CHECKING:
    from pipeline.domain.adapters import Adapter
    from pipeline.domain.adapters.explaining import ItemExplained

AsJson = Annotated[bool, typer.Option("--json", help="Print JSON instead of a table.")]
Source = Annotated[str, typer.Argument(help="Name of a shipped source, or the file of a source document.")]
SHOWN_LONGEST = 60


def register(app: typer.Typer) -> None:
    """Add the commands."""
    source = typer.Typer(help="Sources: what they are, what their payloads mean.", no_args_is_help=True)
    app.add_typer(source, name="source")
    source.command("list")(list_)
    source.command()(show)
    source.command()(check)
    source.command()(new)


def list_(as_json: AsJson = False) -> None:
    """List the sources that are understood, with the version of each document."""
    adapters = _adapters()
    if as_json:
        _print_json({name: _summary(adapter) for name, adapter in adapters.items()})
        return
    rows = [(a.label, a.document.reporter, a.document.title) for a in adapters.values()]
    _table("Sources", ("source", "reporter", "what it is"), rows)


def show(name: Source, as_json: AsJson = False) -> None:
    """Show one source: its messages, its code tables, what each code means."""
    adapter = adapter_or_exit(name)
    if as_json:
        _print_json(adapter.document.model_dump(mode="json", by_alias=True))
        return
    messages = [
        (m.name, ", ".join(m.api) or "any", _tells(m.tells) or m.silent) for m in adapter.document.message
    ]
    _table(f"{adapter.document.title}: messages", ("message", "comes by", "tells"), messages)
    for field, table in adapter.document.codes.items():
        _table(f"{field} ({table.kind})", ("code", "means"), list(table.means.items()))


def check(
    file: Annotated[Path, typer.Argument(exists=True, dir_okay=False, help="A payload as received.")],
    source: Annotated[str, typer.Option("--source", help="Source name, or file of a document.")],
    api: Annotated[str, typer.Option(help="The method or path it came by, if the source needs it.")] = "",
    as_json: AsJson = False,
) -> None:
    """Show what an adapter understands of a payload, field by field, with the raw value beside it.

    Example: certainty source check order.json --source tmall. Exit code 3 if something cannot be read.
    """
    from pipeline.domain.adapters import Unreadable  # noqa: PLC0415
    from pipeline.domain.adapters.explaining import explain  # noqa: PLC0415
    from schemas.raw import RawHeaders  # noqa: PLC0415

    adapter = adapter_or_exit(source)
    headers = RawHeaders(adapter.document.name, "shop", RECEIVED_MS, "check", api=api)
    try:
        items = explain(adapter, file.read_bytes(), headers)
    except Unreadable as error:
        raise fail(f"{file}: {error}", Exit.PROBLEMS) from None
    _print_json([_as_json(item) for item in items]) if as_json else _show(items)
    if any(item.error or item.unknown for item in items):
        raise typer.Exit(Exit.PROBLEMS)


def new(name: Annotated[str, typer.Argument(help="Name of the source: lower case, with hyphens.")]) -> None:
    """Print a commented skeleton of a source document (docs/adding-a-source.md)."""
    from importlib.resources import files  # noqa: PLC0415

    text = files("pipeline.rules").joinpath("new-source.toml").read_text(encoding="utf-8")
    typer.echo(text.replace("NAME", name), nl=False)


def _adapters() -> "dict[str, Adapter]":
    """Return the shipped sources and those of CERTAINTY_SOURCES_DIR; exit code 2 if one is wrong."""
    from pipeline.domain.adapters import DocumentError  # noqa: PLC0415
    from pipeline.rules.adapters import all_adapters  # noqa: PLC0415

    try:
        return all_adapters(settings_or_exit().sources_dir)
    except DocumentError as error:
        raise fail(str(error), Exit.USAGE) from None


RECEIVED_MS = 1_798_761_600_000
"""A received time for checks: no fact of a complete document depends on it."""


def adapter_or_exit(name: str) -> "Adapter":
    """Return the adapter of a known source or of a document's file; ends with exit code 2 if it is none."""
    from pipeline.domain.adapters import DocumentError, load_adapter  # noqa: PLC0415

    known, file = _adapters(), Path(name)
    if name in known:
        return known[name]
    if not file.is_file():
        raise fail(f"there is no source {name!r} and no such file; known are {', '.join(known)}", Exit.USAGE)
    try:
        return load_adapter(file.read_text(encoding="utf-8"), origin=name)
    except (DocumentError, UnicodeDecodeError) as error:
        raise fail(
            f"{name}: {error}" if isinstance(error, UnicodeDecodeError) else str(error), Exit.USAGE
        ) from None


def _summary(adapter: "Adapter") -> dict[str, Any]:
    document = adapter.document
    return {
        "version": adapter.label.rpartition("@")[2],
        "title": document.title,
        "reporter": document.reporter,
        "messages": [message.name for message in document.message],
        "codes": sum(len(table.means) for table in document.codes.values()),
    }


def _tells(tellings: tuple[Any, ...]) -> str:
    return ", ".join(dict.fromkeys(telling.fact for telling in tellings))


def _as_json(item: "ItemExplained") -> dict[str, Any]:
    import orjson  # noqa: PLC0415

    return {
        "message": item.message,
        "silent": item.silent,
        "fields": [field._asdict() for field in item.fields],
        "facts": [orjson.loads(fact) for fact in item.facts],
        "unknown": [list(pair) for pair in item.unknown],
        "error": item.error,
    }


def _show(items: "list[ItemExplained]") -> None:
    for number, item in enumerate(items, 1):
        title = f"item {number}: {item.message}"
        if item.silent:
            say(f"{title} tells nothing: {item.silent}")
            continue
        rows = [(f.fact, f.field, f.path, _short(f.raw), f.error or _short(f.read)) for f in item.fields]
        _table(title, ("fact", "field", "where", "received", "read as"), rows)
        for field, code in item.unknown:
            say(f"  unknown code: {field} = {code}; add it to [codes] or leave it parked")
        for fact in item.facts:
            typer.echo(fact)
        if item.error:
            say(f"  cannot be read: {item.error}")


def _short(value: object) -> str:
    text = "" if value is None else str(value)
    return text if len(text) <= SHOWN_LONGEST else f"{text[: SHOWN_LONGEST - 3]}..."


def _table(title: str, columns: tuple[str, ...], rows: "list[tuple[Any, ...]]") -> None:
    from rich.console import Console  # noqa: PLC0415
    from rich.table import Table  # noqa: PLC0415
    from rich.text import Text  # noqa: PLC0415

    table = Table(*columns, title=title, title_justify="left")
    for row in rows:
        table.add_row(*(Text(str(cell)) for cell in row))
    Console().print(table)


def _print_json(content: Any) -> None:
    import json  # noqa: PLC0415

    typer.echo(json.dumps(content, ensure_ascii=False, default=str))
