"""Python's garbage collection in a worker: what has stayed once is not looked at again.

A worker holds tens of thousands of decoded states, which are no garbage. A look at all of them took up to ten
seconds, in which nothing moved and the group gave the worker up.
"""

import gc
from typing import Any

NEW_OBJECTS = 50_000
"""Python looks by itself once so many more objects were made than went. A state that is replaced lets as many
go as it makes, so that may be never: what is new piled up, and one look at it took 0.9 s."""
LOOK_EVERY = 2_000
"""Records worked off between two looks of ours, which go through what is new alone: with 28,000 orders 15 ms
on average, 0.2 s at most, and all of them a twentieth of the time."""


def spare_what_stays() -> None:
    """From now on freeze what a look finds still in use: only `collect_all` looks at it again.

    A cycle that is in use during a look, and garbage after it, is kept until then; batches make none.
    """
    gc.freeze()
    gc.set_threshold(NEW_OBJECTS, 1_000, 1_000)
    gc.callbacks.append(_freeze)


def _freeze(phase: str, _: dict[str, Any]) -> None:
    if phase == "stop":
        gc.freeze()


class Looks:
    """When to look for garbage among what is new: it is in proportion to the records worked off."""

    def __init__(self) -> None:
        self._records = 0

    def worked_off(self, records: int) -> None:
        """Count the records of a batch; looks when it is time."""
        self._records += records
        if self._records >= LOOK_EVERY:
            self._records = 0
            gc.collect(0)


def collect_all() -> None:
    """Look at everything, also at what was frozen. Takes as long as much is held: first let go of it."""
    gc.unfreeze()
    gc.collect()
