"""The batches delivered and not yet committed: commits follow them in order, whichever is done first."""

from collections import defaultdict, deque
from collections.abc import Iterable
from dataclasses import dataclass

from faust.types import TP


@dataclass(slots=True)
class Place:
    """One delivered batch in a partition's queue: the offset after it, and whether it was acknowledged."""

    tp: TP
    end: int
    done: bool = False


class InFlight:
    """A queue of places for each partition. It holds no message: Faust waits before a rebalance until every
    message is acknowledged or gone, and one dropped from an agent's buffer must be able to go."""

    def __init__(self) -> None:
        self._queues: dict[TP, deque[Place]] = defaultdict(deque)

    def add(self, tp: TP, end: int) -> Place:
        """Note a batch as delivered; `end` is the offset after it."""
        place = Place(tp, end)
        self._queues[tp].append(place)
        return place

    def committable(self, tp: TP) -> int | None:
        """Forget the longest acknowledged prefix of a partition; returns its end, None: there is none."""
        queue = self._queues.get(tp)
        end = None
        while queue and queue[0].done:
            end = queue.popleft().end
        return end

    def is_busy(self, tp: TP) -> bool:
        """Tell whether the newest batch of a partition is not done yet. From any thread."""
        try:
            return not self._queues[tp][-1].done if tp in self._queues else False
        except IndexError:  # all of them were committed just now
            return False

    def counts(self) -> dict[TP, int]:
        """Return how many batches of each partition are delivered and not yet committed. From any thread."""
        return {tp: len(queue) for tp, queue in list(self._queues.items()) if queue}

    def drop(self, tps: Iterable[TP]) -> None:
        """Forget the batches of these partitions: their acknowledgements count for nobody."""
        for tp in tps:
            self._queues.pop(tp, None)

    def clear(self) -> None:
        """Forget every batch."""
        self._queues.clear()
