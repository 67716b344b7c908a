"""A runner against a stub platform: a clock that only the test moves, and records kept in memory."""

import json
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import httpx

from pipeline.connectors.accounts import Account
from pipeline.connectors.client import Client, Clock
from pipeline.connectors.cursors import Cursors
from pipeline.connectors.runner import Runner
from pipeline.producer import Record
from schemas.cursor import Cursor
from schemas.raw import RawHeaders
from schemas.topics import RAW_OF, STATE_CURSOR
from tests.stub_platforms import KEY, SALT, SECRET, TOKEN, Stub

START_S = 1_772_352_000  # 2026-03-01 08:00 UTC


@dataclass
class Time:
    """Seconds since 1970; waiting moves it."""

    now_s: float = float(START_S)
    waits: list[float] = field(default_factory=list)

    async def sleep(self, seconds: float) -> None:
        self.waits.append(seconds)
        self.now_s += seconds

    @property
    def clock(self) -> Clock:
        return Clock(lambda: self.now_s, self.sleep)


@dataclass
class Memory:
    """A sink that keeps; `before` runs first and may raise, as a Kafka that is away does."""

    records: list[tuple[str, Record]] = field(default_factory=list)
    before: Callable[[str], None] = lambda topic: None

    async def append(self, topic: str, record: Record) -> None:
        self.before(topic)
        self.records.append((topic, record))

    def raw(self, source: str) -> list[tuple[RawHeaders, bytes]]:
        return [
            (RawHeaders.from_headers(record.headers), record.value or b"")
            for topic, record in self.records
            if topic == RAW_OF[source].name
        ]

    def cursors(self) -> Cursors:
        told = [Cursor.model_validate_json(r.value or b"") for t, r in self.records if t == STATE_CURSOR.name]
        return {cursor.cursor_id: int(cursor.until_at.timestamp()) for cursor in told}


def account(source: str, **said: Any) -> Account:
    """An account whose pulls are its orders, unless said otherwise. Any: fields of the account."""
    needs = {"sid": "seller-1"} if source == "wangdiantong" else {"access_token": TOKEN}
    secret = f"{SECRET}:{SALT}" if source == "wangdiantong" else SECRET
    fields = {"name": f"{source}-1", "source": source, "shop": "shop-a", "app_key": KEY, "app_secret": secret}
    defaults = {"pulls": ("orders",), "requests_per_s": 100, "burst": 100}
    return Account.model_validate(fields | needs | defaults | said, context={"environ": {}})


@dataclass
class Puller:
    """One account, its stub, its clock and its sink; the stub is asked without a socket."""

    stub: Stub
    time: Time
    sink: Memory
    http: httpx.AsyncClient
    runner: Runner

    @classmethod
    def of(cls, source: str, cursors: Cursors | None = None, **said: Any) -> "Puller":
        time, sink = Time(), Memory()
        stub = Stub(source, lambda: time.now_s)
        address = said.pop("base_url", "https://stub.example")
        one = account(source, base_url=address, **said)
        transport = httpx.ASGITransport(app=stub.app) if address == "https://stub.example" else None
        http = httpx.AsyncClient(transport=transport)
        runner = Runner(one, Client(one, http, time.clock), sink, cursors or {}, time.clock)
        return cls(stub, time, sink, http, runner)

    def ids(self) -> list[tuple[str, int]]:
        """Every row that is in the raw records: id and version, in the order of arrival."""
        found = []
        for _, body in self.sink.raw(self.stub.source):
            found += [(row["id"], row["version"]) for row in rows_in(json.loads(body))]
        return found


def rows_in(reply: Any) -> list[dict[str, Any]]:
    """The list of rows somewhere in a reply."""
    if isinstance(reply, list):
        return [row for row in reply if isinstance(row, dict)]
    if isinstance(reply, dict):
        return [row for value in reply.values() if isinstance(value, dict | list) for row in rows_in(value)]
    return []
