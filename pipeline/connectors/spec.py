"""What a pull is, as data: one table a platform, read by one runner."""

from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

Path = tuple[str, ...]
"""Where something is in a reply: the keys from the top."""

MINUTE_S, HOUR_S, DAY_S = 60, 3600, 86400


class Protocol(StrEnum):
    """How a request is put together and signed (pipeline/connectors/requests.py)."""

    JD = "jd"
    PDD = "pdd"
    DOUYIN = "douyin"
    WANGDIANTONG = "wangdiantong"
    JUSHUITAN = "jushuitan"


class Times(StrEnum):
    """How a time is written: seconds since 1970, or yyyy-MM-dd HH:mm:ss of China."""

    UNIX = "unix"
    TEXT = "text"


@dataclass(frozen=True, slots=True)
class Pull:
    """One API asked by windows of time. `name` is its cursor's; one API may be asked by several times.

    `page_size` is a power of two, so that a page can be halved exactly. `window_most_s` is the platform's
    limit of one window; the overlap counts towards it. `lag_s` keeps a window's end away from the present.
    `history_s`: the platform answers for nothing older.
    """

    name: str
    api: str
    from_field: str
    until_field: str
    items: Path
    window_most_s: int
    total: Path
    more: Path = ()
    times: Times = Times.TEXT
    page_field: str = "page"
    size_field: str = "page_size"
    page_size: int = 64
    first_page: int = 1
    most_pages: int = 500
    overlap_s: int = 120
    lag_s: int = 30
    history_s: int = 90 * DAY_S
    params: tuple[tuple[str, Any], ...] = ()  # constants of the API: JSON values

    def __post_init__(self) -> None:
        if self.page_size & (self.page_size - 1) or self.page_size < 1:
            raise ValueError(f"{self.name}: the page size {self.page_size} is no power of two")
        if self.overlap_s >= self.window_most_s:
            raise ValueError(f"{self.name}: an overlap as long as the window never gets on")


@dataclass(frozen=True, slots=True)
class Platform:
    """One platform: where it is, what an account needs, how a reply says that something is wrong.

    `codes` are the places of an error code, in order; a code in `fine` is none. Codes that are in no list
    stop the window; an account file can add to each list, because few are documented in public.
    """

    source: str
    protocol: Protocol
    address: str
    needs: frozenset[str]
    pulls: tuple[Pull, ...]
    codes: tuple[Path, ...]
    messages: tuple[Path, ...]
    fine: frozenset[str] = frozenset()
    slow: frozenset[str] = frozenset()
    expired: frozenset[str] = frozenset()
    again: frozenset[str] = frozenset()
    slow_words: tuple[str, ...] = field(default=("频繁", "频率", "限流"))
    expired_words: tuple[str, ...] = field(default=("token已过期", "token过期", "授权已过期"))


def at(reply: Any, path: Path) -> Any:
    """Return what is at a path of decoded JSON, None if nothing is. Any: JSON."""
    for key in path:
        if not isinstance(reply, dict):
            return None
        reply = reply.get(key)
    return reply
