"""The pages of our own contracts: every example on them is read, and says what the page says."""

import re
from pathlib import Path

import pytest

from pipeline.domain.adapters import load_adapter
from pipeline.rules.adapters import shipped_adapters
from schemas.base import Event
from schemas.inventory import StockCounted, StockMoved
from schemas.order import OrderReported, TicketReported
from schemas.raw import RawHeaders

PAGES = Path(__file__).parents[2] / "docs" / "sources"
ADAPTERS = shipped_adapters()
BLOCK = re.compile(r"^```(\w+ ?\w*)\n(.*?)^```$", re.DOTALL | re.MULTILINE)


def blocks(page: str) -> dict[str, str]:
    return dict(BLOCK.findall((PAGES / f"{page}.md").read_text(encoding="utf-8")))


@pytest.mark.parametrize(
    ("source", "block", "kind"),
    [
        ("cloud-warehouse", "count", StockCounted),
        ("cloud-warehouse", "movement", StockMoved),
        ("cs", "ticket", TicketReported),
        ("cs", "order", OrderReported),
        ("app", "view", OrderReported),
    ],
)
def test_an_example_of_a_contract_is_read(source: str, block: str, kind: type[Event]) -> None:
    body = blocks(source)[f"json {block}"].encode()
    understood = ADAPTERS[source].read(body, RawHeaders(source, "", 1, "d"))
    assert [type(fact) for fact in understood.facts] == [kind]
    assert understood.unknown == ()
    assert understood.facts[0].occurred_at.isoformat().startswith("2026-03-01T04:00:0")


def test_several_events_in_one_body_are_read_as_each_alone() -> None:
    told = blocks("cloud-warehouse")
    several = f'{{"events": [{told["json count"]}, {told["json movement"]}]}}'.encode()
    facts = ADAPTERS["cloud-warehouse"].read(several, RawHeaders("cloud-warehouse", "", 1, "d")).facts
    assert [type(fact) for fact in facts] == [StockCounted, StockMoved]


def test_the_documented_way_for_a_warehouse_that_sends_something_else_works() -> None:
    told = blocks("cloud-warehouse")
    other = load_adapter(told["toml"], origin="cloud-warehouse-hangzhou.toml")
    source = "cloud-warehouse-hangzhou"
    facts = other.read(told["json other"].encode(), RawHeaders(source, "", 1, "d")).facts
    found = [(f.sku, f.warehouse, f.counter, f.units) for f in facts if isinstance(f, StockCounted)]
    assert found == [("SKU-1", "HZ-02", "cloud", 37), ("SKU-2", "HZ-02", "cloud", 0)]
    assert {fact.occurred_at.isoformat() for fact in facts} == {"2026-03-01T04:00:00+00:00"}
    assert len({fact.event_id for fact in facts}) == 2


def test_a_sender_cannot_count_for_the_ledger() -> None:
    body = (
        b'{"kind":"count","sku":"S","warehouse":"w","counter":"ledger","units":1,"counted_at":1772337600000}'
    )
    [fact] = ADAPTERS["cloud-warehouse"].read(body, RawHeaders("cloud-warehouse", "", 1, "d")).facts
    assert isinstance(fact, StockCounted)
    assert fact.counter == "cloud"
