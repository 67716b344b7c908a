"""What the refund centre hears that is no fact of an order: the breaker's word, and the desk's."""

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


class Granted(NamedTuple):
    """All differences that the desk has granted so far: command key -> fen. `at_ms` as in Standing."""

    event_id: str
    at_ms: int
    fen: dict[str, int]
