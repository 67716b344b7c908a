"""The embedded store keeps ClickHouse's HTTP contract, and loses nothing that it has acknowledged."""

import itertools
import signal
import threading
import uuid
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import clickhouse_connect
import httpx
import pytest
from clickhouse_connect.driver.client import Client
from clickhouse_connect.driver.exceptions import DatabaseError, Error

from pipeline.endpoints import StoreAddress, store_address
from pipeline.settings import Settings

pytestmark = pytest.mark.connected

ROWS = 300_000
"""More than one block of the client, hence more than one lz4 frame."""
COLUMNS = ["number", "text"]


def client_of(address: StoreAddress, **options: Any) -> Client:
    """Return a client that shares its connections with no other."""
    return clickhouse_connect.get_client(
        dsn=address.url, username=address.user, password=address.password, dedicated_pool=True, **options
    )


@pytest.fixture
def database(stack: Settings) -> Iterator[str]:
    name = f"test_{uuid.uuid4().hex[:8]}"
    with client_of(store_address(stack)) as client:
        client.command(f"CREATE DATABASE {name} ENGINE = Atomic")
        client.command(
            f"CREATE TABLE {name}.t (number UInt64, text String) ENGINE = MergeTree ORDER BY number"
            " SETTINGS non_replicated_deduplication_window = 10000"
        )
        yield name
        client.command(f"DROP DATABASE {name}")


@pytest.fixture
def writer(stack: Settings, database: str) -> Iterator[Client]:
    with client_of(store_address(stack), database=database) as client:
        yield client


@pytest.fixture
def reader(stack: Settings, database: str) -> Iterator[Client]:
    with client_of(store_address(stack, read_only=True), database=database) as client:
        yield client


def count(client: Client) -> int:
    """Return the number of rows in t."""
    return int(client.query("SELECT count() FROM t").result_rows[0][0])


@pytest.mark.parametrize("encoding", ["lz4", "zstd", "gzip", False])
def test_every_block_of_a_large_insert_arrives(stack: Settings, database: str, encoding: str | bool) -> None:
    with client_of(store_address(stack), database=database, compress=encoding) as client:
        columns = [list(range(ROWS)), [f"text {number}" for number in range(ROWS)]]
        summary = client.insert("t", columns, column_names=COLUMNS, column_oriented=True)
        assert summary.written_rows == ROWS
        assert client.query("SELECT count(), uniqExact(number), max(text) FROM t").result_rows == [
            (ROWS, ROWS, "text 99999")
        ]


def test_settings_and_database_of_one_request_do_not_reach_the_next(writer: Client, stack: Settings) -> None:
    writer.insert("t", [[0, ""]], column_names=COLUMNS, settings={"insert_deduplication_token": "one"})
    for number in range(20):
        writer.insert("t", [[number, "no token"]], column_names=COLUMNS)
    assert count(writer) == 21
    with client_of(store_address(stack)) as other, pytest.raises(DatabaseError):
        other.query("SELECT count() FROM t")


def test_a_repeated_insert_with_its_token_changes_nothing(writer: Client) -> None:
    for _ in range(2):
        writer.insert("t", [[1, "x"]], column_names=COLUMNS, settings={"insert_deduplication_token": "same"})
    assert count(writer) == 1


