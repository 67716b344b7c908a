"""The core worker is killed while it links parcels: every order hears the same last words of its parcels."""

import asyncio
import random
from typing import Any

import pytest
from aiokafka import AIOKafkaConsumer, TopicPartition

from pipeline.endpoints import kafka_bootstrap
from pipeline.producer import Record
from pipeline.settings import Settings
from schemas.logistics import WaybillFact
from schemas.order import ParcelReported
from schemas.promise import OrderAccount
from schemas.topics import FACT_ORDER, FACT_WAYBILL, STATE_ORDER
from schemas.vocabulary import Phase, Reporter
from tests.builders import Linker, after, linked, tracked

pytestmark = pytest.mark.connected
PARCELS = 400
Told = dict[tuple[str, str], tuple[str, int]]


def facts(prefix: str) -> list[WaybillFact]:
    """Every parcel holds two orders, every order lies in two parcels; scans and links in any order."""
    said: list[WaybillFact] = []
    for number in range(PARCELS):
        waybill = f"{prefix}-W{number}"
        said += [linked(waybill, f"{prefix}-{(number + n) % PARCELS}", after(2)) for n in (0, 1)]
        said += [tracked(after(hours), waybill, first_scan_at=after(3)) for hours in (3, 5, 9)]
        said.append(tracked(after(40), waybill, Phase.SIGNED, signed_at=after(40)))
    random.Random(prefix).shuffle(said)
    return said


def told(settings: Settings, topic: str, prefix: str) -> list[bytes]:
    """Return what a topic holds of one test, each partition in its order."""

    async def read() -> list[bytes]:
        places = [TopicPartition(topic, number) for number in range(settings.partitions)]
        consumer = AIOKafkaConsumer(bootstrap_servers=kafka_bootstrap(settings), enable_auto_commit=False)
        await consumer.start()
        try:
            consumer.assign(places)
            ends = await consumer.end_offsets(places)
            await consumer.seek_to_beginning(*places)
            found: list[bytes] = []
            for place in places:
                while await consumer.position(place) < ends[place]:
                    fetched = await consumer.getmany(place, timeout_ms=1000)
                    found += [record.value for records in fetched.values() for record in records]
            return found
        finally:
            await consumer.stop()

    return [value for value in asyncio.run(read()) if f'"{prefix}-'.encode() in value]


def last_words(settings: Settings, prefix: str) -> Told:
    """What each order was told last of each of its parcels."""
    values = told(settings, FACT_ORDER.name, prefix)
    events = [ParcelReported.model_validate_json(value) for value in values]
    return {(event.order_id, event.waybill): (event.event_id, event.version or 0) for event in events}


def accounts(settings: Settings, prefix: str) -> dict[str, OrderAccount]:
    values = told(settings, STATE_ORDER.name, prefix)
    found = [OrderAccount.model_validate_json(value) for value in values]
    return {account.order_id: account for account in found}


def test_a_core_worker_killed_while_it_links_parcels_tells_each_order_the_same_in_the_end(
    workers: Any, soon: Any
) -> None:
    """With the store of the disk; that of the memory comes back the same way (test_worker_faults)."""
    prefix = "parcels-killed"
    said = facts(prefix)
    expected = {place: (event.event_id, event.version) for place, event in Linker().hears(*said).last.items()}
    assert len(expected) == 2 * PARCELS
    core = workers.work("core")

    def kill_and_restart() -> None:
        soon(lambda: last_words(workers.settings, prefix), "the linker works")
        workers.kill(core)
        core.start()

    sent = [(FACT_WAYBILL.name, Record(fact.waybill.encode(), fact.to_bytes(), 0)) for fact in said]
    workers.send(sent, over_s=3, meanwhile=kill_and_restart)
    soon(lambda: last_words(workers.settings, prefix) == expected, "every order was told everything")

    def all_signed() -> bool:
        """The order hub heard both parcels of every order, in whatever partition they were linked."""
        found = accounts(workers.settings, prefix).values()
        voices = [{word.line for word in account.words} for account in found]
        return (
            len(voices) == PARCELS
            and all(len(lines) == 2 for lines in voices)
            and all(
                account.signed_at == after(40) and account.words[0].reporter is Reporter.CARRIER
                for account in found
            )
        )

    soon(all_signed, "every order is signed")
