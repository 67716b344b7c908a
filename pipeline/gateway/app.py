"""The gateway as an ASGI application: deliveries, health and metrics."""

import re
import time
from collections.abc import Awaitable, Callable, Mapping
from contextlib import AbstractAsyncContextManager

from prometheus_client import CONTENT_TYPE_LATEST, generate_latest
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route
from starlette.types import Receive, Scope, Send

from pipeline.gateway.accept import Accepted, Greeting, Refusal, accept, refusal
from pipeline.gateway.intake import Admission, declared_size, read_body
from pipeline.gateway.keyring import Keyring, Secrets
from pipeline.gateway.memory import Memory
from pipeline.gateway.metrics import REFUSED, TAKEN
from pipeline.gateway.request import STATUS, PushRequest, Reason, Refused, Reply
from pipeline.gateway.specs import PUSHES, PushSpec, our_failure

RETRY_AFTER_S = 5
OUR_METHODS = ("POST",)
UNREAD = frozenset((Reason.UNKNOWN, Reason.METHOD, Reason.CLOSED, Reason.TOO_LARGE, Reason.SLOW,
                    Reason.TRUNCATED, Reason.BUSY))  # fmt: skip
"""Refusals that may leave a body unread: the connection is closed, so that nobody goes on reading it."""
_SHOP = re.compile(r"[\w.-]{1,64}")
_API = re.compile(r"[A-Za-z0-9._-]{0,64}")
Lifespan = Callable[[Starlette], AbstractAsyncContextManager[None]]
Ailment = Callable[[], Awaitable[str]]
"""Says in one sentence why nothing can be recorded now; "" when all is well."""


class Push:
    """Answers deliveries. `most_bytes` is for one body, `now_s` tells seconds since 1970."""

    def __init__(
        self,
        keyring: Keyring,
        memory: Memory,
        most_bytes: int,
        *,
        specs: Mapping[str, PushSpec] = PUSHES,
        now_s: Callable[[], float] = time.time,
    ) -> None:
        self._keyring = keyring
        self._specs = specs
        self._memory = memory
        self._most_bytes = most_bytes
        self._now_s = now_s
        self._admission = Admission()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Take or refuse one delivery."""
        source = scope["path_params"]["source"]
        spec = self._specs.get(source)
        if spec is None:
            sentence = f"there is no such source; the sources are {', '.join(self._specs)}"
            answer = _refused("unknown", Refusal(Reason.UNKNOWN, our_failure(Reason.UNKNOWN, sentence)))
        else:
            answer = await self._answer(spec, scope, receive)
        await answer(scope, receive, send)

    async def _answer(self, spec: PushSpec, scope: Scope, receive: Receive) -> Response:
        try:
            judged = await self._judged(spec, scope, receive)
        except Refused as refused:
            judged = refusal(spec, refused, self._now_s())
        if isinstance(judged, Refusal):
            return _refused(spec.source, judged)
        outcome, reply = judged
        TAKEN.labels(spec.source, outcome).inc()
        return _response(reply, 200)

    async def _judged(self, spec: PushSpec, scope: Scope, receive: Receive) -> tuple[str, Reply] | Refusal:
        """Return how it ended and the reply; raises Refused for what is refused around the decision."""
        head = _head(scope)
        secrets = self._admitted(spec, head)
        length = head.headers.get("content-length", b"")
        with self._admission.hold(declared_size(length, self._most_bytes)):
            body = await read_body(receive, length, self._most_bytes)
            # A time of receipt is the end of the body: a slow one is judged by when it is whole.
            match accept(spec, _with_body(head, body), secrets, self._now_s()):
                case Accepted() as accepted:
                    repeated = await self._memory.record(accepted)
                    return "repeated" if repeated else "recorded", accepted.reply
                case Greeting(reply):
                    return "greeted", reply
                case Refusal() as refused:
                    return refused

    def _admitted(self, spec: PushSpec, head: PushRequest) -> Secrets:
        """Return the secrets of the place; who may not deliver is refused before the body is read."""
        if not (_SHOP.fullmatch(head.shop) and _API.fullmatch(head.api)):
            raise Refused(Reason.UNKNOWN, "the path is /push/SOURCE/SHOP or /push/SOURCE/SHOP/API")
        if head.method not in spec.methods:
            raise Refused(Reason.METHOD, f"use {' or '.join(spec.methods)}")
        secrets = self._keyring.of(head.source, head.shop)
        if not secrets:
            raise Refused(Reason.CLOSED, "no secret is set for this source and shop, so nothing is taken")
        return secrets


def application(push: Push, ailment: Ailment, lifespan: Lifespan | None = None) -> Starlette:
    """Return the application."""

    async def health(_: Request) -> Response:
        sentence = await ailment()
        if sentence:
            return _response(
                our_failure(Reason.KAFKA_AWAY, sentence), 503, {"retry-after": str(RETRY_AFTER_S)}
            )
        return _response(Reply(b'{"result":"ok"}'), 200)

    async def metrics(_: Request) -> Response:
        return Response(generate_latest(), media_type=CONTENT_TYPE_LATEST)

    async def elsewhere(_: Request, _error: Exception) -> Response:
        return _response(our_failure(Reason.UNKNOWN, "there is nothing here; see docs/gateway.md"), 404)

    return Starlette(
        routes=[
            Route("/push/{source}/{shop}", push),
            Route("/push/{source}/{shop}/{api}", push),
            Route("/health", health),
            Route("/metrics", metrics),
        ],
        exception_handlers={404: elsewhere},
        lifespan=lifespan,
    )


def _head(scope: Scope) -> PushRequest:
    told = scope["path_params"]
    return PushRequest(
        source=told["source"],
        shop=told["shop"],
        api=told.get("api", ""),
        method=scope["method"],
        query=scope["query_string"],
        headers={name.decode("latin-1").lower(): value for name, value in scope["headers"]},
    )


def _with_body(head: PushRequest, body: bytes) -> PushRequest:
    return PushRequest(head.source, head.shop, head.api, head.method, head.query, head.headers, body)


def _refused(source: str, refused: Refusal) -> Response:
    REFUSED.labels(source, refused.reason).inc()
    headers = {"connection": "close"} if refused.reason in UNREAD else {}
    if STATUS[refused.reason] == 503:
        headers["retry-after"] = str(RETRY_AFTER_S)
    if refused.reason is Reason.METHOD:
        headers["allow"] = ", ".join(PUSHES[source].methods if source in PUSHES else OUR_METHODS)
    return _response(refused.reply, refused.status, headers)


def _response(reply: Reply, status: int, headers: Mapping[str, str] | None = None) -> Response:
    safe = {"x-content-type-options": "nosniff", **(headers or {})}
    return Response(reply.body, status, safe, media_type=reply.content_type)
