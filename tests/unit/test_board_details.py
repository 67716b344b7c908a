"""What the entries of an order's time line say: in the language of the page, without codes and raw keys."""

import re
from datetime import UTC, datetime
from typing import Any, get_args

import pytest
from pydantic import BaseModel

from dashboard.identity import Person, Role
from dashboard.queries.story import ASKED, Account, Story, Told
from dashboard.view_models.details import BARE, IDS, OF_NAME
from dashboard.view_models.story import story_blocks, timeline
from dashboard.words import LANGUAGES, Words, catalogue
from pipeline.clickhouse.decision_tables import COMMANDS
from pipeline.domain.refunds.catalogue import CATALOGUE
from pipeline.rules.desk import shipped_desk_rules
from schemas import decision, instruction
from schemas.base import Event, type_of
from schemas.desk import OrderFlagged
from schemas.inventory import FROM_ORDERS, StockMoved
from schemas.order import InvoiceReported, OrderReported, ParcelReported, RefundReported, TicketReported
from schemas.stock import OrderOversold

AT = datetime(2026, 11, 11, 4, 0, tzinfo=UTC)
MEI = Person("MEI", Role.SUPERVISOR)
WORDING = shipped_desk_rules().wording
TIME = "2026-11-11 04:30:00.000"
REASON = {"reason_en": "everything agrees: straight to finance", "reason_zh": "校验通过，直达财务"}
JSON_EVENTS: tuple[type[Event], ...] = (*decision.COMMANDS, *instruction.INSTRUCTIONS, OrderFlagged)
REPORTS = (OrderReported, ParcelReported, InvoiceReported, RefundReported, TicketReported)
TOLD: tuple[type[Event], ...] = (
    *(*REPORTS, *decision.DECISIONS, *JSON_EVENTS, *FROM_ORDERS, StockMoved, OrderOversold),
)
DETAILS = [
    ("order.reported", f"to_ship, line L1, units 2, ordered {TIME}, paid {TIME}, ship by {TIME}", ""),
    ("order.reported", f"unknown, deliver by {TIME}, first scan {TIME}, signed {TIME}, closed {TIME}", ""),
    ("order.reported", "hold, cannot supply, cash on delivery, split parent, address masked", ""),
    ("parcel.reported", f"signed, waybill W1, SF, station problem, last scan {TIME}", ""),
    ("invoice.reported", "invoice I1, taken back", ""),
    ("invoice.reported", "invoice I1, issued", ""),
    ("refund.reported", "refund R1, 6906 fen, refundable, money is out", ""),
    ("refund.reported", "refund R1, 6906 fen, unknown code", ""),
    ("ticket.reported", "complaint T1, not_received, open", ""),
    ("ticket.reported", "question T1, question, closed", ""),
    ("ticket.reported", "complaint T1, where_is_it, open", ""),
    ("sku.ordered", "SKU-1 x 2", ""),
    ("stock.moved", "SKU-1 x -1, outbound, HZ", ""),
    ("stock.released", "SKU-1 x 1, refunded", ""),
    ("stock.released", "SKU-1 x 1, over", ""),
    ("stock.shipped", "SKU-1 x 1, HZ, waybill W1", ""),
    ("order.oversold", "SKU-1, there is no stock for it", ""),
    ("order.oversold", "SKU-1, there is stock for it again", ""),
    ("order.phase_changed", "not_shipped -> shipped", ""),
    ("promise.judged", f"kept, corrects broken, deadline {TIME}", "kept_in_time"),
    ("order.unlocked", "agreement", ""),
    ("order.unlocked", "decision", ""),
    ("order.unlocked", "withdrawn", ""),
    ("promise.at_risk", f"ship, deadline {TIME}, ended: cleared, the promise was moved, held or closed", ""),
    ("promise.broken", "ended: withdrawn, a late report shows that it was not so", "ship_overdue"),
    (
        "parcel.late_first_scan",
        "waybill W1, ended: withdrawn, it was scanned in time, which was told late",
        "",
    ),
    ("parcel.stalled", "waybill W1, ended: healed, it was scanned", ""),
    ("order.signed_not_received", "ended: resolved, customer service closed the ticket", ""),
    (
        "order.signed_not_received",
        "ended: withdrawn, the complaint ended before the signature, or there is none",
        "",
    ),
    ("act.to_review", "coupon C1: promise_not_broken, ended: withdrawn", ""),
    ("act.to_review", "coupon C1: complained_before", ""),
    ("refund.verified", f"refund R1, finance, money is out: {REASON['reason_en']}", "finance"),
    ("refund.mismatched", "refund R1, exceeds_paid", ""),
    ("refund.mismatched", "refund R1, no_order", ""),
    ("refund.doubted", "refund R1, would be hold", "order_locked"),
    ("refund.affirmed", "refund R1, ended: cleared", ""),
    ("return.step_settled", "refund R1, notify_restock, not_needed", ""),
    ("return.step_handed_over", "refund R1, freeze_commission, unconfirmed", ""),
    ("return.step_handed_over", "refund R1, attach_quality_reports, no_quality_reports_told", ""),
    ("return.step_handed_over", "refund R1, notify_restock, no_stock_told", ""),
    ("return.step_handed_over", "refund R1, push_return_address, no_warehouse", ""),
    ("desk.command_answered", "desk.ask_may_ship, told, outbound refund_open", ""),
    ("desk.command_answered", "desk.refund_difference, refused, paid_unknown, 500 fen", ""),
    ("desk.command_answered", "desk.change_address, too_late, too_late", ""),
    ("desk.command_answered", "desk.track_order, accepted", ""),
    ("coupon.sent", '{"coupon_id":"c","deadline_at":"2026-11-11T04:30:00Z","rule":"ship_overdue"}', ""),
    (
        "correction.requested",
        '{"command_id":"c","decided_by":"LI","reporter":"erp","right":"wms","right_phase":"shipped",'
        '"said":"not_shipped","why":"已核对"}',
        "",
    ),
    (
        "refund.sent",
        '{"amount_fen":6906,"platform":"jd","refund_id":"R1","refund_version":7,"rule":"finance",'
        '"rules_version":"abc"}',
        "",
    ),
    (
        "confirmation.asked",
        '{"amount_fen":1,"rule":"cs_confirm","facts":{"standard":"refundable","has_gift":"true",'
        '"cs_answer":"none","order_known":"unknown"}}',
        "",
    ),
    ("return.notify_restock", '{"levels":[{"safety_units":3,"sku":"SKU-1","units":0}],"refund_id":"R1"}', ""),
    ("desk.order_flagged", '{"flag":"oversold","sku":"SKU-1","up":false,"version":1}', ""),
]


