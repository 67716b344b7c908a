"""A wish becomes one command with one id, and of all that is told its answer is found, and nothing else."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from pydantic import ValidationError

from pipeline.cli.decide_words import lines as decide_lines
from pipeline.cli.desk_words import is_no, lines
from pipeline.outbox import (
    Wish,
    ask_may_ship,
    change_address,
    confirm_refund,
    decide,
    refund_difference,
    resolve,
    take,
    track,
)
from pipeline.outbox.answers import Answer, Awaited, KeyReused
from pipeline.outbox.box import record_of
from pipeline.outside import SAYABLE
from pipeline.rules.desk import shipped_desk_rules
from schemas.base import Event, type_of
from schemas.desk import CommandAnswered, DeskReason, OrderFlagged, Spot
from schemas.instruction import INSTRUCTIONS

NOW = datetime(2026, 3, 1, 4, tzinfo=UTC)
LATER = NOW + timedelta(seconds=30)
WISHES = {
    "track": track("1", "mei", "k"),
    "ask": ask_may_ship("1", "mei", "k"),
    "address": change_address("1", "mei", spot=Spot(province="江苏省"), key="k"),
    "difference": refund_difference("1", "mei", choice="5_yuan", amount_fen=500, key="k"),
    "decide": decide("1", "wms", "li", "seen", "k"),
    "confirm": confirm_refund("1", "R", version=1, answer="yes", by="mei", key="k"),
    "take": take("order:1", "li", key="k"),
    "resolve": resolve("order:1", "stalled", "li", "called", key="k"),
}
HEAD = {"occurred_at": NOW, "observed_at": NOW}


def told(kind: str, **fields: Any) -> dict[str, Any]:
    return {"type": kind, "event_id": "e", "cause_id": "c", "occurred_at": str(NOW), "observed_at": str(NOW),
            "order_id": "1", "shop": "s", **fields}  # fmt: skip


def account(*anomalies: tuple[str, str, str | None]) -> dict[str, Any]:
    standing = [
        {"anomaly_id": kind, "kind": kind, "severity": "warning", "detected_at": str(NOW),
         "last_seen_at": str(NOW), "heal_deadline_at": str(NOW), "sightings": 1, "taken_by": by, "end": end}
        for kind, by, end in anomalies
    ]  # fmt: skip
    said = told("anomaly.account", subject="order:1", anomalies=standing)
    return {name: value for name, value in said.items() if name not in ("order_id", "shop")}


def answer_to(command: Event, *said: dict[str, Any]) -> Awaited:
    awaited = Awaited(command)
    for one in said:
        awaited.take(one)
    return awaited


@pytest.mark.parametrize("name", WISHES)
def test_the_same_press_is_the_same_event_whenever_it_is_sent(name: str) -> None:
    wish = WISHES[name]
    first, later = wish.at(NOW, LATER), wish.at(LATER, LATER)
    assert first.event_id == later.event_id
    assert first.occurred_at == first.observed_at == NOW
    record = record_of(first)
    assert record.key == wish.entity.encode()
    assert record.value == first.to_bytes()


def test_another_key_another_order_or_another_button_is_another_event() -> None:
    tracks = [track(order_id, "mei", key) for order_id, key in (("1", "k"), ("1", "l"), ("2", "k"))]
    made = [*tracks, ask_may_ship("1", "mei", "k")]
    assert len({wish.at(NOW, LATER).event_id for wish in made}) == len(made)


def test_a_press_without_a_key_is_one_of_its_own() -> None:
    first, second = track("1", "mei"), track("1", "mei")
    assert first.key != second.key
    assert (first.repeated, track("1", "mei", "k").repeated) == (False, True)


def test_every_button_and_every_answer_of_a_person_can_be_wished() -> None:
    kinds = {wish.kind for wish in WISHES.values()}
    others = {*SAYABLE, type_of(OrderFlagged)}  # said by outside systems and by our own judges
    assert {type_of(kind) for kind in INSTRUCTIONS} - others <= {type_of(kind) for kind in kinds}


def test_what_cannot_be_sent_is_found_before_kafka_is_asked() -> None:
    with pytest.raises(ValidationError, match="why"):
        decide("1", "wms", "li", "")
    with pytest.raises(ValidationError, match="names an address_id"):
        change_address("1", "mei")
    with pytest.raises(ValidationError):
        Wish(INSTRUCTIONS[0], "k", {"order_id": "1"})


def answered(**fields: Any) -> dict[str, Any]:
    said = {"command_key": "k", "command": "desk.ask_may_ship", "pressed_by": "mei", "answer": "told"}
    return told("desk.command_answered", **{**said, "may_ship": True, **fields})


def test_a_desk_command_is_answered_by_its_key_and_its_order() -> None:
    command = WISHES["ask"].at(NOW, LATER)
    others = answered(command_key="l"), answered(order_id="2"), told("order.phase_changed"), {"type": "x"}, {}
    awaited = answer_to(command, *others)
    assert (awaited.is_answered, awaited.answer(1.0).heard) == (False, False)
    awaited.take(answered())
    awaited.take(answered())
    assert awaited.is_answered
    assert len(awaited.answer(1.0).said) == 1


def test_a_command_that_was_heard_and_not_answered_says_so() -> None:
    command = WISHES["ask"].at(NOW, LATER)
    awaited = answer_to(command, {"event_id": command.event_id, "type": "desk.ask_may_ship"})
    assert (awaited.is_answered, awaited.answer(1.0).heard) == (False, True)


def test_a_key_of_another_button_is_no_answer_to_this_one() -> None:
    with pytest.raises(KeyReused, match=r"used for desk.track_order before"):
        answer_to(WISHES["ask"].at(NOW, LATER), answered(command="desk.track_order"))


def test_a_correction_comes_with_the_unlocking_and_does_not_answer_alone() -> None:
    command = WISHES["decide"].at(NOW, LATER)
    correction = told("correction.requested", reporter="cs", said="not_shipped", right="wms", why="seen",
                      right_phase="shipped", decided_by="li", command_id="k")  # fmt: skip
    unlocked = told("order.unlocked", conflict_id="c", how="decision", command_id="k", decided_by="li")
    awaited = answer_to(command, correction, {**unlocked, "command_id": "l"})
    assert not awaited.is_answered
    awaited.take(unlocked)
    assert awaited.is_answered
    assert decide_lines(awaited.answer(1.0)) == [
        "cs is asked to correct not_shipped to shipped, as wms says",
        "order 1 is unlocked (by decision)",
    ]


def test_taking_is_answered_once_everything_open_is_taken() -> None:
    command = WISHES["take"].at(NOW, LATER)
    heard = {"event_id": command.event_id, "type": "anomaly.taken"}
    half = account(("stalled", "li", None), ("promise_broken", "", None), ("late_first_scan", "", "healed"))
    awaited = answer_to(command, heard, half)
    assert not awaited.is_answered
    awaited.take(account(("stalled", "li", None), ("promise_broken", "li", None)))
    assert awaited.is_answered
    assert len(decide_lines(awaited.answer(1.0))) == 2


def test_one_kind_is_taken_whatever_else_is_open() -> None:
    command = take("order:1", "li", "stalled").at(NOW, LATER)
    heard = {"event_id": command.event_id, "type": "anomaly.taken"}
    awaited = answer_to(command, account(("stalled", "li", None), ("promise_broken", "", None)), heard)
    assert awaited.is_answered


def test_taking_where_nothing_is_open_is_answered_with_nothing_to_say() -> None:
    command = WISHES["take"].at(NOW, LATER)
    awaited = answer_to(command, account(("stalled", "", "healed")))
    assert not awaited.is_answered, "nobody has heard it yet"
    awaited.take({"event_id": command.event_id, "type": "anomaly.taken"})
    assert awaited.is_answered
    assert decide_lines(awaited.answer(1.0)) == []


def test_resolving_is_answered_by_the_end_that_it_caused() -> None:
    command = WISHES["resolve"].at(NOW, LATER)
    end = {"type": "anomaly.ended", "event_id": "e", "cause_id": command.event_id, "anomaly_id": "a",
           "occurred_at": str(NOW), "observed_at": str(NOW), "kind": "stalled", "subject": "order:1",
           "end": "resolved", "because": "called"}  # fmt: skip
    awaited = answer_to(command, account(("stalled", "", None)), {**end, "cause_id": "another"})
    assert not awaited.is_answered
    awaited.take(end)
    assert decide_lines(awaited.answer(1.0)) == ["stalled of order:1: resolved"]


WORDING = shipped_desk_rules().wording


def desk(**fields: Any) -> CommandAnswered:
    return CommandAnswered.model_validate(answered(**fields))


@pytest.mark.parametrize(
    ("said", "no", "chinese", "english"),
    [
        ({}, False, ["可以发货"], ["It may ship"]),
        ({"may_ship": False, "reasons": [DeskReason.UNPAID]}, True, ["现在不能发货", "  订单未付款"],
         ["It may not ship now", "  The order is not paid."]),
        ({"answer": "refused", "may_ship": None, "reasons": [DeskReason.NO_SUCH_ORDER]}, True,
         ["未执行", "  没有这个订单"], ["Refused; nothing was done", "  There is no such order."]),
        ({"answer": "too_late", "may_ship": None, "reasons": [DeskReason.TOO_LATE]}, True,
         ["未执行", "  操作已过期,未执行,请重新点击"],
         ["Not done", "  The press has expired and nothing was done; press again."]),
        ({"may_ship": None, "command": "desk.track_order", "parcels": [
            {"waybill": "W1", "carrier": "sf", "phase": "shipped", "flags": ["stalled"]},
            {"waybill": "W2", "carrier": "yto", "last_scan_at": datetime(2026, 3, 1, 20, 30, tzinfo=UTC)}]},
         False,
         ["物流: 2", "  W1, sf, shipped, stalled, 尚无扫描", "  W2, yto, 2026-03-02 04:30 Asia/Shanghai"],
         ["Parcels: 2", "  W1, sf, shipped, stalled, not scanned yet",
          "  W2, yto, 2026-03-02 04:30 Asia/Shanghai"]),
        ({"answer": "accepted", "may_ship": None, "command": "desk.refund_difference", "choice": "5_yuan",
          "amount_fen": 500}, False, ["已受理，退差价 ¥5.00 (5_yuan)"],
         ["Accepted: given back ¥5.00 (5_yuan)"]),
        ({"answer": "accepted", "may_ship": None, "command": "desk.change_address", "address_id": "A1",
          "spot": {"province": "江苏省", "city": "苏州市"}}, False,
         ["已受理，改寄到 客户地址 A1, 江苏省 苏州市"],
         ["Accepted: it goes to address A1, 江苏省 苏州市"]),
    ],
)  # fmt: skip
def test_an_answer_is_told_in_plain_words(
    said: dict[str, Any], no: bool, chinese: list[str], english: list[str]
) -> None:
    answer = desk(**said)
    assert is_no(answer) is no
    assert lines(answer, WORDING, "zh", "Asia/Shanghai") == chinese
    assert lines(answer, WORDING, "en", "Asia/Shanghai") == english


def test_what_is_there_of_an_answer_is_found_by_its_kind() -> None:
    answer = Answer(WISHES["ask"].at(NOW, LATER), True, (desk(),), 0.1)
    assert answer.first(CommandAnswered) == desk()
