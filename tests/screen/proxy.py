"""A small reverse proxy that sends what docs/board.md tells nginx to send, or does one thing wrong."""

import asyncio
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from threading import Thread

from aiohttp import ClientSession, ClientWebSocketResponse, TCPConnector, WSMsgType, web

OF_ONE_HOP = {"connection", "keep-alive", "te", "trailer", "transfer-encoding", "upgrade", "host"}
PROXY = "127.0.0.2"
"""The address that the board sees: not the one of whoever asks it directly."""
NAME = "board.localhost"
"""The public name; every browser takes it for loopback."""


@dataclass
class Proxy:
    """Stands at `path` of a public name before the board at `upstream` ("http://host:port").

    Without `upgrades` it is nginx as it comes: no Upgrade and no Connection header go on; taken away later,
    it ends the websockets there are. `says` are headers it sets on every request; a client's own copies of
    these and of `strips` go no further.
    """

    upstream: str
    path: str = "/"
    upgrades: bool = True
    says: Mapping[str, str] = field(default_factory=dict)
    strips: frozenset[str] = frozenset()
    slow_s: float = 0.0  # before a websocket is passed on
    url: str = ""
    streams: int = 0  # bytes of the board's websockets that were passed on

    async def handle(self, request: web.Request) -> web.StreamResponse:
        """Pass one request on, and its answer back as it comes."""
        if not request.path.startswith(self.path):
            raise web.HTTPNotFound
        async with ClientSession(
            connector=TCPConnector(local_addr=(PROXY, 0)), auto_decompress=False
        ) as board:
            if self.upgrades and request.headers.get("Upgrade", "").lower() == "websocket":
                return await self._stream(request, board)
            url = f"{self.upstream}{request.path_qs}"
            body = await request.read()
            async with board.request(
                request.method, url, headers=self._headers(request), data=body, allow_redirects=False
            ) as told:
                answer = web.StreamResponse(status=told.status)
                for name, value in told.headers.items():
                    if name.lower() not in OF_ONE_HOP:
                        answer.headers.add(name, value)
                with suppress(ConnectionError):  # the browser has gone
                    await answer.prepare(request)
                    async for part in told.content.iter_any():
                        await answer.write(part)
                    await answer.write_eof()
                return answer

    def _headers(self, request: web.Request) -> list[tuple[str, str]]:
        gone = OF_ONE_HOP | {name.lower() for name in (*self.strips, *self.says)}
        kept = [(name, value) for name, value in request.headers.items() if name.lower() not in gone]
        return [*kept, ("Host", request.headers["Host"]), *self.says.items()]

    async def _stream(self, request: web.Request, board: ClientSession) -> web.WebSocketResponse:
        names = [
            one.strip() for one in request.headers.get("Sec-WebSocket-Protocol", "").split(",") if one.strip()
        ]
        headers = [pair for pair in self._headers(request) if not pair[0].lower().startswith("sec-websocket")]
        url = f"{self.upstream}{request.path_qs}"
        await asyncio.sleep(self.slow_s)
        async with board.ws_connect(url, headers=headers, protocols=names, max_msg_size=0) as inner:
            outer = web.WebSocketResponse(protocols=names, max_msg_size=0)
            await outer.prepare(request)
            ways = [
                asyncio.create_task(self._pass(outer, inner)),
                asyncio.create_task(self._pass(inner, outer)),
            ]
            await asyncio.wait(ways, return_when=asyncio.FIRST_COMPLETED)
            for way in ways:
                way.cancel()
            await outer.close()
        return outer

    async def _pass(
        self,
        source: web.WebSocketResponse | ClientWebSocketResponse,
        target: web.WebSocketResponse | ClientWebSocketResponse,
    ) -> None:
        async for message in source:
            if not self.upgrades:
                return
            if message.type is WSMsgType.BINARY:
                if isinstance(source, ClientWebSocketResponse):
                    self.streams += len(message.data)
                await target.send_bytes(message.data)
            elif message.type is WSMsgType.TEXT:
                await target.send_str(message.data)


@contextmanager
def standing(proxy: Proxy) -> Iterator[Proxy]:
    """Serve the proxy in a thread of its own; it is gone afterwards."""
    loop = asyncio.new_event_loop()
    thread = Thread(target=loop.run_forever, daemon=True)
    thread.start()
    app = web.Application()
    app.router.add_route("*", "/{rest:.*}", proxy.handle)
    runner = web.AppRunner(app, shutdown_timeout=1)

    async def start() -> int:
        await runner.setup()
        site = web.TCPSite(runner, "127.0.0.1", 0)
        await site.start()
        return int(runner.addresses[0][1])

    async def stop() -> None:
        await runner.cleanup()
        left = asyncio.all_tasks() - {asyncio.current_task()}
        for task in left:
            task.cancel()
        await asyncio.gather(*left, return_exceptions=True)

    try:
        port = asyncio.run_coroutine_threadsafe(start(), loop).result(10)
        proxy.url = f"http://{NAME}:{port}{proxy.path}"
        yield proxy
    finally:
        asyncio.run_coroutine_threadsafe(stop(), loop).result(10)
        loop.call_soon_threadsafe(loop.stop)
        thread.join(10)
        loop.close()
