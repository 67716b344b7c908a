"""Rows about the same order: harmless repeats, updates, lines, and contradictions of which none is taken."""

import asyncio
import base64
import json
from pathlib import Path

import pytest

from pipeline.domain.mapping import Mapping, load_mapping, read_record
from pipeline.domain.order_state import LINES_MOST
from pipeline.importer import Checked, Interrupted, check, send
from pipeline.producer import Record
from schemas.dead_letter import DeadLetter
from schemas.raw import RawHeaders

RECEIVED_MS = 1_795_000_000_000
MAPPING = """
name = "shop"
zone = "UTC"
[order]
id = "no"
prefix = "P"
[times]
ordered_at = "ordered"
signed_at = "signed"
[status]
column = "status"
[status.words]
done = "signed"
"""
HEADER = "no,ordered,signed,status,v,line\n"


class Sent:
    """A sender that remembers; fails at the flush numbered `fails_at`."""

    def __init__(self, fails_at: int = 0) -> None:
        self.records: list[tuple[str, Record]] = []
        self._gathered: list[tuple[str, Record]] = []
        self._flushes, self._fails_at = 0, fails_at

    def add(self, topic: str, record: Record) -> None:
        self._gathered.append((topic, record))

    async def flush(self) -> int:
        self._flushes += 1
        if self._flushes == self._fails_at:
            raise TimeoutError("no answer")
        gathered, self._gathered = self._gathered, []
        self.records += gathered
        return len(gathered)

    def values(self, topic: str) -> list[object]:
        return [json.loads(r.value) for t, r in self.records if t == topic and r.value]


def mapping(**settings: object) -> Mapping:
    return load_mapping(MAPPING.encode(), settings={k.replace("__", "."): v for k, v in settings.items()})


def checked(
    tmp_path: Path,
    body: str,
    used: Mapping | None = None,
    as_of_ms: int | None = None,
    now_ms: int | None = None,
) -> Checked:
    path = tmp_path / "orders.csv"
    path.write_text(HEADER + body, encoding="utf-8")
    return check([path], used or mapping(), as_of_ms, now_ms=now_ms)


def sent(found: Checked) -> Sent:
    sender = Sent()
    asyncio.run(send(found, sender, RECEIVED_MS))
    return sender


def reasons(found: Checked) -> list[tuple[int, str, str]]:
    return [(problem.line, problem.kind, problem.reason.split(";")[0]) for problem in found.summary.errors]


def test_a_row_told_twice_word_for_word_is_sent_once(tmp_path: Path) -> None:
    found = checked(tmp_path, "1,2026-01-01,,,,\n1,2026-01-01,,,,\n2,2026-01-01,,,,\n")
    summary = found.summary
    assert (summary.rows, summary.imported, summary.orders, summary.duplicates) == (3, 2, 2, 1)
    assert len(sent(found).values("raw.order-file.v1")) == 2


def test_columns_the_mapping_does_not_read_make_no_contradiction(tmp_path: Path) -> None:
    summary = checked(tmp_path, "1,2026-01-01,,,a,\n1,2026-01-01,,,b,\n").summary
    assert summary.duplicates == 1
    said = "rows: 1; each repeats another row in every column that the mapping reads: left out"
    assert said in summary.sentences()


def test_rows_that_contradict_each_other_are_both_set_aside_with_both_lines(tmp_path: Path) -> None:
    body = "1,2026-01-01,2026-01-02,done,,\n2,2026-01-01,,,,\n1,2026-01-01,2026-01-03,,,\n"
    found = checked(tmp_path, body)
    assert (found.summary.imported, found.summary.orders, found.summary.conflicts) == (1, 1, 2)
    said = "order P1 is told differently in line 2 and in line 4, differing in signed, status"
    assert reasons(found) == [(2, "conflict", said), (4, "conflict", said)]
    sender = sent(found)
    assert sender.values("raw.order-file.v1") == [
        {"no": "2", "ordered": "2026-01-01", "signed": "", "status": "", "v": "", "line": ""}
    ]
    assert len(sender.values("dead.letter.v1")) == 2


