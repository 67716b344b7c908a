"""How the board asks the store: what a store that hangs costs, and what a slow question does not cost."""

from types import SimpleNamespace
from typing import Any

import pytest

from dashboard import source
from dashboard.limits import FAILED_TTL_S
from pipeline.clickhouse.client import StoreAway
from pipeline.settings import Settings


class Store:
    """Stands for the store and its client: questions hang, a ping may be answered."""

    def __init__(self) -> None:
        self.asked: list[str] = []
        self.hangs = True
        self.answers_ping = False
        self.now_s = 100.0

    def query(self, sql: str, parameters: dict[str, Any]) -> Any:
        self.asked.append(sql)
        if self.hangs:
            raise StoreAway("no answer within 5 s")
        return SimpleNamespace(named_results=lambda: [{"n": 1}])

    def ping(self) -> bool:
        return self.answers_ping


@pytest.fixture
def store(monkeypatch: pytest.MonkeyPatch) -> Store:
    store = Store()
    monkeypatch.setattr(source, "store_address", lambda *_, **__: "there")
    monkeypatch.setattr(source, "connect_read_only", lambda *_, **__: store)
    return store


def test_a_store_that_hangs_costs_one_wait_and_is_asked_again_later(store: Store) -> None:
    reader = source.StoreReader(Settings(), lambda: store.now_s)
    for question in ("A", "B", "C"):
        with pytest.raises(StoreAway):
            reader.rows(question, {})
    assert store.asked == ["A"]
    store.now_s += FAILED_TTL_S
    store.hangs = False
    assert reader.rows("D", {}) == [{"n": 1}]


def test_a_store_that_takes_no_new_connection_costs_one_wait_too(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    tried: list[str] = []

    def refuse(address: str, **_: Any) -> Any:
        tried.append(address)
        raise StoreAway("no answer to the first question of a connection within 5 s")

    reader = source.StoreReader(Settings(), lambda: store.now_s)
    monkeypatch.setattr(source, "connect_read_only", refuse)
    for question in ("A", "B", "C"):
        with pytest.raises(StoreAway, match="no answer"):
            reader.rows(question, {})
    assert tried == ["there"]
    monkeypatch.setattr(source, "connect_read_only", lambda *_, **__: store)
    store.now_s += FAILED_TTL_S
    store.hangs = False
    assert reader.rows("D", {}) == [{"n": 1}]


def test_a_slow_question_fails_alone(store: Store) -> None:
    reader = source.StoreReader(Settings(), lambda: store.now_s)
    store.answers_ping = True
    with pytest.raises(StoreAway):
        reader.rows("slow", {})
    store.hangs = False
    assert reader.rows("other", {}) == [{"n": 1}]
