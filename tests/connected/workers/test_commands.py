"""A press becomes one command, and its answer comes back: conflicts, the desk, refunds, anomalies."""

import asyncio
import threading
import time
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import pytest
from pydantic import SecretStr

from pipeline.endpoints import kafka_bootstrap
from pipeline.outbox import Outbox, ask_may_ship, refund_difference
from pipeline.settings import Settings
from schemas.topics import ANOMALY, COMMAND_ORDER, DECISION_ORDER, FACT_ORDER, STATE_ORDER
from tests.connected.gateway_client import signed as signed_push
from tests.connected.gateway_client import url_of
from tests.connected.speaking import (
    HOUR_MS,
    Ended,
    certainty,
    cs_says,
    erp_ships,
    everything,
    ordered,
    refund,
    shipped,
    signed,
)

pytestmark = pytest.mark.connected
WITHIN_S = 5
DAY_MS = 24 * HOUR_MS
SECRETS = SecretStr('{"command": ["a secret of this test"]}')
AT = b"2026-03-01T12:00:00+08:00"


def now_ms() -> int:
    return int(time.time() * 1000)


def may_ship(stack: Any, order_id: str, *more: str) -> Ended:
    return certainty(stack.settings, "desk", "may-ship", order_id, "--json", "--wait", "60", *more)


def reasons(ended: Ended) -> list[str]:
    (answered,) = ended.said("desk.command_answered")
    return list(answered["reasons"])


def known(stack: Any, soon: Any, order_id: str) -> None:
    """Return once the judges know the order."""
    soon(lambda: reasons(may_ship(stack, order_id)) != ["no_such_order"], f"{order_id} is known")


def answered(settings: Settings, order_id: str, kind: str) -> list[dict[str, Any]]:
    told = everything(settings, DECISION_ORDER, COMMAND_ORDER)
    return [one for one in told if one["type"] == kind and one["order_id"] == order_id]


def is_signed(settings: Settings, order_id: str) -> bool:
    return any(
        one["type"] == "order.account" and one["order_id"] == order_id and one.get("signed_at")
        for one in everything(settings, STATE_ORDER)
    )


def locked(stack: Any, soon: Any, order_id: str) -> None:
    """The ERP says it has left, customer service says it has not: after a second the order is locked."""
    at_ms = now_ms() - HOUR_MS
    words = [erp_ships(order_id, at_ms), cs_says(order_id, "not_shipped", at_ms)]
    stack.send([ordered(order_id, at_ms), *words])
    soon(lambda: "locked" in reasons(may_ship(stack, order_id)), f"{order_id} is locked")


def test_a_supervisor_decides_a_conflict_and_the_order_is_unlocked_once(today: Any, soon: Any) -> None:
    locked(today, soon, "conflict-1")
    command = ("decide", "conflict-1", "--right", "erp", "--by", "li.na", "--why", "seen", "--key", "key-1")
    first = certainty(today.settings, *command, "--json")
    again = certainty(today.settings, *command, "--json")
    assert (first.code, again.code) == (0, 0), (first, again)
    (unlocked,) = first.said("order.unlocked")
    assert (unlocked["how"], unlocked["decided_by"], unlocked["command_id"]) == ("decision", "li.na", "key-1")
    (asked,) = first.said("correction.requested")
    assert (asked["reporter"], asked["right"], asked["right_phase"]) == ("cs", "erp", "shipped")
    assert again.said("order.unlocked") == [unlocked]
    assert first.told["seconds"] < WITHIN_S
    assert "locked" not in reasons(may_ship(today, "conflict-1"))
    assert answered(today.settings, "conflict-1", "order.unlocked") == [unlocked]
    assert answered(today.settings, "conflict-1", "correction.requested") == [asked]


def test_a_decision_about_an_order_that_nobody_contradicts_says_that_it_changed_nothing(
    today: Any, soon: Any
) -> None:
    today.send([ordered("calm-1", now_ms())])
    known(today, soon, "calm-1")
    ended = certainty(
        today.settings,
        "decide",
        "calm-1",
        "--right",
        "wms",
        "--by",
        "li.na",
        "--why",
        "no need",
        "--wait",
        "2",
    )
    assert (ended.code, ended.out) == (3, "")
    assert "changed nothing" in ended.err


