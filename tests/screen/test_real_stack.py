"""The screens over the real stack: broker, store, workers, board, and a simulated day, in a real browser."""

import getpass
import json
import time
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, expect
from real_stack import Stack, running, wait_for

from dashboard.queries.desk import Standing, read_standing
from dashboard.view_models.desk import offer
from pipeline.rules.desk import shipped_desk_rules
from schemas.desk import DeskReason

pytestmark = [pytest.mark.screen, pytest.mark.connected]

WAITING = "phase = 'not_shipped'"
LIST_MS = 15_000
"""A list shows what was just done well before the page's next look of itself, half a minute later."""


@pytest.fixture(scope="module")
def stack(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stack]:
    with running(tmp_path_factory.mktemp("stack")) as stack:
        yield stack


def look(browser: Browser, url: str, drawn: str = ".sheet .block") -> Page:
    page = browser.new_context(locale="en-US", viewport={"width": 1440, "height": 1000}).new_page()
    page.goto(url)
    page.wait_for_selector(drawn, timeout=60_000)
    return page


def figure(page: Page, card: str) -> int:
    return int(page.locator(f".count.{card} .value").inner_text().replace(",", ""))


def test_the_numbers_on_the_screen_are_those_of_the_store_and_refresh_by_themselves(
    stack: Stack, browser: Browser
) -> None:
    asked = "SELECT * FROM v_csdi WHERE window = 'all' AND shop = ''"
    page = look(browser, f"{stack.url}/?window=all", ".verdict")
    shown = page.locator(".index .value")
    # Answers are shared for 25 s, and the store computes the sample of the last hours once a minute.
    wait_for(lambda: shown.inner_text() == f"{stack.asked(asked)[0]['csdi']:.1f}", seconds=120)
    (told,) = stack.asked("SELECT * FROM v_board")
    (index,) = stack.asked(asked)
    assert figure(page, "open") == told["open_orders"]
    assert figure(page, "at_risk") == told["at_risk_orders"]
    assert figure(page, "overdue") == told["overdue_orders"]
    assert shown.inner_text() == f"{index['csdi']:.1f}"
    assert f"{index['kept']:,} / {index['kept'] + index['broken']:,}" in page.locator(".index").inner_text()
    first = int(page.locator(".board").get_attribute("data-refresh") or 0)
    began = time.monotonic()
    wait_for(lambda: int(page.locator(".board").get_attribute("data-refresh") or 0) > first, seconds=50)
    assert time.monotonic() - began < 45


def test_every_button_of_the_desk_ends_with_its_answer_on_the_screen(stack: Stack, browser: Browser) -> None:
    (row,) = stack.asked(
        "SELECT order_id FROM v_orders WHERE paid_fen > 5000 AND phase = 'not_shipped' LIMIT 1"
    )
    order_id = row["order_id"]
    page = look(browser, f"{stack.url}/desk?lang=en&order={order_id}")
    track = page.get_by_role("button", name="Where is it?")
    track.wait_for()
    track.dblclick()
    page.wait_for_selector(".say", timeout=20_000)
    assert "Answered after" in page.locator(".say").inner_text()
    wait_for(lambda: stack.asked(f"SELECT 1 FROM desk_answers FINAL WHERE order_id = '{order_id}'"))
    time.sleep(2)
    pressed = (
        f"SELECT event_id FROM instructions FINAL WHERE order_id = '{order_id}' AND type = 'desk.track_order'"
    )
    assert len(stack.asked(pressed)) == 1, "a double click sends one command"
    page.get_by_text("¥5.00", exact=True).click()
    page.get_by_role("button", name="Give back ¥5.00").click()
    page.get_by_text("Accepted: ¥5.00").or_(page.get_by_text("Refused; nothing was done")).wait_for(
        timeout=20_000
    )
    page.context.close()
    page = look(browser, f"{stack.url}/ship?lang=en&order={order_id}", ".say")
    assert "ship" in page.locator(".say b").inner_text()


def test_a_locked_order_is_decided_on_the_screen_and_opens(stack: Stack, browser: Browser) -> None:
    locked = stack.asked("SELECT order_id FROM v_orders_locked ORDER BY locked_at LIMIT 1")
    assert locked, "the simulated day plants conflicts"
    order_id = locked[0]["order_id"]
    page = look(browser, f"{stack.url}/exceptions?lang=en&decide={order_id}")
    page.get_by_role("radio").filter(has_text="warehouse (WMS)").or_(
        page.get_by_text("warehouse (WMS):")
    ).first.click()
    page.get_by_label("Reason").click()
    page.get_by_text("customer called").click()
    page.get_by_role("button", name="Decide", exact=True).click()
    page.get_by_text(f"Order {order_id} is unlocked.").wait_for(timeout=20_000)
    wait_for(lambda: not stack.asked(f"SELECT 1 FROM v_orders_locked WHERE order_id = '{order_id}'"))
    (decided,) = stack.asked(f"SELECT details FROM instructions FINAL WHERE order_id = '{order_id}'")
    assert '"decided_by"' in decided["details"]


