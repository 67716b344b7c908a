"""What the other workers of the group said last of how far they have come."""

from collections.abc import Collection
from math import inf

from faust.types import TP

from pipeline.domain.instants import to_ms
from schemas.progress import WorkerReached

SILENT_S = 10.0
"""A worker that said nothing for so long is left to itself: longer than the group takes to part with one that
died, shorter than the watchdog."""


class Fronts:
    """Facts of an order come from the normaliser of every worker: one must not run ahead of the others.

    `generation` and `mine` (numbers of this worker's partitions) say which words still hold: what was said in
    an earlier generation was said of other partitions.
    """

    def __init__(self, worker: str, partitions: int) -> None:
        self.worker = worker
        self._all = frozenset(range(partitions))
        self._heard: dict[str, tuple[WorkerReached, float]] = {}
        self.generation = -1
        self.mine: frozenset[int] = self._all

    @property
    def alone(self) -> bool:
        """Whether all partitions are this worker's, or none: then nobody waits for anybody."""
        return self.mine in (frozenset(), self._all)

    def own(self, generation: int, mine: Collection[int]) -> None:
        """Take note of what this worker holds now."""
        self.generation, self.mine = generation, frozenset(mine)

    def hear(self, said: WorkerReached, now_s: float) -> bool:
        """Take note of what a worker said; tell whether another one has moved."""
        if said.worker == self.worker:
            return False
        before, _ = self._heard.get(said.worker, (None, 0.0))
        self._heard[said.worker] = (said, now_s)
        return said != before

    def lowest_ms(self, now_s: float) -> float:
        """Return the milliseconds since 1970 UTC before which every other worker is done; inf: all are."""
        fronts = [said.front_at for said in self._words(now_s)]
        return min((to_ms(front) for front in fronts if front is not None), default=inf)

    def unheard(self) -> frozenset[int]:
        """The numbers of the partitions of others of which nobody has spoken in this generation."""
        return self._all - self.mine - {number for said, _ in self._known() for number in said.partitions}

    def asked(self, now_s: float) -> bool:
        """Whether another worker waits for news."""
        return any(said.waits for said in self._words(now_s))

    def done_to(self, tp: TP, now_s: float) -> int | None:
        """The offset from which its owner goes on with a partition; None: nobody speaks for it."""
        for said in self._words(now_s):
            if tp.partition in said.partitions:
                return said.done.get(tp.topic, {}).get(tp.partition, 0)
        return None

    def _known(self) -> list[tuple[WorkerReached, float]]:
        return [heard for heard in self._heard.values() if heard[0].generation >= self.generation]

    def _words(self, now_s: float) -> list[WorkerReached]:
        return [said for said, at_s in self._known() if now_s - at_s < SILENT_S]