PRESSES = {
    "may-ship": ((), "told"),
    "track": ((), "told"),
    "change-address": (("--province", "江苏省", "--city", "苏州市", "--district", "姑苏区"), "accepted"),
    "refund-difference": (("--choice", "5_yuan"), "accepted"),
}


@pytest.mark.parametrize("button", PRESSES)
def test_a_press_that_is_sent_twice_is_answered_once_and_within_five_seconds(
    today: Any, soon: Any, button: str
) -> None:
    order_id = f"desk-{button}"
    today.send([ordered(order_id, now_ms())])
    known(today, soon, order_id)
    options, expected = PRESSES[button]
    command = ("desk", button, order_id, *options, "--by", "mei", "--key", "pressed-1", "--json")
    first, second = certainty(today.settings, *command), certainty(today.settings, *command)
    assert (first.code, second.code) == (0, 0), (first, second)
    (answer,) = first.said("desk.command_answered")
    assert answer["answer"] == expected
    assert first.told["seconds"] < WITHIN_S
    assert second.said("desk.command_answered") == [answer]
    may_ship(today, order_id)  # what was sent before is behind us once this is answered
    mine = [
        one
        for one in answered(today.settings, order_id, "desk.command_answered")
        if one["command_key"] == "pressed-1"
    ]
    assert mine == [answer]
    facts = [one for one in everything(today.settings, FACT_ORDER) if one.get("command_key") == "pressed-1"]
    assert len({one["event_id"] for one in facts if one["order_id"] == order_id}) == 1


def test_a_command_that_lies_twice_on_its_topic_is_answered_once(today: Any, soon: Any) -> None:
    today.send([ordered("twice-1", now_ms())])
    known(today, soon, "twice-1")
    pressed = refund_difference("twice-1", "mei", choice="5_yuan", amount_fen=500)
    now = datetime.now(UTC)
    commands = [pressed.at(at, at + timedelta(minutes=5)) for at in (now, now + timedelta(milliseconds=7))]

    async def sent() -> None:
        async with Outbox(today.settings) as outbox:
            for command in commands:
                await outbox.send([command])

    asyncio.run(sent())
    may_ship(today, "twice-1")
    told = answered(today.settings, "twice-1", "desk.command_answered")
    assert [one["answer"] for one in told if one["command_key"] == pressed.key] == ["accepted"]
    heard = [one for one in everything(today.settings, FACT_ORDER) if one.get("command_key") == pressed.key]
    assert [one["event_id"] for one in heard] == [commands[0].event_id] * 2


def test_a_refused_press_ends_with_three_and_says_why_in_the_language_asked_for(
    today: Any, soon: Any
) -> None:
    today.send([ordered("refused-1", now_ms(), paid_fen=100)])
    known(today, soon, "refused-1")
    command = ("desk", "refund-difference", "refused-1", "--choice", "5_yuan", "--lang")
    chinese, english = certainty(today.settings, *command, "zh"), certainty(today.settings, *command, "en")
    assert (chinese.code, english.code) == (3, 3)
    assert chinese.out == "未执行\n  累计退款将超过实付金额\n"
    assert english.out == "Refused; nothing was done\n  All refunds together would exceed what was paid.\n"


def test_a_key_that_was_used_for_another_button_is_refused(today: Any) -> None:
    may_ship(today, "reused-1", "--key", "mixed-up")
    ended = certainty(today.settings, "desk", "track", "reused-1", "--key", "mixed-up", "--wait", "60")
    assert ended.code == 2
    assert "was used for desk.ask_may_ship before" in ended.err


def test_the_answer_of_customer_service_sends_the_refund_to_finance_once(today: Any, soon: Any) -> None:
    order_id, placed_ms = "gift-1", now_ms() - 20 * DAY_MS
    today.send([ordered(order_id, placed_ms, gift=True), shipped(order_id, placed_ms + HOUR_MS)])
    today.send([signed(order_id, placed_ms + 2 * DAY_MS)])
    soon(lambda: is_signed(today.settings, order_id), "the judges know that it is signed for")
    today.send([refund(order_id, "R-1", now_ms() - HOUR_MS)])
    soon(lambda: answered(today.settings, order_id, "confirmation.asked") != [], "the question is asked")
    (question,) = answered(today.settings, order_id, "confirmation.asked")
    command = ("confirm-refund", order_id, "R-1", "--version", str(question["refund_version"]),
               "--answer", "yes", "--by", "mei", "--key", "yes-1", "--json")  # fmt: skip
    first, again = certainty(today.settings, *command), certainty(today.settings, *command)
    assert (first.code, again.code) == (0, 0), (first, again)
    (verdict,) = first.said("refund.verified")
    assert (verdict["verdict"], verdict["facts"]["cs_answer"]) == ("finance", "yes")
    (sent,) = first.said("refund.sent")
    assert again.said("refund.verified") == [verdict]
    may_ship(today, order_id)
    assert answered(today.settings, order_id, "refund.sent") == [sent]


