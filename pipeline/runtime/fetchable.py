"""Which partitions aiokafka may take records of, asked at the very moment it takes them."""

from collections.abc import Callable, Container
from typing import cast

from faust.types import TP


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
