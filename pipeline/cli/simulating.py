"""Feeds simulated days into Kafka: where they start, and how an outage or a stop is survived."""

import asyncio
import logging
import signal
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import asdict, dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import orjson
from aiokafka.errors import KafkaError

from pipeline.cli.exits import Exit, say
from pipeline.cli.simulated_records import placed
from pipeline.embedded.process import AlreadyRunning, owned
from pipeline.endpoints import NotRunning, kafka_bootstrap
from pipeline.producer import Producer
from pipeline.settings import Settings
from pipeline.simulator.catalogue import DAY_MS, HOUR_MS
from pipeline.simulator.day import plan_day
from pipeline.simulator.feed import RawEvent, raw_events
from pipeline.simulator.pacing import Pace, hand_over
from pipeline.simulator.sheet import Sheet, answer_sheet

PREFILL_MS = 80 * HOUR_MS
"""A loop starts so long ago that deadlines (24 h, 48 h) have passed when it reaches the present."""
FORGOTTEN_MS = 24 * HOUR_MS
"""A loop that was broken off longer ago than this (by the wall clock) is not taken up again."""
LEAST_WAIT_S, MOST_WAIT_S = 0.5, 10.0
STOP_S = 3.0
NOTE_S = 2.0
"""How often a feed writes down how far it has come."""


@dataclass(frozen=True, slots=True)
class Wanted:
    """What the command line asks for. `days` None: for ever; `start` None: as docs/simulator.md says."""

    orders: int
    seed: int
    speed: float
    start: datetime | None
    days: int | None


@dataclass(frozen=True, slots=True)
class Run:
    """One feed; what comes before `after_ms` (milliseconds since 1970 UTC) was sent by an earlier one."""

    wanted: Wanted
    start: datetime
    pace: Pace
    after_ms: int = 0


@dataclass(slots=True)
class Fed:
    """How a feed went. `stopped_by` is the exit code of the signal that ended it early."""

    events: int = 0
    seconds: float = 0.0
    until_ms: int = 0
    stopped_by: Exit | None = None


@dataclass(frozen=True, slots=True)
class Note:
    """How far the last feed came, kept in the data directory."""

    seed: int
    orders: int
    start_ms: int
    until_ms: int
    loop: bool
    written_ms: int


def folder(settings: Settings) -> Path:
    """Return where answer sheets and the note are kept."""
    return settings.data_dir / "simulations"


@contextmanager
def only_feed(settings: Settings) -> Iterator[None]:
    """Hold the lock that lets one feed run at a time: two would drive one clock to different times."""
    try:
        with owned(folder(settings) / "feed.lock", "a simulated feed"):
            yield
    except AlreadyRunning as error:
        raise AlreadyRunning(f"{error}; `certainty up --no-feed` starts everything without one") from None


def begin(settings: Settings, wanted: Wanted) -> Run:
    """Return where this feed starts, given how far the last one drove the clock."""
    now_ms = round(datetime.now(UTC).timestamp() * 1000)
    last = _last_note(settings)
    if wanted.days is None:
        if last is not None and _goes_on(last, wanted, now_ms):
            full_until_ms = max(now_ms, last.until_ms)
            return Run(wanted, _time(last.start_ms), Pace(wanted.speed, full_until_ms), last.until_ms)
        # Judged by a clock that an earlier feed left in the future, orders from before it would be late.
        start_ms = max(now_ms - PREFILL_MS, last.until_ms if last else 0)
        return Run(wanted, _time(start_ms), Pace(wanted.speed, now_ms))
    if wanted.start is not None:
        if last is not None and wanted.start < _time(last.until_ms):
            say(f"note: an earlier feed drove the clock to {_time(last.until_ms)}: this day is history to it")
        return Run(wanted, wanted.start, Pace(wanted.speed))
    after = _time(max(now_ms, last.until_ms if last else 0)).astimezone(ZoneInfo(settings.business_zone))
    midnight = after.replace(hour=0, minute=0, second=0, microsecond=0) + timedelta(days=1)
    return Run(wanted, midnight.astimezone(UTC), Pace(wanted.speed))


def _goes_on(last: Note, wanted: Wanted, now_ms: int) -> bool:
    same = last.loop and (last.seed, last.orders) == (wanted.seed, wanted.orders)
    return same and last.until_ms > now_ms - FORGOTTEN_MS


def _time(ms: int) -> datetime:
    return datetime.fromtimestamp(ms / 1000, UTC)


def _last_note(settings: Settings) -> Note | None:
    try:
        return Note(**orjson.loads((folder(settings) / "clock.json").read_bytes()))
    except (FileNotFoundError, orjson.JSONDecodeError, TypeError):
        return None


def _write_note(settings: Settings, run: Run, until_ms: int) -> None:
    wanted = run.wanted
    start_ms = round(run.start.timestamp() * 1000)
    now_ms = round(datetime.now(UTC).timestamp() * 1000)
    note = Note(wanted.seed, wanted.orders, start_ms, until_ms, wanted.days is None, now_ms)
    fresh = folder(settings) / "clock.json.new"
    fresh.write_bytes(orjson.dumps(asdict(note)))
    fresh.replace(folder(settings) / "clock.json")