def standing_of(stack: Stack, where: str, against: DeskReason | None) -> Standing:
    """An order of the day about whose address the rules say just that; None: it may go elsewhere."""
    for row in stack.asked(
        f"SELECT order_id FROM v_orders WHERE {where} AND paid_fen > 5000 ORDER BY order_id"
    ):
        standing = read_standing(stack, row["order_id"])
        assert standing is not None
        told = offer(standing, shipped_desk_rules()).against_address
        if told == ((against,) if against else ()):
            return standing
    raise AssertionError(f"no order of the day is {where}, with {against} against its address")


def pick(page: Page, label: str, text: str) -> None:
    page.get_by_label(label, exact=True).fill(text)
    page.get_by_role("option", name=text, exact=True).click()


def answers(stack: Stack, order_id: str) -> list[dict[str, Any]]:
    asked = (
        "SELECT * FROM desk_answers FINAL WHERE order_id = {order:String} AND command = 'desk.change_address'"
    )
    return stack.rows(f"{asked} ORDER BY source_offset", {"order": order_id})


def test_an_address_is_changed_to_a_place_of_the_rules_and_to_nothing_else(
    stack: Stack, browser: Browser
) -> None:
    order_id, rules = standing_of(stack, WAITING, None).order_id, shipped_desk_rules()
    page = look(browser, f"{stack.url}/desk?lang=en&order={order_id}")
    send = page.get_by_role("button", name="Send it there")
    expect(send).to_be_disabled(timeout=20_000)
    page.get_by_label("Province", exact=True).click()
    offered = page.get_by_role("option").all_inner_texts()
    assert offered
    assert offered == list(rules.provinces())[: len(offered)]
    page.get_by_label("Province", exact=True).fill("Atlantis")
    page.keyboard.press("Enter")
    page.keyboard.press("Escape")
    expect(page.get_by_label("City", exact=True)).to_have_count(0)
    expect(send).to_be_disabled()
    pick(page, "Province", "江苏省")
    page.get_by_label("City", exact=True).click()
    assert set(page.get_by_role("option").all_inner_texts()) <= set(rules.cities("江苏省"))
    pick(page, "City", "苏州市")
    expect(send).to_be_disabled()
    pick(page, "District", "姑苏区")
    send.click()
    page.get_by_text("Accepted: it goes to 江苏省 苏州市 姑苏区").wait_for(timeout=20_000)
    (told,) = wait_for(lambda: answers(stack, order_id))
    assert (told["answer"], told["pressed_by"]) == ("accepted", getpass.getuser())
    assert json.loads(told["spot"]) == {"province": "江苏省", "city": "苏州市", "district": "姑苏区"}


def test_a_known_address_is_one_press_and_an_order_that_left_goes_nowhere_else(
    stack: Stack, browser: Browser
) -> None:
    order_id = standing_of(stack, WAITING, None).order_id
    known = {"address_id": "A-7", "spot": {"province": "浙江省", "city": "杭州市", "district": "西湖区"}}
    line = {"type": "desk.addresses_told", "occurred_at": datetime.now(UTC).isoformat()}
    stack.certainty(
        "command", "send", "-", said=json.dumps(line | {"order_id": order_id, "addresses": [known]})
    )
    wait_for(lambda: (standing := read_standing(stack, order_id)) and standing.view.addresses)
    page = look(browser, f"{stack.url}/desk?lang=en&order={order_id}")
    page.get_by_text("A-7 · 浙江省 杭州市 西湖区").click()
    page.get_by_role("button", name="Send it there").click()
    page.get_by_text("Accepted: it goes to address A-7").wait_for(timeout=20_000)
    wait_for(lambda: answers(stack, order_id)[-1:] and answers(stack, order_id)[-1]["address_id"] == "A-7")
    page.context.close()
    gone = standing_of(stack, "isNotNull(outbound_at)", DeskReason.OUTBOUND)
    page = look(browser, f"{stack.url}/desk?lang=en&order={gone.order_id}")
    expect(page.get_by_role("button", name="Send it there")).to_be_disabled(timeout=20_000)
    assert "A parcel has left." in page.locator("body").inner_text()


def open_anomaly(stack: Stack) -> dict[str, Any]:
    asked = """
    SELECT anomaly_id, subject, order_id, kind FROM v_anomalies
    WHERE is_open AND taken_by = '' AND kind IN ('ambiguous_address', 'promise_broken') AND order_id != ''
    ORDER BY anomaly_id LIMIT 1
    """
    (row,) = stack.asked(asked)
    return row