def test_a_third_row_about_a_contradicted_order_is_not_taken_either(tmp_path: Path) -> None:
    body = "1,2026-01-01,,,,\n1,2026-01-02,,,,\n1,2026-01-03,,,,\n"
    found = checked(tmp_path, body + "1,2026-01-01,,,,\n3,2026-01-01,,,,\n")
    assert (found.summary.imported, found.summary.conflicts, found.summary.duplicates) == (1, 3, 1)


def test_a_contradiction_between_two_files_names_both_files(tmp_path: Path) -> None:
    for name, day in (("a.csv", 1), ("b.csv", 2)):
        (tmp_path / name).write_text(f"{HEADER}1,2026-01-0{day},,,,\n{day + 6},2026-01-01,,,,\n")
    found = check([tmp_path / "a.csv", tmp_path / "b.csv"], mapping())
    assert [problem.file for problem in found.summary.errors] == ["a.csv", "b.csv"]
    assert (
        "told differently in a.csv line 2 and in b.csv line 2, differing in ordered" in reasons(found)[0][2]
    )
    assert (found.summary.files, found.summary.imported) == (2, 2)


@pytest.mark.parametrize("versions", [1, 2])
def test_a_line_beyond_what_is_kept_of_an_order_is_set_aside_and_told(tmp_path: Path, versions: int) -> None:
    rows = [
        f"1,2026-01-01,,,{version},{line}\n"
        for version in range(1, versions + 1)
        for line in range(LINES_MOST + 2)
    ]
    used = mapping(lines__column="line", lines__judge="each", order__version="v", order__version_is="number")
    found = checked(tmp_path, "".join(rows) + "2,2026-01-01,,,1,1\n", used)
    assert (found.summary.imported, found.summary.unreadable) == (LINES_MOST * versions + 1, 2 * versions)
    assert reasons(found)[0] == (
        LINES_MOST + 2,
        "unreadable",
        f"order P1 has more than {LINES_MOST} lines and is judged by those before this one",
    )
    folded = mapping(lines__column="line", lines__judge="order")
    assert checked(tmp_path, "".join(rows[: LINES_MOST + 2]), folded).summary.set_aside == 0


def test_two_rows_of_one_version_are_told_so(tmp_path: Path) -> None:
    used = mapping(order__version="v", order__version_is="number")
    found = checked(tmp_path, "1,2026-01-01,,,1,\n1,2026-01-02,,,1,\n2,2026-01-02,,,1,\n", used)
    assert "both rows bear the same version" in found.summary.errors[0].reason
    assert "name a version column" not in found.summary.errors[0].reason


def test_a_repeated_order_number_is_an_update_when_the_mapping_names_a_version(tmp_path: Path) -> None:
    body = "1,2026-01-01,,,1,\n1,2026-01-01,2026-01-03,done,2,\n"
    used = mapping(order__version="v", order__version_is="number")
    assert (checked(tmp_path, body, used).summary.imported, checked(tmp_path, body).summary.imported) == (
        2,
        0,
    )


def test_one_version_that_says_two_things_is_a_contradiction(tmp_path: Path) -> None:
    body = "1,2026-01-01,,,1,\n1,2026-01-01,2026-01-03,done,1,\n2,2026-01-01,,,1,\n"
    used = mapping(order__version="v", order__version_is="number")
    assert checked(tmp_path, body, used).summary.conflicts == 2


@pytest.mark.parametrize("lines", [{"column": "line"}, {"judge": "each"}])
def test_lines_of_one_order_are_each_sent(tmp_path: Path, lines: dict[str, str]) -> None:
    found = checked(tmp_path, "1,2026-01-01,,,,a\n1,2026-01-01,2026-01-02,,,b\n", mapping(lines=lines))
    assert (found.summary.imported, found.summary.orders, found.summary.conflicts) == (2, 1, 0)


def test_the_same_line_told_in_two_ways_is_a_contradiction(tmp_path: Path) -> None:
    body = "1,2026-01-01,,,,a\n1,2026-01-01,2026-01-02,,,a\n1,2026-01-01,,,,b\n"
    assert checked(tmp_path, body, mapping(lines__column="line")).summary.conflicts == 2


FOLDED = {"column": "line", "judge": "order"}


