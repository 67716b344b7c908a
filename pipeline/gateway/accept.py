"""Decides about one delivery: is it taken, what becomes of it in Kafka, what does its sender read."""

import hashlib
from dataclasses import dataclass

from pipeline.gateway.document import parsed, refuse_other_charset
from pipeline.gateway.keyring import Secrets
from pipeline.gateway.request import STATUS, PushRequest, Reason, Refused, Reply
from pipeline.gateway.schemes import Scheme, Signed
from pipeline.gateway.specs import PushSpec
from schemas.raw import RawHeaders
from schemas.topics import raw_topic

LONGEST_ID = 128
AHEAD_S = 300


@dataclass(frozen=True, slots=True)
class Accepted:
    """A delivery to be recorded; `reply` may be sent once Kafka has confirmed it.

    `identity` is the same for the same delivery come again, `once` the signature that is bound to it (see
    `Signed`), `document` the JSON inside.
    """

    topic: str
    key: bytes
    value: bytes
    headers: RawHeaders
    reply: Reply
    identity: bytes
    once: bytes
    document: bytes


@dataclass(frozen=True, slots=True)
class Greeting:
    """A platform asks whether somebody is there; nothing is recorded."""

    reply: Reply


@dataclass(frozen=True, slots=True)
class Refusal:
    """A delivery that is not taken."""

    reason: Reason
    reply: Reply

    @property
    def status(self) -> int:
        """The HTTP status."""
        return STATUS[self.reason]


def accept(
    spec: PushSpec, request: PushRequest, secrets: Secrets, now_s: float
) -> Accepted | Greeting | Refusal:
    """Judge one delivery by its bytes alone; `now_s` is seconds since 1970. Never raises."""
    try:
        return _accept(spec, request, secrets, now_s)
    except Refused as refused:
        return refusal(spec, refused, now_s)


def refusal(spec: PushSpec, refused: Refused, now_s: float) -> Refusal:
    """Return a refusal in the words that the platform expects."""
    return Refusal(refused.reason, spec.failure(refused.reason, refused.sentence, now_s))


def _accept(spec: PushSpec, request: PushRequest, secrets: Secrets, now_s: float) -> Accepted | Greeting:
    if request.method not in spec.methods:
        raise Refused(Reason.METHOD, f"use {' or '.join(spec.methods)}")
    if not secrets:
        raise Refused(Reason.CLOSED, "no secret is set for this source and shop, so nothing is taken")
    refuse_other_charset(request)
    scheme, signed = _signed(spec, request, secrets)
    _refuse_stale(scheme, signed, now_s)
    if request.method == "GET" and scheme.name == "wechat":
        return Greeting(Reply(signed.document, "text/plain; charset=utf-8"))
    said = parsed(signed.document)
    told_id = scheme.delivery_id(request, said)
    digest = hashlib.sha256(request.value).hexdigest()
    delivery_id = told_id if _is_plain(told_id) else digest[:32]
    key, value = delivery_id.encode(), request.value
    if spec.keep is not None:
        key, value = spec.keep(said, delivery_id, now_s)
    place = (request.source, request.shop, request.api, delivery_id, digest)
    return Accepted(
        topic=raw_topic(spec.source).name,
        key=key,
        value=value,
        headers=RawHeaders(request.source, request.shop, round(now_s * 1000), delivery_id, api=request.api),
        reply=spec.success(said, now_s),
        identity=hashlib.sha256("\0".join(place).encode()).digest()[:16],
        once=signed.once and hashlib.sha256(signed.once).digest()[:16],
        document=signed.document,
    )


def _signed(spec: PushSpec, request: PushRequest, secrets: Secrets) -> tuple[Scheme, Signed]:
    for scheme in spec.schemes:
        if request.method in scheme.methods:
            signed = scheme.check(request, secrets)
            if signed is not None:
                return scheme, signed
    raise Refused(Reason.UNSIGNED, "the delivery is not signed")


def _refuse_stale(scheme: Scheme, signed: Signed, now_s: float) -> None:
    if signed.at_s is None or scheme.max_age_s is None:
        return
    if now_s - signed.at_s > scheme.max_age_s:
        raise Refused(Reason.STALE, f"the signed time is more than {scheme.max_age_s} s old")
    if signed.at_s - now_s > AHEAD_S:
        raise Refused(Reason.STALE, f"the signed time is more than {AHEAD_S} s ahead: a clock is wrong")


def _is_plain(text: str) -> bool:
    """Say whether an id can be kept as it is; another is replaced by the digest of the delivery."""
    return 0 < len(text) <= LONGEST_ID and text.isascii() and text.isprintable()
