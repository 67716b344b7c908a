"""A code that no map knows, on the real Kafka, workers and ClickHouse: parked, one anomaly, mended, ended."""

import asyncio
import json
import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import orjson
import pytest
from kafka import TopicPartition
from pydantic import SecretStr

from pipeline.clickhouse.reader import Reader
from pipeline.domain.instants import from_ms
from pipeline.embedded.topics import admin
from pipeline.endpoints import kafka_bootstrap, store_address
from pipeline.producer import Producer, Record
from pipeline.rules.adapters import source_text
from pipeline.runtime.progress import wait_until_stored
from pipeline.settings import Settings
from schemas.raw import RawHeaders
from schemas.topics import RAW_TMALL

pytestmark = pytest.mark.connected

ROOT = Path(__file__).parents[2]
CODE = "WAIT_FOR_THE_MOON"
ORDERS = 20
DAY_1_MS = 1_764_547_200_000
KNOWN_BEFORE = '[codes."trade.status".means]\n'
KNOWN = f'{KNOWN_BEFORE}{CODE} = "hold"\n'


class Stand:
    """The stack with workers: sends records, replays, asks."""

    def __init__(self, settings: Settings, launch: Callable[..., Any], folder: Path) -> None:
        self.settings, self.launch, self.folder = settings, launch, folder
        self.reader = Reader(store_address(settings))
        self.core: Any = None

    def work(self, group: str) -> Any:
        """Start a worker with the map that is shipped."""
        return self.launch(self._of(group), "worker", "--group", group)

    def work_with_a_mended_map(self) -> Any:
        """Start a core worker whose folder of own documents has a map that knows the code."""
        mended = self.folder / "sources"
        mended.mkdir(exist_ok=True)
        text = source_text("tmall")
        assert text.count(KNOWN_BEFORE) == 1
        (mended / "tmall.toml").write_text(text.replace(KNOWN_BEFORE, KNOWN), encoding="utf-8")
        settings = self._of("core").model_copy(update={"sources_dir": mended})
        return self.launch(settings, "worker", "--group", "core")

    def _of(self, group: str) -> Settings:
        return self.settings.model_copy(
            update={
                "data_dir": self.folder / group,
                "kafka_bootstrap": kafka_bootstrap(self.settings),
                "clickhouse_url": store_address(self.settings).url,
                "clickhouse_password": SecretStr(store_address(self.settings).password),
                "clock": "event",
                "sink_wait_s": 0.1,
                "sink_history_wait_s": 0.1,
            }
        )

    def _environment(self, settings: Settings) -> dict[str, str]:
        values = {
            name: value.get_secret_value() if isinstance(value, SecretStr) else str(value)
            for name, value in settings
            if value is not None
        }
        kept = {name: value for name, value in os.environ.items() if not name.startswith("CERTAINTY_")}
        return kept | {f"CERTAINTY_{name.upper()}": value for name, value in values.items()}

    def send(self, *records: Record) -> None:
        async def sent() -> None:
            bootstrap = kafka_bootstrap(self.settings)
            async with Producer(bootstrap, self.settings.partitions, "test") as producer:
                for record in records:
                    producer.add(RAW_TMALL.name, record)
                await producer.flush()

        asyncio.run(sent())

    def drain(self) -> None:
        asyncio.run(wait_until_stored(self.settings, (RAW_TMALL.name,), 90))

    def replay(self) -> tuple[int, dict[str, Any], str]:
        """Run `certainty replay --parked --json`; returns exit code, answer and what was said."""
        done = subprocess.run(
            [sys.executable, "-m", "pipeline", "replay", "--parked", "--json"],
            cwd=ROOT,
            env=self._environment(self.settings),
            capture_output=True,
            text=True,
            timeout=120,
            check=False,
        )
        assert "Traceback" not in done.stderr, done.stderr
        return done.returncode, json.loads(done.stdout), done.stderr

    def ask(self, sql: str) -> list[tuple[Any, ...]]:
        return [tuple(row.values()) for row in self.reader.query(sql)]

    def code(self) -> dict[str, Any]:
        (row,) = self.reader.query(f"SELECT * FROM v_parked_codes WHERE code = '{CODE}'")
        return row

    def forget_the_oldest_waiting_record(self) -> str:
        """Delete its partition up to and including it, as retention does; returns its place."""
        ((partition, offset),) = self.ask(
            "SELECT origin_partition, min(origin_offset) AS least FROM v_parked_records"
            " WHERE isNull(mended_at) GROUP BY origin_partition ORDER BY origin_partition LIMIT 1"
        )
        with admin(kafka_bootstrap(self.settings)) as client:
            client.delete_records({TopicPartition(RAW_TMALL.name, partition): offset + 1})
        return f"{RAW_TMALL.name}[{partition}]@{offset}"


