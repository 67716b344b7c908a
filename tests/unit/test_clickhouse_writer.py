"""The token of an insert follows its content, and failures are told apart."""

import socket
import subprocess
import sys
from typing import Any

import pytest
import urllib3.exceptions
from clickhouse_connect.driver.exceptions import DatabaseError, DataError, OperationalError, ProgrammingError

from pipeline.clickhouse.client import StoreAway, StoreRefused, typed_errors
from pipeline.clickhouse.rows import Row
from pipeline.clickhouse.tables import EVENT_CLOCK
from pipeline.clickhouse.writer import TOKEN, Writer
from pipeline.endpoints import StoreAddress

ROW = ("id", "cause", "order_hub", 0, 1, 1, "state.order.v1", 0, 7)


class Context:
    """What the driver reuses between inserts."""

    def __init__(self) -> None:
        self.settings: dict[str, Any] = {}
        self.data: Any = None


class FakeClient:
    """Keeps what was inserted, under which token."""

    def __init__(self, error: Exception | None = None) -> None:
        self.inserted: list[tuple[str, list[list[Any]]]] = []
        self.contexts = 0
        self.error = error

    def create_insert_context(self, table: str, **_: Any) -> Context:
        self.contexts += 1
        return Context()

    def data_insert(self, context: Context) -> None:
        if self.error:
            raise self.error
        self.inserted.append((context.settings[TOKEN], context.data))


def writer_to(client: FakeClient) -> Writer:
    writer = Writer(StoreAddress("http://127.0.0.1:1", "certainty", "certainty", ""))
    writer._client = client  # type: ignore[assignment]
    return writer


def tokens(*batches: list[Row]) -> list[str]:
    client = FakeClient()
    writer = writer_to(client)
    for rows in batches:
        writer.insert(EVENT_CLOCK.name, rows, "state.order.v1-0-7-7")
    return [token for token, _ in client.inserted]


def test_the_same_rows_have_the_same_token_in_every_process() -> None:
    first, second = tokens([ROW], [tuple(ROW)])
    assert first == second == "state.order.v1-0-7-7:89b546b49bde7c93d222e41485560936"


def test_other_rows_from_the_same_range_have_another_token() -> None:
    changed = (*ROW[:4], 2, *ROW[5:])
    assert len(set(tokens([ROW], [changed], [ROW, ROW]))) == 3


def test_bytes_and_characters_outside_ascii_have_a_token() -> None:
    assert len(set(tokens([(b"\xff", *ROW[1:])], [("中", *ROW[1:])]))) == 2


def test_rows_are_sent_as_columns_and_one_context_serves_a_table() -> None:
    client = FakeClient()
    writer = writer_to(client)
    writer.insert(EVENT_CLOCK.name, [ROW, ROW], "a")
    writer.insert(EVENT_CLOCK.name, [ROW], "b")
    assert client.inserted[0][1] == [[value, value] for value in ROW]
    assert client.contexts == 1


def test_no_rows_are_no_insert() -> None:
    client = FakeClient()
    writer_to(client).insert(EVENT_CLOCK.name, [], "a")
    assert client.inserted == []


@pytest.mark.parametrize("row", [("\ud800", *ROW[1:]), (object(), *ROW[1:]), (2**70, *ROW[1:])])
def test_a_row_that_cannot_be_written_down_is_refused(row: Row) -> None:
    with pytest.raises(StoreRefused):
        writer_to(FakeClient()).insert(EVENT_CLOCK.name, [row], "a")


@pytest.mark.parametrize("error", [TypeError("x"), AttributeError("x"), DataError("x")])
def test_a_row_that_the_driver_cannot_encode_is_refused(error: Exception) -> None:
    with pytest.raises(StoreRefused):
        writer_to(FakeClient(error)).insert(EVENT_CLOCK.name, [ROW], "a")


def test_missing_tables_are_waited_for() -> None:
    unknown_table = DatabaseError("no such table", code=60)
    with pytest.raises(StoreAway, match="certainty migrate up"):
        writer_to(FakeClient(unknown_table)).insert(EVENT_CLOCK.name, [ROW], "a")


def test_inserting_lists_imports_no_pandas() -> None:
    script = """
import sys
from clickhouse_connect.datatypes.registry import get_from_name
from clickhouse_connect.driver.insert import InsertContext
from clickhouse_connect.driver.transform import NativeTransform
import pipeline.clickhouse.client
context = InsertContext("t", ["a"], [get_from_name("UInt8")], [[7, 8]], column_oriented=True)
assert bytes([7, 8]) in b"".join(NativeTransform().build_insert(context))
sys.exit("pandas" in sys.modules)
"""
    assert subprocess.run([sys.executable, "-c", script], check=False).returncode == 0


def test_a_closed_port_is_a_store_that_is_away() -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        address = StoreAddress(f"http://127.0.0.1:{taken.getsockname()[1]}", "certainty", "certainty", "")
        with pytest.raises(StoreAway):
            Writer(address).insert(EVENT_CLOCK.name, [ROW], "a")


@pytest.mark.parametrize(
    "error",
    [
        DatabaseError("too many parts", code=252),
        DatabaseError("memory", code=241),
        DatabaseError("HTTP driver received HTTP status 503, server response: busy"),
        OperationalError("Error executing HTTP request"),
        urllib3.exceptions.ProtocolError("broken"),
        ConnectionResetError("reset"),
    ],
)
def test_what_can_pass_is_away(error: Exception) -> None:
    with pytest.raises(StoreAway), typed_errors():
        raise error


@pytest.mark.parametrize(
    "error",
    [
        DatabaseError("syntax", code=62),
        DatabaseError("type mismatch", code=53),
        DatabaseError("password", code=516),
        DatabaseError("HTTP driver received HTTP status 404, server response: nothing"),
        ProgrammingError("column count"),
        DataError("column"),
    ],
)
def test_what_can_never_work_is_refused(error: Exception) -> None:
    with pytest.raises(StoreRefused), typed_errors():
        raise error