def test_folded_lines_travel_as_one_record_wherever_they_stand(tmp_path: Path) -> None:
    used = mapping(lines=FOLDED)
    found = checked(tmp_path, "1,2026-01-01,,,,a\n2,2026-01-01,,,,a\n1,2026-01-01,2026-01-02,,,b\n", used)
    assert (found.summary.imported, found.summary.orders) == (3, 2)
    sender = sent(found)
    assert [len(value) for value in sender.values("raw.order-file.v1")] == [1, 2]  # type: ignore[arg-type]
    record = sender.records[1][1]
    told = read_record(used, record.value or b"", RawHeaders.from_headers(record.headers))
    assert (record.key, told.order_id, told.line) == (b"P1", "P1", "")


@pytest.mark.parametrize(
    "bad", ["1,x,,,,b\n", "1,2026-01-01,2026-01-05,,,a\n", "1,2026-01-01,,,,b,surplus\n"]
)
def test_an_order_judged_as_a_whole_is_set_aside_with_any_row_of_it(tmp_path: Path, bad: str) -> None:
    found = checked(
        tmp_path, f"1,2026-01-01,,,,a\n1,2026-01-01,,,,c\n{bad}2,2026-01-01,,,,a\n", mapping(lines=FOLDED)
    )
    assert (found.summary.imported, found.summary.orders, found.summary.set_aside) == (1, 1, 3)
    assert "line" in next(each.reason for each in found.summary.errors if each.kind == "incomplete")
    assert sent(found).values("raw.order-file.v1")[0][0]["no"] == "2"  # type: ignore[index]


def test_unknown_words_are_counted_and_the_rows_are_taken(tmp_path: Path) -> None:
    found = checked(tmp_path, "1,2026-01-01,,lost,,\n2,2026-01-01,,lost,,\n3,2026-01-01,,done,,\n")
    assert (found.summary.imported, dict(found.summary.unknown_status)) == (3, {"lost": 2})


def test_as_of_leaves_out_orders_placed_later_and_keeps_the_one_placed_then(tmp_path: Path) -> None:
    body = "1,2026-01-01 00:00:00,,,,\n2,2026-01-01 00:00:00.001,,,,\n"
    found = checked(tmp_path, body, as_of_ms=1767225600000)
    assert (found.summary.imported, found.summary.skipped_after_as_of) == (1, 1)
    assert RawHeaders.from_headers(sent(found).records[0][1].headers).as_of_ms == 1767225600000


NOW_MS = 1767225600000  # 2026-01-01 00:00 UTC


@pytest.mark.parametrize(
    ("row", "column"),
    [
        ("1,2026-01-02 00:00:00,2026-01-02,,,\n", ""),
        ("1,2026-01-02 00:00:00.001,,,,\n", 'column "ordered": "2026-01-02 00:00:00.001"'),
        ("1,2025-12-01,2026-12-25,done,,\n", 'column "signed": "2026-12-25"'),
    ],
)
def test_a_milestone_more_than_a_day_ahead_of_the_import_is_no_milestone(
    tmp_path: Path, row: str, column: str
) -> None:
    found = checked(tmp_path, row + "2,2025-12-01,,,,\n", now_ms=NOW_MS)
    assert [problem.line for problem in found.summary.errors] == ([2] if column else [])
    assert found.summary.imported == (1 if column else 2)
    for problem in found.summary.errors:
        assert problem.kind == "unreadable"
        assert problem.reason == (
            f"{column} is later than the time of this import, 2026-01-01 00:00+00:00:"
            " what has not happened yet is no milestone; correct the date, or remove it"
        )


def test_a_promise_may_lie_ahead_of_the_import(tmp_path: Path) -> None:
    used = mapping(promise__sign={"column": "v", "by": "date"})
    assert checked(tmp_path, "1,2025-12-01,,,2027-01-05,\n", used, now_ms=NOW_MS).summary.imported == 1


def test_with_as_of_a_later_milestone_is_not_known_yet_and_no_fault(tmp_path: Path) -> None:
    body = "1,2025-12-01,2026-12-25,done,,\n"
    assert checked(tmp_path, body, as_of_ms=NOW_MS, now_ms=NOW_MS).summary.imported == 1


