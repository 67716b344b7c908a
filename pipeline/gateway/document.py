"""The cheap look into a delivery before it is taken: UTF-8, JSON, not nested too deeply."""

import re
from typing import Any

import orjson

from pipeline.gateway.request import PushRequest, Reason, Refused

DEEPEST = 64
"""Levels of lists and objects; real deliveries have fewer than ten."""
_CHARSET = re.compile(rb"charset\s*=\s*[\"']?([\w.:-]+)", re.IGNORECASE)
_UTF8 = (b"utf-8", b"utf8")


def refuse_other_charset(request: PushRequest) -> None:
    """Raise Refused when the content type names a charset that is not UTF-8."""
    named = _CHARSET.search(request.headers.get("content-type", b""))
    if named and named[1].lower() not in _UTF8:
        raise Refused(Reason.CHARSET, "only UTF-8 is taken; the content type names another charset")


def parsed(document: bytes) -> Any:  # whatever JSON may say
    """Return what a document says; raises Refused when it is not UTF-8, no JSON, or nested too deeply."""
    try:
        document.decode()
    except UnicodeDecodeError:
        raise Refused(Reason.CHARSET, "the delivery is not UTF-8") from None
    try:
        found = orjson.loads(document)
    except orjson.JSONDecodeError:
        raise Refused(
            Reason.NOT_JSON, "the delivery is no JSON, is cut off, or is nested far too deeply"
        ) from None
    # Most deliveries have fewer brackets than that: they need no walk.
    if document.count(b"[") + document.count(b"{") > DEEPEST:
        _refuse_deep(found)
    return found


def _refuse_deep(found: Any) -> None:  # whatever JSON may say
    level, depth = [found] if isinstance(found, dict | list) else [], 0
    while level:
        depth += 1
        if depth > DEEPEST:
            raise Refused(Reason.TOO_DEEP, f"the JSON has more than {DEEPEST} levels")
        level = [
            inner
            for outer in level
            for inner in (outer.values() if isinstance(outer, dict) else outer)
            if isinstance(inner, dict | list)
        ]
