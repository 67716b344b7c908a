"""Runs one worker process: its clock, its metrics endpoint, its watchdog, its log."""

import asyncio
import socket
import time
from typing import Any

import structlog
import uvloop
from aiokafka.errors import KafkaError
from prometheus_client import start_http_server

from pipeline.runtime.app import Worker
from pipeline.runtime.backlog import backlog_of
from pipeline.runtime.garbage import spare_what_stays
from pipeline.runtime.ticker import send_ticks
from pipeline.runtime.watchdog import watch

CONNECT_S = 3.0

log = structlog.get_logger(__name__)


def run(worker: Worker) -> None:
    """Run until SIGTERM or SIGINT; then finish what is in hand, commit, and exit with status 0."""
    spare_what_stays()
    _await_broker(worker.bootstrap)
    server, _ = start_http_server(0, addr="127.0.0.1")
    loop = uvloop.new_event_loop()
    asyncio.set_event_loop(loop)
    faust_worker = worker.app.Worker(loglevel="WARNING", loop=loop, redirect_stdouts=False, quiet=True)
    faust_worker.spinner = None  # it would have every library's debug messages made, and draw into the log
    watch(worker.progress, lambda: backlog_of(worker), worker.settings.watchdog_s)
    log.info("worker starts", group=worker.group, identity=worker.identity, metrics_port=server.server_port)
    faust_worker.execute_from_commandline()


def _await_broker(bootstrap: str) -> None:
    """Wait until something listens where Kafka should be: an outage at the start is an outage, too."""
    host, _, port = bootstrap.partition(",")[0].rpartition(":")
    told = False
    while True:
        try:
            socket.create_connection((host.strip("[]"), int(port)), timeout=CONNECT_S).close()
        except OSError as error:
            if not told:
                log.warning("waiting for Kafka", bootstrap=bootstrap, error=str(error))
                told = True
            time.sleep(1)
        else:
            return


def keep_time(worker: Worker) -> None:
    """Let the wall clock move the event clock (CERTAINTY_CLOCK=wall)."""

    async def tick(*_: Any) -> None:
        if worker.producing and not worker.app.rebalancing:
            try:
                await send_ticks(worker.producer, worker.app.consumer.assignment())
            except KafkaError as error:
                log.warning(
                    "a tick of the clock was not sent; the next one makes up for it", error=repr(error)
                )

    worker.app.timer(worker.settings.tick_s)(tick)
