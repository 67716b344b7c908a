"""What was pushed, free of HTTP: the request, what it may be answered with, and why it is refused."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import NamedTuple
from urllib.parse import unquote_to_bytes

MOST_FIELDS = 100
"""Fields of a form or a query; the platforms send fewer than ten."""


class Reason(StrEnum):
    """Why a delivery is refused: the label of the metric and of our own answers."""

    UNKNOWN = "unknown"
    CLOSED = "closed"
    METHOD = "method"
    UNSIGNED = "unsigned"
    FORGED = "forged"
    STALE = "stale"
    REPLAYED = "replayed"
    NOT_SAYABLE = "not_sayable"
    TOO_LARGE = "too_large"
    TOO_DEEP = "too_deep"
    CHARSET = "charset"
    NOT_JSON = "not_json"
    MALFORMED = "malformed"
    TRUNCATED = "truncated"
    SLOW = "slow"
    BUSY = "busy"
    KAFKA_AWAY = "kafka_away"


STATUS = {
    Reason.UNKNOWN: 404,
    Reason.CLOSED: 404,
    Reason.METHOD: 405,
    Reason.UNSIGNED: 401,
    Reason.FORGED: 403,
    Reason.STALE: 403,
    Reason.REPLAYED: 403,
    Reason.NOT_SAYABLE: 403,
    Reason.TOO_LARGE: 413,
    Reason.TOO_DEEP: 400,
    Reason.CHARSET: 400,
    Reason.NOT_JSON: 400,
    Reason.MALFORMED: 400,
    Reason.TRUNCATED: 400,
    Reason.SLOW: 408,
    Reason.BUSY: 503,
    Reason.KAFKA_AWAY: 503,
}
"""The HTTP status of each refusal."""


class Refused(Exception):
    """A delivery is not taken; `sentence` is for the sender and holds nothing of the delivery."""

    def __init__(self, reason: Reason, sentence: str) -> None:
        super().__init__(sentence)
        self.reason = reason
        self.sentence = sentence


class Reply(NamedTuple):
    """What the sender reads; the status goes beside it."""

    body: bytes
    content_type: str = "application/json"


@dataclass(frozen=True, slots=True)
class PushRequest:
    """One delivery as it came. `query` is the raw query string; names of `headers` are lower case."""

    source: str
    shop: str
    api: str = ""
    method: str = "POST"
    query: bytes = b""
    headers: Mapping[str, bytes] = field(default_factory=dict)
    body: bytes = b""

    @property
    def value(self) -> bytes:
        """The bytes to keep: the body, and for a GET the query string."""
        return self.query if self.method == "GET" else self.body


def fields(encoded: bytes) -> dict[bytes, bytes]:
    """Return the fields of a URL-encoded form or query.

    Raises Refused for a name that comes twice: who reads the record later might take the other one, which
    nobody signed.
    """
    pairs = [pair for pair in encoded.split(b"&") if pair]
    if len(pairs) > MOST_FIELDS:
        raise Refused(Reason.MALFORMED, f"there are more than {MOST_FIELDS} fields")
    found: dict[bytes, bytes] = {}
    for pair in pairs:
        name, _, value = pair.replace(b"+", b" ").partition(b"=")
        name = unquote_to_bytes(name)
        if name in found:
            raise Refused(Reason.MALFORMED, "a field comes more than once")
        found[name] = unquote_to_bytes(value)
    return found


def unix_seconds(text: bytes) -> int:
    """Return a time that is told in seconds since 1970; raises Refused when it is no plain number."""
    if not (text.isdigit() and len(text) <= 12):
        raise Refused(Reason.MALFORMED, "the timestamp is no number of seconds since 1970")
    return int(text)
