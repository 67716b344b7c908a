"""The real store: repeated inserts change no view, the views count as written down."""

from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from pipeline.clickhouse import migrate
from pipeline.clickhouse.client import StoreAway, StoreRefused
from pipeline.clickhouse.tables import FILLED_BY_STORE, TABLES
from pipeline.domain.stock import StockPolicy
from pipeline.settings import Settings
from schemas.anomaly import AnomalyEnded, AnomalyOpened, CodeMended, CodeParked
from schemas.dead_letter import DeadLetter
from schemas.inventory import SkuOrdered, StockCounted, StockReserved
from schemas.logistics import WaybillLinked, WaybillTracked
from schemas.order import InvoiceReported, OrderReported, ParcelReported, RefundReported, TicketReported
from schemas.promise import OrderAccount, OrderPhaseChanged, PromiseJudged, Word
from tests.builders import START, after
from tests.connected.life_rows import (
    became,
    locked,
    refund,
    refund_doubt,
    return_told,
    shown,
    standing,
    standings,
    to_review,
)
from tests.connected.shelf import HOUR, MS, NOW, Shelf, account, clock, head
from tests.stock_builders import Sentinel, counted, reserved

pytestmark = pytest.mark.connected

DOCS = Path(__file__).parents[2] / "docs" / "sql.md"


SUBJECT = "code:jd|status|MOON"


def parked(n: int, at: datetime = NOW, *, offset: int | None = None, subject: str = SUBJECT) -> CodeParked:
    """Record n says a code that no map knows."""
    _, field, code = subject.removeprefix("code:").split("|")
    where = {"origin_topic": "raw.jd.v1", "origin_partition": n % 4, "origin_key": f"order {n}"}
    said = {"subject": subject, "source": "jd", "field": field, "code": code, "mapping": "jd@1"}
    base = head(f"parked {n} {subject}", cause_id=f"record {n}", observed_at=at)
    return CodeParked.model_validate(base | said | where | {"origin_offset": n if offset is None else offset})


def mended(n: int, at: datetime = NOW, subject: str = SUBJECT) -> CodeMended:
    """Record n was read again, and its code was known."""
    base = head(f"mended {n} {subject}", cause_id=f"record {n}", observed_at=at)
    return CodeMended.model_validate(base | {"subject": subject, "mapping": "jd@2"})


def opened(n: int, at: datetime = NOW, subject: str = SUBJECT, kind: str = "unknown_code") -> AnomalyOpened:
    base = head(f"opened {n}", observed_at=at, anomaly_id=f"anomaly {n}", kind=kind, subject=subject)
    return AnomalyOpened.model_validate(base | {"severity": "warning", "evidence": {"code": "MOON"}})


def ended(n: int, at: datetime = NOW, subject: str = SUBJECT, kind: str = "unknown_code") -> AnomalyEnded:
    base = head(f"ended {n}", observed_at=at, anomaly_id=f"anomaly {n}", kind=kind, subject=subject)
    return AnomalyEnded.model_validate(base | {"end": "resolved", "because": "the map knows the code now"})


RECEIVER = {"province": "浙江", "city": "杭州", "quality": "bad", "reasons": ["a", "b"], "phone_tail": "0000"}


def sku_oversold() -> list[Any]:
    """A SKU that deviates in one warehouse and is short of pieces, with all that its sentinel says."""
    facts = [counted(3), counted(7, warehouse="cloud-1"), counted(10, START, "cloud-1", "cloud")]
    facts += [reserved("A", 4, after(1)), reserved("B", 90, after(2), platform="jd")]
    sentinel = Sentinel(StockPolicy(storefronts=("tmall", "jd"))).hears(*facts)
    return [*facts, *sentinel.events, sentinel.account]


