"""Parked records are read again: from their places, each once, and what is gone is said."""

from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import orjson
import pytest
import typer
from aiokafka import TopicPartition
from aiokafka.errors import OffsetOutOfRangeError
from typer.testing import CliRunner, Result

from pipeline import parked as module
from pipeline.cli import replay as command
from pipeline.parked import Code, Count, Parked, Tally, _Run
from pipeline.producer import Record

TOPIC = "raw.tmall.v1"


@dataclass
class Lying:
    """A record as it lies in the log."""

    offset: int
    key: bytes
    value: bytes
    headers: tuple[tuple[str, bytes], ...] = (("source", b"tmall"), ("delivery_id", b"d"))


@dataclass
class FakeLog:
    """Partitions of raw topics: a consumer that reads them, and a producer that appends to them."""

    partitions: dict[TopicPartition, list[Lying]]
    first: dict[TopicPartition, int] = field(default_factory=dict)
    appended: list[tuple[str, int, Record]] = field(default_factory=list)
    seeks: int = 0
    _tp: TopicPartition | None = None
    _at: int | None = None
    _pending: list[tuple[str, int, Record]] = field(default_factory=list)

    async def topics(self) -> set[str]:
        return {tp.topic for tp in self.partitions}

    async def beginning_offsets(self, tps: list[TopicPartition]) -> dict[TopicPartition, int]:
        return {tp: self.first.get(tp, 0) for tp in tps}

    async def end_offsets(self, tps: list[TopicPartition]) -> dict[TopicPartition, int]:
        return {tp: self.partitions[tp][-1].offset + 1 if self.partitions[tp] else 0 for tp in tps}

    def assign(self, tps: list[TopicPartition]) -> None:
        (self._tp,) = tps
        self._at = None

    def seek(self, tp: TopicPartition, offset: int) -> None:
        assert tp == self._tp
        self.seeks += 1
        self._at = offset

    async def getmany(
        self, tp: TopicPartition, *, timeout_ms: int, max_records: int
    ) -> dict[TopicPartition, Any]:
        assert self._at is not None, "a position was never set"
        if self._at < self.first.get(tp, 0):
            raise OffsetOutOfRangeError({tp: self._at})
        got = [lying for lying in self.partitions[tp] if lying.offset >= self._at][:max_records]
        self._at = got[-1].offset + 1 if got else self._at
        return {tp: got} if got else {}

    def add(self, topic: str, record: Record, partition: int) -> None:
        self._pending.append((topic, partition, record))

    async def flush(self) -> int:
        for topic, partition, record in self._pending:
            lying = self.partitions[TopicPartition(topic, partition)]
            lying.append(Lying(lying[-1].offset + 1, record.key or b"", record.value or b"", record.headers))
        self.appended += self._pending
        self._pending = []
        return 0


class FakeReader:
    """Answers the question for waiting records from a list, page by page."""

    def __init__(self, waiting: list[Parked]) -> None:
        self.waiting = waiting
        self.pages = 0

    def query(self, sql: str, names: dict[str, Any]) -> list[dict[str, Any]]:
        after = (names["topic"], names["partition"], names["offset"])
        self.pages += 1
        return [
            {**row._asdict(), "codes": [(subject, *code) for subject, code in row.codes.items()]}
            for row in sorted(self.waiting, key=lambda row: row[:3])
            if row[:3] > after
        ][: names["page"]]


def log(partitions: int = 2, records: int = 10) -> FakeLog:
    return FakeLog(
        {
            TopicPartition(TOPIC, p): [Lying(n, b"A-%d" % n, b"%d.%d" % (p, n)) for n in range(records)]
            for p in range(partitions)
        }
    )


def waits(offset: int, partition: int = 0, *codes: str, key: str = "", topic: str = TOPIC) -> Parked:
    said = {f"code:tmall|status|{code}": Code("tmall", "status", code) for code in codes or ("MOON",)}
    return Parked(topic, partition, offset, key or f"A-{offset}", said)


async def run(kafka: FakeLog, *waiting: Parked) -> tuple[Tally, list[str]]:
    said: list[str] = []
    tally = await _Run(FakeReader(list(waiting)), kafka, kafka, said.append).through()  # type: ignore[arg-type]
    return tally, said


def values(kafka: FakeLog) -> list[bytes | None]:
    return [record.value for _, _, record in kafka.appended]


