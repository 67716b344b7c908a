"""Pulling an account: each platform signed and paged, each fault survived, no cursor moved too early."""

import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
from aiokafka.errors import KafkaTimeoutError
from starlette.responses import Response

from pipeline.connectors.outlet import KafkaAway, Outlet
from pipeline.connectors.paging import Pager
from pipeline.connectors.platforms import PLATFORMS
from pipeline.connectors.reply import Page, retry_after_s
from pipeline.connectors.spec import DAY_S
from pipeline.connectors.windows import next_window
from pipeline.producer import MAX_RECORD_BYTES, Producer, Record
from schemas.topics import STATE_CURSOR
from tests.pulling import START_S, Puller, Time, rows_in
from tests.stub_platforms import DIALECTS, SECRET, TOKEN, Row, broken_off, half_written, listening, too_many

FIXTURES = Path(__file__).parents[1] / "fixtures" / "wangdiantong"
SOURCES = sorted(PLATFORMS)
EVERY = [(source, pull.name) for source in SOURCES for pull in PLATFORMS[source].pulls]


def rows(count: int, before_s: int = 1000) -> list[Row]:
    return [Row(f"r{n:04}", START_S - before_s + n % 500) for n in range(count)]


def fresh(source: str, pull: str = "orders", back_s: int = 1500) -> Puller:
    """An account whose pull has come so far."""
    return Puller.of(source, {f"{source}-1|{pull}": START_S - back_s}, pulls=(pull,))


@pytest.mark.parametrize(("source", "pull"), EVERY)
async def test_every_pull_of_every_platform_is_signed_paged_and_within_its_limits(
    source: str, pull: str
) -> None:
    puller = fresh(source, pull)
    puller.stub.rows = rows(200)
    told = await puller.runner.round()
    assert told.troubles == []
    assert sorted(set(puller.ids())) == [(f"r{n:04}", 0) for n in range(200)]
    api = next(p.api for p in PLATFORMS[source].pulls if p.name == pull)
    assert {asked.api for asked in puller.stub.asked} == {api}
    assert {headers.api for headers, _ in puller.sink.raw(source)} == {api}


@pytest.mark.parametrize("source", SOURCES)
async def test_every_platform_is_pulled_over_a_real_socket(source: str) -> None:
    time = Time()
    first = Puller.of(source, {})
    first.stub.now = lambda: time.now_s
    first.stub.rows = rows(70)
    with listening(first.stub) as address:
        puller = Puller.of(source, {f"{source}-1|orders": START_S - 1500}, base_url=address)
        async with puller.http:
            first.stub.faults = [broken_off, too_many("7"), half_written]
            told = await puller.runner.round()
    assert told.troubles == []
    assert {
        i for body in puller.sink.raw(source) for i in [r["id"] for r in rows_in(json.loads(body[1]))]
    } == {row.id for row in first.stub.rows}
    assert any(wait >= 7 for wait in puller.time.waits)


@pytest.mark.parametrize("api", ["sales.TradeQuery.queryWithDetail", "aftersales.refund.Refund.search"])
async def test_a_real_reply_of_wangdiantong_is_kept_byte_for_byte(api: str) -> None:
    body = (FIXTURES / f"{api}.json").read_bytes()
    pull = next(pull for pull in PLATFORMS["wangdiantong"].pulls if pull.api == api)
    puller = fresh("wangdiantong", pull.name)
    puller.stub.whole[api] = body
    await puller.runner.round()
    ((headers, kept),) = puller.sink.raw("wangdiantong")
    assert kept == body
    assert (headers.source, headers.shop, headers.api) == ("wangdiantong", "shop-a", api)
    assert headers.received_ms == START_S * 1000
    window = f"{START_S - 1620}-{START_S - 60}"
    assert headers.delivery_id.startswith(f"wangdiantong|shop-a|{api}|{window}|0/64|")


