"""Laws of importing: neither order nor repetition of rows matters, and no bytes crash it."""

import asyncio
import random
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pipeline.domain.mapping import Mapping, MappingError, load_mapping, read_record
from pipeline.importer import FileRefused, check, find_mapping, send
from pipeline.producer import Record
from schemas.raw import RawHeaders
from tests.examples import tries

EXCERPT = Path(__file__).parents[1] / "fixtures/order_files/olist-excerpt.csv"
LINES = """
name = "lines"
zone = "Asia/Shanghai"
[order]
id = "no"
[times]
ordered_at = "ordered"
outbound_at = "out"
[lines]
column = "line"
judge = "order"
"""


class _Sent:
    def __init__(self) -> None:
        self.records: list[tuple[str, Record]] = []

    def add(self, topic: str, record: Record) -> None:
        self.records.append((topic, record))

    async def flush(self) -> int:
        return 0


def _facts(text: str, mapping: Mapping, received_ms: int) -> set[str]:
    with TemporaryDirectory() as folder:
        path = Path(folder) / "orders.csv"
        path.write_text(text, encoding="utf-8")
        sender = _Sent()
        asyncio.run(send(check([path], mapping), sender, received_ms))
    said = set()
    for _, record in sender.records:
        fact = read_record(mapping, record.value or b"", RawHeaders.from_headers(record.headers))
        said.add(fact.model_copy(update={"observed_at": None, "judged_at": None}).model_dump_json())
    return said


@settings(max_examples=tries(15))
@given(seed=st.integers(0, 10_000), repeated=st.integers(0, 20))
def test_shuffled_and_repeated_rows_give_the_same_facts(seed: int, repeated: int) -> None:
    header, *rows = EXCERPT.read_text(encoding="utf-8").splitlines()
    mapping, chance = find_mapping("olist"), random.Random(seed)
    shuffled = [*rows, *chance.choices(rows, k=repeated)]
    chance.shuffle(shuffled)
    first = _facts("\n".join([header, *rows]), mapping, 1_795_000_000_000)
    assert first == _facts("\n".join([header, *shuffled]), mapping, 1_796_000_000_000)
    assert len(first) == len(rows)


@settings(max_examples=tries(30))
@given(
    rows=st.lists(
        st.tuples(st.integers(1, 3), st.integers(1, 4), st.integers(0, 28)),
        min_size=1,
        max_size=12,
        unique_by=lambda row: row[:2],
    ),
    seed=st.integers(0, 1000),
)
def test_shuffled_lines_fold_into_the_same_orders(rows: list[tuple[int, int, int]], seed: int) -> None:
    lines = [f"{no},2026-01-01,{f'2026-02-{day:02}' if day else ''},{line}" for no, line, day in rows]
    shuffled = lines * 2
    random.Random(seed).shuffle(shuffled)
    mapping, header = load_mapping(LINES.encode()), "no,ordered,out,line"
    first = _facts("\n".join([header, *lines]), mapping, 1_795_000_000_000)
    assert first == _facts("\n".join([header, *shuffled]), mapping, 1_796_000_000_000)
    assert len(first) == len({no for no, _, _ in rows})


_STARTS = (
    b"",
    b"no,ordered,out,line\n",
    b'{"no": "1"',
    b"PK\x03\x04",
    b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1",
    b"\xff\xfe",
)


@settings(max_examples=tries(150))
@given(start=st.sampled_from(_STARTS), rest=st.binary(max_size=300))
def test_any_bytes_are_read_or_refused_with_a_sentence(start: bytes, rest: bytes) -> None:
    with TemporaryDirectory() as folder:
        path = Path(folder) / "orders.csv"
        path.write_bytes(start + rest)
        try:
            found = check([path], load_mapping(LINES.encode()))
        except FileRefused as error:
            told = str(error)
        else:
            told = f"orders.csv: {found.summary.sentences()[0]}"
            kept = found.summary.imported + found.summary.set_aside + found.summary.duplicates
            assert found.summary.rows == kept
    assert told.startswith("orders.csv")


@settings(max_examples=tries(150))
@given(st.one_of(st.binary(max_size=200), st.text(max_size=200).map(lambda text: (LINES + text).encode())))
def test_any_mapping_is_loaded_or_refused_with_a_sentence(text: bytes) -> None:
    told = "shop.toml"
    try:
        load_mapping(text, origin="shop.toml")
    except MappingError as error:
        told = str(error)
    assert told.startswith("shop.toml")


@settings(max_examples=tries(100))
@given(
    cells=st.fixed_dictionaries(
        {name: st.text(max_size=40) for name in ("order_id", "order_status", "order_purchase_timestamp")}
    )
)
def test_any_cells_are_read_or_refused_naming_the_column(cells: dict[str, str]) -> None:
    from pipeline.domain.mapping import UnreadableRow, read_row

    told = 'column "order_'
    try:
        read_row(find_mapping("olist"), cells, RawHeaders("order_file", "x", 1_795_000_000_000, "x"))
    except UnreadableRow as error:
        told = str(error)
    assert told.startswith('column "order_')


def test_a_deeply_nested_mapping_is_refused() -> None:
    with pytest.raises(MappingError):
        load_mapping(b"{" + b'"a":{' * 100_000)