async def test_a_record_is_appended_to_its_own_partition_with_its_headers_and_the_subjects() -> None:
    kafka = log()
    tally, said = await run(kafka, waits(4, 1, "MOON", "SUN"))
    ((topic, partition, record),) = kafka.appended
    assert (topic, partition, record.key, record.value) == (TOPIC, 1, b"A-4", b"1.4")
    assert record.headers == (
        ("source", b"tmall"),
        ("delivery_id", b"d"),
        ("parked", b"code:tmall|status|MOON\ncode:tmall|status|SUN"),
    )
    assert (tally.records, tally.missing, said) == (1, 0, [])
    assert tally.codes == {Code("tmall", "status", code): Count(1, 0) for code in ("MOON", "SUN")}


async def test_a_copy_of_a_copy_names_its_subjects_once() -> None:
    kafka = log()
    kafka.partitions[TopicPartition(TOPIC, 0)][3].headers += (("parked", b"code:old"),)
    await run(kafka, waits(3))
    assert [value for name, value in kafka.appended[0][2].headers if name == "parked"] == [
        b"code:tmall|status|MOON"
    ]


@pytest.mark.parametrize("page", [1, 2, 100])
@pytest.mark.parametrize("jump", [0, 3, 100])
async def test_every_waiting_record_is_read_once_however_it_is_paged_and_sought(
    monkeypatch: pytest.MonkeyPatch, page: int, jump: int
) -> None:
    monkeypatch.setattr(module, "PAGE", page)
    monkeypatch.setattr(module, "JUMP", jump)
    monkeypatch.setattr(module, "FETCH_RECORDS", 2)
    kafka = log()
    tally, _ = await run(kafka, *(waits(o, p) for p in (0, 1) for o in (0, 1, 5, 9)))
    assert values(kafka) == [b"%d.%d" % (p, o) for p in (0, 1) for o in (0, 1, 5, 9)]
    assert tally.records == 8


async def test_it_sends_before_it_gathers_too_much(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "FLUSH_BYTES", 5)
    kafka = log()
    most: list[int] = []
    add = kafka.add

    def counted(topic: str, record: Record, partition: int) -> None:
        add(topic, record, partition)
        most.append(len(kafka._pending))

    kafka.add = counted  # type: ignore[method-assign]
    await run(kafka, *(waits(o) for o in range(10)))
    assert (len(kafka.appended), max(most)) == (10, 2)


async def test_a_record_that_is_no_longer_there_is_said_and_counted_and_the_others_go_on() -> None:
    kafka = log()
    kafka.first[TopicPartition(TOPIC, 0)] = 3
    del kafka.partitions[TopicPartition(TOPIC, 0)][:3]
    gone = [waits(2), waits(12), waits(5, key="somebody else"), waits(0, topic="raw.gone.v1")]
    tally, said = await run(kafka, *gone, waits(6), waits(1, 1))
    assert values(kafka) == [b"0.6", b"1.1"]
    assert (tally.records, tally.missing) == (2, 4)
    assert sorted(line.partition(" cannot be read again: ")[::2] for line in said) == [
        ("raw.gone.v1[0]@0", "the topic ends before it: it is gone, or was created anew since"),
        ("raw.tmall.v1[0]@12", "the topic ends before it: it is gone, or was created anew since"),
        ("raw.tmall.v1[0]@2", "retention has deleted it; the partition begins at 3 by now"),
        ("raw.tmall.v1[0]@5", "another record lies there: the topic was created anew since"),
    ]


async def test_what_retention_deletes_while_we_read_is_lost_and_the_rest_is_not() -> None:
    kafka = log()
    tp = TopicPartition(TOPIC, 0)
    beginnings = kafka.beginning_offsets

    async def then_deleted(tps: list[TopicPartition]) -> dict[TopicPartition, int]:
        found = await beginnings(tps)
        kafka.first[tp] = 4
        kafka.partitions[tp] = [lying for lying in kafka.partitions[tp] if lying.offset >= 4]
        return found

    kafka.beginning_offsets = then_deleted  # type: ignore[method-assign]
    tally, _ = await run(kafka, waits(1), waits(2), waits(7))
    assert (values(kafka), tally.missing) == ([b"0.7"], 2)