def act_on(browser: Browser, stack: Stack, anomaly: dict[str, Any]) -> Page:
    """Open the list as a supervisor does, and follow its link to the form."""
    page = look(browser, f"{stack.url}/exceptions?lang=en&view=open&kind={anomaly['kind']}")
    line = page.get_by_role("row").filter(has_text=anomaly["order_id"]).first
    line.get_by_text("act", exact=True).click()
    page.get_by_role("button", name="It is mended").wait_for(timeout=20_000)
    return page


def test_an_anomaly_is_taken_on_the_screen_and_is_whose_it_says(stack: Stack, browser: Browser) -> None:
    anomaly, me = open_anomaly(stack), getpass.getuser()
    page = act_on(browser, stack, anomaly)
    page.get_by_role("button", name="I take it").click()
    page.get_by_text(f"is being handled by {me}.").wait_for(timeout=20_000)
    asked = "SELECT taken_by, is_open FROM v_anomalies WHERE anomaly_id = {id:String}"
    told = wait_for(
        lambda: [row for row in stack.rows(asked, {"id": anomaly["anomaly_id"]}) if row["taken_by"]]
    )
    assert told == [{"taken_by": me, "is_open": True}]
    page.get_by_role("row").filter(has_text=anomaly["order_id"]).filter(has_text=me).first.wait_for(
        timeout=LIST_MS
    )


def test_an_anomaly_is_handed_to_a_colleague_and_says_to_whom_and_by_whom(
    stack: Stack, browser: Browser
) -> None:
    anomaly, me = open_anomaly(stack), getpass.getuser()
    page = act_on(browser, stack, anomaly)
    page.get_by_label("Hand it to a colleague").fill("mei")
    page.keyboard.press("Enter")
    page.get_by_role("button", name="Hand it to mei").click()
    page.get_by_text(f"is being handled by mei. Handed over by {me}.").wait_for(timeout=20_000)
    asked = "SELECT taken_by, handed_by FROM v_anomalies WHERE anomaly_id = {id:String} AND taken_by != ''"
    told = wait_for(lambda: stack.rows(asked, {"id": anomaly["anomaly_id"]}))
    assert told == [{"taken_by": "mei", "handed_by": me}]
    line = (
        page.get_by_role("row").filter(has_text=anomaly["order_id"]).filter(has_text=f"Handed over by {me}.")
    )
    line.first.wait_for(timeout=LIST_MS)


def test_an_anomaly_is_mended_on_the_screen_and_ends_with_its_reason(stack: Stack, browser: Browser) -> None:
    anomaly = open_anomaly(stack)
    page = act_on(browser, stack, anomaly)
    mend = page.get_by_role("button", name="It is mended")
    expect(mend).to_be_disabled()
    page.get_by_label("How was it mended?").click()
    page.get_by_text("customer called, agreed").click()
    mend.click()
    page.get_by_text(": resolved by a person").wait_for(timeout=20_000)
    asked = "SELECT end, because, is_open FROM v_anomalies WHERE anomaly_id = {id:String}"
    # The end and its reason lie in two tables, written one after the other.
    told = wait_for(
        lambda: [row for row in stack.rows(asked, {"id": anomaly["anomaly_id"]}) if row["because"]]
    )
    assert told == [{"end": "resolved", "because": "customer called, agreed", "is_open": False}]
    said = "SELECT by, because FROM findings FINAL WHERE type = 'anomaly.resolved' AND subject = {s:String}"
    assert stack.rows(said, {"s": anomaly["subject"]}) == [
        {"by": getpass.getuser(), "because": "customer called, agreed"}
    ]


def test_the_board_says_when_the_store_is_away_and_comes_back(stack: Stack, browser: Browser) -> None:
    page = look(browser, f"{stack.url}/?lang=en", ".verdict")
    store = stack.part("store")
    store.suspend()
    try:
        page.wait_for_selector(".banner", timeout=70_000)
        assert page.locator(".verdict.green").count() == 0 or page.locator(".faded").count()
    finally:
        store.resume()
    page.wait_for_selector(".banner", state="detached", timeout=70_000)


def test_deep_links_open_the_same_view_in_both_languages(stack: Stack, browser: Browser) -> None:
    (row,) = stack.asked("SELECT order_id FROM v_orders LIMIT 1")
    for lang, title in (("en", f"Order {row['order_id']}"), ("zh-CN", f"订单 {row['order_id']}")):
        page = look(browser, f"{stack.url}/order?order={row['order_id']}&lang={lang}")
        page.get_by_role("heading", name=title).wait_for(timeout=20_000)
        page.locator(".story li").first.wait_for(timeout=20_000)
        assert page.locator(".story li").count() > 3
        page.context.close()


def test_the_log_of_the_board_holds_no_traceback(stack: Stack) -> None:
    log = Path(stack.settings.data_dir / "logs" / "board.log").read_text(encoding="utf-8")
    assert "Traceback" not in log
    assert "board_page_failed" not in log
