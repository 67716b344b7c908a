"""The feed: pace, outages, going on after a stop, scores, and what the command refuses."""

import asyncio
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from aiokafka.errors import KafkaConnectionError
from typer.testing import CliRunner

from pipeline.cli import build, simulating
from pipeline.cli.exits import Exit
from pipeline.cli.simulated_findings import QUESTIONS
from pipeline.cli.simulating import Fed, Note, Run, Sender, Wanted
from pipeline.producer import Record
from pipeline.settings import Settings
from pipeline.simulator.day import plan_day
from pipeline.simulator.feed import RawEvent, raw_events
from pipeline.simulator.pacing import BATCH, Pace, hand_over
from pipeline.simulator.scores import merged, score, score_all
from pipeline.simulator.sheet import answer_sheet
from schemas.raw import RawHeaders

START = datetime(2026, 3, 1, 16, tzinfo=UTC)
START_MS = round(START.timestamp() * 1000)


def event(at: int) -> RawEvent:
    headers = RawHeaders("jd", "shop", at, f"d{at}")
    return RawEvent("raw.jd.v1", b"k", b"%d" % at, headers, at)


def is_count(event: RawEvent) -> bool:
    return b"stock_num_new" in event.value or b"counted_at" in event.value


class Clock:
    """A wall clock that moves a second whenever it is read."""

    def __init__(self) -> None:
        self.now_s = 0.0

    def __call__(self) -> float:
        self.now_s += 1.0
        return self.now_s


async def test_a_feed_at_full_speed_hands_over_everything_in_batches() -> None:
    sent: list[list[RawEvent]] = []

    async def send(batch: list[RawEvent]) -> None:
        sent.append(batch)

    events = [event(at) for at in range(2 * BATCH + 1)]
    assert await hand_over(iter(events), send, Pace(0), Clock(), asyncio.Event())
    assert [len(batch) for batch in sent] == [BATCH, BATCH, 1]
    assert [e for batch in sent for e in batch] == events


