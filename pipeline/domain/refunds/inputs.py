"""What the refund centre hears that is no fact of an order: the breaker's word."""

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
