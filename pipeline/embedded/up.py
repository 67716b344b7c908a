"""Runs the whole system in the foreground: its parts, their order, and what the operator reads."""

import asyncio
import os
import signal
import time
from collections.abc import Callable

from pipeline.embedded.process import UP_LOCK, owned
from pipeline.embedded.supervisor import Part, Supervisor
from pipeline.endpoints import known_endpoint
from pipeline.settings import Settings

FEED = ("simulate", "--loop", "--speed", "60", "--orders", "2800")
BOARD_S = 60.0
"""Longest wait for the board before its address is left out of the greeting."""


def run_up(settings: Settings, say: Callable[[str], None], *, feed: bool, replay: bool = False) -> bool:
    """Run every part until SIGTERM or SIGINT; returns whether it was SIGINT. Raises AlreadyRunning."""
    settings = settings.model_copy(update={"data_dir": settings.data_dir.absolute()})
    with owned(settings.data_dir / UP_LOCK, "`certainty up`"):
        return asyncio.run(_run(settings, say, feed=feed, replay=replay))


async def _run(settings: Settings, say: Callable[[str], None], *, feed: bool, replay: bool) -> bool:
    supervisor = Supervisor(settings.data_dir / "logs", _environment(settings, feed=feed), say)
    stop = asyncio.Event()
    interrupted = False

    def on_signal(number: signal.Signals) -> None:
        nonlocal interrupted
        if stop.is_set():
            say("killing everything at once")
            supervisor.kill()
        interrupted = number == signal.SIGINT
        stop.set()

    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, on_signal, number)
    starting = asyncio.create_task(_start(supervisor, settings, say, feed=feed, replay=replay))
    stopping = asyncio.create_task(stop.wait())
    try:
        await asyncio.wait((starting, stopping), return_when=asyncio.FIRST_COMPLETED)
        if starting.done():
            starting.result()
        await stopping
        say("stopping")
    finally:
        starting.cancel()
        await supervisor.stop()
    say("everything is stopped")
    return interrupted


async def _start(
    supervisor: Supervisor, settings: Settings, say: Callable[[str], None], *, feed: bool, replay: bool
) -> None:
    began = time.monotonic()

    def report(what: str) -> None:
        say(f"[{time.monotonic() - began:5.1f} s] {what}")

    async def chain(steps: list[Part]) -> None:
        for part in steps:
            kept = supervisor.start(part)
            await kept.answers.wait()
            report(f"{part.name}: {'done' if part.once else 'answers'}")

    report(f"starting; data in {settings.data_dir}, logs in {settings.data_dir / 'logs'}")
    board = supervisor.start(Part("board", ("dashboard",), 10, "the board is at"))
    await asyncio.gather(chain(_log_parts(settings)), chain(_table_parts(settings)))
    if replay:
        await chain([Part("replay", ("replay", "--yes"), 5, once=True)])
    supervisor.start(Part("gateway", ("gateway",), 25, "gateway answers on"))
    for part in _workers(settings):
        supervisor.start(part)
    report(f"workers: {settings.workers} core and 1 sink started; the gateway for pushes, too")
    if settings.connectors_file:
        supervisor.start(Part("connectors", ("connectors",), 15))
        report(f"connectors: started with the accounts of {settings.connectors_file}")
    if feed:
        supervisor.start(Part("feed", FEED, 10, once=True))
        report("feed: simulated days of 2,800 orders, 60 times as fast as life, over and over")
    try:
        await asyncio.wait_for(board.answers.wait(), BOARD_S)
    except TimeoutError:
        say(f"the board does not answer yet; see {board.log.path}")
    else:
        say(f"\n  The board:  {known_endpoint(settings, 'board')}\n  To stop:    Ctrl-C (data stays)\n")


def _log_parts(settings: Settings) -> list[Part]:
    broker = Part("broker", ("broker",), 25, "broker answers on", tells="fetching")
    topics = Part("topics", ("topics", "create"), 5, once=True)
    return [*([] if settings.kafka_bootstrap else [broker]), topics]


def _table_parts(settings: Settings) -> list[Part]:
    store = Part("store", ("store",), 25, "store answers on")
    migrations = Part("migrations", ("migrate", "up"), 5, once=True)
    return [*([] if settings.clickhouse_url else [store]), migrations]


def _workers(settings: Settings) -> list[Part]:
    core = [
        Part(f"core-{index}", ("worker", "--group", "core", "--index", str(index)), 30)
        for index in range(settings.workers)
    ]
    return [*core, Part("sink-0", ("worker", "--group", "sink", "--index", "0"), 30)]


def _environment(settings: Settings, *, feed: bool) -> dict[str, str]:
    """Return the environment of the parts: ours, and what the command line changed."""
    own = {
        "CERTAINTY_DATA_DIR": str(settings.data_dir),
        "CERTAINTY_WORKERS": str(settings.workers),
        "PYTHONUNBUFFERED": "1",
    }
    return os.environ | own | ({"CERTAINTY_CLOCK": "event"} if feed else {})