async def test_a_paced_feed_sends_nothing_before_its_time(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("pipeline.simulator.pacing.LOOK_S", 0)
    clock = Clock()
    seen: list[tuple[int, float]] = []

    async def send(batch: list[RawEvent]) -> None:
        seen.extend((e.at, clock.now_s) for e in batch)

    events = [event(at) for at in (0, 500, 60_000, 600_000, 900_000)]
    pace = Pace(60.0, full_until_ms=500)
    assert await hand_over(iter(events), send, pace, clock, asyncio.Event())
    sent_at = dict(seen)
    assert list(sent_at) == [0, 500, 60_000, 600_000, 900_000]
    begun_s = 1.0  # the first look at the clock, when the event of the first minute had its turn
    assert 9 <= sent_at[600_000] - begun_s <= 13  # nine simulated minutes, sixty times as fast
    assert 14 <= sent_at[900_000] - begun_s <= 18


async def test_a_stop_ends_a_feed_that_waits() -> None:
    stop = asyncio.Event()

    async def send(batch: list[RawEvent]) -> None:
        stop.set()

    events = [event(at) for at in (0, 1, 86_400_000)]
    finished = hand_over(iter(events), send, Pace(1.0), Clock(), stop)
    assert not await asyncio.wait_for(finished, 5)


class Broker:
    """A producer whose broker is away for the first `failures` batches."""

    failures = 0
    stored: list[bytes | None] = []  # noqa: RUF012 (shared on purpose: a producer is replaced, the broker stays)

    def __init__(self, *_: object) -> None:
        self.gathered: list[Record] = []

    async def __aenter__(self) -> "Broker":
        return self

    async def __aexit__(self, *_: object) -> None:
        return None

    def add(self, topic: str, record: Record, partition: int | None) -> None:
        self.gathered.append(record)

    async def flush(self) -> None:
        gathered, self.gathered = self.gathered, []
        if Broker.failures:
            Broker.failures -= 1
            Broker.stored += [record.value for record in gathered[: len(gathered) // 2]]
            raise KafkaConnectionError("away")
        Broker.stored += [record.value for record in gathered]


def a_run(*, days: int | None = 1, after_ms: int = 0, seed: int = 1) -> Run:
    return Run(Wanted(60, seed, 0.0, START, days), START, Pace(0.0), after_ms)


def some_settings(tmp_path: Path) -> Settings:
    return Settings(data_dir=tmp_path, kafka_bootstrap="127.0.0.1:1", _env_file=None)  # type: ignore[call-arg]


async def test_an_outage_loses_nothing_and_leaves_nothing_out(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(simulating, "Producer", Broker)
    monkeypatch.setattr(simulating, "LEAST_WAIT_S", 0.001)
    monkeypatch.setattr(Broker, "stored", [])
    monkeypatch.setattr(Broker, "failures", 3)
    settings, fed = some_settings(tmp_path), Fed()
    (tmp_path / "simulations").mkdir()
    sender = Sender(settings, a_run(), fed, asyncio.Event(), lambda fed: None)
    events = [event(at) for at in range(1, 11)]
    await sender.send(events[:5])
    await sender.send(events[5:])
    await sender.close()
    first_seen = list(dict.fromkeys(Broker.stored))
    assert first_seen == [e.value for e in events]
    assert (fed.events, fed.until_ms) == (10, 10)


async def test_a_feed_that_goes_on_sends_nothing_of_before_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(simulating, "Producer", Broker)
    monkeypatch.setattr(Broker, "stored", [])
    (tmp_path / "simulations").mkdir()
    sender = Sender(some_settings(tmp_path), a_run(after_ms=5), Fed(), asyncio.Event(), lambda fed: None)
    await sender.send([event(at) for at in range(1, 8)])
    assert Broker.stored == [b"5", b"6", b"7"]


def test_a_loop_that_was_stopped_tells_every_order_to_its_end() -> None:
    """What the broken-off feed had still to tell comes, whatever it told already stays out or is dropped."""
    stopped_ms = START_MS + 40 * 3_600_000
    whole = {(e.topic, e.key, e.value, e.at) for e in raw_events(3, 80, START, days=3) if not is_count(e)}
    on = [e for e in raw_events(3, 80, START, days=3, after_ms=stopped_ms) if e.at >= stopped_ms]
    rest = {(e.topic, e.key, e.value, e.at) for e in on if not is_count(e)}
    ticks = {found for found in whole ^ rest if found[0] == "raw.clock.v1"}
    assert rest - ticks == {found for found in whole if found[3] >= stopped_ms} - ticks


def test_a_loop_goes_on_where_it_was_stopped_a_while_ago(tmp_path: Path) -> None:
    settings = some_settings(tmp_path)
    (tmp_path / "simulations").mkdir()
    wanted = Wanted(60, 1, 60.0, None, None)
    begun = simulating.begin(settings, wanted)
    now_ms = begun.pace.full_until_ms
    assert round(begun.start.timestamp() * 1000) == now_ms - simulating.PREFILL_MS
    simulating._write_note(settings, begun, now_ms + 3_600_000)
    again = simulating.begin(settings, wanted)
    assert (again.start, again.after_ms) == (begun.start, now_ms + 3_600_000)
    assert again.pace.full_until_ms == again.after_ms  # what is dropped must not be waited for
    other = simulating.begin(settings, Wanted(61, 1, 60.0, None, None))
    assert round(other.start.timestamp() * 1000) == now_ms + 3_600_000


def test_a_day_starts_after_everything_the_clock_has_seen(tmp_path: Path) -> None:
    settings = some_settings(tmp_path)
    (tmp_path / "simulations").mkdir()
    first = simulating.begin(settings, Wanted(60, 1, 0.0, None, 1))
    local = first.start.astimezone(datetime.fromisoformat("2026-01-01T00:00+08:00").tzinfo)
    assert (local.hour, local.minute) == (0, 0)
    assert timedelta(0) < first.start - datetime.now(UTC) <= timedelta(days=1)
    until_ms = round(first.start.timestamp() * 1000) + 10 * 86_400_000
    simulating._write_note(settings, first, until_ms)
    second = simulating.begin(settings, Wanted(60, 1, 0.0, None, 1))
    assert round(second.start.timestamp() * 1000) > until_ms
    note = simulating._last_note(settings)
    assert isinstance(note, Note)
    assert not note.loop


def test_scores_count_what_is_missing_and_what_is_invented() -> None:
    assert score({"a", "b"}, {"a", "b"}, set()).is_perfect
    half = score({"a", "b"}, {"b", "c"}, set())
    assert (half.precision, half.recall, half.is_perfect) == (0.5, 0.5, False)
    assert score({"a"}, {"a", "x"}, {"x"}).is_perfect
    assert score(set(), set(), set()).is_perfect
    assert not score({"a"}, set(), set()).is_perfect
    assert not score(set(), {"a"}, set()).is_perfect


def test_kinds_that_nobody_judges_yet_are_listed_and_not_scored() -> None:
    sheets = [answer_sheet(plan_day(seed, 300, START)) for seed in (1, 2)]
    whole = merged(sheets)
    found = {f"promise_{verdict}": set[str]() for verdict in ("kept", "broken", "none")}
    for order, verdict in whole.verdicts.items():
        found[f"promise_{verdict}"].add(order)
    scores = score_all(whole, found)
    assert scores["promise_kept"].planted == sum(sheet.promise["kept"] for sheet in sheets)
    assert scores["promise_kept"].is_perfect
    assert scores["promise_broken"].is_perfect
    assert scores["conflict_near_miss"].found is None
    moved = found["promise_kept"].pop()
    found["promise_broken"].add(moved)
    wrong = score_all(whole, found)
    assert not wrong["promise_kept"].is_perfect
    assert not wrong["promise_broken"].is_perfect


def test_every_kind_that_is_to_be_found_is_judged() -> None:
    sheet = answer_sheet(plan_day(1, 700, START))
    judged = {*QUESTIONS, "promise_kept", "promise_broken", "promise_none"}
    faults_of_a_promise = {  # each is one of the broken, or of the kept
        "late_ship", "late_sign", "never_shipped", "closed_too_late", "closed_in_time", "kept_on_the_second",
        "held", "deadline_moved", "deadline_moved_late",
    }  # fmt: skip
    nothing_to_find = {"conflict_near_miss", "masked_address"}
    assert sheet.kinds.keys() - judged == faults_of_a_promise | nothing_to_find
    assert QUESTIONS.keys() <= sheet.kinds.keys()


@pytest.mark.parametrize(
    ("arguments", "named"),
    [
        (["--loop", "--verify"], "--loop"),
        (["--start", "yesterday"], "yesterday"),
        (["--start", "1999-01-01"], "1999"),
        (["--orders", "0"], "--orders"),
        (["--speed", "-1"], "--speed"),
    ],
)
def test_what_cannot_be_meant_is_refused(arguments: list[str], named: str) -> None:
    result = CliRunner().invoke(build(), ["simulate", *arguments])
    assert result.exit_code == Exit.USAGE
    assert named in result.output
    assert "Traceback" not in result.output


def test_without_a_broker_the_command_says_how_to_start_one(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CERTAINTY_DATA_DIR", str(tmp_path))
    result = CliRunner().invoke(build(), ["simulate", "--orders", "5", "--speed", "0"])
    assert result.exit_code == Exit.UNREACHABLE
    assert "certainty up" in result.output


def test_only_one_feed_runs_on_a_data_directory(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CERTAINTY_DATA_DIR", str(tmp_path))
    with simulating.only_feed(some_settings(tmp_path)):
        result = CliRunner().invoke(build(), ["simulate", "--orders", "5", "--speed", "0"])
    assert result.exit_code == Exit.USAGE
    assert "--no-feed" in result.output
