"""Laws of every shipped adapter: order and repetition of deliveries change nothing, no payload crashes it."""

import json
from collections.abc import Callable, Iterator
from functools import cache
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pipeline.domain.adapters import Unreadable
from pipeline.rules.adapters import shipped_adapters, source_names
from schemas.raw import RawHeaders
from tests.examples import tries

FIXTURES = Path(__file__).parents[1] / "fixtures" / "sources"
ADAPTERS = shipped_adapters()
RECEIVED_MS = 1_798_761_600_000
FEW = settings(max_examples=tries(15))
"""Each example reads every golden payload of a source several times."""
MANY = settings(max_examples=tries(50))
Delivery = tuple[bytes, str]
"""(body, the api it came by)."""


def deliveries_of(source: str) -> list[Delivery]:
    bodies = sorted(f for f in (FIXTURES / source).glob("*") if not f.name.endswith(".golden.json"))
    goldens = [body.with_name(f"{body.name.rpartition('.')[0]}.golden.json") for body in bodies]
    return [
        (body.read_bytes(), json.loads(golden.read_text(encoding="utf-8"))["api"])
        for body, golden in zip(bodies, goldens, strict=True)
    ]


DELIVERIES = {source: deliveries_of(source) for source in source_names()}


def read(source: str, delivery: Delivery, received: int = RECEIVED_MS) -> set[str]:
    """Return the facts as text without the time at which they were received; none for what is refused."""
    body, api = delivery
    try:
        facts = ADAPTERS[source].read(body, RawHeaders(source, "shop", received, "d", api=api)).facts
    except Unreadable:
        return set()
    return {fact.model_copy(update={"observed_at": fact.occurred_at}).model_dump_json() for fact in facts}


@cache
def told_once(source: str) -> set[str]:
    """Every fact of the source's payloads, each read once."""
    return set().union(*(read(source, delivery) for delivery in DELIVERIES[source]))


@pytest.mark.parametrize("source", source_names())
@FEW
@given(data=st.data())
def test_any_order_and_any_repetition_of_deliveries_tell_the_same_facts(
    source: str, data: st.DataObject
) -> None:
    deliveries = DELIVERIES[source]
    again = data.draw(st.lists(st.sampled_from(deliveries), max_size=10))
    arrived = data.draw(st.permutations([*deliveries, *again]))
    late = data.draw(st.lists(st.integers(0, 10**9), min_size=len(arrived), max_size=len(arrived)))
    told: set[str] = set()
    for delivery, delay in zip(arrived, late, strict=True):
        told |= read(source, delivery, RECEIVED_MS + delay)
    assert told == told_once(source)


def words_of(source: str) -> list[str]:
    """Names and codes that the adapter looks for, so that random payloads reach deep into it."""
    document = ADAPTERS[source].document
    words = [code for table in document.codes.values() for code in table.means]
    spoken = json.dumps(document.model_dump(mode="json"))
    paths = [word for word in spoken.split('"') if word and word.isascii() and " " not in word]
    names = [name for path in paths for name in path.replace("|", ".").replace("[]", "").split(".")]
    return sorted({*words, *names, *(name.rpartition(":")[2] for name in names)} - {""})


def shapes(source: str) -> st.SearchStrategy[Any]:
    known = st.sampled_from(words_of(source))
    scalars = (
        st.none() | st.booleans() | st.integers(-(2**63), 2**64 - 1) | st.floats(allow_nan=False)
        | st.text(max_size=20) | known | st.sampled_from(["0", "-1", "2026-03-01 11:00:00", "1e400"])
    )  # fmt: skip

    def grow(inner: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
        return st.lists(inner, max_size=4) | st.dictionaries(known | st.text(max_size=5), inner, max_size=8)

    return st.recursive(scalars, grow, max_leaves=40)


def spoiled(value: Any, spoil: Callable[[Any], Any]) -> Any:
    """Return a payload with some of its parts replaced."""
    if isinstance(value, dict):
        value = {name: spoiled(part, spoil) for name, part in value.items()}
    elif isinstance(value, list):
        value = [spoiled(part, spoil) for part in value]
    return spoil(value)


@pytest.mark.parametrize("source", source_names())
@MANY
@given(data=st.data())
def test_no_json_of_any_shape_crashes_an_adapter(source: str, data: st.DataObject) -> None:
    text = json.dumps(data.draw(shapes(source)))
    names = st.sampled_from(words_of(source))
    form = urlencode({data.draw(names): text, data.draw(names): data.draw(names)})
    read(source, (data.draw(st.sampled_from([text, form])).encode("utf-8", "surrogatepass"), ""))


@pytest.mark.parametrize("source", source_names())
@MANY
@given(data=st.data())
def test_no_spoiled_part_of_a_real_payload_crashes_an_adapter(source: str, data: st.DataObject) -> None:
    body, api = data.draw(st.sampled_from(DELIVERIES[source]))
    other = shapes(source)
    chosen = data.draw(st.sets(st.integers(0, 60), min_size=1, max_size=3))
    seen = iter(range(10**6))

    def spoil(value: Any) -> Any:
        return data.draw(other) if next(seen) in chosen else value

    try:
        decoded = json.loads(body)
    except ValueError:
        decoded = body.decode("utf-8", "replace")
    read(source, (json.dumps(spoiled(decoded, spoil)).encode("utf-8", "surrogatepass"), api))


AWKWARD: tuple[object, ...] = (
    None,
    True,
    -1,
    1e308,
    "NaN",
    "9" * 400,
    "\x00",
    [],
    {},
    [{}],
    [["1"]],
    {"a": 1},
)


def places_in(value: Any) -> Iterator[tuple[Any, Any]]:
    """Give each part of a payload as (what holds it, its name or number there)."""
    named = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for name, part in list(named):
        yield value, name
        yield from places_in(part)


@pytest.mark.parametrize("source", source_names())
def test_no_part_of_a_real_payload_can_be_so_awkward_that_an_adapter_crashes(source: str) -> None:
    for body, api in DELIVERIES[source]:
        try:
            payload = json.loads(body)
        except ValueError:
            continue
        for holder, name in list(places_in(payload)):
            part = holder[name]
            for awkward in AWKWARD:
                holder[name] = awkward
                read(source, (json.dumps(payload).encode(), api))
            holder[name] = part


@pytest.mark.parametrize("source", source_names())
@MANY
@given(body=st.binary(max_size=200))
def test_no_bytes_crash_an_adapter(source: str, body: bytes) -> None:
    read(source, (body, ""))