async def test_a_wrong_signature_is_refused_by_the_stub_and_stops_the_window() -> None:
    puller = Puller.of("pdd", {"pdd-1|orders": START_S - 1500}, app_secret="another")
    told = await puller.runner.round()
    assert "签名错误" in told.troubles[0]
    assert puller.sink.records == []


async def test_a_window_longer_than_the_platform_allows_is_refused_by_the_stub() -> None:
    puller = fresh("pdd")
    asked = puller.stub.asked
    puller.stub.rows = rows(1)
    puller.runner._cursors["pdd-1|orders"] = START_S - 10 * 3600
    told = await puller.runner.round()
    assert told.troubles == [], "windows are cut to 30 minutes"
    assert max(a.until_s - a.from_s for a in asked) == 1800
    assert DIALECTS["pdd"].most_s("pdd.order.list.get") == DAY_S


async def test_windows_overlap_and_end_before_the_present() -> None:
    puller = fresh("pdd", back_s=5000)
    await puller.runner.round()
    spans = [(asked.from_s, asked.until_s) for asked in puller.stub.asked]
    assert spans[0][0] == START_S - 5000 - 120
    assert [after[0] for after in spans[1:]] == [before[1] - 120 for before in spans[:-1]]
    assert spans[-1][1] == START_S - 180


@pytest.mark.parametrize("source", SOURCES)
async def test_a_row_modified_between_two_pages_hides_no_other(source: str) -> None:
    puller = fresh(source)
    puller.stub.rows = rows(200)
    left = iter(puller.stub.rows)

    def modify() -> None:
        row = next(left)
        row.modified_s, row.version = int(puller.time.now_s), row.version + 1

    puller.stub.between = modify
    await puller.runner.round()
    seen = {i for i, _ in puller.ids()}
    untouched = {row.id for row in puller.stub.rows if row.version == 0}
    assert untouched <= seen
    assert len(untouched) < 200


async def test_rows_added_behind_the_last_page_are_read_too() -> None:
    puller = fresh("wangdiantong")
    puller.stub.rows = rows(64)

    def add() -> None:
        if len(puller.stub.rows) < 300:
            puller.stub.rows += [Row(f"late{len(puller.stub.rows)}-{n}", START_S - 61) for n in range(64)]

    puller.stub.between = add
    await puller.runner.round()
    assert {i for i, _ in puller.ids()} == {row.id for row in puller.stub.rows}


async def test_a_page_that_says_the_same_again_is_not_appended_again() -> None:
    puller = fresh("jushuitan")
    puller.stub.rows = rows(3, before_s=90)
    await puller.runner.round()
    assert len(puller.sink.raw("jushuitan")) == 1
    puller.time.now_s += 30
    await puller.runner.round()
    assert len(puller.stub.asked) == 2
    assert len(puller.sink.raw("jushuitan")) == 1
    puller.stub.rows[0].version += 1
    puller.time.now_s += 30
    await puller.runner.round()
    assert len(puller.sink.raw("jushuitan")) == 2


@pytest.mark.parametrize("fault", [half_written, lambda: Response(b"", 503)])
async def test_a_fault_is_tried_again_and_a_lasting_one_leaves_the_cursor(
    fault: Callable[[], Response],
) -> None:
    puller = fresh("jd")
    puller.stub.rows = rows(1)
    puller.stub.faults = [fault] * 5
    assert (await puller.runner.round()).troubles == []
    moved = puller.sink.cursors()
    puller.time.now_s += 600
    puller.stub.faults = [fault] * 6
    told = await puller.runner.round()
    assert "the cursor stays" in told.troubles[0]
    assert puller.sink.cursors() == moved


async def test_retry_after_is_honoured_in_seconds_and_as_a_date() -> None:
    puller = fresh("douyin")
    puller.stub.faults = [too_many("42"), too_many("Sun, 01 Mar 2026 08:02:00 GMT")]
    assert (await puller.runner.round()).troubles == []
    waits = [wait for wait in puller.time.waits if wait > 1]
    assert 42 <= waits[0] <= 43
    assert START_S + 120 <= puller.time.now_s <= START_S + 123


