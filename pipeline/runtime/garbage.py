"""Python's garbage collection in a worker: what has stayed once is not looked at again.

A worker holds tens of thousands of decoded states, which are no garbage. A look at all of them took up to ten
seconds, in which nothing moved and the group gave the worker up.
"""

import gc
from typing import Any

COLLECT_AFTER = (50_000, 1_000, 1_000)
"""By generation. At Python's default of 700 a third of a worker's time went into looking; so, where 6,000
orders are worked off, a look takes 6 ms on average, and all of them a fortieth of the time."""


def spare_what_stays() -> None:
    """From now on freeze what a look finds still in use: only `collect_all` looks at it again.

    A cycle that is in use during a look, and garbage after it, is kept until then; batches hardly make any.
    """
    gc.freeze()
    gc.set_threshold(*COLLECT_AFTER)
    gc.callbacks.append(_freeze)


def _freeze(phase: str, _: dict[str, Any]) -> None:
    if phase == "stop":
        gc.freeze()


def collect_all() -> None:
    """Look at everything. Takes as long as much is held: first let go of it."""
    spares = gc.get_freeze_count() > 0
    gc.unfreeze()
    gc.collect()
    if spares:
        gc.freeze()
