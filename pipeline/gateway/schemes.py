"""How each way of signing is checked, and how such a delivery is made: check(make(x)) finds x."""

import hmac
from base64 import b64encode
from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from typing import Any, NamedTuple
from urllib.parse import quote_from_bytes

from pipeline.gateway import formulas
from pipeline.gateway.keyring import Secret, Secrets
from pipeline.gateway.request import PushRequest, Reason, Refused, fields, unix_seconds

Parsed = Any  # whatever the JSON of a delivery may say


class Signed(NamedTuple):
    """What a right signature covers.

    `document` is the JSON inside. `at_s` is the signed time (seconds since 1970), None when none is signed.
    `once` is a signature that may come again only with the very same delivery; empty: no such.
    """

    document: bytes
    at_s: int | None = None
    once: bytes = b""


@dataclass(frozen=True, slots=True)
class Scheme:
    """One way of signing.

    `check` returns None for a request that is not signed this way, and raises Refused when it is, wrongly.
    `make` signs a document: (request without it, document, secret, seconds since 1970).
    `max_age_s` is how old a signed time may be; None: no time is signed.
    `delivery_id` finds the sender's id of the delivery, "" when it has none.
    `methods`: with another one the signature would not cover what is kept.
    """

    name: str
    check: Callable[[PushRequest, Secrets], Signed | None]
    make: Callable[[PushRequest, bytes, Secret, int], PushRequest]
    max_age_s: int | None = None
    delivery_id: Callable[[PushRequest, Parsed], str] = lambda _request, _said: ""
    methods: tuple[str, ...] = ("POST",)


def matched(given: bytes, expected: Iterable[bytes]) -> None:
    """Raise Refused unless a signature is one of the expected; the time tells nothing of where it differs."""
    if not any(hmac.compare_digest(given, one) for one in expected):
        raise Refused(Reason.FORGED, "the signature is wrong")


def form(**pairs: bytes) -> bytes:
    """Return a URL-encoded form."""
    return b"&".join(name.encode() + b"=" + quote_from_bytes(value).encode() for name, value in pairs.items())


def _check_kuaidi100(request: PushRequest, secrets: Secrets) -> Signed | None:
    found = fields(request.body)
    if b"param" not in found or b"sign" not in found:
        return None
    param = found[b"param"]
    matched(found[b"sign"].lower(), [formulas.kuaidi100(param, one.secret) for one in secrets])
    return Signed(param)


def _make_kuaidi100(request: PushRequest, document: bytes, secret: Secret, _: int) -> PushRequest:
    sign = formulas.kuaidi100(document, secret.secret)
    return replace(request, body=form(param=document, sign=sign))


def _check_kdniao(request: PushRequest, secrets: Secrets) -> Signed | None:
    found = fields(request.body)
    if b"RequestData" not in found or b"DataSign" not in found:
        return None
    told = found[b"RequestData"]
    matched(found[b"DataSign"], [formulas.kdniao(told, one.secret) for one in secrets])
    return Signed(told)


def _make_kdniao(request: PushRequest, document: bytes, secret: Secret, _: int) -> PushRequest:
    sign = formulas.kdniao(document, secret.secret)
    return replace(request, body=form(RequestData=document, RequestType=b"101", DataSign=sign))


def _check_douyin_event(request: PushRequest, secrets: Secrets) -> Signed | None:
    given = request.headers.get("event-sign", b"")
    if not given:
        return None
    bodies = {request.body, request.body.strip()}  # one SDK strips before it signs
    matched(
        given.lower(),
        [formulas.douyin_event(one.app_key, body, one.secret) for one in secrets for body in bodies],
    )
    return Signed(request.body)


def _make_douyin_event(request: PushRequest, document: bytes, secret: Secret, _: int) -> PushRequest:
    sign = formulas.douyin_event(secret.app_key, document, secret.secret)
    return replace(request, body=document, headers={"event-sign": sign, "app-id": secret.app_key})


def _message_ids(_: PushRequest, said: Parsed) -> str:
    if not isinstance(said, list) or not all(isinstance(one, dict) for one in said):
        raise Refused(Reason.MALFORMED, "a delivery of Douyin is a list of objects with tag, msg_id and data")
    return ",".join(str(one.get("msg_id", "")) for one in said)


def _check_aftership(request: PushRequest, secrets: Secrets) -> Signed | None:
    given = request.headers.get("aftership-hmac-sha256", b"")
    if not given:
        return None
    matched(given, [formulas.aftership(request.body, one.secret) for one in secrets])
    return Signed(request.body)


def _make_aftership(request: PushRequest, document: bytes, secret: Secret, _: int) -> PushRequest:
    sign = formulas.aftership(document, secret.secret)
    return replace(request, body=document, headers={"aftership-hmac-sha256": sign})


def _event_id(_: PushRequest, said: Parsed) -> str:
    return str(said.get("event_id") or "") if isinstance(said, dict) else ""


def _check_certainty(request: PushRequest, secrets: Secrets) -> Signed | None:
    given = request.headers.get("x-certainty-signature", b"")
    timestamp = request.headers.get("x-certainty-timestamp", b"")
    if not given or not timestamp:
        return None
    at_s = unix_seconds(timestamp)
    keys = [one.secret for one in secrets if not one.is_token]
    matched(given.lower(), [formulas.certainty(timestamp, request.body, key) for key in keys])
    return Signed(request.body, at_s, once=given.lower())


def _make_certainty(request: PushRequest, document: bytes, secret: Secret, now_s: int) -> PushRequest:
    timestamp = str(now_s).encode()
    headers = {
        "x-certainty-timestamp": timestamp,
        "x-certainty-signature": formulas.certainty(timestamp, document, secret.secret),
        "x-certainty-delivery": b64encode(formulas.certainty(timestamp, document, b"id"))[:32],
        **request.headers,
    }
    return replace(request, body=document, headers=headers)


def _delivery_header(request: PushRequest, _: Parsed) -> str:
    given = request.headers.get("x-certainty-delivery", b"")
    if not given:
        raise Refused(Reason.MALFORMED, "the header X-Certainty-Delivery is missing: an id for each delivery")
    return given.decode("latin-1")


CONTRACT_AGE_S = 300
KUAIDI100 = Scheme("kuaidi100", _check_kuaidi100, _make_kuaidi100)
KDNIAO = Scheme("kdniao", _check_kdniao, _make_kdniao)
DOUYIN_EVENT = Scheme("douyin-event", _check_douyin_event, _make_douyin_event, delivery_id=_message_ids)
AFTERSHIP = Scheme("aftership", _check_aftership, _make_aftership, delivery_id=_event_id)
CERTAINTY = Scheme("certainty", _check_certainty, _make_certainty, CONTRACT_AGE_S, _delivery_header)