def test_an_anomaly_is_taken_and_resolved_by_name(today: Any, soon: Any) -> None:
    locked(today, soon, "anomaly-1")
    taken = certainty(today.settings, "take", "order:anomaly-1", "--by", "li.na", "--json")
    assert taken.code == 0, taken
    (account,) = taken.said("anomaly.account")
    assert {one["kind"]: one["taken_by"] for one in account["anomalies"]}["status_conflict"] == "li.na"
    command = (
        "resolve",
        "order:anomaly-1",
        "--kind",
        "status_conflict",
        "--by",
        "li.na",
        "--why",
        "told them",
    )
    resolved = certainty(today.settings, *command, "--json")
    assert resolved.code == 0, resolved
    (ended,) = resolved.said("anomaly.ended")
    assert (ended["end"], ended["kind"]) == ("resolved", "status_conflict")
    ends = [one for one in everything(today.settings, ANOMALY) if one["type"] == "anomaly.ended"]
    assert [one for one in ends if one["subject"] == "order:anomaly-1"] == [ended]


def test_what_a_file_of_an_outside_system_says_is_the_same_event_however_often_it_is_sent(
    today: Any, soon: Any
) -> None:
    lines = b"".join(
        b'{"type":"goods.counted","order_id":"file-1","refund_id":"R-%d","occurred_at":"%s"}\n' % (number, AT)
        for number in range(3)
    )
    for _ in range(2):
        ended = certainty(today.settings, "command", "send", "-", "--json", stdin=lines)
        assert (ended.code, ended.told) == (0, {"sent": 3, "bad": []}), ended

    def counted() -> list[str]:
        told = everything(today.settings, FACT_ORDER)
        return [one["event_id"] for one in told if one["type"] == "goods.counted"]

    soon(lambda: len(counted()) == 6, "both files are heard")
    assert len(set(counted())) == 3


def test_one_bad_line_of_a_file_keeps_all_of_it_from_being_sent(today: Any) -> None:
    lines = b'{"type":"goods.counted","order_id":"bad-1","refund_id":"R","occurred_at":"%s"}\n' % AT
    lines += b'{"type":"anomaly.taken"}\nx\n'
    refused = certainty(today.settings, "command", "send", "-", stdin=lines)
    assert refused.code == 3
    assert "line 2: anomaly.taken comes from our own screens" in refused.err
    assert "line 3: it is no JSON" in refused.err
    assert "nothing was sent" in refused.err
    skipped = certainty(today.settings, "command", "send", "-", "--skip-bad", "--json", stdin=lines)
    assert (skipped.code, skipped.told["sent"]) == (3, 1)


def test_what_is_known_of_one_order_shows_its_words_its_lock_and_its_answers(today: Any, soon: Any) -> None:
    locked(today, soon, "whole-1")
    today.work("sink")

    def shown() -> dict[str, Any]:
        return certainty(today.settings, "order", "whole-1", "--json").told

    soon(lambda: bool(shown()["answers"] and shown()["lock"] and shown()["anomalies"]), "it is stored")
    told = shown()
    assert {word["reporter"] for word in told["words"]} >= {"platform", "erp", "cs"}
    assert [row["type"] for row in told["lock"]] == ["order.locked"]
    assert "status_conflict" in {row["kind"] for row in told["anomalies"]}
    assert {row["command"] for row in told["answers"]} == {"desk.ask_may_ship"}
    in_words = certainty(today.settings, "order", "whole-1")
    assert "each reporter's last word 各方最后的说法" in in_words.out
    assert certainty(today.settings, "order", "nobody-spoke-of-it").code == 3


