"""The ClickHouse HTTP interface as an ASGI application: who asks, for what, and how it is answered."""

import base64
import binascii
import json
import uuid
from pathlib import Path
from tempfile import TemporaryFile
from typing import IO

from anyio import CapacityLimiter, to_thread
from starlette.applications import Starlette
from starlette.datastructures import UploadFile
from starlette.requests import Request as HttpRequest
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route

from pipeline.embedded.engine import PARALLEL, Engine, EngineError, Request
from pipeline.embedded.payload import Work, work_of
from pipeline.embedded.statement import (
    SUPPORT_IS_DISABLED,
    SYNTAX_ERROR,
    Refused,
    refuse_for_reader,
    refuse_several,
    tokens,
    trailing_format,
)
from pipeline.embedded.store import Users

NOT_SETTINGS = frozenset(
    ("database", "query", "default_format", "query_id", "compress", "decompress", "user", "password", "role",
     "quota_key", "wait_end_of_query", "buffer_size", "enable_http_compression",
     "send_progress_in_http_headers", "http_headers_progress_interval_ms", "client_protocol_version")
)  # fmt: skip
"""URL parameters of the transport; every other one but `session_*` and `param_*` is an engine setting."""
AUTHENTICATION_FAILED = 516
WAITING = 4 * PARALLEL
"""Requests in threads at a time; most of them wait for their turn in the engine."""


def application(engine: Engine, users: Users, spool: Path) -> Starlette:
    """Return the application; `spool` is the folder for the rows of inserts under way."""
    threads = CapacityLimiter(WAITING)

    async def ping(_: HttpRequest) -> Response:
        return PlainTextResponse("Ok.\n")

    async def query(http: HttpRequest) -> Response:
        user, password = _credentials(http)
        if not users.admits(user, password):
            return _not_admitted(user, given=bool(user or password))
        if not http.query_params.get("query") and http.method in ("GET", "HEAD"):
            return PlainTextResponse("Ok.\n")
        reader = users.only_reads(user)
        try:
            with TemporaryFile(dir=spool) as body:
                fields = await _received(http, body)
                return await to_thread.run_sync(
                    lambda: _answered(engine, http, fields, body, spool, reader=reader), limiter=threads
                )
        except (EngineError, Refused) as error:
            return _failed(str(error), error.code)

    return Starlette(
        routes=[
            Route("/ping", ping, methods=["GET", "HEAD"]),
            Route("/", query, methods=["GET", "HEAD", "POST"]),
        ]
    )


def _credentials(http: HttpRequest) -> tuple[str, str]:
    """Return user and password from basic authentication, ClickHouse's headers or the URL."""
    scheme, _, value = http.headers.get("authorization", "").partition(" ")
    if scheme.lower() == "basic":
        try:
            user, _, password = base64.b64decode(value, validate=True).decode().partition(":")
        except (binascii.Error, UnicodeDecodeError):
            return "", ""
        return user, password
    asked = http.query_params
    return (
        http.headers.get("x-clickhouse-user", asked.get("user", "")),
        http.headers.get("x-clickhouse-key", asked.get("password", "")),
    )


async def _received(http: HttpRequest, body: IO[bytes]) -> dict[str, str]:
    """Fill the file with the body; returns the parameters of the URL and of a form."""
    fields = dict(http.query_params)
    if http.headers.get("content-type", "").startswith("multipart/form-data"):
        form = await http.form()
        if any(isinstance(value, UploadFile) for value in form.values()):
            raise Refused(SUPPORT_IS_DISABLED, "External data is not served by the embedded store")
        return fields | {name: str(value) for name, value in form.items()}
    async for piece in http.stream():
        body.write(piece)
    body.seek(0)
    return fields


def _answered(
    engine: Engine,
    http: HttpRequest,
    fields: dict[str, str],
    body: IO[bytes],
    spool: Path,
    *,
    reader: bool,
) -> Response:
    encoding = http.headers.get("content-encoding", "").lower()
    with work_of(fields.get("query", ""), body, encoding, spool) as work:
        request = _request(engine, http, fields, work, reader)
        answer = engine.run(request)
    summary = {
        "read_rows": str(answer.read_rows),
        "read_bytes": str(answer.read_bytes),
        "written_rows": str(answer.written_rows),
        "elapsed_ns": str(answer.elapsed_ns),
    }
    headers = {
        "X-ClickHouse-Summary": json.dumps(summary),
        "X-ClickHouse-Query-Id": fields.get("query_id") or str(uuid.uuid4()),
        "X-ClickHouse-Format": request.form,
        "X-ClickHouse-Timezone": request.settings.get("session_timezone") or engine.timezone,
        "Content-Type": "text/plain; charset=UTF-8" if "Tab" in request.form else "application/octet-stream",
    }
    return Response(answer.body, headers=headers)


def _request(engine: Engine, http: HttpRequest, fields: dict[str, str], work: Work, reader: bool) -> Request:
    parameters = {name[6:]: value for name, value in fields.items() if name.startswith("param_")}
    settings = {
        name: value
        for name, value in fields.items()
        if name not in NOT_SETTINGS
        and not name.startswith(("param_", "session_id", "session_timeout", "session_check"))
    }
    database = http.headers.get("x-clickhouse-database", fields.get("database", ""))
    form = http.headers.get("x-clickhouse-format", fields.get("default_format", "TabSeparated"))
    first = next(tokens(work.sql), None)
    if first is None:
        raise Refused(SYNTAX_ERROR, "Syntax error: Empty query")
    if reader:
        refuse_for_reader(work.sql, engine.table_functions, parameters, settings)
        if database.lower() in ("", "default"):
            database = "system"  # in `default` the engine takes a file's name for a table
    if first.name != "INSERT":
        refuse_several(work.sql)
        form = engine.formats.get(trailing_format(work.sql).lower(), form)
    return Request(
        sql=work.runnable(),
        form=form,
        database=database,
        settings=settings,
        parameters=parameters,
        read_only=reader or http.method in ("GET", "HEAD"),
    )


def _not_admitted(user: str, *, given: bool) -> Response:
    why = (
        f"{user}: Authentication failed: password is incorrect, or there is no user with such name."
        if given
        else "Authentication failed: user and password are needed; see secrets.json in the data directory."
    )
    text = f"Code: {AUTHENTICATION_FAILED}. DB::Exception: {why} (AUTHENTICATION_FAILED)"
    answer = _failed(text, AUTHENTICATION_FAILED, status=403 if given else 401)
    if not given:
        answer.headers["WWW-Authenticate"] = 'Basic realm="ClickHouse server HTTP API"'
    return answer


def _failed(text: str, code: int, status: int = 500) -> Response:
    return PlainTextResponse(
        text + "\n", status_code=status, headers={"X-ClickHouse-Exception-Code": str(code)}
    )