@pytest.mark.parametrize(
    ("said", "seconds"), [("", None), ("soon", None), ("0", 0.0), ("-1", None), ("9", 9.0)]
)
def test_a_retry_after_that_says_nothing_is_none(said: str, seconds: float | None) -> None:
    assert retry_after_s({"retry-after": said}, START_S) == seconds


async def test_a_platform_that_wants_a_long_silence_is_not_asked_before() -> None:
    puller = fresh("pdd")
    puller.stub.faults = [too_many("3000")]
    assert "too many requests" in (await puller.runner.round()).troubles[0]
    puller.time.now_s += 2000
    assert "silence" in (await puller.runner.round()).troubles[0]
    assert puller.stub.asked == []
    puller.time.now_s += 1000
    assert (await puller.runner.round()).troubles == []


@pytest.mark.parametrize("source", SOURCES)
async def test_an_expired_token_stops_the_account_with_a_sentence_and_keeps_the_cursor(source: str) -> None:
    puller = Puller.of(source, pulls=())
    puller.stub.token = "another"
    told = await puller.runner.round()
    assert told.stopped
    assert len(told.troubles) == 1
    assert "Authorise the shop again" in told.troubles[0]
    assert SECRET not in told.troubles[0]
    assert TOKEN not in told.troubles[0]
    assert puller.sink.records == []


@pytest.mark.parametrize("source", SOURCES)
async def test_a_code_that_means_slow_down_is_waited_for(source: str) -> None:
    puller = fresh(source)
    puller.stub.rows = rows(1)
    reply = json.dumps(DIALECTS[source].error("slow", "调用过于频繁"), ensure_ascii=False)
    puller.stub.faults = [lambda: Response(reply)] * 2
    assert (await puller.runner.round()).troubles == []
    assert len(puller.time.waits) == 2


async def test_a_code_of_the_accounts_file_counts_like_a_known_one() -> None:
    puller = Puller.of("wangdiantong", {"wangdiantong-1|orders": START_S - 900}, expired_codes={"77"})
    puller.stub.faults = [lambda: Response('{"status": 77, "message": "?"}')]
    assert (await puller.runner.round()).stopped


@pytest.mark.parametrize("body", ["{}", "[]", "7", '{"status": 0}', '{"status": 0, "data": {"order": 7}}'])
async def test_a_reply_without_rows_is_no_empty_window(body: str) -> None:
    puller = fresh("wangdiantong")
    puller.stub.faults = [lambda: Response(body)]
    told = await puller.runner.round()
    assert "no list of rows" in told.troubles[0]
    assert puller.sink.records == []


async def test_a_secret_that_a_platform_repeats_is_not_told_on() -> None:
    puller = fresh("pdd")
    reply = {"error_response": {"error_code": 1, "error_msg": f"{SECRET} with {TOKEN}"}}
    puller.stub.faults = [lambda: Response(json.dumps(reply))]
    (trouble,) = (await puller.runner.round()).troubles
    assert "*** with ***" in trouble


async def test_a_page_too_large_for_kafka_comes_in_halves() -> None:
    puller = fresh("jd")
    puller.stub.rows = rows(150)
    for row in puller.stub.rows:
        row.pad = 20_000
    told = await puller.runner.round()
    assert told.troubles == []
    assert len(set(puller.ids())) == 150
    sizes = [len(body) for _, body in puller.sink.raw("jd")]
    assert max(sizes) <= MAX_RECORD_BYTES
    assert len(sizes) >= 4


async def test_a_single_row_too_large_for_kafka_is_told_and_its_neighbours_go_on() -> None:
    puller = fresh("jd")
    puller.stub.rows = rows(8)
    puller.stub.rows[5].pad = MAX_RECORD_BYTES
    told = await puller.runner.round()
    assert told.oversized == 1
    assert "too large" in told.troubles[0]
    assert {i for i, _ in puller.ids()} == {row.id for row in puller.stub.rows} - {"r0005"}
    assert puller.sink.cursors() != {}


