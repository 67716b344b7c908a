"""Connectors with the real broker: what is pulled arrives; a kill -9 loses neither rows nor the cursor."""

import json
import signal
import time
from pathlib import Path
from typing import Any

import pytest
from kafka import KafkaConsumer, TopicPartition

from pipeline.connectors import load_cursors
from pipeline.embedded.topics import differences
from pipeline.endpoints import kafka_bootstrap
from pipeline.settings import Settings
from schemas.raw import RawHeaders
from schemas.topics import RAW_PDD, STATE_CURSOR
from tests.connected.conftest import Launch
from tests.pulling import rows_in
from tests.stub_platforms import KEY, SECRET, TOKEN, Row, Stub, listening

pytestmark = pytest.mark.connected


def wait_until(done: Any, within_s: float = 60) -> None:  # Any: a callable
    deadline = time.monotonic() + within_s
    while not done():
        assert time.monotonic() < deadline
        time.sleep(0.05)


def raw_rows(settings: Settings) -> list[tuple[RawHeaders, list[dict[str, Any]]]]:
    consumer = KafkaConsumer(bootstrap_servers=kafka_bootstrap(settings), auto_offset_reset="earliest")
    places = [TopicPartition(RAW_PDD.name, n) for n in range(settings.partitions)]
    consumer.assign(places)
    ends = consumer.end_offsets(places)
    found = []
    while any(consumer.position(place) < end for place, end in ends.items()):
        for records in consumer.poll(timeout_ms=500).values():
            for record in records:
                headers = RawHeaders.from_headers(tuple(record.headers))
                found.append((headers, rows_in(json.loads(record.value))))
    consumer.close()
    return found


def accounts_file(folder: Path, name: str, address: str) -> Path:
    path = folder / "accounts.toml"
    path.write_text(
        f'[[account]]\nname = "{name}"\nsource = "pdd"\nshop = "{name}"\napp_key = "{KEY}"\n'
        f'app_secret = "{SECRET}"\naccess_token = "{TOKEN}"\nbase_url = "{address}"\npulls = ["orders"]\n'
        "requests_per_s = 100\nevery_s = 5\n"
    )
    return path


def rows_of(settings: Settings, shop: str) -> list[str]:
    return [row["id"] for headers, rows in raw_rows(settings) if headers.shop == shop for row in rows]


async def test_a_killed_connector_goes_on_where_it_was_and_loses_nothing(
    stack: Settings, launch: Launch, tmp_path: Path
) -> None:
    stub = Stub("pdd", time.time)
    now = int(time.time())
    stub.rows = [Row(f"r{n}", now - 80_000 + n * 150) for n in range(500)]
    with listening(stub) as address:
        file = accounts_file(tmp_path, "killed", address)
        settings = stack.model_copy(update={"connectors_file": str(file)})
        part = launch(settings, "connectors").says("the connectors answer on")
        wait_until(lambda: len(stub.asked) > 20, 15)
        part.end(signal.SIGKILL)
        kept = await load_cursors(kafka_bootstrap(stack), stack.partitions)
        assert now - 90_000 < kept["killed|orders"] < now - 180, "it was killed in the middle"
        before = len(stub.asked)
        part = launch(settings, "connectors", "--once")
        assert part.process.wait(120) == 0
    first = stub.asked[before]
    assert first.from_s == kept["killed|orders"] - 120, "it went on from the cursor"
    assert set(rows_of(stack, "killed")) == {row.id for row in stub.rows}
    after = await load_cursors(kafka_bootstrap(stack), stack.partitions)
    assert after["killed|orders"] >= now - 181
    told = part.output.read_text()
    assert SECRET not in told
    assert TOKEN not in told


async def test_an_expired_token_ends_with_its_sentence_and_without_a_cursor(
    stack: Settings, launch: Launch, tmp_path: Path
) -> None:
    stub = Stub("pdd", time.time, token="another")
    with listening(stub) as address:
        file = accounts_file(tmp_path, "expired", address)
        part = launch(stack.model_copy(update={"connectors_file": str(file)}), "connectors", "--once")
        assert part.process.wait(120) == 3
    told = part.output.read_text()
    assert "expired is stopped" in told
    assert TOKEN not in told
    assert "expired|orders" not in await load_cursors(kafka_bootstrap(stack), stack.partitions)


def test_the_topic_of_cursors_is_compacted(stack: Settings) -> None:
    assert not [line for line in differences(kafka_bootstrap(stack), stack) if STATE_CURSOR.name in line]
