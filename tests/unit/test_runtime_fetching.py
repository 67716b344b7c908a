"""How long a fetch waits for news; whose records may be taken is tested with the transport."""

from types import SimpleNamespace

import pytest
from faust.transport.drivers.aiokafka import AIOKafkaConsumerThread

from pipeline.runtime.fetching import FETCH_WAIT_MS, FetchThread
from pipeline.settings import Settings


def test_a_quiet_topic_holds_up_a_busy_one_no_longer_than_it_must(monkeypatch: pytest.MonkeyPatch) -> None:
    by_faust = SimpleNamespace(_fetch_max_wait_ms=1500)
    monkeypatch.setattr(AIOKafkaConsumerThread, "_create_worker_consumer", lambda *_: by_faust)
    consumer = FetchThread._create_worker_consumer(object.__new__(FetchThread), None)
    assert consumer._fetch_max_wait_ms == FETCH_WAIT_MS
    assert Settings().sink_wait_s * 1000 > FETCH_WAIT_MS
