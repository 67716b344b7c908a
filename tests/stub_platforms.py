"""Platform APIs as servers that check signatures by an implementation of their own, and keep the limits."""

import asyncio
import hashlib
import hmac
import json
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta, timezone
from typing import Any, ClassVar

import uvicorn
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response, StreamingResponse
from starlette.routing import Route

from pipeline.embedded.process import listening_socket

SECRET, TOKEN, KEY, SALT = "s3cret-of-the-app", "t0ken-of-the-shop", "key-1", "salt-1"
CHINA = timezone(timedelta(hours=8))
Fields = dict[str, str]


@dataclass
class Row:
    """A row as it is now; `pad` makes it large."""

    id: str
    modified_s: int
    version: int = 0
    pad: int = 0

    def told(self) -> dict[str, Any]:
        return {"id": self.id, "modified": self.modified_s, "version": self.version, "pad": "x" * self.pad}


@dataclass
class Asked:
    """What a verified request asks for; pages count from 0 here."""

    api: str
    from_s: int
    until_s: int
    page: int
    size: int


class Wrong(Exception):
    """The platform's own error: its reply."""

    def __init__(self, reply: dict[str, Any]) -> None:
        super().__init__(str(reply))
        self.reply = reply


@dataclass
class Stub:
    """One platform. `faults` are given instead of the next replies; `between` runs before each."""

    source: str
    now: Callable[[], float]
    rows: list[Row] = field(default_factory=list)
    asked: list[Asked] = field(default_factory=list)
    faults: list[Callable[[], Response]] = field(default_factory=list)
    between: Callable[[], None] = lambda: None
    token: str = TOKEN
    whole: dict[str, bytes] = field(default_factory=dict)
    """Replies given as they are, by API: real samples."""

    @property
    def app(self) -> Starlette:
        return Starlette(routes=[Route("/{path:path}", self.answer, methods=["POST"])])

    async def answer(self, request: Request) -> Response:
        self.between()
        if self.faults:
            return self.faults.pop(0)()
        dialect = DIALECTS[self.source]
        try:
            asked = await dialect.read(self, request)
            if asked.until_s - asked.from_s > dialect.most_s(asked.api) or asked.until_s > self.now():
                raise Wrong(dialect.error("window", "the window is too long"))
        except Wrong as error:
            return _json(error.reply)
        self.asked.append(asked)
        if asked.api in self.whole:
            return Response(self.whole[asked.api], media_type="application/json")
        found = sorted(
            (row for row in self.rows if asked.from_s <= row.modified_s <= asked.until_s),
            key=lambda row: (row.modified_s, row.id),
        )
        first = asked.page * asked.size
        page = [row.told() for row in found[first : first + asked.size]]
        return _json(dialect.rows(asked.api, page, len(found), first + asked.size < len(found)))


def _json(reply: Any) -> Response:
    return Response(json.dumps(reply, ensure_ascii=False), media_type="application/json")


def too_many(after: str) -> Callable[[], Response]:
    """429 with Retry-After."""
    return lambda: Response(b"", 429, {"retry-after": after})


def half_written() -> Response:
    """A reply that ends in the middle: valid HTTP, broken JSON."""
    return Response(b'{"data": {"order": [{"id": "1', media_type="application/json")


def broken_off() -> Response:
    """A reply whose connection closes before the length it announced."""

    async def part() -> Any:
        yield b'{"data": '
        await asyncio.sleep(0)

    return StreamingResponse(part(), headers={"content-length": "5000"})


def _md5_around(secret: str, fields: Fields, *, behind: bool = True) -> str:
    digest = hashlib.md5(secret.encode())
    for name, value in sorted(fields.items(), key=lambda item: item[0].encode()):
        if value:
            digest.update(name.encode() + value.encode())
    if behind:
        digest.update(secret.encode())
    return digest.hexdigest()


def _require(held: bool, error: dict[str, Any]) -> None:
    if not held:
        raise Wrong(error)


def _seconds(text: str) -> int:
    return int(datetime.strptime(text, "%Y-%m-%d %H:%M:%S").replace(tzinfo=CHINA).timestamp())


def _near(stub: Stub, stamp_s: float, most_s: int) -> bool:
    return abs(stub.now() - stamp_s) <= most_s


async def _form(request: Request) -> Fields:
    return {name: str(value) for name, value in (await request.form()).items()}