def some_of_everything(count: int) -> list[Any]:
    order = {"order_id": "A", "platform": "jd", "shop": "east", "mapping": "jd@1"}
    word = Word(reporter="wms", line="", phase="shipped", raw_code="7", mapping="wms@1", said_at=NOW + MS)
    due = NOW + HOUR
    events: list[Any] = [clock(NOW), clock(NOW - HOUR, 1)]
    events.append(account("due soon", "open", is_open=True, next_deadline_at=due, owed="ship"))
    events.append(account("of yesterday", "kept", NOW - 25 * HOUR, ordered_at=NOW - 30 * HOUR))
    events += [standings("order:A", standing("x", NOW - 9 * HOUR)), locked("A", "k"), to_review("a")]
    events += [refund("f", "finance"), *refund_doubt("f"), *return_told("f")]
    events += sku_oversold()
    events += [became("A", "shipped", NOW - HOUR), shown("A", "shipped", NOW - HOUR)]
    for n in range(count):
        mine = order | {"order_id": f"order {n % 7}"}
        events += [
            OrderReported.model_validate(
                head(f"r{n}", reporter="wms", phase="unknown", raw_code="?", receiver=RECEIVER, **mine)
                | {"warehouse": "east"}
            ),
            ParcelReported.model_validate(head(f"c{n}", waybill="W", phase="shipped", **mine)),
            InvoiceReported.model_validate(
                head(f"i{n}", order_id="A", shop="east", invoice_id="I", mapping="erp@1")
            ),
            WaybillLinked.model_validate(head(f"w{n}", waybill="W", reporter="wms", **mine)),
            WaybillTracked.model_validate(
                head(f"k{n}", waybill="W", mapping="k@1", phase="shipped", flags=["station", "proxy"])
            ),
            parked(n),
            mended(n),
            opened(n % 3),
            ended(n % 3),
            RefundReported.model_validate(
                head(f"f{n}", refund_id="f", raw_codes={"status": "1"}, amount_fen=5, **mine)
                | {"standard": "pending", "proofs": ["goods_counted", "not_shipped"]}
            ),
            TicketReported.model_validate(
                head(f"t{n}", order_id="A", shop="east", ticket_id="t", mapping="cs@1", topic="late")
                | {"complaint": True, "open": True}
            ),
            StockCounted.model_validate(
                head(f"s{n}", sku="k", warehouse="w", counter="cloud", units=n, mapping="w@1")
            ),
            SkuOrdered.model_validate(
                head(f"d{n}", sku="k", units=1, step=n, order_id=f"order {n % 7}", platform="jd", shop="east")
            ),
            StockReserved.model_validate(
                head(f"e{n}", sku="k", units=1, step=n, order_id=f"order {n % 7}", platform="jd", shop="east")
            ),
            OrderPhaseChanged.model_validate(head(f"p{n}", order_id="A", shop="east", phase="shipped")),
            PromiseJudged.model_validate(head(f"j{n}", order_id="A", shop="east", verdict="kept", rule="x")),
            account(f"order {n % 7}", "kept", NOW - n * MS, words=(word,)),
            DeadLetter.model_validate(
                {"letter_id": f"l{n}", "origin_topic": "raw.jd.v1", "origin_partition": 0, "origin_offset": n}
                | {"occurred_at": NOW, "observed_at": NOW, "agent": "normaliser", "reason": "because"}
                | {"error": "ValidationError", "schema_version": "1", "raw": "/wAn"}
            ),
        ]
    return events


def test_a_batch_inserted_again_whole_or_cut_differently_changes_no_view(shelf: Shelf) -> None:
    for table in TABLES:
        shelf.writer._client_now().command(f"SYSTEM STOP MERGES {table}")
    rows = shelf.rows(*some_of_everything(20))
    shelf.insert(rows, "fact-0-1-200")
    shelf.compare_phases()
    before = shelf.views()
    assert all(before.values()), [name for name, content in before.items() if not content]
    shelf.insert(rows, "fact-0-1-200")
    assert shelf.one("SELECT count() AS n FROM order_reports")["n"] == 21, "the token was not heeded"
    for size in (7, 31, 64):
        for start in range(0, len(rows), size):
            shelf.insert(rows[start : start + size], f"fact-0-{start}-{start + size}")
    shelf.insert(rows[40:90], "fact-0-40-90")
    assert shelf.one("SELECT count() AS n FROM order_reports")["n"] > 21, "nothing was repeated at all"
    assert shelf.views() == before


