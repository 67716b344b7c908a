"""Clocks, processor time and memory of one process, and percentiles; standard library only."""

import argparse
import json
import resource
import time
from dataclasses import asdict, dataclass
from pathlib import Path


@dataclass(frozen=True, slots=True)
class JobFigures:
    """What one job measured about itself, from its first record to its confirmed state."""

    events: int
    seconds: float
    cpu_s: float
    peak_rss_mb: float

    @property
    def events_per_s(self) -> float:
        return self.events / self.seconds

    @property
    def cpu_us_per_event(self) -> float:
        return self.cpu_s * 1e6 / self.events


@dataclass(frozen=True, slots=True)
class JobArguments:
    """What every job is told: `cluster` a host:port, `state` an empty directory of its own, `figures` a file.

    `changelog` is the topic for a runtime that has none of its own; empty: it goes without.
    """

    cluster: str
    topic: str
    name: str
    events: int
    partitions: int
    state: Path
    figures: Path
    changelog: str


class Meter:
    """Starts at the first record, stops when the job's state is confirmed."""

    def __init__(self, job: JobArguments) -> None:
        self.job = job
        self._wall = 0.0
        self._cpu = 0.0

    @property
    def running(self) -> bool:
        return self._wall > 0

    def start(self) -> None:
        """Take the first reading; call it when the first record arrives."""
        self._cpu = cpu_seconds()
        self._wall = time.perf_counter()

    def stop(self) -> None:
        """Take the second reading and write the figures into the job's file."""
        if not self.running:
            raise RuntimeError("no event was seen")
        figures = JobFigures(
            events=self.job.events,
            seconds=time.perf_counter() - self._wall,
            cpu_s=cpu_seconds() - self._cpu,
            peak_rss_mb=round(peak_rss_mb(), 1),
        )
        # A file: runtimes redirect standard output as they please.
        self.job.figures.write_text(json.dumps(asdict(figures)), encoding="utf-8")


def cpu_seconds() -> float:
    """Processor seconds of this process, all its threads, user and system."""
    usage = resource.getrusage(resource.RUSAGE_SELF)
    return usage.ru_utime + usage.ru_stime


def peak_rss_mb(pid: int | None = None) -> float:
    """Highest resident memory in MiB of a process, this one without a pid; 0 when it cannot be read."""
    try:
        status = Path(f"/proc/{pid or 'self'}/status").read_text(encoding="utf-8")
    except FileNotFoundError:
        # No /proc (macOS), where ru_maxrss counts bytes; on Linux it would include the parent's peak.
        return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 2**20 if pid is None else 0.0
    for line in status.splitlines():
        if line.startswith("VmHWM:"):
            return int(line.split()[1]) / 1024
    return 0.0


def percentile(values: list[float], share: float) -> float:
    """Return the nearest-rank percentile of unsorted values, share in 0..1; raises ValueError when empty."""
    if not values:
        raise ValueError("no values to take a percentile of")
    ordered = sorted(values)
    rank = max(1, -(-len(ordered) * round(share * 1000) // 1000))
    return ordered[rank - 1]


def job_arguments() -> JobArguments:
    """Read a job's command line."""
    parser = argparse.ArgumentParser()
    for name in ("--cluster", "--topic", "--name", "--state", "--figures"):
        parser.add_argument(name, required=True)
    parser.add_argument("--changelog", default="")
    parser.add_argument("--events", type=int, required=True)
    parser.add_argument("--partitions", type=int, required=True)
    found = parser.parse_args()
    return JobArguments(
        cluster=found.cluster,
        topic=found.topic,
        name=found.name,
        events=found.events,
        partitions=found.partitions,
        state=Path(found.state),
        figures=Path(found.figures),
        changelog=found.changelog,
    )