def story(*told: tuple[str, str, str], **parts: Any) -> Story:
    base = {"at": AT, "observed_at": AT, "source": "order_hub", "raw_code": ""}
    entries = (Told(what=what, detail=detail, mapping=rule, **base) for what, detail, rule in told)
    return Story("O1", None, tuple(entries), dict.fromkeys(ASKED, ()) | {"reasons": (REASON,)} | parts)


def lines(language: str, *told: tuple[str, str, str]) -> list[str]:
    shown = timeline(story(*told), MEI, Words(language, "Asia/Shanghai"), (), WORDING)
    return [f"{one.what} | {one.detail} | {one.rule}" for one in shown.entries]


@pytest.mark.parametrize("told", DETAILS, ids=lambda told: f"{told[0]}: {told[1]}"[:60])
def test_a_chinese_entry_has_no_english_word_and_no_code(told: tuple[str, str, str]) -> None:
    (line,) = lines("zh-CN", told)
    assert re.findall(r"[a-z]{2,}", line) == []


def test_every_kind_of_entry_has_a_word_in_both_languages() -> None:
    wanted = [f"event_{type_of(one).replace('.', '_')}" for one in TOLD]
    for language in LANGUAGES:
        assert [key for key in wanted if key not in catalogue(language)] == []


def names_in(model: type[BaseModel]) -> set[str]:
    """Every name that its JSON can hold, with those of what lies in it."""
    found = set(model.model_fields)
    for field in model.model_fields.values():
        for part in (field.annotation, *get_args(field.annotation)):
            if isinstance(part, type) and issubclass(part, BaseModel):
                found |= names_in(part)
    return found


def test_every_name_in_a_command_and_every_fact_of_a_rule_has_a_word_in_both_languages() -> None:
    columns = {name for name, _ in COMMANDS.columns}
    wanted = set(CATALOGUE).union(*map(names_in, JSON_EVENTS), OF_NAME, BARE) - IDS - columns
    for language in LANGUAGES:
        assert [name for name in sorted(wanted) if f"key_{name}" not in catalogue(language)] == []


def test_money_is_in_yuan_and_units_of_zero_are_told() -> None:
    told = ("refund.reported", "refund R1, 6906 fen, refundable", "")
    stock = ("return.stock_told", '{"levels":[{"safety_units":3,"sku":"S","units":0}],"refund_id":"R1"}', "")
    assert lines("en", told, stock) == [
        "reported a refund | refund R1, ¥69.06, refundable | ",
        "stock told | stock: safety units 3 SKU S units 0 · refund: R1 | ",
    ]


def test_a_reason_that_says_the_same_as_the_answer_is_told_once() -> None:
    late = ("desk.command_answered", "desk.change_address, too_late, too_late", "")
    told = "请求改地址, 操作已过期,未执行,请重新点击"
    assert lines("zh-CN", late) == [f"操作台答复 | {told} | "]


def test_a_verdict_gives_its_reason_in_the_language_of_the_page() -> None:
    told = ("refund.verified", f"refund R1, finance: {REASON['reason_en']}", "finance")
    assert lines("zh-CN", told) == ["退款判定 | 退款 R1, 转财务: 校验通过，直达财务 | 直达财务"]
    assert lines("en", told)[0].split(" | ")[1] == f"refund R1, to finance: {REASON['reason_en']}"


def test_the_rules_and_facts_of_a_chinese_story_are_in_chinese() -> None:
    facts = {"standard": "refundable", "locked": "true", "days_since_signed": "7.5", "amount_fen": "6906"}
    refund = REASON | {"refund_id": "R1", "verdict": "hold", "rule": "order_locked", "facts": facts}
    parts = {"refunds": (refund | {"amount_fen": 6906, "decided_at": AT},)}
    words = Words("zh-CN", "Asia/Shanghai")
    (table,) = story_blocks(story(**parts), MEI, words)[2]
    assert [cell.text for cell in table.rows[0][1:5]] == [
        "暂缓",
        "校验通过，直达财务",
        "标准状态: 可退, 已锁定: 是, 签收后天数: 7.5, 金额: ¥69.06",
        "¥69.06",
    ]
    assert table.rows[0][1].note == "订单已锁定"
    base = dict.fromkeys(Account.model_fields, None) | dict.fromkeys(("platform", "shop", "owed"), "")
    kept = base | {"phase": "signed", "verdict": "kept", "rule": "kept_in_time", "is_open": False}
    told = Story("O1", Account.model_validate(kept), (), story().parts)
    assert "（按时履行）" in str(story_blocks(told, MEI, words)[0])
