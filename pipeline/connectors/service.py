"""Runs every account at once: one round and an end, or round after round until it is stopped."""

import asyncio
from contextlib import suppress

from pipeline.connectors.runner import Round, Runner


async def pull_once(runners: list[Runner]) -> Round:
    """Pull everything that is due; returns all rounds as one."""
    rounds = await asyncio.gather(*(_until_caught_up(runner) for runner in runners))
    return Round(
        pages=sum(each.pages for each in rounds),
        oversized=sum(each.oversized for each in rounds),
        stopped=any(each.stopped for each in rounds),
        troubles=list(dict.fromkeys(trouble for each in rounds for trouble in each.troubles)),
    )


async def _until_caught_up(runner: Runner) -> Round:
    whole = Round(behind=True)
    while whole.behind:
        told = await runner.round()
        whole.pages, whole.oversized = whole.pages + told.pages, whole.oversized + told.oversized
        whole.troubles += told.troubles
        whole.stopped = told.stopped
        whole.behind = told.behind and not told.stopped
    return whole


async def serve(runners: list[Runner], stop: asyncio.Event) -> None:
    """Pull every account for ever; returns when `stop` is set. A stopped account leaves the others alone."""
    stopped = asyncio.create_task(stop.wait())
    work = asyncio.create_task(_serve_all(runners, stop))
    try:
        await asyncio.wait({stopped, work}, return_when=asyncio.FIRST_COMPLETED)
        if work.done():
            work.result()  # a fault of ours must end the process
        await stopped
    finally:
        work.cancel()
        stopped.cancel()
        with suppress(asyncio.CancelledError):
            await work


async def _serve_all(runners: list[Runner], stop: asyncio.Event) -> None:
    async with asyncio.TaskGroup() as group:
        for runner in runners:
            group.create_task(_serve_one(runner, stop))


async def _serve_one(runner: Runner, stop: asyncio.Event) -> None:
    while not stop.is_set():
        told = await runner.round()
        if told.stopped:
            return
        if not told.behind:
            with suppress(TimeoutError):
                await asyncio.wait_for(stop.wait(), runner.account.every_s)
