"""Poison among good records: only it is set aside, with its bytes; too much of it stops the agent."""

from typing import Any

import pytest

from pipeline.producer import Record
from pipeline.runtime.salvage import LONGEST_RAW
from schemas.topics import RAW_TMALL

pytestmark = pytest.mark.connected

POISON = (b"", b"{", b"\xff\xfe", b'{"kind": "order"}', b"[" * 10_000, b"{" * 900_000)


def test_poison_among_good_neighbours_is_all_that_is_set_aside(
    undisturbed: tuple[int, int, str], workers: Any, make_reports: Any
) -> None:
    core = workers.work("core")
    sink = workers.work("sink")
    good = make_reports("poisoned")
    headers = good[0][1].headers
    bad = [(RAW_TMALL.name, Record(f"bad-{n}".encode(), value, 0, headers)) for n, value in enumerate(POISON)]
    step = len(good) // len(bad)
    mixed = [told for n, one in enumerate(bad) for told in (one, *good[n * step : (n + 1) * step])]
    workers.send([*mixed, *good[len(bad) * step :]])
    workers.drain()
    assert workers.orders("poisoned") == undisturbed
    letters = workers.ask(
        """
        SELECT origin_key, hex(raw), agent, origin_topic FROM dead_letters FINAL
        WHERE startsWith(origin_key, 'bad-') ORDER BY origin_key
        """
    )
    assert [(key, agent, topic) for key, _, agent, topic in letters] == [
        (f"bad-{n}", "normaliser", RAW_TMALL.name) for n in range(len(POISON))
    ]
    assert [bytes.fromhex(raw) for _, raw, *_ in letters] == [value[:LONGEST_RAW] for value in POISON]
    assert (core.process.poll(), sink.process.poll()) == (None, None)


def test_beyond_the_limit_the_worker_stops_says_so_and_has_acknowledged_nothing(
    undisturbed: tuple[int, int, str], workers: Any, make_reports: Any
) -> None:
    core = workers.work("core", dead_letter_limit=5)
    workers.work("sink")
    (_, good), *_ = make_reports("flood")
    flood = [(RAW_TMALL.name, Record(b"flood", b"{", 0, good.headers)) for _ in range(6)]
    workers.send(flood)
    assert core.process.wait(60) == 70
    said = core.output.read_text()
    assert "6 records in a row cannot be read" in said
    assert "nothing was acknowledged" in said

    workers.work("core", 0, dead_letter_limit=1000)  # the limit was raised: they come again, and leave
    workers.drain()
    ((letters,),) = workers.ask("SELECT uniqExact(letter_id) FROM dead_letters WHERE origin_key = 'flood'")
    assert letters == 6