async def test_many_lost_records_are_named_up_to_a_limit_and_counted_beyond() -> None:
    kafka = log(records=60)
    kafka.first[TopicPartition(TOPIC, 0)] = 50
    tally, said = await run(kafka, *(waits(o) for o in range(25)))
    assert (tally.missing, len(said)) == (25, 21)
    assert said[-1] == "and 5 more that cannot be read again"


async def test_a_copy_that_was_parked_anew_meanwhile_is_left_to_the_next_run(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Else a map that still knows nothing would be asked for ever."""
    monkeypatch.setattr(module, "PAGE", 1)
    kafka = log()
    reader = FakeReader([waits(8), waits(9)])
    flush = kafka.flush

    async def parked_anew() -> int:
        before = len(kafka.appended)
        await flush()
        for _, partition, record in kafka.appended[before:]:
            old = next(row for row in reader.waiting if row.key == (record.key or b"").decode())
            last = kafka.partitions[TopicPartition(TOPIC, partition)][-1].offset
            reader.waiting = [row for row in reader.waiting if row is not old] + [old._replace(offset=last)]
        assert reader.pages < 20
        return 0

    kafka.flush = parked_anew  # type: ignore[method-assign]
    tally = await _Run(reader, kafka, kafka, lambda line: None).through()  # type: ignore[arg-type]
    assert (tally.records, tally.missing) == (2, 0)
    assert [row.offset for row in sorted(reader.waiting)] == [10, 11]


def test_subjects_beyond_what_a_header_takes_wait_for_the_next_run() -> None:
    many = waits(0, 0, *(f"{n:0500}" for n in range(200)))
    header = many.subjects()
    assert len(header) <= module.SUBJECT_BYTES
    assert header.split(b"\n")[0].decode() == next(iter(many.codes))


@pytest.fixture
def runner() -> CliRunner:
    return CliRunner()


@pytest.fixture
def replayed(runner: CliRunner, monkeypatch: pytest.MonkeyPatch) -> Any:
    def invoke(tally: Tally, *arguments: str) -> Result:
        monkeypatch.setattr(module, "read_again", lambda settings, say: tally)
        app = typer.Typer()
        command.register(app)
        return runner.invoke(app, list(arguments))

    return invoke


FOUND = Tally(3, 1, {Code("tmall", "status", "月亮"): Count(2, 1), Code("jd", "status", "a\nb"): Count(1)})


def test_the_command_says_how_many_records_of_which_codes(replayed: Any) -> None:
    result = replayed(FOUND, "--parked")
    assert result.exit_code == 3, "some could not be found"
    assert result.stdout.splitlines() == [
        'jd  status  "a\\nb": 1 record',
        'tmall  status  "月亮": 2 records, 1 cannot be read again',
    ]
    assert "3 records are read again" in result.stderr
    nothing = replayed(Tally(), "--parked")
    assert (nothing.exit_code, nothing.stdout) == (0, "")
    assert "no record waits" in nothing.stderr


def test_the_command_answers_in_json(replayed: Any) -> None:
    result = replayed(FOUND, "--parked", "--json")
    assert result.exit_code == 3
    assert orjson.loads(result.stdout) == {
        "records": 3,
        "missing": 1,
        "codes": [
            {"source": "jd", "field": "status", "code": "a\nb", "records": 1, "missing": 0},
            {"source": "tmall", "field": "status", "code": "月亮", "records": 2, "missing": 1},
        ],
    }


@pytest.mark.parametrize("words", [(), ("--json",), ("--parked", "--yes"), ("--yes", "--json")])
def test_what_goes_together_with_nothing_is_refused(replayed: Any, words: tuple[str, ...]) -> None:
    result = replayed(Tally(), *words)
    assert (result.exit_code, result.stdout) == (2, "")
    assert result.stderr.startswith("certainty: ")


def test_without_kafka_the_command_ends_with_one_sentence_and_exit_code_4(
    runner: CliRunner, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CERTAINTY_DATA_DIR", str(tmp_path))
    monkeypatch.setenv("CERTAINTY_KAFKA_BOOTSTRAP", "127.0.0.1:1")
    app = typer.Typer()
    command.register(app)
    result = runner.invoke(app, ["--parked"])
    (line,) = result.stderr.splitlines()
    assert (result.exit_code, line.startswith("certainty: Kafka on 127.0.0.1:1 does not answer")) == (4, True)