def test_other_rows_under_a_token_seen_before_are_kept(shelf: Shelf) -> None:
    shelf.insert(shelf.rows(account("A", "open")), "state-0-1-1")
    shelf.insert(shelf.rows(account("B", "open")), "state-0-1-1")
    assert shelf.one("SELECT count() AS n FROM v_orders")["n"] == 2


def test_an_older_account_that_arrives_again_does_not_replace_the_newer(shelf: Shelf) -> None:
    older, newer = shelf.rows(account("A", "open"), account("A", "kept", NOW))
    shelf.insert([newer], "new")
    shelf.insert([older], "old, again")
    assert shelf.one("SELECT verdict FROM v_orders")["verdict"] == "kept"


def test_times_words_bytes_and_characters_come_back_as_they_were_sent(shelf: Shelf) -> None:
    at = datetime(2026, 11, 11, 7, 59, 59, 999000, tzinfo=UTC)
    word = Word(reporter="wms", line="1", phase="shipped", raw_code="已发货", mapping="wms@1", said_at=at)
    silent = Word(reporter="erp", line="", phase="to_ship", raw_code="", mapping="erp@1")
    shelf.put(account("订单", "kept", at, words=(word, silent), lines=2), *some_of_everything(1))
    found = shelf.one("SELECT settled_at, paid_at, words, lines FROM v_orders WHERE order_id = '订单'")
    assert (found["settled_at"], found["paid_at"], found["lines"]) == (at, None, 2)
    assert [(w["raw_code"], w["said_at"]) for w in found["words"]] == [("已发货", at), ("", None)]
    assert shelf.one("SELECT raw_base64 FROM v_dead_letters")["raw_base64"] == "/wAn"


def test_lists_and_a_receiver_come_back_as_they_were_sent(shelf: Shelf) -> None:
    shelf.put(*some_of_everything(1))
    assert shelf.one("SELECT flags FROM waybill_facts WHERE type = 'waybill.tracked'")["flags"] == [
        "station",
        "proxy",
    ]
    refund = shelf.one("SELECT standard, proofs, done, returns_goods FROM refund_reports")
    assert tuple(refund.values()) == ("pending", ["goods_counted", "not_shipped"], False, None)
    columns = "province, district, address_quality, address_reasons"
    report = shelf.one(f"SELECT {columns} FROM order_reports WHERE reporter = 'wms'")
    assert tuple(report.values()) == ("浙江", "", "bad", ["a", "b"])
    assert shelf.one("SELECT has_gift, is_parent FROM order_reports WHERE reporter = 'wms'") == {
        "has_gift": None,
        "is_parent": False,
    }


def test_a_parked_code_counts_its_records_and_those_that_still_wait(shelf: Shelf) -> None:
    other = "code:jd|status|SUN"
    shelf.put(*(parked(n, NOW + n * MS) for n in range(3)), parked(9, subject=other), mended(0, NOW + HOUR))
    rows = {row["code"]: row for row in shelf.reader.query("SELECT * FROM v_parked_codes")}
    moon, sun = rows["MOON"], rows["SUN"]
    assert (moon["records"], moon["waiting"], moon["mended"]) == (3, 2, True)
    assert (moon["first_seen_at"], moon["last_seen_at"]) == (NOW, NOW + 2 * MS)
    assert moon["mended_at"] == NOW + HOUR
    assert (sun["records"], sun["waiting"], sun["mended"], sun["mended_at"]) == (1, 1, False, None)
    shelf.put(parked(3, NOW + HOUR))
    assert shelf.one("SELECT mended FROM v_parked_codes WHERE code = 'MOON'")["mended"], "on the very instant"
    shelf.put(parked(4, NOW + HOUR + MS))
    assert not shelf.one("SELECT mended FROM v_parked_codes WHERE code = 'MOON'")["mended"]


