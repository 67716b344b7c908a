"""The event clock of one partition, and the deadlines that wait for it."""

import heapq
from collections.abc import Iterable
from dataclasses import dataclass, field


@dataclass(slots=True)
class PartitionClock:
    """The highest event time seen (milliseconds since 1970 UTC), never moving back.

    `waiting` is a heap of (due_ms, key). An entry may be outdated: who pops one compares it with the
    due time in the key's state. Its size is bounded by the number of keys that await something.
    """

    now_ms: int = 0
    waiting: list[tuple[int, bytes]] = field(default_factory=list)

    def observe(self, at_ms: int) -> None:
        """Move on to an event's time, if it is later."""
        self.now_ms = max(self.now_ms, at_ms)

    def rewind(self, now_ms: int) -> None:
        """Undo `observe`: the batch that moved the clock is tried again, and must see the same time."""
        self.now_ms = now_ms

    def await_due(self, due_ms: int, key: bytes) -> None:
        """Ask to be told of `key` once the clock has passed `due_ms`."""
        heapq.heappush(self.waiting, (due_ms, key))

    def put_back(self, due: Iterable[tuple[int, bytes]]) -> None:
        """Undo `passed`: the batch it was taken for is tried again."""
        for entry in due:
            heapq.heappush(self.waiting, entry)

    def restore(self, now_ms: int, waiting: Iterable[tuple[int, bytes]]) -> None:
        """Start again from what the state table holds."""
        self.now_ms = now_ms
        self.waiting = list(waiting)
        heapq.heapify(self.waiting)

    def passed(self) -> list[tuple[int, bytes]]:
        """Take out every deadline the clock has passed; on the very instant nothing is due yet."""
        due = []
        while self.waiting and self.waiting[0][0] < self.now_ms:
            due.append(heapq.heappop(self.waiting))
        return due
