"""Serves the gateway on a socket that is already bound, until it is told to stop."""

import asyncio
import contextlib
import logging
import signal
from collections.abc import AsyncIterator, Callable, Iterable
from socket import socket

import structlog
import uvicorn
from aiokafka.errors import KafkaError
from starlette.applications import Starlette

from pipeline.endpoints import kafka_bootstrap
from pipeline.gateway.accept import Accepted
from pipeline.gateway.app import Push, application
from pipeline.gateway.keyring import Keyring, load_keyring
from pipeline.gateway.memory import Memory
from pipeline.gateway.outbox import Outbox
from pipeline.gateway.specs import push_specs
from pipeline.producer import Producer, Record
from pipeline.rules.adapters import own_source_names
from pipeline.settings import Settings

PROBE_S = 2.0
STOP_S = 20
MOST_CONNECTIONS = 4000
log = structlog.get_logger(__name__)


class GatewayFailed(RuntimeError):
    """The gateway had to end: its sender ended by a fault of ours, which the log shows."""


class _Server(uvicorn.Server):
    """Says when it answers."""

    def __init__(self, config: uvicorn.Config, on_ready: Callable[[], None]) -> None:
        super().__init__(config)
        self._on_ready = on_ready

    async def startup(self, sockets: list[socket] | None = None) -> None:
        """Start, then tell."""
        await super().startup(sockets)
        if not self.should_exit:
            self._on_ready()


class Recorder:
    """Puts producer, outbox and memory together and keeps the outbox running."""

    def __init__(self, bootstrap: str, partitions: int) -> None:
        self.failed = False
        self._bootstrap = bootstrap
        self._producer = Producer(bootstrap, partitions, client_id="certainty-gateway")
        self._outbox = Outbox(self._producer)
        self.memory = Memory(self._put)

    @contextlib.asynccontextmanager
    async def running(self, on_failure: Callable[[], None]) -> AsyncIterator[None]:
        """Connect and send while the block runs; a Kafka that is away is no error."""
        try:
            await self._producer.start()
        except KafkaError as error:
            log.warning("Kafka does not answer yet; deliveries are refused", error=type(error).__name__)
        sending = asyncio.create_task(self._outbox.run())
        sending.add_done_callback(lambda task: self._ended(task, on_failure))
        try:
            yield
        finally:
            sending.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await asyncio.wait([sending])
            await self._producer.stop()

    async def ailment(self) -> str:
        """Return why nothing can be recorded now, "" when Kafka is there."""
        try:
            async with asyncio.timeout(PROBE_S):
                await _reach(self._bootstrap)
                await self._producer.send({})  # connects anew after a failure
        except (KafkaError, OSError, TimeoutError):
            return "Kafka does not answer, so nothing can be recorded: deliveries are refused with 503"
        return ""

    def _put(self, accepted: Accepted) -> "asyncio.Future[None]":
        headers = accepted.headers.to_headers()
        record = Record(accepted.key, accepted.value, accepted.headers.received_ms, headers)
        return self._outbox.put(accepted.topic, record)

    def _ended(self, sending: "asyncio.Task[None]", on_failure: Callable[[], None]) -> None:
        if not sending.cancelled():
            log.error("the sender ended", exc_info=sending.exception())
            self.failed = True
            on_failure()


async def _reach(bootstrap: str) -> None:
    """Connect to one of the addresses; raises OSError."""
    refused: OSError = OSError("no address")
    for address in bootstrap.split(","):
        host, _, port = address.strip().rpartition(":")
        try:
            _, writer = await asyncio.open_connection(host, int(port))
        except OSError as error:
            refused = error
            continue
        writer.close()
        return
    raise refused


def serve(settings: Settings, bound: socket, on_ready: Callable[[], None]) -> None:
    """Serve until SIGTERM (returns) or Ctrl-C (raises KeyboardInterrupt); main thread only.

    What is being answered then is answered first, for at most STOP_S seconds. Raises NotRunning,
    SecretsWrong, DocumentError and GatewayFailed.
    """
    logging.getLogger("aiokafka").setLevel(logging.CRITICAL)  # we say that Kafka is away, and in one line
    recorder = Recorder(kafka_bootstrap(settings), settings.partitions)
    specs = push_specs(own_source_names(settings.sources_dir))
    keyring = load_keyring(settings, tuple(specs))
    _say_closed(keyring, specs)
    push = Push(keyring, recorder.memory, settings.gateway_body_bytes, specs=specs)

    def give_up() -> None:
        server.should_exit = True

    @contextlib.asynccontextmanager
    async def lifespan(_: Starlette) -> AsyncIterator[None]:
        async with recorder.running(give_up):
            yield

    config = uvicorn.Config(
        application(push, recorder.ailment, lifespan),
        log_level="warning",
        access_log=False,
        server_header=False,
        limit_concurrency=MOST_CONNECTIONS,
        timeout_graceful_shutdown=STOP_S,
    )
    server = _Server(config, on_ready)
    # uvicorn raises the signal again once it has stopped; without this the exit would look like a crash.
    signal.signal(signal.SIGTERM, lambda *_: None)
    server.run(sockets=[bound])
    if recorder.failed:
        raise GatewayFailed("the gateway's sender ended; its log shows why")


def _say_closed(keyring: Keyring, sources: Iterable[str]) -> None:
    closed = [source for source in sources if not keyring.opens(source)]
    if closed:
        log.warning("sources without a secret take nothing; set CERTAINTY_GATEWAY_SECRETS", closed=closed)
