"""What the refund centre hears that is no fact of an order: the breaker's word, and counted goods."""

from typing import NamedTuple


class Standing(NamedTuple):
    """What the conflict breaker says of the order since `at_ms`; None: nothing about that.

    `at_ms` is the breaker's own clock (milliseconds since 1970 UTC); an earlier word never undoes a later
    one, of two at one instant the one heard last holds.
    """

    event_id: str
    at_ms: int
    locked: bool | None = None
    differing: bool | None = None


class GoodsCounted(NamedTuple):
    """The warehouse counted what came back for this refund: the proof `goods_counted`."""

    event_id: str
    at_ms: int
    refund_id: str