class Jd:
    """JD: form, JSON parameter of strings, upper md5 over every field."""

    places: ClassVar = {
        "jingdong.pop.order.search": (
            "jingdong_pop_order_search_responce",
            "searchorderinfo_result",
            ("orderInfoList", "orderTotal"),
        ),
        "jingdong.pop.afs.soa.refundapply.queryPageList": (
            "jingdong_pop_afs_soa_refundapply_queryPageList_responce",
            "queryResult",
            ("result", "totalCount"),
        ),
    }

    def most_s(self, api: str) -> int:
        return 86400

    def error(self, kind: str, text: str) -> dict[str, Any]:
        code = {"token": "19", "slow": "0"}.get(kind, "1000")
        return {"error_response": {"code": code, "zh_desc": text}}

    async def read(self, stub: Stub, request: Request) -> Asked:
        form = await _form(request)
        signed = {name: value for name, value in form.items() if name != "sign"}
        _require(form["sign"] == _md5_around(SECRET, signed).upper(), self.error("sign", "无效签名"))
        _require(form["access_token"] == stub.token, self.error("token", "无效access_token"))
        _require(request.url.path == "/" or request.url.path.endswith("/routerjson"), self.error("path", "?"))
        stamp = datetime.strptime(form["timestamp"], "%Y-%m-%d %H:%M:%S.%f%z").timestamp()
        _require(_near(stub, stamp, 360), self.error("time", "无效时间戳"))
        said = json.loads(form["360buy_param_json"])
        _require(list(said) == sorted(said), self.error("json", "unsorted"))
        names = ("start_date", "end_date", "page", "page_size")
        if "start_date" not in said:
            kind = "apply" if "applyTimeStart" in said else "check"
            names = (f"{kind}TimeStart", f"{kind}TimeEnd", "pageIndex", "pageSize")
        begin, end, page, size = (said[name] for name in names)
        return Asked(form["method"], _seconds(begin), _seconds(end), int(page) - 1, int(size))

    def rows(self, api: str, page: list[Any], total: int, more: bool) -> dict[str, Any]:
        top, inner, (items, count) = self.places[api]
        return {top: {"code": "0", inner: {items: page, count: total, "apiResult": {"success": True}}}}


class Pdd:
    """Pinduoduo: form, upper md5, unix seconds, 24 h or 30 min."""

    places: ClassVar = {
        "pdd.order.number.list.increment.get": ("order_sn_increment_get_response", "order_sn_list"),
        "pdd.order.list.get": ("order_list_get_response", "order_list"),
        "pdd.refund.list.increment.get": ("refund_increment_get_response", "refund_list"),
    }

    def most_s(self, api: str) -> int:
        return 86400 if api == "pdd.order.list.get" else 1800

    def error(self, kind: str, text: str) -> dict[str, Any]:
        code = {"token": 10019, "slow": 70031}.get(kind, 20000)
        return {"error_response": {"error_code": code, "error_msg": text, "request_id": "15"}}

    async def read(self, stub: Stub, request: Request) -> Asked:
        form = await _form(request)
        signed = {name: value for name, value in form.items() if name != "sign"}
        _require(form["sign"] == _md5_around(SECRET, signed).upper(), self.error("sign", "签名错误"))
        _require(form["access_token"] == stub.token, self.error("token", "access_token已过期"))
        _require(_near(stub, int(form["timestamp"]), 600), self.error("time", "timestamp"))
        word = "confirm" if form["type"] == "pdd.order.list.get" else "updated"
        times = (int(form[f"start_{word}_at"]), int(form[f"end_{word}_at"]))
        return Asked(form["type"], *times, int(form["page"]) - 1, int(form["page_size"]))

    def rows(self, api: str, page: list[Any], total: int, more: bool) -> dict[str, Any]:
        top, items = self.places[api]
        return {top: {items: page, "total_count": total, "request_id": f"{id(page)}"}}


class Douyin:
    """Douyin: query and JSON body, HMAC-SHA256 over five fields."""

    def most_s(self, api: str) -> int:
        return 86400

    def error(self, kind: str, text: str) -> dict[str, Any]:
        sub = {"token": "isv.access-token-expired", "slow": "isv.access-limited"}.get(kind, "isv.other")
        return {"code": 40003, "msg": text, "sub_code": f"{sub}:1", "sub_msg": text}

    async def read(self, stub: Stub, request: Request) -> Asked:
        query, body = dict(request.query_params), (await request.body()).decode()
        told = (
            f"{SECRET}app_key{query['app_key']}method{query['method']}param_json{body}"
            f"timestamp{query['timestamp']}v{query['v']}{SECRET}"
        )
        sign = hmac.digest(SECRET.encode(), told.encode(), "sha256").hex()
        _require(query["sign"] == sign and query["v"] == "2", self.error("sign", "签名校验失败"))
        _require(query["access_token"] == stub.token, self.error("token", "token expired"))
        _require(_near(stub, int(query["timestamp"]), 600), self.error("time", "timestamp"))
        said = json.loads(body)
        _require(list(said) == sorted(said), self.error("json", "unsorted"))
        names = ("update_time_start", "update_time_end")
        if query["method"] == "afterSale.List":
            names = ("update_start_time", "update_end_time")
        return Asked(query["method"], said[names[0]], said[names[1]], said["page"], said["size"])

    def rows(self, api: str, page: list[Any], total: int, more: bool) -> dict[str, Any]:
        inner: dict[str, Any] = {"total": total}
        inner |= {"items": page, "has_more": more} if api == "afterSale.List" else {"shop_order_list": page}
        return {"code": 10000, "msg": "success", "sub_code": "", "log_id": f"{id(page)}", "data": inner}


