"""Whatever is added or modified between two requests, no version of a row that stayed is missed."""

import asyncio
import dataclasses
import json
from dataclasses import dataclass, field
from datetime import datetime

from hypothesis import given, settings
from hypothesis import strategies as st

from pipeline.connectors.accounts import Account
from pipeline.connectors.platforms import PLATFORMS
from pipeline.connectors.reply import Page
from pipeline.connectors.requests import Question
from pipeline.connectors.runner import Runner
from pipeline.connectors.spec import Pull
from tests.examples import tries
from tests.pulling import START_S, Memory, Time, account, rows_in

PULL = dataclasses.replace(
    PLATFORMS["wangdiantong"].pulls[0], page_size=2, overlap_s=60, lag_s=30, window_most_s=600, most_pages=8
)
NEVER = 1 << 62


class Small(Account):
    """An account whose one pull has pages of two rows."""

    @property
    def chosen(self) -> tuple[Pull, ...]:
        return (PULL,)


@dataclass
class Version:
    """One state of one row: shown by the platform from `shown_s` until the next replaces it at `gone_s`."""

    row: int
    number: int
    modified_s: int
    shown_s: float
    gone_s: float = NEVER
    late: bool = False


@dataclass
class Model:
    """The server: rows with a time of modification; each request is preceded by the next changes."""

    time: Time
    changes: list[tuple[int, int, int, int]]
    order: int
    versions: list[Version] = field(default_factory=list)

    def change(self) -> None:
        if self.changes:
            row, passed_s, late_s, more = self.changes.pop(0)
            self.time.now_s += passed_s
            for number in range(row, row + more):
                self._modify(number % 9, late_s if self.order == 0 else 0)

    def _modify(self, row: int, late_s: int) -> None:
        now = self.time.now_s
        before = [version for version in self.versions if version.row == row]
        for version in before:
            version.gone_s = min(version.gone_s, now)
        self.versions.append(Version(row, len(before), int(now), now + late_s, late=late_s > 0))

    async def ask(self, question: Question) -> Page:
        self.change()
        span, now = question.window, self.time.now_s
        assert span.until_s - span.from_s <= PULL.window_most_s
        found = [
            v
            for v in self.versions
            if span.from_s <= v.modified_s <= span.until_s and v.shown_s <= now < v.gone_s
        ]
        keys = (lambda v: (v.modified_s, v.row), lambda v: (-v.modified_s, v.row), lambda v: v.row)
        found.sort(key=keys[self.order])  # type: ignore[arg-type]
        first = question.page * question.size
        page = [{"row": v.row, "version": v.number} for v in found[first : first + question.size]]
        body = json.dumps({"status": 0, "data": {"order": page, "total_count": len(found)}}).encode()
        return Page(body, len(page), len(found), None, json.dumps(page))


def pulled(model: Model, rounds: list[int]) -> tuple[set[tuple[int, int]], Memory]:
    sink = Memory()
    one = Small.model_validate(account("wangdiantong").model_dump())
    runner = Runner(one, model, sink, {f"{one.name}|orders": START_S - 60}, model.time.clock)  # type: ignore[arg-type]

    async def run() -> None:
        for pause_s in rounds:
            await until_caught_up()
            model.time.now_s += pause_s
        while model.changes:
            model.change()
        model.time.now_s += PULL.lag_s + PULL.overlap_s + 1
        await until_caught_up()

    async def until_caught_up() -> None:
        behind = True
        while behind:
            told = await runner.round()
            assert told.troubles == []
            behind = told.behind

    asyncio.run(run())
    return {
        (row["row"], row["version"])
        for _, body in sink.raw("wangdiantong")
        for row in rows_in(json.loads(body))
    }, sink


changes = st.lists(
    st.tuples(
        st.integers(0, 8), st.integers(0, 40), st.integers(0, PULL.lag_s + PULL.overlap_s), st.integers(1, 9)
    ),
    max_size=60,
)

# Mostly short: a late row must find its window read already, and the next one not yet beyond the overlap.
pauses = st.lists(
    st.one_of(st.integers(PULL.lag_s, PULL.lag_s + PULL.overlap_s), st.integers(0, 900)),
    min_size=1,
    max_size=8,
)


@settings(max_examples=tries(300))
@given(changes, st.integers(0, 2), pauses)
def test_every_version_that_stayed_while_its_window_was_read_is_in_the_raw_records(
    told: list[tuple[int, int, int, int]], order: int, rounds: list[int]
) -> None:
    model = Model(Time(), list(told), order)
    found, sink = pulled(model, rounds)
    last = {version.row: version.number for version in model.versions}
    assert set(last.items()) <= found, "the last word of every row"
    # A version may be skipped only if a later one replaced it before its window was read to its end.
    moved = [(record.timestamp_ms / 1000) for topic, record in sink.records if topic == "state.cursor.v1"]
    cursors = [json.loads(r.value or b"")["until_at"] for t, r in sink.records if t == "state.cursor.v1"]
    ends = [datetime.fromisoformat(text).timestamp() for text in cursors]
    for version in model.versions:
        read_s = next((at for end, at in zip(ends, moved, strict=True) if end >= version.modified_s), NEVER)
        if not version.late and version.gone_s > read_s:
            assert (version.row, version.number) in found
