"""The inventory sentinel with fake fetches: commands and state once a batch; a redelivery changes nothing."""

from typing import Any

import pytest

from agents import inventory_sentinel
from pipeline.domain.policy import HOUR_MS
from pipeline.domain.stock import StockPolicy
from schemas.inventory import ClockReached, WarehouseSpoke
from schemas.topics import COMMAND_SKU, DEAD_LETTER, DECISION_SKU, FACT_ORDER, FACT_SKU, FINDING, STATE_SKU
from tests.builders import START, after
from tests.stock_builders import SKU, counted, reserved

CHANGELOG = "stream-tests-stock-by-sku-changelog"


@pytest.fixture
def selling(worker: Any) -> Any:
    """A worker with the inventory sentinel."""
    made = type(worker)()
    inventory_sentinel.attach(made, StockPolicy(storefronts=("tmall", "jd")))
    return made


def records(stream: Any, *facts: Any, first: int = 0) -> list[Any]:
    return [
        stream.FakeRecord(FACT_SKU.name, first + n, fact.to_bytes(), SKU.encode())
        for n, fact in enumerate(facts)
    ]


async def test_a_batch_says_commands_flags_and_one_account_and_then_writes_its_state(
    selling: Any, stream: Any
) -> None:
    facts = (counted(1), reserved("A"), reserved("B", at=after(1)))
    await selling.run("inventory_sentinel", selling.batch(*records(stream, *facts)))
    told = selling.producer
    assert {one["storefront"] for one in told.told(COMMAND_SKU.name) if one["type"] == "sku.suspend"} == {
        "tmall", "jd"
    }  # fmt: skip
    assert [one["order_id"] for one in told.told(FACT_ORDER.name)] == ["B"]
    assert "order.oversold" in {one["type"] for one in told.told(DECISION_SKU.name)}
    (account,) = told.told(STATE_SKU.name)
    assert (account["on_hand"], account["reserved"], account["suspended"]) == (1, 2, True)
    assert told.happened[1:] == [CHANGELOG, "acknowledged"]


async def test_a_redelivered_batch_says_nothing_again(selling: Any, stream: Any) -> None:
    facts = records(stream, counted(1), reserved("A"))
    await selling.run("inventory_sentinel", selling.batch(*facts))
    before = len(selling.producer.told(COMMAND_SKU.name))
    await selling.run("inventory_sentinel", selling.batch(*facts))
    assert len(selling.producer.told(COMMAND_SKU.name)) == before


async def test_poison_costs_itself_only_and_the_clock_is_of_no_sku(selling: Any, stream: Any) -> None:
    when = {"occurred_at": after(3), "observed_at": after(3)}
    tick = ClockReached(event_id="t", cause_id="order_hub-0", agent="order_hub", **when)
    batch = records(stream, counted(5), tick, reserved("A", at=START))
    batch[1].key = b"order_hub"
    batch.insert(1, stream.FakeRecord(FACT_SKU.name, 9, b"{", SKU.encode()))
    batch[2].offset, batch[3].offset = 10, 11
    await selling.run("inventory_sentinel", selling.batch(*batch))
    assert len(selling.producer.told(DEAD_LETTER.name)) == 1
    (account,) = selling.producer.told(STATE_SKU.name)
    assert (account["on_hand"], account["reserved"]) == (5, 1)


async def test_word_of_a_warehouse_comes_back_and_silence_is_one_finding(worker: Any, stream: Any) -> None:
    made = type(worker)()
    policy = StockPolicy(storefronts=("tmall",), speaks_every_ms={"cloud-1": HOUR_MS})
    inventory_sentinel.attach(made, policy)
    first = counted(5, START, "cloud-1", "cloud")
    await made.run("inventory_sentinel", made.batch(*records(stream, first)))
    (word,) = made.producer.told(FACT_SKU.name)
    assert (word["type"], word["subject"]) == ("warehouse.spoke", "warehouse:cloud-1")
    when = {"occurred_at": after(4), "observed_at": after(4)}
    tick = ClockReached(event_id="t", cause_id="order_hub-0", agent="order_hub", **when)
    batch = records(stream, WarehouseSpoke.model_validate(word), tick, first=1)
    batch[0].key, batch[1].key = b"warehouse:cloud-1", b"order_hub"
    for record in batch:
        await made.run("inventory_sentinel", made.batch(record))
    (found,) = made.producer.told(FINDING.name)
    assert (found["kind"], found["subject"]) == ("warehouse_silent", "warehouse:cloud-1")
    accounts = made.producer.told(STATE_SKU.name)
    assert [one["sku"] for one in accounts] == [SKU, SKU], "a warehouse has no account of a SKU"
    assert accounts[-1]["places"][0]["silent"]