class Wangdiantong:
    """Wangdiantong flagship: query, JSON list body, lower md5 with the body as a field, 60 minutes."""

    def most_s(self, api: str) -> int:
        return 3600

    def error(self, kind: str, text: str) -> dict[str, Any]:
        said = {"slow": "超过每分钟最大调用频率限制", "token": "授权已过期"}.get(kind, text)
        return {"status": 100, "message": said}

    async def read(self, stub: Stub, request: Request) -> Asked:
        query, body = dict(request.query_params), (await request.body()).decode()
        fields = {name: value for name, value in query.items() if name != "sign"} | {"body": body}
        _require(query["sign"] == _md5_around(SECRET, fields), self.error("sign", "签名错误"))
        _require(query["salt"] == SALT and query["sid"] == "seller-1", self.error("sid", "sid"))
        _require(stub.token == TOKEN, self.error("token", ""))
        _require(_near(stub, int(query["timestamp"]) + 1325347200, 120), self.error("time", "timestamp"))
        (said,) = json.loads(body)
        begin, end = (said[name] for name in self.moments(query["method"]))
        return Asked(
            query["method"], _seconds(begin), _seconds(end), int(query["page_no"]), int(query["page_size"])
        )

    def moments(self, api: str) -> tuple[str, str]:
        if api == "aftersales.refund.Refund.search":
            return "modified_from", "modified_to"
        return ("start_date", "end_date") if "ChangeHistory" in api else ("start_time", "end_time")

    def rows(self, api: str, page: list[Any], total: int, more: bool) -> dict[str, Any]:
        items = "data" if "ChangeHistory" in api else "order"
        return {"status": 0, "data": {items: page, "total_count": total}}


class Jushuitan:
    """Jushuitan: form, lower md5 with the secret in front only."""

    def most_s(self, api: str) -> int:
        return 7 * 86400

    def error(self, kind: str, text: str) -> dict[str, Any]:
        said = {"token": "access_token 已过期"}.get(kind, text)
        return {"code": {"slow": 199}.get(kind, 100), "msg": said, "data": None}

    async def read(self, stub: Stub, request: Request) -> Asked:
        form = await _form(request)
        signed = {name: value for name, value in form.items() if name != "sign"}
        _require(form["sign"] == _md5_around(SECRET, signed, behind=False), self.error("sign", "签名错误"))
        _require(form["access_token"] == stub.token, self.error("token", ""))
        _require(_near(stub, int(form["timestamp"]), 600), self.error("time", "timestamp"))
        said = json.loads(form["biz"])
        times = (_seconds(said["modified_begin"]), _seconds(said["modified_end"]))
        return Asked(request.url.path, *times, said["page_index"] - 1, said["page_size"])

    def rows(self, api: str, page: list[Any], total: int, more: bool) -> dict[str, Any]:
        items = {"/open/orders/single/query": "orders", "/open/inventory/query": "inventorys"}
        inner = {"data_count": total, "has_next": more, items.get(api, "datas"): page}
        return {"code": 0, "msg": "执行成功", "data": inner}


DIALECTS: dict[str, Any] = {
    "jd": Jd(),
    "pdd": Pdd(),
    "douyin": Douyin(),
    "wangdiantong": Wangdiantong(),
    "jushuitan": Jushuitan(),
}


@contextmanager
def listening(stub: Stub) -> Iterator[str]:
    """Serve a stub on loopback in a thread of its own; gives its address."""
    with listening_socket(0) as bound:
        bound.listen()
        server = uvicorn.Server(uvicorn.Config(stub.app, log_level="critical", lifespan="off"))
        thread = threading.Thread(target=server.run, kwargs={"sockets": [bound]})
        thread.start()
        try:
            yield f"http://127.0.0.1:{bound.getsockname()[1]}"
        finally:
            server.should_exit = True
            thread.join(20)
            assert not thread.is_alive()