@pytest.fixture
def stand(stack: Settings, launch: Callable[..., Any], tmp_path: Path) -> Iterator[Stand]:
    made = Stand(stack, launch, tmp_path)
    yield made
    made.reader.close()


def order(number: int, status: str) -> Record:
    at_ms = DAY_1_MS + number * 1000
    order_id = f"parked-{number}"
    at = from_ms(at_ms).isoformat()
    trade = {"tid": order_id, "status": status, "modified": at, "created": at, "pay_time": at}
    told = {"trade_fullinfo_get_response": {"trade": trade}}
    headers = RawHeaders("tmall", "shop", at_ms, f"delivery-{number}").to_headers()
    return Record(order_id.encode(), orjson.dumps(told), at_ms, headers)


def test_parked_records_are_read_again_by_a_mended_map_and_the_anomaly_ends(stand: Stand) -> None:
    core, sink = stand.work("core"), stand.work("sink")
    stand.send(*(order(n, CODE) for n in range(ORDERS)), order(99, "WAIT_BUYER_PAY"))
    stand.drain()
    code = stand.code()
    assert (code["source"], code["field"], code["records"], code["waiting"]) == (
        "tmall", "trade.status", ORDERS, ORDERS,
    )  # fmt: skip
    assert (code["mended"], code["mended_at"]) == (False, None)
    ((is_open, sightings),) = stand.ask("SELECT is_open, sightings FROM v_anomalies")
    assert (is_open, sightings) == (True, ORDERS), "one anomaly, however many records say it"

    # The map still does not know it: all of them wait on, nothing counts twice.
    exit_code, answer, _ = stand.replay()
    assert (exit_code, answer["records"], answer["missing"]) == (0, ORDERS, 0)
    assert answer["codes"] == [
        {"source": "tmall", "field": "trade.status", "code": CODE, "records": ORDERS, "missing": 0}
    ]
    stand.drain()
    code = stand.code()
    assert (code["records"], code["waiting"], code["mended"]) == (ORDERS, ORDERS, False)
    assert stand.ask("SELECT count() FROM v_anomalies") == [(1,)]
    assert stand.ask("SELECT count() FROM order_reports FINAL WHERE order_id LIKE 'parked-%'") == [
        (ORDERS + 1,)
    ]

    # A worker with a mended map; retention has taken one record meanwhile.
    assert core.end() == 0
    gone = stand.forget_the_oldest_waiting_record()
    mended = stand.work_with_a_mended_map()
    try:
        exit_code, answer, said = stand.replay()
        assert (exit_code, answer["records"], answer["missing"]) == (3, ORDERS - 1, 1)
        assert f"{gone} cannot be read again: retention has deleted it" in said
        stand.drain()
        code = stand.code()
        assert (code["records"], code["waiting"], code["mended"]) == (ORDERS, 1, True)
        ((is_open, end, because, sightings),) = stand.ask(
            "SELECT is_open, end, because, sightings FROM v_anomalies"
        )
        assert (is_open, end, because) == (False, "resolved", "the map knows the code now")
        assert sightings == ORDERS
        phases = dict(
            stand.ask(
                "SELECT toString(phase), count() FROM order_reports FINAL"
                " WHERE order_id LIKE 'parked-%' GROUP BY phase"
            )
        )
        assert phases == {"hold": ORDERS - 1, "unknown": 1, "unpaid": 1}, "the same reports, read anew"

        # Again: what is mended is left out.
        exit_code, answer, _ = stand.replay()
        assert (exit_code, answer["records"], answer["missing"]) == (3, 0, 1)

        # The old map is back, and a record is received after the mending: a new anomaly.
        assert mended.end() == 0
        core = stand.work("core")
        now = Record(*order(100, CODE)[:2], 0, RawHeaders("tmall", "shop", _now_ms(), "late").to_headers())
        stand.send(now)
        stand.drain()
        assert stand.ask("SELECT is_open, sightings FROM v_anomalies ORDER BY opened_at") == [
            (False, ORDERS),
            (True, 1),
        ]
        assert (stand.code()["waiting"], stand.code()["mended"]) == (2, False)
    finally:
        for part in (mended, core, sink):
            part.end()


def _now_ms() -> int:
    return time.time_ns() // 1_000_000
