"""Reads one reply: a page of rows, or what is wrong; pure."""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Any, NamedTuple

from pipeline.connectors.accounts import Account
from pipeline.connectors.spec import Pull, at
from pipeline.connectors.troubles import Refused, SlowDown, TokenExpired, TryAgain
from pipeline.producer import MAX_RECORD_BYTES

OK, UNAUTHORISED, TOO_MANY_REQUESTS, FAULTS = 200, 401, 429, 500


@dataclass(frozen=True, slots=True)
class Page:
    """One page. `digest` is of its rows alone: request ids and clocks around them differ every time.

    `body` is as received; None when it was too long to be read to its end, nothing else is known then.
    """

    body: bytes | None
    count: int = 0
    total: int | None = None
    more: bool | None = None
    digest: str = ""

    @property
    def too_large(self) -> bool:
        """Whether it does not fit into one record of Kafka."""
        return self.body is None or len(self.body) > MAX_RECORD_BYTES


class Reply(NamedTuple):
    """A reply as received; the names of its headers are in small letters."""

    status: int
    headers: Mapping[str, str]
    body: bytes


def read_reply(account: Account, pull: Pull, told: Reply, now_s: float) -> Page:
    """Return the page; raises SlowDown, TryAgain, TokenExpired or Refused."""
    status, body, after_s = told.status, told.body, retry_after_s(told.headers, now_s)
    if status == TOO_MANY_REQUESTS:
        raise SlowDown(f"{pull.api}: too many requests", after_s)
    if status >= FAULTS:
        raise TryAgain(f"{pull.api}: the platform has a fault (HTTP {status})", after_s)
    if status == UNAUTHORISED:
        raise TokenExpired(f"{pull.api}: the platform does not accept the token (HTTP 401)")
    if status != OK:
        raise Refused(f"{pull.api}: the platform answers HTTP {status}")
    try:
        reply = json.loads(body)
    except (ValueError, RecursionError):
        raise TryAgain(f"{pull.api}: the reply is no whole JSON ({len(body)} bytes)") from None
    _refuse_errors(account, pull, reply, after_s)
    return _page(pull, reply, body)


def retry_after_s(headers: Mapping[str, str], now_s: float) -> float | None:
    """Return the wait that Retry-After asks for (seconds or a date), None without one."""
    said = headers.get("retry-after", "").strip()
    if said.isascii() and said.isdigit():
        return float(said[:9])
    try:
        moment = parsedate_to_datetime(said)
    except ValueError:
        return None
    aware = moment if moment.tzinfo else moment.replace(tzinfo=UTC)
    return max(0.0, (aware - datetime.fromtimestamp(now_s, UTC)).total_seconds())


def _refuse_errors(account: Account, pull: Pull, reply: Any, after_s: float | None) -> None:  # Any: JSON
    platform = account.platform
    codes = (at(reply, path) for path in platform.codes)
    code = next((str(c) for c in codes if c is not None and str(c) not in platform.fine), None)
    if code is None:
        return
    said = next((str(m) for m in (at(reply, path) for path in platform.messages) if m), "")
    sentence = f"{pull.api}: code {code[:64]}, {account.without_secrets(said) or 'without a message'}"
    name = code.partition(":")[0]
    if name in platform.expired | account.expired_codes or _any_in(platform.expired_words, said):
        raise TokenExpired(sentence)
    if name in platform.slow | account.slow_codes or _any_in(platform.slow_words, said):
        raise SlowDown(sentence, after_s)
    if name in platform.again | account.again_codes:
        raise TryAgain(sentence, after_s)
    raise Refused(sentence)


def _any_in(words: tuple[str, ...], text: str) -> bool:
    close = text.replace(" ", "")
    return any(word in close for word in words)


def _page(pull: Pull, reply: Any, body: bytes) -> Page:  # Any: JSON
    items, total, more = at(reply, pull.items), _number(at(reply, pull.total)), at(reply, pull.more)
    if items is None and total == 0:
        items = []
    if not isinstance(items, list):
        raise Refused(f"{pull.api}: the reply has no list of rows at {'.'.join(pull.items)}")
    rows = json.dumps(items, sort_keys=True, separators=(",", ":")).encode()
    digest = hashlib.sha256(rows).hexdigest()[:32]
    return Page(body, len(items), total, more if isinstance(more, bool) else None, digest)


def _number(value: object) -> int | None:
    if isinstance(value, str) and value.isascii() and value.isdigit():
        return int(value[:18])
    return value if isinstance(value, int) and not isinstance(value, bool) else None
