"""Which stretch of time is asked for next; pure, in whole seconds since 1970."""

from typing import NamedTuple

from pipeline.connectors.spec import Pull

HISTORY_MARGIN_S = 600
"""A window as old as the platform's limit stays this far inside it, for the clocks differ."""


class Window(NamedTuple):
    """Rows modified from `from_s` to `until_s`; windows overlap, so its ends may belong to it or not."""

    from_s: int
    until_s: int


def target_of(now_s: float, pull: Pull) -> int:
    """Return how far it may be pulled now."""
    return int(now_s) - pull.lag_s


def oldest_of(now_s: float, pull: Pull) -> int:
    """Return the oldest second the platform answers for."""
    return int(now_s) - pull.history_s + HISTORY_MARGIN_S


def next_window(cursor_s: int, now_s: float, target_s: int, pull: Pull, length_s: int) -> Window | None:
    """Return [cursor - overlap, at most `length_s` later]; None when everything up to the target is pulled.

    `length_s` is longer than the overlap, so every window gets on.
    """
    if cursor_s >= target_s:
        return None
    from_s = max(cursor_s - pull.overlap_s, oldest_of(now_s, pull))
    return Window(from_s, min(from_s + length_s, target_s))