def test_a_record_read_again_in_vain_waits_once_where_it_lies_now(shelf: Shelf) -> None:
    shelf.put(parked(1, offset=1), parked(1, offset=70), mended(2))
    waiting = shelf.one("SELECT origin_partition, origin_offset, origin_key, mended_at FROM v_parked_records")
    assert tuple(waiting.values()) == (1, 70, "order 1", None), "and what was never parked is not there"


def test_the_timeline_of_an_order_holds_its_parcels_and_invoices(shelf: Shelf) -> None:
    shelf.put(*some_of_everything(1))
    told = shelf.reader.query("SELECT what, detail FROM v_order_timeline WHERE order_id IN ('A', 'order 0')")
    details = {row["what"]: row["detail"] for row in told}
    assert details["parcel.reported"] == "shipped, waybill W"
    assert details["invoice.reported"] == "invoice I, issued"
    assert details["refund.reported"] == "refund f, 5 fen, pending"
    assert details["order.reported"] == "unknown, address bad"


def test_a_word_of_a_carrier_alone_is_data_that_is_not_old(shelf: Shelf) -> None:
    shelf.put(WaybillTracked.model_validate(head("k", waybill="W", mapping="k@1", phase="shipped")))
    assert shelf.one("SELECT newest_received_at FROM v_board")["newest_received_at"] is not None


def test_the_migrated_schema_is_the_declared_one(shelf: Shelf) -> None:
    columns = shelf.reader.query(
        "SELECT table, name, type FROM system.columns WHERE database = currentDatabase() ORDER BY position"
    )
    for table in TABLES.values():
        found = [(c["name"], c["type"]) for c in columns if c["table"] == table.name]
        assert found == [*table.columns, (FILLED_BY_STORE, "DateTime64(3, 'UTC')")], table.name


def test_every_table_forgets_repeated_inserts_for_ten_thousand_tokens(shelf: Shelf) -> None:
    for table in TABLES:
        created = shelf.one(f"SHOW CREATE TABLE {table}")["statement"]
        assert "ReplacingMergeTree" in created
        assert "non_replicated_deduplication_window = 10000" in created


def test_the_index_counts_what_was_settled_after_the_window_begins_until_the_clock(shelf: Shelf) -> None:
    shelf.put(
        clock(NOW),
        clock(NOW - 5 * HOUR, 1),
        account("at the clock", "kept", NOW),
        account("after the clock", "kept", NOW + MS),
        account("exactly an hour ago", "kept", NOW - HOUR),
        account("just inside the hour", "broken", NOW - HOUR + MS),
        account("exactly a day ago", "broken", NOW - 24 * HOUR),
        account("in another shop", "kept", NOW, shop="west"),
        account("judged as of then", "broken", NOW, as_of=NOW, shop="history"),
        account("still open", "open"),
        account("owes nothing", "none"),
    )
    both = {row["window"]: row for row in shelf.reader.query("SELECT * FROM v_csdi WHERE shop = ''")}
    assert {name: (row["kept"], row["broken"]) for name, row in both.items()} == {
        "1h": (2, 1),
        "24h": (3, 1),
        "7d": (3, 2),
        "30d": (3, 2),
        "all": (4, 3),
    }
    assert both["1h"]["promise"] == pytest.approx(2 / 3)
    assert both["1h"]["csdi"] == pytest.approx(100 * 2 / 3), "re-weighted over the one part that exists"
    assert (both["1h"]["clock_at"], both["1h"]["flagged"]) == (NOW, 1)
    assert both["1h"]["credibility"] is None
    assert both["1h"]["self_heal"] is None
    east = shelf.one("SELECT kept, broken FROM v_csdi WHERE shop = 'east' AND window = '24h'")
    assert (east["kept"], east["broken"]) == (2, 1)
    empty = shelf.one("SELECT promise, csdi, flagged FROM v_csdi WHERE shop = 'history' AND window = '30d'")
    assert empty == {"promise": None, "csdi": None, "flagged": 1}, "no data is not zero"