def test_the_counts_add_up(tmp_path: Path) -> None:
    body = (
        "1,2026-01-01,,,,\n1,2026-01-01,,,,\n2,2026-01-01,,,,\n2,2026-01-03,,,,\nx,y,,,,\n4,2027-01-01,,,,\n"
    )
    summary = checked(tmp_path, body, as_of_ms=1780000000000).summary
    assert summary.rows == 6
    assert summary.rows == (
        summary.imported + summary.duplicates + summary.skipped_after_as_of + summary.set_aside
    )


def test_raw_records_carry_all_that_is_needed_to_rebuild(tmp_path: Path) -> None:
    found = checked(tmp_path, "1,2026-01-01,2026-01-02,done,7,q\n")
    topic, record = sent(found).records[0]
    headers = RawHeaders.from_headers(record.headers)
    assert (topic, record.key, record.timestamp_ms) == ("raw.order-file.v1", b"P1", RECEIVED_MS)
    assert (headers.source, headers.shop, headers.received_ms) == ("order_file", "shop", RECEIVED_MS)
    assert headers.delivery_id == f"{found.files[0].probe.sha256[:16]}-2"
    assert load_mapping(headers.mapping).label == found.mapping.label
    assert json.loads(record.value or b"") == {
        "no": "1", "ordered": "2026-01-01", "signed": "2026-01-02", "status": "done", "v": "7", "line": "q"
    }  # fmt: skip


def test_a_row_that_cannot_be_read_is_kept_in_the_dead_letter_once(tmp_path: Path) -> None:
    body = "1,2026-01-01,,,,\n2,soon,,,,\n3,2026-01-01,,,,,x,y\n"
    letters = []
    for _ in range(2):
        found = [
            record.value or b"" for topic, record in sent(checked(tmp_path, body)).records if "dead" in topic
        ]
        letters.append([DeadLetter.model_validate_json(value) for value in found])
    first, second = letters[0]
    assert [letter.letter_id for letter in letters[0]] == [letter.letter_id for letter in letters[1]]
    assert (first.origin_topic, first.origin_partition, first.origin_offset) == ("file:orders.csv", 0, 3)
    assert (first.origin_key, first.agent, first.error) == ("P2", "importer", "UnreadableRow")
    assert first.reason.startswith('orders.csv, line 3: column "ordered": "soon" is no time in any of')
    assert json.loads(first.raw)["ordered"] == "soon"
    assert json.loads(second.raw)[""] == ["x", "y"]
    assert base64.b64encode(first.raw) in first.to_bytes()


def test_a_row_too_large_for_kafka_is_set_aside(tmp_path: Path) -> None:
    wide = ",".join("x" * 100_000 for _ in range(5))
    path = tmp_path / "orders.csv"
    path.write_text(f"no,ordered,signed,status,a,b,c,d,e\n1,2026-01-01,,,{wide}\n2,2026-01-01,,,,,,,\n")
    found = check([path], mapping())
    assert (found.summary.imported, found.summary.unreadable) == (1, 1)
    assert "only the first 500000 bytes are kept" in sent(found).values("dead.letter.v1")[0]["reason"]  # type: ignore[index]


def test_an_outage_in_the_middle_says_how_much_was_confirmed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("pipeline.importer.sending.FLUSH_RECORDS", 2)
    found = checked(tmp_path, "".join(f"{n},2026-01-01,,,,\n" for n in range(5)))
    with pytest.raises(Interrupted) as caught:
        asyncio.run(send(found, Sent(fails_at=2), RECEIVED_MS))
    assert caught.value.confirmed == 2
    assert not found.summary.sent


@pytest.mark.parametrize("body", ["1,2026-01-02,,,,x\n", "1,2026-01-02,,,,\n2,2026-01-02,,,,\n", ""])
def test_a_file_that_changed_since_it_was_checked_is_not_sent(tmp_path: Path, body: str) -> None:
    found = checked(tmp_path, "1,2026-01-01,,,,\n")
    (tmp_path / "orders.csv").write_text(HEADER + body)
    sender = Sent()
    with pytest.raises(Interrupted) as caught:
        asyncio.run(send(found, sender, RECEIVED_MS))
    assert "orders.csv: the file was changed while it was imported" in str(caught.value.__cause__)
    assert not sender.records
