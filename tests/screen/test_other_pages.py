"""The pages beside the health board through Streamlit's own test runner, over a fake store."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from fake_board import CLOCK, FakeReader
from pages import blocks, column, components, look_again, opened, texts

from dashboard import actions, frame
from dashboard.actions import Outcome, Presses
from dashboard.identity import Person, Role
from pipeline.outbox import Answer, Wish
from schemas.conflict import OrderUnlocked
from schemas.desk import CommandAnswered

ACCOUNT: dict[str, Any] = {
    "platform": "jd",
    "shop": "jd-pop",
    "phase": "shipped",
    "verdict": "kept",
    "rule": "kept_in_time",
    "owed": "",
    "is_open": False,
    "ordered_at": CLOCK - timedelta(days=2),
    "paid_at": CLOCK - timedelta(days=2),
    "promised_ship_at": CLOCK,
    "promised_sign_at": None,
    "outbound_at": CLOCK - timedelta(hours=3),
    "first_scan_at": None,
    "signed_at": None,
    "closed_at": None,
    "deadline_at": CLOCK,
    "settled_at": CLOCK - timedelta(hours=3),
    "paid_fen": 15027,
}
PLACE = {
    "province": "江苏省",
    "city": "苏州市",
    "district": "姑苏区",
    "phone_tail": "4711",
    "quality": "good",
}
TOLD = {
    "at": CLOCK - timedelta(hours=3),
    "observed_at": CLOCK,
    "source": "wms",
    "what": "order.reported",
    "detail": "shipped, outbound 2026-11-11 04:30:00.000",
    "raw_code": "95",
    "mapping": "wangdiantong@1",
}
MOVED = TOLD | {
    "source": "person",
    "what": "desk.change_address",
    "detail": '{"spot":{"province":"江苏省","city":"苏州市"},"pressed_by":"mei"}',
}
STORY = {
    "story": {"account": [ACCOUNT], "place": [PLACE], "clock": [{"clock_at": CLOCK}]},
    "timeline": [TOLD, MOVED],
}
STANDING: dict[str, Any] = {
    "platform": "jd",
    "shop": "jd-pop",
    "phase": "not_shipped",
    "platform_phase": "to_ship",
    "outbound_at": None,
    "paid_at": CLOCK,
    "closed_at": None,
    "paid_fen": 20000,
    "ordered_at": CLOCK,
    "deadline_at": CLOCK,
    "source_offset": 7,
    "observed_at": CLOCK,
}
FLAGS = dict.fromkeys(
    (
        "locked",
        "parcel_gone",
        "customised",
        "split_parent",
        "cash_on_delivery",
        "invoice_issued",
        "bad_address",
    ),
    0,
)
AT_DESK = {"found": [{"kind": "order", "order_id": "O1"}], "standing": [STANDING], "flags": [FLAGS]}
VIEWER, AGENT = Person("wang", Role.VIEWER), Person("mei", Role.AGENT)


class Sent:
    """Remembers what was sent, and answers it as the judges would."""

    def __init__(self) -> None:
        self.wishes: list[Wish] = []
        self.says: dict[str, Any] = {"answer": "told", "may_ship": True}

    def __call__(self, wish: Wish) -> Answer:
        self.wishes.append(wish)
        now = datetime(2026, 11, 11, tzinfo=UTC)
        command = wish.at(now, now)
        base = {"event_id": "e", "cause_id": "c", "occurred_at": now, "observed_at": now, "shop": "jd-pop"}
        if command.KEY == "order_id" and "command_key" in type(command).model_fields:
            told = base | {"order_id": "O1", "command_key": wish.key, "pressed_by": "mei"} | self.says
            said = CommandAnswered.model_validate(told | {"command": command.type})  # type: ignore[attr-defined]
            return Answer(command, True, (said,), 0.2)
        unlocked = OrderUnlocked.model_validate(
            base | {"order_id": "L0", "conflict_id": "c0", "how": "decision"}
        )
        return Answer(command, True, (unlocked,), 0.2)


@pytest.fixture
def sent(monkeypatch: pytest.MonkeyPatch) -> Sent:
    """What goes to Kafka from a page."""
    heard = Sent()
    holder = Presses(heard)
    monkeypatch.setattr(actions, "presses", lambda: holder)
    return heard


def as_(monkeypatch: pytest.MonkeyPatch, who: Person | None) -> None:
    monkeypatch.setattr(frame, "person_of", lambda *_: who)


def test_the_orders_behind_a_number_are_listed_with_their_status(store: FakeReader) -> None:
    page = opened("orders", set="overdue")
    assert column(blocks(page)["orders"], 0)[:2] == ["Overdue", "At risk"]
    assert "3 in all" in texts(page)
    store.state = {"orders_rows": 1340}
    assert "showing 200 of 1,340" in texts(look_again(page))
    store.state = {"orders_rows": 0}
    assert "No order is in this set" in texts(look_again(page))


def test_the_story_of_an_order_has_milestones_words_and_one_time_line(store: FakeReader) -> None:
    store.state = STORY
    parts = blocks(opened("order", order="O1"))
    assert parts["standing"]["light"] == "green"
    outbound = dict(parts["milestones"]["pairs"])["Outbound"]
    assert (outbound["light"], outbound["note"]) == ("green", "promised by 2026-11-11 15:30:00")
    first = parts["timeline"]["entries"][0]
    assert (first["who"], first["code"]) == ("warehouse (WMS)", "95")
    assert first["detail"] == "shipped, outbound 2026-11-11 12:30:00"
    assert first["late"] == "heard 3 h 00 min later"
    assert (first["allowed"], first["over"]) == ("Outbound → first scan: 1 d 0 h allowed", False)
    assert [entry["allowed"] for entry in parts["timeline"]["entries"][1:]] == [""], "said once"
    assert column(parts["steps"], 0) == ["Ordered → paid", "Paid → outbound", "Outbound → first scan"]
    assert column(parts["steps"], 3) == ["–", "in time", "time left"]


@pytest.mark.parametrize(
    ("lang", "again", "explained"),
    [
        (
            "en",
            "says again what it said at 2026-11-11 12:30:00: the status stays as it was",
            "A report that arrives twice word for word stands here once and counts once.",
        ),
        ("zh-CN", "重复 2026-11-11 12:30:00 的说法，状态不变", "逐字重复送达的报告只显示一次，也只计一次。"),
    ],
)
def test_a_report_that_says_the_same_again_is_explained_and_so_is_one_told_twice(
    store: FakeReader, lang: str, again: str, explained: str
) -> None:
    later = TOLD | {"at": CLOCK - timedelta(hours=1), "observed_at": CLOCK - timedelta(hours=1)}
    store.state = STORY | {"timeline": [TOLD, MOVED, later, later | {"source": "erp"}]}
    line = blocks(opened("order", order="O1", lang=lang))["timeline"]
    assert [entry["again"] for entry in line["entries"]] == ["", "", again, ""]
    assert explained in line["hint"]


def test_what_nobody_spoke_of_is_looked_up_and_else_said_so(store: FakeReader) -> None:
    page = opened("order", order=" 99 99 ")
    assert "Nothing is known under “9999”" in texts(page)
    store.state = {"found": [{"kind": "waybill", "order_id": "A"}, {"kind": "waybill", "order_id": "B"}]}
    assert column(blocks(opened("order", order="W1"))["found"], 0) == ["A", "B"]


def test_a_viewer_sees_no_city_no_phone_and_no_desk(
    store: FakeReader, monkeypatch: pytest.MonkeyPatch
) -> None:
    store.state = STORY
    as_(monkeypatch, VIEWER)
    page = opened("order", order="O1")
    shown = str(components(page))
    assert "江苏省" in shown
    assert not [word for word in ("苏州市", "姑苏区", "4711") if word in shown]
    as_(monkeypatch, AGENT)
    shown = str(components(opened("order", order="O1")))
    assert all(word in shown for word in ("苏州市", "姑苏区", "4711"))


def test_who_is_not_signed_in_sees_nothing(store: FakeReader, monkeypatch: pytest.MonkeyPatch) -> None:
    as_(monkeypatch, None)
    page = opened()
    assert "Nobody is signed in" in texts(page)
    assert components(page) == []
    assert store.asked == []


def test_locked_orders_stand_side_by_side_and_who_stands_alone_is_marked(store: FakeReader) -> None:
    row = blocks(opened("exceptions"))["locked"]["rows"][0]
    assert [cell["text"] for cell in row[3:6]] == ["not shipped", "shipped", "shipped"]
    assert [cell.get("light", "") for cell in row[3:6]] == ["yellow", "", ""]


def test_a_decision_needs_who_and_why_and_its_end_is_on_the_screen(store: FakeReader, sent: Sent) -> None:
    page = opened("exceptions", decide="L0")
    button = page.button(key="decide-L0")
    assert button.disabled
    page.segmented_control(key="right-L0").set_value("wms")
    page.selectbox(key="why-L0").set_value("customer called")
    page.run()
    page.button(key="decide-L0").click().run()
    assert [(one.says["right"], one.says["why"]) for one in sent.wishes] == [("wms", "customer called")]
    assert sent.wishes[0].says["decided_by"]
    assert blocks(page)["answer"]["more"] == ["Order L0 is unlocked."]


def test_only_a_supervisor_decides(store: FakeReader, sent: Sent, monkeypatch: pytest.MonkeyPatch) -> None:
    as_(monkeypatch, AGENT)
    page = opened("exceptions", decide="L0")
    assert "supervisor" in texts(page)
    assert not [one for one in page.button if one.key == "decide-L0"]
    with pytest.raises(actions.NotAllowed):
        actions.press(AGENT, actions.SUPERVISE, ("decide",), lambda key: sent.wishes[0])


def test_an_anomaly_is_taken_by_the_person_before_the_screen(
    store: FakeReader, sent: Sent, monkeypatch: pytest.MonkeyPatch
) -> None:
    as_(monkeypatch, Person("li.na", Role.SUPERVISOR))
    page = opened("exceptions", view="open", act="a1")
    assert blocks(page)["open"]["rows"][0][2]["note"] == "a person was asked"
    page.button(key="take-a1").click().run()
    own = {"subject": "order:O1", "kind": "ambiguous_address", "by": "li.na", "handed_by": ""}
    assert sent.wishes[0].says == own


@pytest.mark.parametrize(("to", "handed_by"), [(" mei ", "li.na"), ("li.na", "")])
def test_a_hand_over_says_to_whom_and_by_whom_in_two_fields(
    store: FakeReader, sent: Sent, monkeypatch: pytest.MonkeyPatch, to: str, handed_by: str
) -> None:
    as_(monkeypatch, Person("li.na", Role.SUPERVISOR))
    page = opened("exceptions", view="open", act="a1")
    page.text_input(key="to-a1").set_value(to).run()
    page.button(key="take-a1").click().run()
    assert (sent.wishes[0].says["by"], sent.wishes[0].says["handed_by"]) == (to.strip(), handed_by)
    store.state = {"open": {"taken_by": "mei", "handed_by": "li.na"}}
    cell = blocks(look_again(opened("exceptions", view="open")))["open"]["rows"][0][4]
    assert (cell["text"], cell["note"]) == ("mei", "Handed over by li.na.")
    assert "Taken by **mei**. Handed over by li.na." in texts(opened("exceptions", view="open", act="a1"))


def test_the_desk_offers_only_what_the_rules_allow(store: FakeReader) -> None:
    store.state = AT_DESK
    page = opened("desk", order="O1")
    assert not page.button(key="track").disabled
    assert "¥20.00 (10 %)" in page.segmented_control(key="choice-O1").options
    store.state = AT_DESK | {"flags": [FLAGS | {"locked": 1, "invoice_issued": 1}]}
    page = look_again(page)
    assert page.button(key="move").disabled
    assert page.button(key="give").disabled
    assert (
        "The order is locked: its reporters contradict each other.\n\n:red[:material/error:] An invoice was"
        in texts(page)
    ), "one reason a line"
    assert "must be red-lettered" in texts(page)


@pytest.mark.parametrize("name", ["desk", "ship"])
def test_what_nobody_told_was_paid_is_no_data_and_a_reason_of_its_own(
    store: FakeReader, sent: Sent, name: str
) -> None:
    store.state = AT_DESK | {"standing": [STANDING | {"paid_fen": None}]}
    page = opened(name, order="O1")
    assert dict(blocks(page)["standing"]["pairs"])["Paid"]["text"] == "no data"
    if name == "desk":
        assert page.button(key="give").disabled
        assert "Nobody told what was paid." in texts(page)
    store.state = AT_DESK | {
        "standing": [STANDING | {"paid_fen": None, "paid_at": None}],
        "flags": [FLAGS | {"cash_on_delivery": 1}],
    }
    assert dict(blocks(look_again(page))["standing"]["pairs"])["Paid"]["text"] == "¥0.00"


def test_a_press_is_sent_once_and_its_refusal_is_in_plain_words(store: FakeReader, sent: Sent) -> None:
    store.state = AT_DESK
    sent.says = {"answer": "refused", "reasons": ["outbound"]}
    page = opened("desk", order="O1")
    page.button(key="track").click().run()
    page.button(key="track").click().run()
    assert len(sent.wishes) == 1
    answer = blocks(page)["answer"]
    assert (answer["word"], answer["more"], answer["light"]) == (
        "Refused; nothing was done",
        ["A parcel has left."],
        "red",
    )


def test_may_it_ship_answers_by_itself(store: FakeReader, sent: Sent) -> None:
    store.state = AT_DESK
    page = opened("ship", order="O1")
    assert blocks(page)["answer"]["word"] == "It may ship"
    assert len(sent.wishes) == 1
    page.run()
    assert len(sent.wishes) == 1


def test_without_the_store_the_desk_offers_nothing(store: FakeReader) -> None:
    store.state = {"away": ["everything"]}
    page = opened("desk", order="O1")
    assert "no button is offered" in texts(page)
    assert not [one for one in page.button if one.key in ("track", "move", "give")]


@pytest.mark.parametrize("name", ["health", "exceptions", "orders", "order", "sku", "csdi", "desk", "ship"])
@pytest.mark.parametrize("state", [{}, {"empty": True}, {"away": ["everything"]}])
@pytest.mark.parametrize("lang", ["en", "zh-CN"])
def test_every_page_has_a_picture_of_every_state_and_none_is_green_without_data(
    store: FakeReader, name: str, state: dict[str, Any], lang: str
) -> None:
    store.state = state
    page = opened(name, order="O1" if name in ("order", "desk", "ship") else "", lang=lang)
    assert page.title[0].value
    if state and name == "health":
        assert [one["verdict"]["light"] for one in components(page) if "verdict" in one] == ["grey"]


def test_an_answer_that_does_not_come_is_no_silent_success(
    store: FakeReader, monkeypatch: pytest.MonkeyPatch
) -> None:
    store.state = AT_DESK
    monkeypatch.setattr(actions, "press", lambda *_: Outcome(None, "press_away"))
    page = opened("desk", order="O1")
    page.button(key="track").click().run()
    answer = blocks(page)["answer"]
    assert (answer["word"], answer["light"]) == ("No answer", "grey")