def test_an_empty_store_has_no_data_rather_than_zeros(shelf: Shelf) -> None:
    rows = shelf.reader.query("SELECT window, promise, csdi, clock_at, flagged FROM v_csdi")
    assert [row["window"] for row in rows] == ["1h", "24h", "7d", "30d", "all"]
    assert {(row["promise"], row["csdi"], row["clock_at"], row["flagged"]) for row in rows} == {
        (None, None, None, 1)
    }
    board = shelf.one("SELECT * FROM v_board")
    assert (board["open_orders"], board["at_risk_share"], board["newest_received_at"]) == (0, None, None)


def test_the_board_counts_risk_and_lateness_on_both_sides_of_each_limit(shelf: Shelf) -> None:
    def open_until(name: str, deadline: datetime, **more: Any) -> OrderAccount:
        return account(name, "open", is_open=True, next_deadline_at=deadline, owed="ship", **more)

    def late_since(name: str, missed: datetime) -> OrderAccount:
        return account(name, "broken", missed, is_open=True, overdue_since_at=missed, owed="sign")

    shelf.put(
        clock(NOW),
        open_until("two hours left", NOW + 2 * HOUR),
        open_until("less than two hours left", NOW + 2 * HOUR - MS),
        open_until("due this instant", NOW),
        open_until("history", NOW + HOUR, as_of=NOW),
        late_since("late for two hours", NOW - 2 * HOUR),
        late_since("late for more", NOW - 2 * HOUR - MS),
        account("late, but fulfilled", "broken", NOW - HOUR),
    )
    board = shelf.one("SELECT * FROM v_board")
    counts = ("open_orders", "at_risk_orders", "overdue_orders", "overdue_over_2h")
    assert [board[name] for name in counts] == [5, 2, 2, 1]
    assert board["at_risk_share"] == pytest.approx(2 / 5)
    assert board["oldest_overdue_at"] == NOW - 2 * HOUR - MS
    listed = shelf.reader.query("SELECT order_id, promise, seconds_left FROM v_at_risk")
    assert [tuple(row.values()) for row in listed] == [
        ("late for more", "sign", -7200),
        ("late for two hours", "sign", -7200),
        ("due this instant", "ship", 0),
        ("less than two hours left", "ship", 7199),
    ]


def test_a_row_of_the_wrong_type_is_refused_and_the_writer_goes_on(shelf: Shelf) -> None:
    (table, row), *_ = shelf.rows(clock(NOW))
    with pytest.raises(StoreRefused):
        shelf.writer.insert(table, [(*row[:3], "no number", *row[4:])], "bad")
    shelf.writer.insert(table, [row], "good")
    assert shelf.one("SELECT clock_at FROM v_clock")["clock_at"] == NOW


def test_a_writer_outlives_the_store_it_writes_to(data_dir: Path, launch: Callable[..., Any]) -> None:
    settings = Settings(data_dir=data_dir, _env_file=None)  # type: ignore[call-arg]
    store = launch(settings, "store").answers()
    shelf = Shelf(settings)
    migrate.migrate_up(shelf.address, 7200)
    rows = shelf.rows(account("A", "open"))
    shelf.insert(rows, "first")
    store.end()
    with pytest.raises(StoreAway):
        shelf.insert(shelf.rows(account("B", "open")), "second")
    store.start()
    store.answers()
    shelf.insert(rows, "first")
    shelf.insert(shelf.rows(account("C", "open")), "third")
    assert shelf.one("SELECT count() AS n FROM orders_current")["n"] == 2, "the token outlives a restart"
    store.end()
