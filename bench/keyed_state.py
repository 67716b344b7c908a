"""The same keyed-state job on every runtime: one broker, one topic, one after the other, results checked."""

import asyncio
import json
import shutil
import statistics
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from bench import kafka
from bench.contestants import CONTESTANTS, Accounts, Contestant, accounts_of, snapshot_accounts
from bench.environment import peer_python
from bench.measure import JobFigures
from bench.orders import differences
from bench.processes import BenchFailed, Child, running

EVENTS = 2_000_000
QUICK_EVENTS = 200_000
FEWEST_EVENTS = 10_000
PARTITIONS = 4
ROUNDS = 3
JOB_S = 300.0
Say = Callable[[str], None]


@dataclass(frozen=True, slots=True)
class Round:
    """One run of one contestant."""

    contestant: str
    figures: JobFigures


@dataclass(frozen=True, slots=True)
class Plan:
    """One run to come: which contestant, on which topic, and the accounts that must come out."""

    contestant: Contestant
    number: int
    topic: str
    expected: Accounts

    @property
    def name(self) -> str:
        return f"{self.contestant.name.replace('_', '-')}-{self.number}"

    @property
    def changelog(self) -> str:
        return self.contestant.changelog.format(name=self.name, topic=self.topic)

    @property
    def events(self) -> int:
        return sum(count for count, _ in self.expected.values())


@dataclass(frozen=True, slots=True)
class Standing:
    """A contestant's runs together: the median of each figure, and the slowest and fastest run."""

    name: str
    peer: bool
    note: str
    events: int
    events_per_s: float
    slowest: float
    fastest: float
    cpu_us_per_event: float
    peak_rss_mb: float


def run(cluster: str, home: Path, events: int, rounds: int, say: Say) -> list[Standing]:
    """Run all contestants in turn, `rounds` times; raises BenchFailed when a result is wrong."""
    topics = _topics(cluster, events, say)
    runs: list[Round] = []
    for number in range(1, rounds + 1):
        for contestant in CONTESTANTS:
            plan = Plan(contestant, number, *topics[share_of(contestant, events)])
            figures = _run_one(plan, cluster, home)
            say(
                f"round {number}: {contestant.name} {figures.events_per_s:,.0f} events/s,"
                f" {figures.cpu_us_per_event:.1f} CPU-us an event, result correct"
            )
            runs.append(Round(contestant.name, figures))
    return standings(runs)


def share_of(contestant: Contestant, events: int) -> int:
    """Return how many events a contestant gets."""
    return min(events, max(FEWEST_EVENTS, round(events * contestant.share)))


def standings(runs: Sequence[Round]) -> list[Standing]:
    """Return each contestant's medians, in the order of CONTESTANTS."""
    found = []
    for contestant in CONTESTANTS:
        figures = [run.figures for run in runs if run.contestant == contestant.name]
        if figures:
            rates = [one.events_per_s for one in figures]
            found.append(
                Standing(
                    name=contestant.name,
                    peer=contestant.peer,
                    note=contestant.note,
                    events=figures[0].events,
                    events_per_s=statistics.median(rates),
                    slowest=min(rates),
                    fastest=max(rates),
                    cpu_us_per_event=statistics.median(one.cpu_us_per_event for one in figures),
                    peak_rss_mb=max(one.peak_rss_mb for one in figures),
                )
            )
    return found


def _topics(cluster: str, events: int, say: Say) -> dict[int, tuple[str, Accounts]]:
    """Fill one topic for each number of events wanted; returns its name and the expected accounts."""
    topics = {}
    for count in sorted({share_of(contestant, events) for contestant in CONTESTANTS}):
        name = f"bench-orders-{count}"
        say(f"filling {name}: {count:,} events")
        asyncio.run(kafka.create_topic(cluster, name, PARTITIONS))
        topics[count] = (name, asyncio.run(kafka.fill(cluster, name, PARTITIONS, count)).accounts)
    return topics


def _run_one(plan: Plan, cluster: str, home: Path) -> JobFigures:
    contestant, figures = plan.contestant, home / f"{plan.name}.json"
    state = home / plan.name
    state.mkdir()
    if contestant.creates:
        asyncio.run(kafka.create_topic(cluster, plan.changelog, PARTITIONS, compact=True))
    python = str(peer_python()) if contestant.own_environment else sys.executable
    words = {
        "--cluster": cluster,
        "--topic": plan.topic,
        "--name": plan.name,
        "--events": str(plan.events),
        "--partitions": str(PARTITIONS),
        "--state": str(state),
        "--figures": str(figures),
        "--changelog": plan.changelog,
    }
    command = [python, "-m", contestant.module, *(word for pair in words.items() for word in pair)]
    with running(Child(plan.name, command, home / f"{plan.name}.log", {"PYTHONWARNINGS": "ignore"})) as job:
        job.wait(JOB_S)
    _check(plan, cluster, state)
    shutil.rmtree(state)
    return JobFigures(**json.loads(figures.read_text(encoding="utf-8")))


async def _last_values(cluster: str, changelog: str) -> dict[bytes, bytes | None]:
    return {record.key: record.value async for record in kafka.records(cluster, [changelog])}


def _check(plan: Plan, cluster: str, state: Path) -> None:
    """Compare what is durable with what must come out, and the commits with the end of the topic."""
    if plan.changelog:
        found = accounts_of(plan.contestant, asyncio.run(_last_values(cluster, plan.changelog)))
        asyncio.run(kafka.delete_topics(cluster, [plan.changelog]))
    else:
        found = snapshot_accounts(state)
    wrong = differences(plan.expected, found)
    if wrong:
        raise BenchFailed(
            f"{plan.name}: the run is invalid, {len(wrong)} of {len(plan.expected)} accounts are wrong:"
            f" {wrong[0]}"
        )
    if plan.contestant.group:
        group = plan.contestant.group.format(name=plan.name)
        done = asyncio.run(kafka.committed(cluster, group, plan.topic))
        if done != plan.events:
            raise BenchFailed(
                f"{plan.name}: the run is invalid, only {done} of {plan.events} events are committed"
            )
