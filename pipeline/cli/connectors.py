"""`certainty connectors`: pulls every account of the accounts file."""

import asyncio
import logging
import os
import signal
import time
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from pipeline.cli.exits import Exit, exits, fail, say, settings_or_exit

if TYPE_CHECKING:
    from pipeline.connectors import Account, Round
    from pipeline.settings import Settings

PATIENCE_S = 60.0
"""Longest wait for Kafka with --once; without it the wait has no end."""

Once = Annotated[bool, typer.Option("--once", help="Pull what is due once and stop.")]
Check = Annotated[bool, typer.Option("--check", help="Check the file only; nothing is asked or sent.")]


def register(app: typer.Typer) -> None:
    """Add the command."""

    @app.command()
    def connectors(*, once: Once = False, check: Check = False) -> None:
        """Pull orders, refunds, parcels and stock of every account (docs/connectors.md) until Ctrl-C."""
        with exits():
            settings = settings_or_exit()
            accounts = _accounts(settings)
            if check:
                typer.echo(f"{settings.connectors_file}: {len(accounts)} accounts can be used")
                return
            _run(settings, accounts, once=once)


def _accounts(settings: "Settings") -> "tuple[Account, ...]":
    from pipeline.connectors import AccountsRefused, load_accounts  # noqa: PLC0415  (keeps --help fast)

    if not settings.connectors_file:
        raise fail(
            "no accounts file is named: set CERTAINTY_CONNECTORS_FILE to one (docs/connectors.md)", Exit.USAGE
        )
    try:
        return load_accounts(Path(settings.connectors_file), os.environ)
    except AccountsRefused as error:
        raise fail(str(error), Exit.USAGE) from None


def _run(settings: "Settings", accounts: "tuple[Account, ...]", *, once: bool) -> None:
    from pipeline.connectors import KafkaAway  # noqa: PLC0415
    from pipeline.connectors.cursors import NoCursors  # noqa: PLC0415
    from pipeline.embedded.process import owned  # noqa: PLC0415
    from pipeline.log import write_log  # noqa: PLC0415

    write_log("WARNING")
    logging.getLogger("httpx").setLevel(logging.WARNING)  # at INFO it writes addresses, and tokens in them
    logging.getLogger("aiokafka").setLevel(logging.CRITICAL)  # one sentence of ours says it all
    try:
        with owned(settings.data_dir / "connectors.lock", "`certainty connectors`"):
            told = asyncio.run(_pull(settings, accounts, once=once))
    except (KafkaAway, NoCursors) as error:
        raise fail(f"{error}; what was not confirmed is pulled again", Exit.UNREACHABLE) from None
    if told is not None:
        _report(told)


async def _pull(settings: "Settings", accounts: "tuple[Account, ...]", *, once: bool) -> "Round | None":
    import httpx  # noqa: PLC0415
    from prometheus_client import start_http_server  # noqa: PLC0415

    from pipeline.connectors import Outlet, Runner  # noqa: PLC0415
    from pipeline.connectors.client import Client, Clock  # noqa: PLC0415
    from pipeline.connectors.outlet import wait_for_cursors  # noqa: PLC0415
    from pipeline.connectors.service import pull_once, serve  # noqa: PLC0415
    from pipeline.endpoints import kafka_bootstrap  # noqa: PLC0415
    from pipeline.producer import Producer  # noqa: PLC0415

    bootstrap, clock = kafka_bootstrap(settings), Clock(time.time)
    patience_s = PATIENCE_S if once else None
    stop = asyncio.Event()
    if not once:
        server, _ = start_http_server(0, addr="127.0.0.1")
        say(f"certainty: the connectors answer on http://127.0.0.1:{server.server_port}/metrics")
        for number in (signal.SIGTERM, signal.SIGINT):
            asyncio.get_running_loop().add_signal_handler(number, stop.set)
    cursors = await wait_for_cursors(bootstrap, settings.partitions, clock, patience_s)
    producer = Producer(bootstrap, settings.partitions, "certainty-connectors")
    outlet = Outlet(producer, clock, patience_s)
    async with httpx.AsyncClient(timeout=30.0, follow_redirects=False) as http:
        runners = [Runner(each, Client(each, http, clock), outlet, cursors, clock) for each in accounts]
        try:
            await outlet.open()
            if once:
                return await pull_once(runners)
            await serve(runners, stop)
        finally:
            await producer.stop()
    return None


def _report(told: "Round") -> None:
    for trouble in told.troubles:
        say(f"certainty: {trouble}")
    typer.echo(f"{told.pages} pages pulled")
    if told.troubles:
        raise typer.Exit(Exit.PROBLEMS)
