"""WeChat's message push to the own mini-program: plain mode, secure mode, and the verification by GET."""

from dataclasses import replace

import orjson

from pipeline.gateway import formulas
from pipeline.gateway.document import parsed
from pipeline.gateway.keyring import Secret, Secrets
from pipeline.gateway.request import PushRequest, Reason, Refused, fields, unix_seconds
from pipeline.gateway.schemes import Parsed, Scheme, Signed, form, matched

WECHAT_AGE_S = 4 * 3600
"""Pushes are tried again for 3.6 hours (platforms.md 5), and nothing says that they are signed anew."""


def _check(request: PushRequest, secrets: Secrets) -> Signed | None:
    query = fields(request.query)
    timestamp, nonce = query.get(b"timestamp", b""), query.get(b"nonce", b"")
    given = query.get(b"signature", b"")
    if not given or not timestamp:
        return None
    tokens = [one.secret for one in secrets if one.is_token]
    matched(given.lower(), [formulas.wechat(token, timestamp, nonce) for token in tokens])
    at_s = unix_seconds(timestamp)
    if request.method == "GET":
        if not query.get(b"echostr"):
            raise Refused(Reason.MALFORMED, "the verification has no echostr to be echoed")
        return Signed(query[b"echostr"], at_s)
    encrypted = _encrypted(request)
    if encrypted:
        given = query.get(b"msg_signature", b"")
        if not given:
            raise Refused(Reason.UNSIGNED, "an encrypted message needs msg_signature")
        expected = [formulas.wechat(token, timestamp, nonce, encrypted) for token in tokens]
        matched(given.lower(), expected)
    return Signed(request.body, at_s, once=given.lower())


def _encrypted(request: PushRequest) -> bytes:
    """Return the encrypted text, b"" in plain mode; raises Refused for what is no message of WeChat's.

    The plain signature covers no body: whoever saw one could say anything in its name. So it serves WeChat's
    own messages only; the shop's orders come under our contract.
    """
    said = parsed(request.body)
    if not isinstance(said, dict):
        said = {}
    encrypted = said.get("Encrypt", said.get("encrypt"))
    if isinstance(encrypted, str) and encrypted:
        return encrypted.encode()
    if not (isinstance(said.get("ToUserName"), str) and isinstance(said.get("MsgType"), str)):
        raise Refused(
            Reason.UNSIGNED,
            "this is no message of WeChat's: the shop's own events need the headers of the contract,"
            " because WeChat's plain signature covers no body",
        )
    return b""


def _make(request: PushRequest, document: bytes, secret: Secret, now_s: int) -> PushRequest:
    timestamp, nonce = str(now_s).encode(), str(now_s % 1_000_003).encode()
    signed = {
        "signature": formulas.wechat(secret.secret, timestamp, nonce),
        "timestamp": timestamp,
        "nonce": nonce,
    }
    if request.method == "GET":
        return replace(request, query=form(**signed, echostr=document))
    encrypted = orjson.loads(document).get("Encrypt")
    if encrypted:
        signed["msg_signature"] = formulas.wechat(secret.secret, timestamp, nonce, encrypted.encode())
    return replace(request, query=form(**signed), body=document)


def _message_id(_: PushRequest, said: Parsed) -> str:
    return str(said.get("MsgId") or "") if isinstance(said, dict) else ""


WECHAT = Scheme("wechat", _check, _make, WECHAT_AGE_S, _message_id, ("POST", "GET"))
