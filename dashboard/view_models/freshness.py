"""How old the data is and how far the pipeline is behind: on every page the same. Pure."""

from datetime import datetime
from typing import Final

from dashboard import limits
from dashboard.blocks import Fresh
from dashboard.queries.board import BoardRow
from dashboard.words import Words

COUNTED: Final = ("age_label", "age_now", "age_none", "age_s", "age_m", "age_h", "age_d")
"""Words with places for numbers: the browser counts the age on."""


def data_age_s(board: BoardRow | None, now: datetime) -> float | None:
    """Return the seconds since anything was last received, None if nothing ever was."""
    if board is None or board.newest_received_at is None:
        return None
    return max(0.0, (now - board.newest_received_at).total_seconds())


def behind(lag_s: float | None, words: Words) -> str:
    """Return how far the pipeline is behind the present, "" where that is not known."""
    return "" if lag_s is None else words("lag", time=words.duration(max(0.0, lag_s)))


def fresh_line(board: BoardRow | None, lag_s: float | None, now: datetime, words: Words) -> Fresh:
    """Return the line that says of when the page is, and counts on."""
    newest = board.newest_received_at if board else None
    told = (words("data_as_of", time=words.clock(newest)) if newest else "", behind(lag_s, words))
    return Fresh(
        key="fresh",
        seconds=data_age_s(board, now),
        drawn_at=now.timestamp(),
        ageing_s=limits.AGEING_S,
        stale_s=limits.STALE_S,
        note=" · ".join(part for part in told if part),
        stale=words("page_stale"),
        words={key: words.raw(key) for key in COUNTED},
    )
