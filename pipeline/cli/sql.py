"""`certainty sql`: one question in SQL, asked as the read-only user."""

import json
import sys
from typing import IO, TYPE_CHECKING

import typer

from pipeline.cli.exits import Exit, fail, say, settings_or_exit
from pipeline.cli.migrate import store_exits
from pipeline.endpoints import store_address

if TYPE_CHECKING:
    from clickhouse_connect.driver.client import Client

    from pipeline.clickhouse.client import StoreRefused

READ_TIMEOUT_S = 600
SCREEN_ROWS = 1000
"""Rows of a table on a terminal; files and pipes get all of them."""

CHUNK_BYTES = 1 << 16
SCREEN_FORMAT = "JSONCompactEachRowWithNames"


def register(app: typer.Typer) -> None:
    """Add the command."""

    @app.command()
    def sql(
        query: str = typer.Argument(help="The question, or - to read it from standard input."),
        as_json: bool = typer.Option(False, "--json", help="One JSON object a row."),
        as_csv: bool = typer.Option(False, "--csv", help="CSV with a header line."),
    ) -> None:
        """Ask ClickHouse in SQL, as the user that may only read.

        A table on a terminal, tab-separated with a header line otherwise. docs/sql.md lists tables and views.
        Example: certainty sql "SELECT shop, window, csdi FROM v_csdi"
        """
        if as_json and as_csv:
            raise fail("choose one of --json and --csv", Exit.USAGE)
        question = (sys.stdin.read() if query == "-" else query).strip().rstrip(";")
        if not question:
            raise fail(
                'no question was asked: write it in quotes, as in certainty sql "SELECT 1"', Exit.USAGE
            )
        _ask(question, "JSONEachRow" if as_json else "CSVWithNames" if as_csv else "")


def _ask(question: str, output: str) -> None:
    from pipeline.clickhouse.client import StoreAway, StoreRefused, connect_read_only  # noqa: PLC0415

    settings = settings_or_exit()
    with store_exits():
        client = connect_read_only(store_address(settings, read_only=True), read_timeout_s=READ_TIMEOUT_S)
        try:
            if not output and sys.stdout.isatty():
                _draw(client, question)
            else:
                _copy(client, question, output or "TabSeparatedWithNames")
        except StoreAway:
            raise
        except StoreRefused as error:
            raise fail(_explained(error), Exit.USAGE) from None
        except BrokenPipeError:
            # Whoever read the answer has had enough of it (`| head`); nothing more can be said to them.
            sys.stderr.close()
            raise typer.Exit(Exit.OK) from None
        finally:
            client.close()


def _explained(error: "StoreRefused") -> str:
    """Return what ClickHouse says, and of what is no question at all what a question begins with."""
    from pipeline.embedded.statement import READONLY  # noqa: PLC0415

    if error.code != READONLY or "Cannot execute query" not in str(error):
        return str(error)
    return (
        f"{error}; as this user only questions are possible: they begin with SELECT, SHOW, DESCRIBE, EXPLAIN"
        " or WITH, and the first word may be mistyped"
    )


def _answer(client: "Client", question: str, output: str) -> IO[bytes]:
    """Start the answer in a format; a FORMAT clause in the question wins. Raises StoreAway, StoreRefused."""
    from pipeline.clickhouse.client import typed_errors  # noqa: PLC0415

    with typed_errors():
        stream: IO[bytes] = client.raw_stream(question, transport_settings={"X-ClickHouse-Format": output})  # type: ignore[assignment]
    return stream


def _copy(client: "Client", question: str, output: str) -> None:
    answer = _answer(client, question, output)
    while chunk := answer.read(CHUNK_BYTES):
        sys.stdout.buffer.write(chunk)
    sys.stdout.buffer.flush()


def _draw(client: "Client", question: str) -> None:
    import orjson  # noqa: PLC0415
    from rich.console import Console  # noqa: PLC0415
    from rich.table import Table  # noqa: PLC0415
    from rich.text import Text  # noqa: PLC0415

    answer = _answer(client, question, SCREEN_FORMAT)
    lines = answer.read().splitlines()
    try:
        head, *rows = [orjson.loads(line) for line in lines[: SCREEN_ROWS + 1]] or [[]]
    except orjson.JSONDecodeError:
        # The question names a FORMAT of its own: show what came.
        sys.stdout.buffer.write(b"\n".join(lines) + b"\n")
        return
    table = Table(*map(str, head))
    for row in rows:
        table.add_row(*(Text(_shown(cell)) for cell in row))
    Console().print(table)
    if len(lines) > SCREEN_ROWS + 1:
        say(f"{SCREEN_ROWS} of {len(lines) - 1} rows are shown; --csv or a pipe gives all of them")


def _shown(cell: object) -> str:
    if isinstance(cell, str):
        return cell
    return "NULL" if cell is None else json.dumps(cell, ensure_ascii=False)
