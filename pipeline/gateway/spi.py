"""Douyin's SPI calls: signed in the query, the parameters there too (GET) or in the body (POST)."""

import time
from calendar import timegm
from dataclasses import replace

from pipeline.gateway import formulas
from pipeline.gateway.document import parsed
from pipeline.gateway.keyring import Secret, Secrets
from pipeline.gateway.request import PushRequest, Reason, Refused, fields, unix_seconds
from pipeline.gateway.schemes import Scheme, Signed, form, matched

SPI_AGE_S = 300
CHINA_S = 8 * 3600
"""China time has been eight hours ahead, without summer time, since 1991."""
_SPELT = "%Y-%m-%d %H:%M:%S"


def _check(request: PushRequest, secrets: Secrets) -> Signed | None:
    found = fields(request.query)
    given = (found.get(b"sign_v2") or found.get(b"sign", b"")).lower()
    if not given:
        return None
    # Whatever else is in the query of a POST: only what is signed is kept, and that is the body.
    document = found.get(b"param_json", b"") if request.method == "GET" else request.body
    parsed(document)  # refuses what is nested too deeply before it is spelt in other ways
    timestamp = found.get(b"timestamp", b"")
    try:
        spellings = formulas.spi_spellings(document)
    except ValueError:  # a number of thousands of digits
        raise Refused(Reason.NOT_JSON, "a number in the delivery is too long") from None
    expected = {
        sign
        for one in secrets
        for spelling in spellings
        for sign in formulas.douyin_spi(one.app_key, spelling, timestamp, one.secret)
    }
    matched(given, expected)
    return Signed(document, _seconds(timestamp), once=given)


def _seconds(timestamp: bytes) -> int:
    """Return seconds since 1970 of a timestamp in seconds or as China time."""
    if timestamp.isdigit():
        return unix_seconds(timestamp)
    try:
        return timegm(time.strptime(timestamp.decode(), _SPELT)) - CHINA_S
    except ValueError:
        raise Refused(Reason.MALFORMED, "the timestamp of the call is no time") from None


def _make(request: PushRequest, document: bytes, secret: Secret, now_s: int) -> PushRequest:
    timestamp = time.strftime(_SPELT, time.gmtime(now_s + CHINA_S)).encode()
    md5, sha256 = formulas.douyin_spi(secret.app_key, document, timestamp, secret.secret)
    pairs = {
        "app_key": secret.app_key,
        "param_json": document,
        "timestamp": timestamp,
        "sign": md5,
        "sign_method": b"hmac-sha256",
        "sign_v2": sha256,
    }
    return replace(request, method="GET", query=form(**pairs))


DOUYIN_SPI = Scheme("douyin-spi", _check, _make, SPI_AGE_S, methods=("POST", "GET"))
