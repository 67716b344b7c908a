"""The table of everybody who may push: how it is signed, and what the sender wants to read in return."""

import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import UTC, datetime

import orjson

from pipeline.gateway.request import Reason, Refused, Reply
from pipeline.gateway.schemes import AFTERSHIP, CERTAINTY, DOUYIN_EVENT, KDNIAO, KUAIDI100, Parsed, Scheme
from pipeline.gateway.spi import CHINA_S, DOUYIN_SPI
from pipeline.gateway.wechat import WECHAT
from pipeline.outside import NotSayable, NotUnderstood, completed

Success = Callable[[Parsed, float], Reply]
Failure = Callable[[Reason, str, float], Reply]
Keep = Callable[[Parsed, str, float], tuple[bytes, bytes]]


@dataclass(frozen=True, slots=True)
class PushSpec:
    """One source: its ways of signing (the first that a request bears decides) and its replies.

    `success(what the delivery said, now)`, `failure(reason, sentence, now)`; now is in seconds since 1970.
    `keep(what it said, delivery id, now)` is for what travels in our own words: key and value of its record,
    or it raises Refused. None: the delivery's id, and its bytes as they came.
    """

    source: str
    schemes: tuple[Scheme, ...]
    success: Success
    failure: Failure
    keep: Keep | None = None

    @property
    def methods(self) -> tuple[str, ...]:
        """The HTTP methods that some way of signing covers."""
        return tuple(dict.fromkeys(method for scheme in self.schemes for method in scheme.methods))


def our_failure(reason: Reason, sentence: str, _: float = 0.0) -> Reply:
    """Say one sentence and its reason in our own words."""
    return Reply(orjson.dumps({"error": reason, "message": sentence}))


def _our_success(_: Parsed, _now_s: float) -> Reply:
    return Reply(b'{"result":"ok"}')


def _kuaidi100_success(_: Parsed, _now_s: float) -> Reply:
    return Reply(b'{"result":true,"returnCode":"200","message":"ok"}')


def _kuaidi100_failure(_: Reason, sentence: str, _now_s: float) -> Reply:
    return Reply(orjson.dumps({"result": False, "returnCode": "500", "message": sentence}))


def _kdniao(business: str, now_s: float, reason: str) -> Reply:
    at = time.strftime("%Y-%m-%d %H:%M:%S", time.gmtime(now_s + CHINA_S))
    return Reply(
        orjson.dumps({"EBusinessID": business, "UpdateTime": at, "Success": not reason, "Reason": reason})
    )


def _kdniao_success(said: Parsed, now_s: float) -> Reply:
    return _kdniao(str(said.get("EBusinessID", "")) if isinstance(said, dict) else "", now_s, "")


def _kdniao_failure(_: Reason, sentence: str, now_s: float) -> Reply:
    return _kdniao("", now_s, sentence)


def _douyin_success(_: Parsed, _now_s: float) -> Reply:
    return Reply(b'{"code":0,"msg":"success"}')


def _douyin_failure(_: Reason, sentence: str, _now_s: float) -> Reply:
    return Reply(orjson.dumps({"code": 1, "msg": sentence}))


def _wechat_success(_: Parsed, _now_s: float) -> Reply:
    return Reply(b"success", "text/plain; charset=utf-8")


def _command(said: Parsed, delivery_id: str, now_s: float) -> tuple[bytes, bytes]:
    """An answer or a confirmation, completed: received now, with an id that derives from the delivery's."""
    try:
        command = completed(said, datetime.fromtimestamp(now_s, tz=UTC), delivery_id)
    except NotSayable as error:
        raise Refused(Reason.NOT_SAYABLE, str(error)) from None
    except NotUnderstood as error:
        raise Refused(Reason.MALFORMED, str(error)) from None
    return str(getattr(command, command.KEY)).encode(), command.to_bytes()


def _contract(source: str) -> PushSpec:
    return PushSpec(source, (CERTAINTY,), _our_success, our_failure)


PUSHES = {
    spec.source: spec
    for spec in (
        PushSpec("kuaidi100", (KUAIDI100,), _kuaidi100_success, _kuaidi100_failure),
        PushSpec("kdniao", (KDNIAO,), _kdniao_success, _kdniao_failure),
        PushSpec("aftership", (AFTERSHIP,), _our_success, our_failure),
        PushSpec("douyin", (DOUYIN_EVENT, DOUYIN_SPI), _douyin_success, _douyin_failure),
        PushSpec("own-shop", (CERTAINTY, WECHAT), _wechat_success, our_failure),
        _contract("tmall"),
        _contract("jd"),
        _contract("pdd"),
        _contract("wangdiantong"),
        _contract("jushuitan"),
        _contract("cloud-warehouse"),
        _contract("cs"),
        _contract("app"),
        PushSpec("command", (CERTAINTY,), _our_success, our_failure, _command),
    )
}
"""Source -> how it pushes (platforms.md 1-8); who has no push signature of its own keeps our contract."""


def push_specs(own_sources: Iterable[str]) -> dict[str, PushSpec]:
    """Return everybody who may push: a shop's own sources keep our contract, too."""
    return {source: _contract(source) for source in own_sources} | PUSHES