async def test_the_cursor_moves_only_when_every_page_is_confirmed() -> None:
    puller = fresh("pdd")
    puller.stub.rows = rows(200)
    raw = 0

    def fail_at_the_third(topic: str) -> None:
        nonlocal raw
        raw += topic != STATE_CURSOR.name
        if raw == 3:
            raise KafkaAway("Kafka does not answer")

    puller.sink.before = fail_at_the_third
    with pytest.raises(KafkaAway):
        await puller.runner.round()
    assert puller.sink.cursors() == {}
    puller.sink.before = lambda topic: None
    await puller.runner.round()
    assert len(set(puller.ids())) == 200
    assert puller.sink.cursors() == {"pdd-1|orders": START_S - 180}


async def test_an_outage_of_kafka_is_waited_for() -> None:
    time, sent = Time(), []

    class Away(Producer):
        async def send(self, pending):  # type: ignore[no-untyped-def]
            sent.append(pending)
            if len(sent) < 4:
                raise KafkaTimeoutError
            return {}

    outlet = Outlet(Away("nowhere:1", 4), time.clock)
    await outlet.append("raw.pdd.v1", Record(b"k", b"v", 0))
    assert time.waits == [0.5, 1.0, 2.0]
    sent.clear()
    impatient = Outlet(Away("nowhere:1", 4), time.clock, patience_s=0.5)
    with pytest.raises(KafkaAway):
        await impatient.append("raw.pdd.v1", Record(b"k", b"v", 0))


async def test_a_first_pull_begins_a_day_ago_and_a_gap_older_than_the_platform_answers_for_is_told() -> None:
    puller = Puller.of("jd")
    await puller.runner.round()
    assert puller.stub.asked[0].from_s == START_S - DAY_S - 120
    old = fresh("jd", back_s=100 * DAY_S)
    told = await old.runner.round()
    assert "import them from a file" in told.troubles[0]
    assert min(asked.from_s for asked in old.stub.asked) > START_S - 90 * DAY_S
    assert told.behind


async def test_a_window_with_too_many_pages_is_halved(monkeypatch: pytest.MonkeyPatch) -> None:
    pulls = tuple(replace(pull, most_pages=20) for pull in PLATFORMS["pdd"].pulls)
    monkeypatch.setitem(PLATFORMS, "pdd", replace(PLATFORMS["pdd"], pulls=pulls))
    puller = fresh("pdd")
    puller.stub.rows = [Row(f"r{n}", START_S - 1600 + n % 1400) for n in range(64 * 21)]
    told = await puller.runner.round()
    assert told.troubles == []
    assert len({i for i, _ in puller.ids()}) == 64 * 21


def test_a_window_always_gets_on() -> None:
    (pull,) = (pull for pull in PLATFORMS["pdd"].pulls if pull.name == "orders")
    assert next_window(1000, 5000, 1000, pull, 121) is None
    window = next_window(1000, 5000, 5000, pull, 121)
    assert window is not None
    assert window == (880, 1001)


async def test_requests_keep_to_the_accounts_rate() -> None:
    puller = Puller.of("jd", {"jd-1|orders": START_S - 1500}, requests_per_s=2, burst=1)
    puller.stub.rows = rows(64 * 5)
    await puller.runner.round()
    assert len(puller.stub.asked) == 6
    assert puller.time.now_s - START_S == pytest.approx(2.5)


async def test_even_a_reply_too_long_to_be_read_to_its_end_is_halved() -> None:
    (pull,) = (pull for pull in PLATFORMS["jd"].pulls if pull.name == "orders")
    asked: list[tuple[int, int]] = []
    kept: list[str] = []

    async def ask(page: int, size: int) -> Page:
        asked.append((page, size))
        return Page(None) if size == 64 else Page(b"{}", size, 64, None, f"{page}")

    async def keep(name: str, page: Page) -> None:
        kept.append(name)

    await Pager(pull, ask, keep).read()
    assert kept == ["2/32", "1/32"]