def test_an_answer_that_is_pushed_twice_is_one_fact_and_a_pushed_decision_is_none(
    today: Any, launch: Any, soon: Any
) -> None:
    elsewhere = {
        "data_dir": today.settings.data_dir / "gateway",
        "kafka_bootstrap": kafka_bootstrap(today.settings),
    }
    settings = today.settings.model_copy(update={**elsewhere, "gateway_secrets": SECRETS})
    gateway = launch(settings, "gateway").answers()
    counted = b'{"type":"goods.counted","order_id":"pushed-1","refund_id":"R","occurred_at":"%s"}' % AT
    decided = b'{"type":"conflict.decided","order_id":"pushed-1","right":"wms"}'

    def push(document: bytes, delivery_id: str) -> httpx.Response:
        made = signed_push(settings, "command", document, int(time.time()), delivery_id)
        return httpx.post(url_of(settings, made), content=made.body, headers=dict(made.headers))

    assert push(counted, "D-1").json() == {"result": "ok"}
    gateway.end()  # its memory of deliveries is lost
    gateway.start()
    gateway.answers()
    assert push(counted, "D-1").status_code == 200
    refused = push(decided, "D-2")
    assert (refused.status_code, refused.json()["error"]) == (403, "not_sayable")
    gateway.end()

    def heard() -> list[str]:
        told = everything(today.settings, FACT_ORDER)
        return [one["event_id"] for one in told if one.get("order_id") == "pushed-1"]

    soon(lambda: len(heard()) == 2, "both deliveries are heard")
    assert len(set(heard())) == 1


def test_every_press_is_answered_once_although_the_worker_is_killed_between_press_and_answer(
    today: Any, soon: Any
) -> None:
    orders = [f"killed-{number}" for number in range(30)]
    today.send([ordered(order_id, now_ms()) for order_id in orders])
    known(today, soon, orders[-1])
    first = threading.Event()

    async def pressed() -> list[Any]:
        async with Outbox(today.settings) as outbox:

            async def one(number: int, order_id: str) -> Any:
                await asyncio.sleep(number * 0.05)  # so that some are in each stage when the kill comes
                answer = await outbox.press(ask_may_ship(order_id, "mei", "pressed-once"), 90)
                first.set()
                return answer

            for is_killed in (True, False):  # the same press, made twice
                tasks = [asyncio.create_task(one(*numbered)) for numbered in enumerate(orders)]
                if is_killed:
                    await asyncio.to_thread(first.wait, 60)
                    await asyncio.to_thread(today.kill, today.workers["core", 0])
                    await asyncio.to_thread(today.work, "core")
                answers = await asyncio.gather(*tasks)
            return answers

    answers = asyncio.run(pressed())
    assert [len(answer.said) for answer in answers] == [1] * len(orders)
    told = everything(today.settings, DECISION_ORDER)
    mine = [one for one in told if one.get("command_key") == "pressed-once"]
    ids = {order_id: {one["event_id"] for one in mine if one["order_id"] == order_id} for order_id in orders}
    assert all(len(of_one) == 1 for of_one in ids.values()), ids


def test_a_press_holds_in_a_simulated_day_that_is_ahead_of_the_wall_clock(today: Any, soon: Any) -> None:
    today.send([ordered("ahead-1", now_ms() + 3 * DAY_MS)])
    known(today, soon, "ahead-1")
    impatient = today.settings.model_copy(update={"desk_expiry_s": 5})
    ended = certainty(impatient, "desk", "may-ship", "ahead-1", "--json", "--wait", "60")
    assert (ended.code, reasons(ended)) == (0, []), ended


def test_without_a_worker_a_press_ends_with_four_and_says_how_to_ask_again(today: Any) -> None:
    today.kill(today.workers["core", 0])
    ended = certainty(today.settings, "desk", "may-ship", "nobody-1", "--wait", "1")
    assert (ended.code, ended.out) == (4, "")
    assert "no worker took it within 1 s" in ended.err
    assert "with --key" in ended.err


def test_without_kafka_a_press_ends_with_four_within_seconds(today: Any) -> None:
    elsewhere = today.settings.model_copy(update={"kafka_bootstrap": "127.0.0.1:1"})
    began = time.monotonic()
    ended = certainty(elsewhere, "desk", "may-ship", "nobody-1")
    assert (ended.code, ended.out) == (4, "")
    assert "Kafka on 127.0.0.1:1 does not confirm" in ended.err
    assert time.monotonic() - began < 15
