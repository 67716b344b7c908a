"""How the board bears many viewers: opens sessions as browsers do, lets them refresh, and prints the figures.

Needs a running board. `python -m bench.viewers --url http://127.0.0.1:8501 --viewers 50 --minutes 2`
"""

import argparse
import asyncio
import json
import re
import sys
import time
import urllib.request
from dataclasses import dataclass, field
from statistics import median
from urllib.parse import urlsplit

from streamlit.proto.BackMsg_pb2 import BackMsg
from streamlit.proto.ForwardMsg_pb2 import ForwardMsg
from websockets.asyncio.client import ClientConnection, connect

COUNTED = re.compile(r"^certainty_board_query_seconds_(count|sum) ([\d.e+-]+)$", re.MULTILINE)
LOAD_MOST_S = 2.0
REFRESH_MOST_S = 1.0


@dataclass
class Seen:
    """What the viewers went through, in seconds; `failed` counts those who never saw a page."""

    loads: list[float] = field(default_factory=list)
    refreshes: list[float] = field(default_factory=list)
    failed: int = 0


async def view(url: str, minutes: float, seen: Seen, start_s: float) -> None:
    """Open a session, then refresh whenever the page's own timer says so."""
    await asyncio.sleep(start_s)
    address = urlsplit(url)
    try:
        async with connect(
            f"ws://{address.netloc}/_stcore/stream",
            origin=f"{address.scheme}://{address.netloc}",  # type: ignore[arg-type]
            subprotocols=["streamlit"],  # type: ignore[list-item]
            max_size=None,
        ) as session:
            await _session(session, url, minutes, seen)
    except (OSError, TimeoutError) as error:
        seen.failed += 1
        sys.stderr.write(f"a viewer failed: {error}\n")


async def _session(session: ClientConnection, url: str, minutes: float, seen: Seen) -> None:
    began = time.monotonic()
    query = urlsplit(url).query
    timers = await _run(session, query, "")
    seen.loads.append(time.monotonic() - began)
    while timers and time.monotonic() - began < minutes * 60:
        fragment, interval = timers[0]
        await asyncio.sleep(interval)
        asked = time.monotonic()
        await _run(session, query, fragment)
        seen.refreshes.append(time.monotonic() - asked)


async def _run(session: ClientConnection, query: str, fragment: str) -> list[tuple[str, float]]:
    """Ask for a run, wait for its end; returns the timers that the page set."""
    asked = BackMsg()
    asked.rerun_script.query_string = query
    asked.rerun_script.fragment_id = fragment
    await session.send(asked.SerializeToString())
    timers = []
    while True:
        async with asyncio.timeout(60):
            raw = await session.recv()
        told = ForwardMsg()
        told.ParseFromString(raw if isinstance(raw, bytes) else raw.encode())
        match told.WhichOneof("type"):
            case "auto_rerun":
                timers.append((told.auto_rerun.fragment_id, told.auto_rerun.interval))
            case "script_finished":
                return timers


def asked(url: str) -> tuple[int, float]:
    """Return how often the board has asked the store so far, and for how many seconds in all."""
    address = urlsplit(url)
    with urllib.request.urlopen(f"{address.scheme}://{address.netloc}/metrics", timeout=10) as answer:  # noqa: S310
        told = dict(COUNTED.findall(answer.read().decode()))
    return int(float(told.get("count", 0))), float(told.get("sum", 0))


def ninety(values: list[float]) -> float:
    """The 90th of a hundred."""
    return sorted(values)[int(len(values) * 0.9)] if values else float("nan")


async def measure(url: str, viewers: int, minutes: float) -> dict[str, object]:
    """Let so many viewers look for so long; they come within the first ten seconds."""
    seen = Seen()
    before, before_s = asked(url)
    spread = 10.0 / max(1, viewers)
    await asyncio.gather(*(view(url, minutes, seen, number * spread) for number in range(viewers)))
    after, after_s = asked(url)
    return {
        "viewers": viewers,
        "minutes": minutes,
        "failed": seen.failed,
        "loads": len(seen.loads),
        "load_median_s": round(median(seen.loads), 3) if seen.loads else None,
        "load_p90_s": round(ninety(seen.loads), 3),
        "refreshes": len(seen.refreshes),
        "refresh_median_s": round(median(seen.refreshes), 3) if seen.refreshes else None,
        "refresh_p90_s": round(ninety(seen.refreshes), 3),
        "store_queries": after - before,
        "store_seconds": round(after_s - before_s, 2),
    }


def main() -> int:
    """Print one JSON line; 3 if a page took longer than it may."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--url", required=True)
    parser.add_argument("--viewers", type=int, default=50)
    parser.add_argument("--minutes", type=float, default=2.0)
    chosen = parser.parse_args()
    told = asyncio.run(measure(chosen.url, chosen.viewers, chosen.minutes))
    sys.stdout.write(json.dumps(told) + "\n")
    slow = told["load_p90_s"] > LOAD_MOST_S or told["refresh_p90_s"] > REFRESH_MOST_S  # type: ignore[operator]
    return 3 if slow or told["failed"] else 0


if __name__ == "__main__":
    sys.exit(main())
