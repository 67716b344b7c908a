"""Puts a request together and signs it, one function a platform; pure, the time is an argument."""

import json
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta, timezone
from typing import Any

from pipeline.connectors.accounts import Account
from pipeline.connectors.signing import hmac_sha256, md5_headed, md5_lower, md5_upper
from pipeline.connectors.spec import Protocol, Pull, Times
from pipeline.connectors.windows import Window

CHINA = timezone(timedelta(hours=8))
"""Every platform here writes China time (platforms.md section 0); China has had no other since 1991."""
WANGDIANTONG_EPOCH_S = 1_325_347_200
"""Wangdiantong counts seconds from 2012-01-01 in China; it refuses a clock 120 s off [S2]."""


@dataclass(frozen=True, slots=True)
class Request:
    """A signed POST. `form` or `content` is its body. Holds secrets: never log it."""

    url: str
    query: dict[str, str] = field(default_factory=dict)
    form: dict[str, str] | None = None
    content: bytes | None = None


@dataclass(frozen=True, slots=True)
class Question:
    """What is asked for: one page of one window."""

    pull: Pull
    window: Window
    page: int
    size: int


def build(account: Account, question: Question, now_s: float) -> Request:
    """Return the signed request; signatures carry the time, so build it anew for every attempt."""
    return _BUILDERS[account.platform.protocol](account, question, int(now_s))


def _business(question: Question) -> dict[str, Any]:  # Any: JSON values
    pull = question.pull
    return dict(pull.params) | {
        pull.from_field: _time(question.window.from_s, pull.times),
        pull.until_field: _time(question.window.until_s, pull.times),
        pull.page_field: question.page,
        pull.size_field: question.size,
    }


def _time(seconds: int, times: Times) -> int | str:
    return seconds if times is Times.UNIX else f"{_china(seconds):%Y-%m-%d %H:%M:%S}"


def _china(seconds: int) -> datetime:
    return datetime.fromtimestamp(seconds, UTC).astimezone(CHINA)


def _json(value: Any) -> str:  # Any: JSON
    return json.dumps(value, ensure_ascii=False, sort_keys=True, separators=(",", ":"))


def _jd(account: Account, question: Question, now_s: int) -> Request:
    # `timestamp` as in JD's own example; 6 minutes off are allowed.
    form = {
        "360buy_param_json": _json({key: str(value) for key, value in _business(question).items()}),
        "access_token": account.token,
        "app_key": account.app_key,
        "method": question.pull.api,
        "timestamp": f"{_china(now_s):%Y-%m-%d %H:%M:%S}.000+0800",
        "v": "2.0",
    }
    return Request(account.address, form=form | {"sign": md5_upper(account.secret, form)})


def _pdd(account: Account, question: Question, now_s: int) -> Request:
    business = {key: _plain(value) for key, value in _business(question).items()}
    form = business | {
        "type": question.pull.api,
        "client_id": account.app_key,
        "access_token": account.token,
        "timestamp": str(now_s),
        "data_type": "JSON",
        "version": "V1",
    }
    return Request(account.address, form=form | {"sign": md5_upper(account.secret, form)})


def _plain(value: Any) -> str:  # Any: a JSON scalar
    return str(value).lower() if isinstance(value, bool) else str(value)


def _douyin(account: Account, question: Question, now_s: int) -> Request:
    # Senders differ in escaping < > & inside param_json (platforms.md section 4): ours never holds any.
    param_json = _json(_business(question))
    signed = {
        "app_key": account.app_key,
        "method": question.pull.api,
        "param_json": param_json,
        "timestamp": str(now_s),
        "v": "2",
    }
    query = {name: value for name, value in signed.items() if name != "param_json"} | {
        "access_token": account.token,
        "sign_method": "hmac-sha256",
        "sign": hmac_sha256(account.secret, signed),
    }
    url = f"{account.address}/{question.pull.api.replace('.', '/')}"
    return Request(url, query=query, content=param_json.encode())


def _wangdiantong(account: Account, question: Question, now_s: int) -> Request:
    business = _business(question)
    page, size = business.pop(question.pull.page_field), business.pop(question.pull.size_field)
    secret, _, salt = account.secret.partition(":")
    body = _json([business])
    query = {
        "sid": account.sid,
        "key": account.app_key,
        "salt": salt,
        "method": question.pull.api,
        "timestamp": str(now_s - WANGDIANTONG_EPOCH_S),
        "v": "1.0",
        "page_no": str(page),
        "page_size": str(size),
        "calc_total": "1",
    }
    sign = md5_lower(secret, query | {"body": body})
    return Request(account.address, query=query | {"sign": sign}, content=body.encode())


def _jushuitan(account: Account, question: Question, now_s: int) -> Request:
    form = {
        "app_key": account.app_key,
        "access_token": account.token,
        "biz": _json(_business(question)),
        "charset": "utf-8",
        "timestamp": str(now_s),
        "version": "2",
    }
    url = f"{account.address}{question.pull.api}"
    return Request(url, form=form | {"sign": md5_headed(account.secret, form)})


_BUILDERS: dict[Protocol, Callable[[Account, Question, int], Request]] = {
    Protocol.JD: _jd,
    Protocol.PDD: _pdd,
    Protocol.DOUYIN: _douyin,
    Protocol.WANGDIANTONG: _wangdiantong,
    Protocol.JUSHUITAN: _jushuitan,
}
