"""Laws of the simulated sources: no bytes crash the reader, and equal content is one event."""

from contextlib import suppress
from datetime import UTC, datetime
from importlib.resources import files
from itertools import islice

import orjson
from hypothesis import given, settings
from hypothesis import strategies as st

from pipeline.domain.simulated_sources import READERS, Unreadable, load_simulated_rules, read_simulated
from pipeline.simulator.feed import raw_events
from schemas.raw import RawHeaders

RULES = load_simulated_rules(files("pipeline.rules").joinpath("simulated.toml").read_text(encoding="utf-8"))
SOURCES = (
    "tmall",
    "jd",
    "pdd",
    "douyin",
    "own-shop",
    "erp",
    "wms",
    "cloud-warehouse",
    "carrier",
    "cs",
    "app",
    "clock",
)
KINDS = sorted({str(kind) for _, kind in READERS})
SAMPLES = [
    (RawHeaders.from_headers(event.headers).source, event.value)
    for event in islice(raw_events(5, 60, datetime(2026, 3, 1, tzinfo=UTC)), 1_500)
    if event.partition is None and not event.key.startswith(b"POISON")
]

JSON = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(2**63), 2**63)
    | st.floats(allow_nan=False)
    | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=6,
)


def read(source: str, value: bytes, received_ms: int = 1_770_000_000_000) -> list[str]:
    headers = RawHeaders(source, "", received_ms, "")
    return [fact.event_id for fact in read_simulated(RULES, source, value, headers, b"k")]


@given(st.sampled_from(SOURCES), st.binary(max_size=200))
def test_no_bytes_crash_the_reader(source: str, value: bytes) -> None:
    with suppress(Unreadable):
        read(source, value)


@settings(max_examples=150)
@given(st.sampled_from(SAMPLES), st.data())
def test_no_changed_field_crashes_the_reader(sample: tuple[str, bytes], data: st.DataObject) -> None:
    source, value = sample
    payload = orjson.loads(value)
    field = data.draw(st.sampled_from(sorted(payload)))
    changed = data.draw(JSON)
    payload[field] = changed
    with suppress(Unreadable):
        read(source, orjson.dumps(payload))


@given(st.sampled_from(SAMPLES), st.integers(1_000_000_000_000, 4_000_000_000_000))
def test_when_a_delivery_comes_changes_no_id(sample: tuple[str, bytes], received_ms: int) -> None:
    assert read(*sample, received_ms) == read(*sample)
