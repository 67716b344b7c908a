"""What aiokafka fetches: how long a fetch waits for news, and whose records may be taken now."""

from collections.abc import Callable, Container
from contextlib import suppress
from typing import Any, cast

from faust.transport.drivers.aiokafka import AIOKafkaConsumerThread
from faust.types import TP

FETCH_WAIT_MS = 100
"""Longest that Kafka holds a fetch while there is nothing new.

There is one fetch at a time. Partitions of which something has been taken meanwhile are not in it, so what is
new to them waits until it returns: with Faust's 1500 ms a busy topic stood still for a quiet one.
"""


class FetchThread(AIOKafkaConsumerThread):
    """Faust's thread around aiokafka's consumer, whose fetches wait FETCH_WAIT_MS."""

    def _create_worker_consumer(self, transport: Any) -> Any:  # aiokafka is untyped
        consumer = super()._create_worker_consumer(transport)
        consumer._fetch_max_wait_ms = FETCH_WAIT_MS
        return consumer

    def look_again(self) -> None:
        """Wake who waits for records: some that were fetched, and not taken, may be taken now."""
        kafka = self._consumer
        if kafka is not None:
            with suppress(RuntimeError):  # its loop has ended
                self.thread_loop.call_soon_threadsafe(_wake, kafka._fetcher)


def _wake(fetcher: Any) -> None:  # aiokafka is untyped
    for waiter in list(fetcher._fetch_waiters):
        fetcher._notify(waiter)


class Fetchable(Container[object]):
    """The partitions whose records may be taken now; aiokafka's thread asks when it takes them.

    Faust hands over its own set, which it empties when it pauses, and aiokafka reads an empty set as "all of
    them": a fetch still waiting at the end of a recovery took records that were then dropped, past the seek.
    """

    def __init__(self, may_take: Callable[[TP], bool]) -> None:
        self._may_take = may_take

    def __bool__(self) -> bool:
        return True

    def __contains__(self, tp: object) -> bool:
        return self._may_take(cast(TP, tp))
