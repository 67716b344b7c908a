"""Reading in step, whatever the topics and fetches: nothing lost, nothing early, nobody held up."""

from collections import defaultdict
from dataclasses import dataclass, field
from math import inf
from operator import attrgetter
from types import SimpleNamespace
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from pipeline.runtime.in_step import PATIENCE_S, InStep, Member, Slice

TIME = attrgetter("timestamp")
MEMBERS: tuple[Member, ...] = (("a", 0), ("b", 0), ("c", 0), ("a", 1), ("b", 1))
Log = dict[Member, list[int]]


@dataclass
class Kafka:
    """The topics as written, and how far they were fetched and read."""

    log: Log
    fetched: dict[Member, int] = field(default_factory=lambda: defaultdict(int))
    read: dict[Member, list[int]] = field(default_factory=lambda: defaultdict(list))

    def behind(self) -> list[Member]:
        return [member for member, times in self.log.items() if self.fetched[member] < len(times)]

    def fetch(self, member: Member, count: int, steps: InStep) -> None:
        """Take some records; offsets have gaps, as after compaction."""
        first, times = self.fetched[member], self.log[member]
        taken: list[Any] = [
            SimpleNamespace(
                topic=member[0], partition=member[1], offset=3 * n, timestamp=times[n], value=b"v"
            )
            for n in range(first, min(first + count, len(times)))
        ]
        if taken:
            steps.hold(member, taken)
            self.fetched[member] = first + len(taken)

    def unread(self) -> dict[Member, list[int]]:
        return {member: times[len(self.read[member]) :] for member, times in self.log.items()}

    def deliver(self, due: Slice) -> None:
        for record in due.records:
            self.read[record.topic, record.partition].append(record.offset // 3)
        for member, end in due.ends.items():
            assert end == 3 * self.read[member][-1] + 1


TIMES = st.lists(st.integers(0, 400), max_size=25)
LOGS = st.fixed_dictionaries({member: TIMES.map(sorted) for member in MEMBERS})
UNSORTED = st.fixed_dictionaries(dict.fromkeys(MEMBERS, TIMES))
FETCHES = st.lists(st.tuples(st.sampled_from(MEMBERS), st.integers(1, 9)), max_size=60)
TURNS = st.lists(
    st.tuples(st.sampled_from((0, 1)), st.sampled_from(MEMBERS), st.integers(1, 9), st.booleans()),
    max_size=60,
)
STEPS = st.integers(0, 120)


def drain(kafka: Kafka, steps: InStep, now_s: float = 0) -> list[Slice]:
    """Read as long as anything may be read."""
    found = []
    while due := steps.next(kafka.behind, now_s):
        found.append(due)
        kafka.deliver(due)
    return found


@given(UNSORTED, FETCHES, STEPS, st.integers(1, 40))
def test_every_record_is_read_once_and_in_the_order_of_its_partition(
    log: Log, fetches: list[tuple[Member, int]], step_ms: int, most: int
) -> None:
    kafka, steps = Kafka(log), InStep(TIME, step_ms, most)
    for member, count in [*fetches, *((member, 99) for member in MEMBERS)]:
        kafka.fetch(member, count, steps)
        for due in drain(kafka, steps):
            assert len(due.records) <= most
    assert not steps.holds
    assert {member: kafka.read[member] for member in log} == {m: list(range(len(t))) for m, t in log.items()}


@given(LOGS, FETCHES, STEPS, st.integers(1, 40))
def test_no_record_is_read_while_an_older_one_by_more_than_the_step_is_unread_anywhere(
    log: Log, fetches: list[tuple[Member, int]], step_ms: int, most: int
) -> None:
    kafka, steps = Kafka(log), InStep(TIME, step_ms, most)
    for member, count in [*fetches, *((member, 99) for member in MEMBERS)]:
        kafka.fetch(member, count, steps)
        while due := steps.next(kafka.behind, 0):
            for record in due.records:
                oldest = min(times[0] for times in kafka.unread().values() if times)
                assert record.timestamp <= oldest + step_ms
                kafka.deliver(Slice([record], {}, 0))
            assert [r.timestamp for r in due.records] == sorted(r.timestamp for r in due.records)


@given(st.tuples(LOGS, LOGS), TURNS, STEPS, st.integers(1, 40))
def test_of_two_workers_none_reads_further_ahead_of_what_the_other_has_yet_to_read_than_the_step(
    logs: tuple[Log, Log], turns: list[tuple[int, Member, int, bool]], step_ms: int, most: int
) -> None:
    """What one knows of the other may be old: it was said some turns ago."""
    pair = [(Kafka(log), InStep(TIME, step_ms, most)) for log in logs]
    said: list[float] = [0, 0]
    rest = [(who, member, 99, True) for _ in range(50) for member in MEMBERS for who in (0, 1)]
    for who, member, count, speaks in [*turns, *rest]:
        (kafka, steps), (other, _) = pair[who], pair[1 - who]
        kafka.fetch(member, count, steps)
        while due := steps.next(kafka.behind, 0, said[1 - who]):
            oldest = min((times[0] for times in other.unread().values() if times), default=inf)
            assert max(record.timestamp for record in due.records) <= oldest + step_ms
            kafka.deliver(due)
        if speaks:
            front_ms = steps.front_ms(kafka.behind())
            said[who] = inf if front_ms is None else front_ms
    assert not any(steps.holds for _, steps in pair), "both came to their end"


@given(UNSORTED, st.sampled_from(MEMBERS), STEPS)
def test_what_is_held_is_read_to_its_end_when_nobody_is_behind_and_empty(
    log: Log, slow: Member, step_ms: int
) -> None:
    kafka, steps = Kafka(log), InStep(TIME, step_ms, 1000)
    for member in MEMBERS:
        kafka.fetch(member, 99 if member != slow else 1, steps)
    missing = kafka.fetched[slow] < len(log[slow])
    drain(kafka, steps)
    assert kafka.read[slow] == list(range(kafka.fetched[slow]))
    assert missing or not steps.holds


@given(UNSORTED, st.sampled_from(MEMBERS), STEPS)
def test_a_partition_that_brings_nothing_holds_the_others_up_for_so_long_and_no_longer(
    log: Log, away: Member, step_ms: int
) -> None:
    log = {**log, away: [1, 2]}
    kafka, steps = Kafka(log), InStep(TIME, step_ms, 1000)
    for member in MEMBERS:
        if member != away:
            kafka.fetch(member, 99, steps)
    assert drain(kafka, steps, 1.0) == []
    assert drain(kafka, steps, 1.0 + PATIENCE_S - 0.001) == []
    drain(kafka, steps, 1.0 + PATIENCE_S)
    assert not steps.holds


@given(LOGS, FETCHES, STEPS, st.integers(0, 59))
def test_what_was_dropped_and_is_fetched_again_from_where_reading_stopped_is_read_once(
    log: Log, fetches: list[tuple[Member, int]], step_ms: int, dropped_after: int
) -> None:
    kafka, steps = Kafka(log), InStep(TIME, step_ms, 7)
    for number, (member, count) in enumerate([*fetches, *((member, 99) for member in MEMBERS)]):
        kafka.fetch(member, count, steps)
        due = steps.next(kafka.behind, 0)
        if due is not None:
            kafka.deliver(due)
        if number == dropped_after:
            steps.clear()
            kafka.fetched.update({m: len(kafka.read[m]) for m in MEMBERS})
    for member in MEMBERS:
        kafka.fetch(member, 99, steps)
    drain(kafka, steps)
    assert {member: kafka.read[member] for member in log} == {m: list(range(len(t))) for m, t in log.items()}