def write_sheets(settings: Settings, run: Run) -> list[Sheet]:
    """Write the answer sheet of every day (of a loop: the first) and return them."""
    wanted = run.wanted
    sheets = []
    for number in range(wanted.days or 1):
        seed = wanted.seed + number
        sheet = answer_sheet(plan_day(seed, wanted.orders, run.start + timedelta(days=number)))
        place = folder(settings) / f"{seed}-{wanted.orders}"
        place.mkdir(parents=True, exist_ok=True)
        (place / "answers.json").write_bytes(orjson.dumps(asdict(sheet), option=orjson.OPT_INDENT_2))
        sheets.append(sheet)
    return sheets


async def feed(settings: Settings, run: Run, tell: Callable[[Fed], None] = lambda fed: None) -> Fed:
    """Send everything, in order; SIGINT and SIGTERM end it early. Raises NotRunning."""
    kafka_bootstrap(settings)
    # The sender says itself, once a try, that Kafka is away; the driver would say it hundreds of times.
    logging.getLogger("aiokafka").setLevel(logging.CRITICAL)
    stop, fed = asyncio.Event(), Fed()
    loop = asyncio.get_running_loop()
    for name, code in ((signal.SIGINT, Exit.INTERRUPTED), (signal.SIGTERM, Exit.OK)):
        loop.add_signal_handler(name, _stopped, fed, code, stop)
    began = time.monotonic()
    sender = Sender(settings, run, fed, stop, tell)
    events = raw_events(
        run.wanted.seed,
        run.wanted.orders,
        run.start,
        days=run.wanted.days,
        partitions=settings.partitions,
        after_ms=run.after_ms,
    )
    work = asyncio.create_task(hand_over(events, sender.send, run.pace, time.monotonic, stop))
    stopped = asyncio.create_task(stop.wait())
    await asyncio.wait({work, stopped}, return_when=asyncio.FIRST_COMPLETED)
    if not work.done():
        await asyncio.wait({work}, timeout=STOP_S)
        work.cancel()
    stopped.cancel()
    with suppress(asyncio.CancelledError):
        await work
    await sender.close()
    fed.seconds = time.monotonic() - began
    return fed


def _stopped(fed: Fed, code: Exit, stop: asyncio.Event) -> None:
    fed.stopped_by = code
    stop.set()


class Sender:
    """Sends one batch after the other, each confirmed before the next; waits while Kafka is away.

    A batch that was not confirmed is sent again whole: what had arrived of it is a redelivery, which
    changes nothing. So nothing is lost and nothing is left out.
    """

    def __init__(
        self, settings: Settings, run: Run, fed: Fed, stop: asyncio.Event, tell: Callable[[Fed], None]
    ) -> None:
        self._settings = settings
        self._run = run
        self._fed = fed
        self._stop = stop
        self._tell = tell
        self._producer: Producer | None = None
        self._noted_s = 0.0

    async def send(self, batch: list[RawEvent]) -> None:
        """Return once the batch is confirmed, or the feed is being stopped."""
        fresh = [event for event in batch if event.at >= self._run.after_ms]
        wait_s = LEAST_WAIT_S
        while fresh:
            try:
                await self._try(fresh)
                break
            except (KafkaError, NotRunning, OSError) as error:
                say(f"Kafka is away ({type(error).__name__}: {error}); trying again in {wait_s:g} s")
                await self._drop()
            with suppress(TimeoutError):
                await asyncio.wait_for(self._stop.wait(), wait_s)
            if self._stop.is_set():
                return
            wait_s = min(2 * wait_s, MOST_WAIT_S)
        if fresh:
            self._fed.events += len(fresh)
            self._fed.until_ms = fresh[-1].at
            self._note()
            self._tell(self._fed)
        await asyncio.sleep(0)

    async def _try(self, batch: list[RawEvent]) -> None:
        if self._producer is None:
            producer = Producer(
                kafka_bootstrap(self._settings), self._settings.partitions, "certainty-simulate"
            )
            self._producer = await producer.__aenter__()
        for event in batch:
            self._producer.add(*placed(event))
        await self._producer.flush()

    async def _drop(self) -> None:
        """Give the producer up; after a failure it may hold an outdated sequence."""
        producer, self._producer = self._producer, None
        if producer is not None:
            with suppress(KafkaError, OSError, TimeoutError):
                await asyncio.wait_for(producer.__aexit__(None, None, None), STOP_S)

    def _note(self, *, at_once: bool = False) -> None:
        if at_once or time.monotonic() - self._noted_s > NOTE_S:
            _write_note(self._settings, self._run, self._fed.until_ms)
            self._noted_s = time.monotonic()

    async def close(self) -> None:
        """Write down how far it came and leave Kafka."""
        if self._fed.until_ms:
            self._note(at_once=True)
        await self._drop()


def total_events(orders: int, days: int | None) -> int | None:
    """Return about how many events such a feed has, for the progress bar; a loop has no total."""
    if days is None:
        return None
    ticks = 4 * (days + 2) * DAY_MS // 60_000
    return days * orders * 23 + ticks + 6_000
