"""The inventory sentinel with fake fetches: commands and state once a batch; a redelivery changes nothing."""

from typing import Any

import pytest

from agents import inventory_sentinel
from pipeline.domain.stock import StockPolicy
from schemas.inventory import ClockReached
from schemas.topics import COMMAND_SKU, DEAD_LETTER, DECISION_SKU, FACT_ORDER, FACT_SKU, STATE_SKU
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
