"""How long a fetch waits for news, and who is woken; whose records may be taken: see the transport."""

import asyncio
from types import SimpleNamespace
from typing import Any, cast

import pytest
from aiokafka import TopicPartition
from aiokafka.consumer.fetcher import Fetcher, FetchResult
from faust.transport.drivers.aiokafka import AIOKafkaConsumerThread

from pipeline.runtime.fetching import FETCH_WAIT_MS, Fetchable, FetchThread
from pipeline.settings import Settings


def test_a_quiet_topic_holds_up_a_busy_one_no_longer_than_it_must(monkeypatch: pytest.MonkeyPatch) -> None:
    by_faust = SimpleNamespace(_fetch_max_wait_ms=1500)
    monkeypatch.setattr(AIOKafkaConsumerThread, "_create_worker_consumer", lambda *_: by_faust)
    consumer = FetchThread._create_worker_consumer(object.__new__(FetchThread), None)
    assert consumer._fetch_max_wait_ms == FETCH_WAIT_MS
    assert Settings().sink_wait_s * 1000 > FETCH_WAIT_MS


async def test_who_waits_takes_what_had_to_stay_as_soon_as_it_is_told_to_look_again() -> None:
    tp, may_take = TopicPartition("raw.tmall.v1", 0), set[TopicPartition]()
    fetcher = cast(Any, object.__new__(Fetcher))
    held = cast(Any, object.__new__(FetchResult))
    held.getall, held.has_more = lambda most: ["the records"], lambda: False
    fetcher._records, fetcher._closed, fetcher._fetch_waiters = {tp: held}, False, set()
    fetcher._loop, fetcher._wait_consume_future = asyncio.get_running_loop(), None
    fetcher._subscriptions = SimpleNamespace(reassignment_in_progress=False, is_assigned=lambda tp: True)
    thread = cast(Any, object.__new__(FetchThread))
    thread.thread_loop, thread._consumer = asyncio.get_running_loop(), SimpleNamespace(_fetcher=fetcher)
    waits = asyncio.create_task(fetcher.fetched_records(Fetchable(may_take.__contains__), 60))
    await asyncio.sleep(0.01)
    may_take.add(tp)
    await asyncio.sleep(0.01)
    assert not waits.done()
    thread.look_again()
    assert await asyncio.wait_for(waits, 5) == {tp: ["the records"]}


def test_nobody_is_woken_before_there_is_a_consumer_or_after_its_loop_has_ended() -> None:
    thread = cast(Any, object.__new__(FetchThread))
    thread._consumer = None
    thread.look_again()
    thread.thread_loop, thread._consumer = asyncio.new_event_loop(), SimpleNamespace(_fetcher=None)
    thread.thread_loop.close()
    thread.look_again()
