"""The simulated sources: what each payload becomes, and what is refused."""

from importlib.resources import files

import orjson
import pytest

from pipeline.domain.simulated_sources import Fact, Unreadable, load_simulated_rules, read_simulated
from pipeline.simulator.catalogue import STOREFRONTS
from pipeline.simulator.day import POISON_SOURCES, POISON_VALUES
from schemas.inventory import SkuOrdered, StockCounted
from schemas.order import OrderReported
from schemas.raw import RawHeaders
from schemas.vocabulary import Phase

TEXT = files("pipeline.rules").joinpath("simulated.toml").read_text(encoding="utf-8")
RULES = load_simulated_rules(TEXT)
AT = 1_767_225_600_123


def read(source: str, received_ms: int = AT + 500, **payload: object) -> list[Fact]:
    headers = RawHeaders(source, "shop", received_ms, "delivery")
    return read_simulated(RULES, source, orjson.dumps(payload), headers, b"O1")


def order(source: str = "tmall", **changed: object) -> list[Fact]:
    payload = {
        "kind": "order",
        "order_id": "O1",
        "platform": "tmall",
        "shop": "s",
        "status": "WAIT_BUYER_PAY",
        "updated_at": AT,
        "created_at": AT,
        "units": 2,
    }
    return read(source, **(payload | changed))


def scan(code: str, aggregator: str = "kuaidi100") -> OrderReported:
    whose = {"order_id": "O1", "platform": "jd", "shop": "s", "waybill": "W"}
    (fact,) = read("carrier", kind="scan", aggregator=aggregator, code=code, at=AT, **whose)
    assert isinstance(fact, OrderReported)
    return fact


def test_an_unknown_code_is_kept_and_not_guessed() -> None:
    (fact,) = order(status="WAIT_FOR_THE_MOON")
    assert isinstance(fact, OrderReported)
    assert (fact.phase, fact.raw_code) == (Phase.UNKNOWN, "WAIT_FOR_THE_MOON")


def test_a_redelivery_gives_the_same_ids_whenever_it_comes() -> None:
    lines = [{"sku": "A", "units": 2}]
    first = order(lines=lines)
    again = order(lines=lines, received_ms=AT + 900_000)
    assert [fact.event_id for fact in first] == [fact.event_id for fact in again]
    assert len({fact.event_id for fact in first}) == 2
    assert order(lines=lines, units=3)[0].event_id != first[0].event_id


def test_only_the_creation_asks_for_stock() -> None:
    created = order(lines=[{"sku": "A", "units": 1}, {"sku": "B", "units": 1}])
    assert [fact.sku for fact in created if isinstance(fact, SkuOrdered)] == ["A", "B"]
    assert not [fact for fact in order(status="TRADE_FINISHED") if isinstance(fact, SkuOrdered)]


def test_only_platforms_without_a_deadline_owe_the_policy() -> None:
    owing = {
        front.source: order(front.source, status=next(iter(front.codes.values())))[0].policy_promise  # type: ignore[union-attr]
        for front in STOREFRONTS
    }
    assert owing == {"tmall": True, "jd": True, "pdd": False, "douyin": False, "own-shop": True}


def test_a_locker_is_no_signature_and_a_pick_up_is_the_first_scan() -> None:
    assert (scan("304").phase, scan("304").signed_at) == (Phase.SHIPPED, None)
    assert scan("304", "kdniao").signed_at is not None  # the same digits mean "by another person" there
    assert scan("103").first_scan_at is not None
    assert scan("102").first_scan_at is None
    assert scan("301").signed_at == scan("301").occurred_at


def test_times_keep_their_milliseconds_and_the_version_is_the_source_time() -> None:
    (fact,) = order()
    assert isinstance(fact, OrderReported)
    assert fact.version == AT
    assert round(fact.occurred_at.timestamp() * 1000) == AT
    assert round(fact.observed_at.timestamp() * 1000) == AT + 500
    assert fact.paid_at is None


def test_a_count_says_who_counted() -> None:
    (fact,) = read(
        "cloud-warehouse",
        kind="count",
        sku="A",
        warehouse="w",
        counter="cloud",
        units=3,
        counted_at=AT,
        version=7,
    )
    assert isinstance(fact, StockCounted)
    assert (fact.counter, fact.units, fact.version) == ("cloud", 3, 7)


@pytest.mark.parametrize(
    ("source", "value"),
    [
        *zip(POISON_SOURCES, POISON_VALUES, strict=True),
        ("tmall", b""),
        ("tmall", b'{"kind":"order","order_id":"1","shop":"s","status":"","updated_at":1}'),
        ("tmall", b'{"kind":"order","order_id":"1","shop":"s","status":"1","updated_at":99999999999999}'),
        ("carrier", b'{"kind":"scan","aggregator":"nobody","code":"1","at":1}'),
        ("no-such-source", b'{"kind":"order"}'),
        ("clock", b'{"kind":"tick"}'),
        ("tmall", b'{"kind":["order"]}'),
    ],
)
def test_what_cannot_be_read_is_refused_with_a_reason(source: str, value: bytes) -> None:
    with pytest.raises(Unreadable, match=source):
        read_simulated(RULES, source, value, RawHeaders(source, "", AT, "d"), b"k")


def test_every_code_that_the_storefronts_speak_is_mapped() -> None:
    for front in STOREFRONTS:
        phases = RULES.sources[front.source].phases
        assert set(front.codes.values()) <= set(phases)
        assert front.unknown_code not in phases


@pytest.mark.parametrize(
    ("old", "new", "named"),
    [
        ("schema_version = 1", "schema_version = 2", "schema_version"),
        ('TRADE_FINISHED = "finished"', 'TRADE_FINISHED = "done"', "TRADE_FINISHED"),
        ('first_scan = ["103"]', 'first_scan = ["102"]', "first_scan"),
        ("policy_promise = true", "policy_promises = true", "policy_promises"),
        ('platform = "pdd"', "", "platform"),
        ("[source.tmall]", "[source.tmall", "TOML"),
    ],
)
def test_a_wrong_table_is_refused_by_name(old: str, new: str, named: str) -> None:
    with pytest.raises(ValueError, match=named):
        load_simulated_rules(TEXT.replace(old, new, 1))