def test_eight_clients_at_a_time_insert_and_read(stack: Settings, writer: Client, database: str) -> None:
    failures: list[Exception] = []

    def work(worker: int) -> None:
        try:
            with client_of(store_address(stack), database=database) as client:
                for batch in range(5):
                    rows = [[worker * 10_000 + batch * 500 + row, "x"] for row in range(500)]
                    client.insert("t", rows, column_names=COLUMNS)
                    client.query("SELECT sum(number) FROM t")
        except Error as failure:
            failures.append(failure)

    threads = [threading.Thread(target=work, args=(number,)) for number in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert failures == []
    assert writer.query("SELECT count(), uniqExact(number) FROM t").result_rows == [(20_000, 20_000)]


def test_parameters_frames_and_arrow_come_back_as_they_were(writer: Client) -> None:
    text = 'it\'s a \\ "quote"\n`tick` {x:String}'
    assert writer.query("SELECT {text:String}", parameters={"text": text}).result_rows == [(text,)]
    long = "y" * 100_000  # so long that the client sends a form
    assert writer.query("SELECT {text:String}", parameters={"text": long}).result_rows == [(long,)]
    writer.insert("t", [[1, text]], column_names=COLUMNS)
    assert writer.query_df("SELECT * FROM t").to_dict("records") == [{"number": 1, "text": text}]
    assert writer.query_arrow("SELECT * FROM t").to_pylist() == [{"number": 1, "text": text}]


@pytest.mark.parametrize(
    ("sql", "code"), [("SELECT * FROM nowhere", 60), ("SELEC 1", 62), ("SELECT 1; SELECT 2", 62)]
)
def test_an_error_carries_clickhouses_code(writer: Client, sql: str, code: int) -> None:
    with pytest.raises(DatabaseError) as raised:
        writer.command(sql)
    assert raised.value.code == code


def test_a_database_that_does_not_exist_yet_is_an_error_and_not_the_end(stack: Settings) -> None:
    with pytest.raises(DatabaseError) as raised:
        client_of(store_address(stack), database="not_yet")
    assert raised.value.code == 81
    with client_of(store_address(stack)) as client:
        assert client.query("SELECT 1").result_rows == [(1,)]


@pytest.mark.parametrize(("user", "password"), [("certainty", "wrong"), ("nobody", "x"), ("analyst", "")])
def test_a_wrong_password_is_refused_in_every_way_of_giving_it(
    stack: Settings, user: str, password: str
) -> None:
    url = store_address(stack).url
    given: list[dict[str, Any]] = [
        {"auth": (user, password)},
        {"params": {"user": user, "password": password}},
        {"headers": {"X-ClickHouse-User": user, "X-ClickHouse-Key": password}},
    ]
    for way in given:
        answer = httpx.post(url, content="SELECT 1", trust_env=False, **way)
        assert answer.status_code == 403
        assert answer.headers["X-ClickHouse-Exception-Code"] == "516"
    assert httpx.post(url, content="SELECT 1", trust_env=False).status_code == 401


def test_plain_http_is_enough(stack: Settings, database: str) -> None:
    address = store_address(stack)
    with httpx.Client(base_url=address.url, auth=(address.user, address.password), trust_env=False) as http:
        assert http.get("/ping").text == "Ok.\n"
        rows = b'{"number": 1, "text": "a"}\n{"number": 2, "text": "b"}\n'
        insert = {"database": database, "query": "INSERT INTO t SETTINGS async_insert = 0 FORMAT JSONEachRow"}
        assert http.post("/", params=insert, content=rows).status_code == 200
        assert http.post(
            "/", params={"database": database}, content="INSERT INTO t VALUES (3, 'c')"
        ).is_success
        answer = http.get(
            "/", params={"database": database, "query": "SELECT sum(number) FROM t FORMAT JSON"}
        )
        assert answer.json()["data"] == [{"sum(number)": 6}]
        assert answer.headers["X-ClickHouse-Format"] == "JSON"
        broken = http.post("/", params=insert, content=b"no lz4", headers={"Content-Encoding": "lz4"})
        assert broken.headers["X-ClickHouse-Exception-Code"] == "271"
        dropped = http.get("/", params={"database": database, "query": "DROP TABLE t"})
        assert dropped.headers["X-ClickHouse-Exception-Code"] == "164"


@pytest.mark.parametrize(
    ("sql", "code"),
    [
        ("INSERT INTO t VALUES (1, 'x')", 164),
        ("DROP TABLE t", 164),
        ("ALTER TABLE t DELETE WHERE 1", 164),
        ("SELECT * FROM t SETTINGS readonly = 0", 164),
        ("SELECT 1 INTO OUTFILE '/tmp/certainty-must-not-exist'", 164),
        ("SELECT * FROM file('/etc/passwd', 'LineAsString')", 497),
        ("SELECT * FROM url('http://127.0.0.1:1/', 'CSV', 'a String')", 497),
        ("SELECT * FROM default.`/etc/passwd`", 497),
    ],
)
def test_the_analyst_is_refused_whatever_is_not_a_read_of_tables(reader: Client, sql: str, code: int) -> None:
    with pytest.raises(DatabaseError) as raised:
        reader.query(sql) if sql.startswith("SELECT") else reader.command(sql)
    assert raised.value.code == code
    assert not Path("/tmp/certainty-must-not-exist").exists()


def test_the_analyst_cannot_insert_blocks_either(reader: Client, writer: Client) -> None:
    writer.insert("t", [[1, "x"]], column_names=COLUMNS)
    with pytest.raises(DatabaseError) as raised:
        reader.insert("t", [[2, "y"]], column_names=COLUMNS, column_type_names=["UInt64", "String"])
    assert raised.value.code == 164
    assert reader.query("SELECT number FROM t").result_rows == [(1,)]


def test_a_file_is_no_table_for_an_analyst_without_a_database(stack: Settings) -> None:
    with client_of(store_address(stack, read_only=True)) as client:
        for name in ("'/etc/passwd'", "`/etc/passwd`", '"/etc/passwd"'):
            with pytest.raises(DatabaseError) as raised:
                client.query(f"SELECT * FROM {name}")
            assert raised.value.code in (60, 497)


def test_what_was_acknowledged_survives_a_kill_in_the_middle_of_inserts(launch: Any, data_dir: Path) -> None:
    settings = Settings(data_dir=data_dir, _env_file=None)
    store = launch(settings, "store").answers()
    address = store_address(settings)
    with client_of(address) as client:
        client.command("CREATE DATABASE d ENGINE = Atomic")
        client.command("CREATE TABLE d.t (batch UInt64, row UInt64) ENGINE = MergeTree ORDER BY batch")
    acknowledged = 0

    def insert_until_it_dies() -> None:
        nonlocal acknowledged
        with client_of(address) as client:
            for batch in itertools.count():
                rows = [[batch, row] for row in range(1000)]
                client.insert("d.t", rows, column_names=["batch", "row"])
                acknowledged = batch + 1

    def work() -> None:
        with pytest.raises(Error):
            insert_until_it_dies()

    thread = threading.Thread(target=work)
    thread.start()
    while acknowledged < 30:
        assert thread.is_alive()
    store.end(signal.SIGKILL)
    thread.join()

    store.start()
    store.answers()
    assert store_address(settings) == address, "clients that know the old address must find it again"
    with client_of(address) as client:
        batches = client.query("SELECT batch, count() FROM d.t GROUP BY batch ORDER BY batch").result_rows
    assert [batch for batch, _ in batches[:acknowledged]] == list(range(acknowledged))
    assert {rows for _, rows in batches} == {1000}, "a batch is there as a whole or not at all"
    store.end()


def test_a_second_store_on_the_same_folder_says_so(launch: Any, stack: Settings) -> None:
    second = launch(stack.model_copy(), "store", "--")
    assert second.process.wait(30) == 2
    assert "a store already runs on" in second.output.read_text()
