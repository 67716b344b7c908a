"""What an outside system may say in our own words: completed, the same when it comes again, or refused."""

from datetime import UTC, datetime, timedelta
from typing import Any

import orjson
import pytest

from pipeline.domain.raw_sources import RawReader
from pipeline.gateway.accept import Accepted, Refusal, accept
from pipeline.gateway.keyring import Secret
from pipeline.gateway.request import Reason
from pipeline.gateway.signing import sign
from pipeline.gateway.specs import PUSHES
from pipeline.outside import AHEAD, OURS, SAYABLE, NotSayable, NotUnderstood, completed
from schemas.refund import ConfirmationAnswered
from schemas.topics import RAW_COMMAND

NOW = datetime(2026, 3, 1, 4, tzinfo=UTC)
NOW_S = round(NOW.timestamp())
AT = {"occurred_at": "2026-03-01T11:59:00+08:00"}
REFUND: dict[str, Any] = {"order_id": "1", "refund_id": "R", **AT}
SAID: dict[str, dict[str, Any]] = {
    "confirmation.answered": {**REFUND, "refund_version": 1, "answer": "yes", "who": "mei"},
    "goods.counted": REFUND,
    "desk.addresses_told": {"order_id": "1", "addresses": [], **AT},
    "return.quality_reports_told": {**REFUND, "reports": []},
    "return.stock_told": {**REFUND, "levels": []},
    "return.step_confirmed": {**REFUND, "step": "notify_restock", "command_id": "c"},
    "stock.command_confirmed": {"sku": "1", "storefront": "tmall", "command_id": "c", **AT},
}


def said(kind: str, **changed: Any) -> dict[str, Any]:
    return {"type": kind, **SAID[kind], **changed}


@pytest.mark.parametrize("kind", SAYABLE)
def test_everything_that_may_be_said_is_received_now_and_is_read_back(kind: str) -> None:
    event = completed(said(kind), NOW)
    assert event.observed_at == NOW
    assert event.occurred_at == NOW - timedelta(minutes=1)
    record = (("source", b"command"), ("shop", b""), ("received_ms", b"0"), ("delivery_id", b"d"))
    assert RawReader({}).read(event.to_bytes(), record).facts == (event,)


def test_the_same_said_again_later_is_the_same_event() -> None:
    first, later = completed(said("goods.counted"), NOW), completed(said("goods.counted"), NOW + timedelta(1))
    assert first.event_id == later.event_id
    assert completed(said("goods.counted", refund_id="S"), NOW).event_id != first.event_id


def test_its_own_id_goes_before_the_delivery_and_the_delivery_before_what_it_says() -> None:
    def event_id(delivery: str, **changed: Any) -> str:
        return completed(said("goods.counted", **changed), NOW, delivery).event_id

    assert event_id("d1", event_id="e") == event_id("d2", event_id="e", occurred_at="2026-03-01T00:00:00Z")
    assert event_id("d1") == event_id("d1", occurred_at="2026-03-01T00:00:00Z") != event_id("d2")
    assert event_id("", event_id="e") != "e", "it must not be the id of an event of ours"


@pytest.mark.parametrize("kind", sorted(OURS))
def test_what_names_a_person_of_ours_may_not_be_said(kind: str) -> None:
    with pytest.raises(NotSayable, match=kind):
        completed({"type": kind}, NOW)


@pytest.mark.parametrize(
    ("document", "sentence"),
    [
        (None, "it is no JSON object"),
        ([], "it is no JSON object"),
        ({}, "type is none of"),
        ({"type": ["goods.counted"]}, "type is none of"),
        ({"type": "order.reported"}, "type is none of"),
        (said("goods.counted", order_id=""), "order_id: String should have at least 1 character"),
        (said("goods.counted", more=1), "more: Extra inputs are not permitted"),
        (said("goods.counted", event_id=7), "event_id: it is no text"),
        (said("goods.counted", event_id="x" * 129), "event_id: it is no text of at most 128"),
        (said("goods.counted", occurred_at="2026-03-01T11:59:00"), "occurred_at: Input should have timezone"),
        ({"type": "goods.counted", "order_id": "1", "refund_id": "R"}, "occurred_at: Field required"),
        (said("confirmation.answered", answer="maybe"), "answer: Input should be 'yes' or 'no'"),
    ],
)
def test_what_cannot_be_understood_is_refused_with_its_first_fault(document: Any, sentence: str) -> None:
    with pytest.raises(NotUnderstood, match=sentence):
        completed(document, NOW)


def test_an_answer_may_be_dated_as_far_ahead_as_clocks_differ_and_no_further() -> None:
    at = (NOW + AHEAD).isoformat()
    assert completed(said("goods.counted", occurred_at=at), NOW).occurred_at == NOW + AHEAD
    with pytest.raises(NotUnderstood, match="ahead of now"):
        completed(said("goods.counted", occurred_at=(NOW + AHEAD + timedelta(0, 1)).isoformat()), NOW)


def pushed(document: dict[str, Any], delivery_id: str = "d-1") -> Any:
    secrets = (Secret(b"key"),)
    request = sign(
        PUSHES["command"], orjson.dumps(document), secrets, NOW_S, shop="oms", delivery_id=delivery_id
    )
    return accept(PUSHES["command"], request, secrets, NOW_S)


def test_an_answer_that_is_pushed_is_kept_as_a_command_of_its_order() -> None:
    found = pushed(said("confirmation.answered"))
    assert isinstance(found, Accepted)
    assert (found.topic, found.key) == (RAW_COMMAND.name, b"1")
    event = ConfirmationAnswered.model_validate_json(found.value)
    assert (event.answer, event.observed_at, event.cause_id) == ("yes", NOW, "d-1")
    assert found.headers.delivery_id == "d-1"


def test_a_pushed_decision_of_a_supervisor_is_refused() -> None:
    found = pushed({"type": "conflict.decided", "order_id": "1", "right": "wms"})
    assert isinstance(found, Refusal)
    assert (found.reason, found.status) == (Reason.NOT_SAYABLE, 403)
    assert b"comes from our own screens and command line only" in found.reply.body


def test_a_pushed_answer_with_a_fault_is_refused_with_the_name_of_its_field() -> None:
    found = pushed(said("confirmation.answered", answer="maybe"))
    assert isinstance(found, Refusal)
    assert (found.reason, found.status) == (Reason.MALFORMED, 400)
    assert b"answer: " in found.reply.body
