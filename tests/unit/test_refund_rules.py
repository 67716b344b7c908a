"""The rules as data: what a document may say, the first rule that hits, what the order of rules does."""

import re
from datetime import UTC, datetime, timedelta

import pytest

from pipeline.domain.instants import to_ms
from pipeline.domain.policy import DAY_MS
from pipeline.domain.refunds import Rules, RulesError, load_rules
from pipeline.domain.refunds.catalogue import CATALOGUE, FactError, Kind, Value, fact_text, read_facts
from pipeline.domain.refunds.coverage import never_hit, undecided
from pipeline.domain.refunds.document import RulesDocument
from pipeline.rules.refunds import refund_rules_text, shipped_refund_rules
from tests.refund_desk import START, Desk, account, gift, refund, standing

NOW = to_ms(START)
HEAD = 'schema_version = 1\nzone = "Asia/Shanghai"\n'
LOCK = """[[rule]]
id = "order_locked"
verdict = "hold"
zh = "锁"
en = "locked"
when = [{ standard = "refundable", locked = true }, { standard = "refundable", differing = true }]
"""


def rule(rule_id: str, verdict: str = "manual", when: str = '"always"', more: str = "") -> str:
    return (
        f'[[rule]]\nid = "{rule_id}"\nverdict = "{verdict}"\nzh = "因"\nen = "why"\nwhen = {when}\n{more}\n'
    )


def table(*rules: str) -> Rules:
    return load_rules(HEAD + "".join(rules), origin="mine.toml")


def facts(**told: object) -> dict[str, Value]:
    return read_facts({"standard": "refundable", "order_known": True, **told})


CASES = [
    ({}, "finance"),
    ({"locked": True}, "order_locked"),
    ({"differing": True}, "order_locked"),
    ({"locked": True, "cs_answer": "no"}, "order_locked"),
    ({"cs_answer": "no"}, "not_refundable"),
    ({"cs_answer": "no", "invoice_issued": True, "amount_exceeds_paid": True}, "not_refundable"),
    ({"order_known": False}, "refund_mismatch"),
    ({"amount_exceeds_paid": False}, "finance"),
    ({"amount_exceeds_paid": True, "invoice_issued": True}, "refund_mismatch"),
    ({"invoice_issued": True, "days_since_signed": 8, "has_gift": True}, "invoice_issued"),
    ({"days_since_signed": 7, "has_gift": True}, "finance"),
    ({"days_since_signed": 7 + 1 / DAY_MS, "has_gift": True}, "cs_confirm"),
    ({"days_since_signed": 8, "has_gift": False}, "finance"),
    ({"days_since_signed": 8, "has_gift": None}, "finance"),
    ({"days_since_signed": 8, "has_gift": True, "cs_answer": "yes"}, "finance"),
    ({"days_since_signed": None, "has_gift": True}, "finance"),
    ({"standard": "pending", "locked": True}, "pending"),
    ({"standard": "pending", "cs_answer": "no"}, "pending"),
    ({"standard": "pending", "unknown_code": True}, "unknown_code"),
    ({"standard": "not_refundable", "locked": True, "done": True}, "not_refundable"),
]


@pytest.mark.parametrize(("told", "hits"), CASES)
def test_the_shipped_rules_decide_as_the_domain_says(told: dict[str, object], hits: str) -> None:
    rules = shipped_refund_rules()
    assert rules.judge(facts(**told), NOW).rule.id == hits
    *missed, last = rules.explain(facts(**told), NOW)
    assert (last.rule.id, last.hits) == (hits, True)
    assert all(step.why and not step.hits for step in missed), "the explanation agrees, with reasons"


@pytest.mark.parametrize(("told", "hits"), CASES)
def test_the_facts_of_a_verdict_make_it_certain_and_without_one_it_still_may_decide(
    told: dict[str, object], hits: str
) -> None:
    rules, all_facts = shipped_refund_rules(), facts(**told)
    looked_at = rules.judge(all_facts, NOW).facts
    known = {name: all_facts[name] for name in looked_at}
    assert [rule.id for rule in rules.may_decide(known, NOW)] == [hits]
    for name in known:
        fewer = {other: value for other, value in known.items() if other != name}
        assert hits in [rule.id for rule in rules.may_decide(fewer, NOW)], name
    assert [rule.id for rule in rules.may_decide({}, NOW)][-2:] == ["unknown_code", "no_rule"]


def test_the_shipped_rules_have_the_documented_ids_each_reachable_and_nothing_undecided() -> None:
    rules = shipped_refund_rules()
    assert sorted(one.id for one in rules.rules) == [
        "cs_confirm", "finance", "invoice_issued", "not_refundable", "order_locked", "pending",
        "refund_mismatch", "unknown_code",
    ]  # fmt: skip
    assert never_hit(rules) == []
    assert undecided(rules) is None


def test_the_version_is_that_of_the_text() -> None:
    text = refund_rules_text()
    version = load_rules(text, origin="a").version
    assert re.fullmatch("[0-9a-f]{8}", version)
    assert load_rules(text + "\n# a remark", origin="a").version != version


def test_a_verdict_carries_the_facts_that_were_looked_at_and_no_others() -> None:
    hit = shipped_refund_rules().judge(facts(invoice_issued=True, amount_exceeds_paid=False), NOW)
    assert set(hit.facts) == {
        "standard", "locked", "differing", "cs_answer", "order_known", "amount_exceeds_paid",
        "invoice_issued",
    }  # fmt: skip
    assert shipped_refund_rules().judge(read_facts(hit.facts), NOW).rule.id == "invoice_issued"


def test_a_case_that_no_rule_decides_goes_to_a_person() -> None:
    rules = table(rule("pending", "pending", '[{ standard = "pending" }]'))
    hit = rules.judge(facts(), NOW).rule
    assert (hit.id, hit.verdict) == ("no_rule", "manual")
    assert undecided(rules) == {"standard": "not_refundable"}


REFUSED = [
    (rule("a", more='colour = "red"'), "colour: Extra inputs are not permitted"),
    (rule("A b"), "rule.0.id"),
    (rule("a", "pay"), "verdict"),
    (rule("a") + rule("a"), "the id a is there twice"),
    (rule("a", when="[]"), 'says when = "always"'),
    (rule("a", when="[{}]"), 'says when = "always"'),
    (rule("a", when='[{ weather = "fine" }]'), 'there is no fact "weather"'),
    (rule("a", when='[{ locked = "yes" }]'), "locked is true or false"),
    (rule("a", when="[{ locked = { gt = 1 } }]"), "locked is true or false"),
    (rule("a", when='[{ standard = "maybe" }]'), "standard is one of pending, refundable"),
    (rule("a", when='[{ phase = { in = ["shipped", "lost"] } }]'), "phase is one of"),
    (rule("a", when="[{ phase = { in = [] } }]"), "at least 1 item"),
    (rule("a", when="[{ days_since_signed = true }]"), "days_since_signed is a number"),
    (rule("a", when="[{ days_since_signed = { gt = 1, ge = 2 } }]"), "exactly one of eq, gt, ge, in"),
    (rule("a", when="[{ days_since_signed = { lt = 1 } }]"), "lt: Extra inputs are not permitted"),
    (rule("a", when="[{ amount_fen = { gt = -1 } }]"), "greater than or equal to 0"),
    (rule("a", when="[{ amount_fen = { gt = nan } }]"), "finite"),
    (rule("a", more="from = 2026-02-01\nuntil = 2026-01-31"), "until 2026-01-31 is before from"),
    (rule("a", more='enabled = "no"'), "valid boolean"),
    (rule("a", "finance"), 'asks for standard = "refundable"'),
    (rule("a", "finance", '[{ standard = { in = ["refundable", "pending"] } }]'), "asks for standard"),
    ("", "rule: Field required"),
    ("rule = 1 1", "is no TOML"),
]


@pytest.mark.parametrize(("text", "sentence"), REFUSED)
def test_what_a_document_may_not_say_is_refused_with_rule_and_cure(text: str, sentence: str) -> None:
    with pytest.raises(RulesError, match=re.escape(sentence)) as refusal:
        table(text)
    assert str(refusal.value).startswith("mine.toml")


@pytest.mark.parametrize("zone", ["Asia/Nowhere", "Asia"])
def test_a_zone_must_exist(zone: str) -> None:
    with pytest.raises(RulesError, match="is no time zone"):
        load_rules(HEAD.replace("Asia/Shanghai", zone) + rule("a"), origin="mine.toml")


PAY = rule("finance", "finance", '[{ standard = "refundable" }]')


@pytest.mark.parametrize(
    "text",
    [
        PAY,
        PAY + LOCK,
        LOCK + "enabled = false\n" + PAY,
        LOCK + "from = 2026-03-02\n" + PAY,
        LOCK.replace(', { standard = "refundable", differing = true }', "") + PAY,
        LOCK.replace("locked = true", "locked = true, has_gift = true") + PAY,
    ],
    ids=["no lock", "lock behind", "lock disabled", "lock of tomorrow", "differing pays", "gifts only"],
)
def test_no_document_may_send_money_from_a_locked_order(text: str) -> None:
    with pytest.raises(RulesError, match="finance would send money although the order is locked"):
        table(text)
    assert table(LOCK, PAY).judge(facts(locked=True), NOW).rule.id == "order_locked"


def on(day: str, time: str = "12:00:00") -> int:
    return to_ms(datetime.fromisoformat(f"{day}T{time}+08:00"))


def test_a_rule_is_valid_from_its_first_day_until_the_end_of_its_last() -> None:
    festival = rule("festival", when="[{ has_gift = true }]", more="from = 2026-11-01\nuntil = 2026-11-11")
    rules = table(festival, LOCK, PAY)
    said = facts(has_gift=True)
    for at, hits in (
        (on("2026-11-01", "00:00:00") - 1, "finance"),
        (on("2026-11-01", "00:00:00"), "festival"),
        (on("2026-11-12", "00:00:00") - 1, "festival"),
        (on("2026-11-12", "00:00:00"), "finance"),
    ):
        assert rules.judge(said, at).rule.id == hits
    (first, *_) = rules.explain(said, on("2026-12-01"))
    assert first.why == ("it is valid from 2026-11-01 until 2026-11-11 only",)


def test_a_rule_that_is_not_enabled_does_not_exist() -> None:
    off = rule("off", more="enabled = false")
    rules = table(off, LOCK, PAY)
    assert rules.judge(facts(), NOW).rule.id == "finance"
    assert next(rules.explain(facts(), NOW)).why == ("it is not enabled",)
    assert never_hit(table(off, LOCK, PAY)) == []


def by(when: str) -> Rules:
    return table(rule("first", when=when), rule("rest", "pending"))


@pytest.mark.parametrize(
    ("when", "told", "hits"),
    [
        ("[{ amount_fen = { gt = 500 } }]", {"amount_fen": 500}, False),
        ("[{ amount_fen = { gt = 500 } }]", {"amount_fen": 501}, True),
        ("[{ amount_fen = { ge = 500 } }]", {"amount_fen": 499}, False),
        ("[{ amount_fen = { ge = 500 } }]", {"amount_fen": 500}, True),
        ("[{ days_since_signed = { ge = 7 } }]", {"days_since_signed": 7 - 1 / DAY_MS}, False),
        ("[{ days_since_signed = { ge = 7 } }]", {"days_since_signed": 7}, True),
        ("[{ days_since_signed = { gt = 0.5 } }]", {"days_since_signed": 0.5}, False),
        ('[{ phase = { in = ["shipped", "signed"] } }]', {"phase": "signed"}, True),
        ('[{ phase = { in = ["shipped", "signed"] } }]', {"phase": "closed"}, False),
        ('[{ phase = { in = ["shipped", "signed"] } }]', {}, False),
        ('[{ platform = "jd" }]', {"platform": "jd"}, True),
        ("[{ locked = { eq = false } }]", {}, True),
        ("[{ has_gift = false }]", {}, False),
        ("[{ returns_goods = true }, { done = true }]", {"done": True}, True),
        ("[{ returns_goods = true, done = true }]", {"done": True}, False),
    ],
)
def test_every_operator_on_both_sides_of_its_limit(when: str, told: dict[str, object], hits: bool) -> None:
    assert (by(when).judge(facts(**told), NOW).rule.id == "first") is hits


NEVER = [
    ((rule("all"), rule("late")), ["late"]),
    ((rule("a", when="[{ locked = true }]"), rule("b", when="[{ locked = true, done = true }]")), ["b"]),
    ((rule("a", when="[{ locked = true, done = true }]"), rule("b", when="[{ locked = true }]")), []),
    ((rule("a", when="[{ locked = true }, { locked = false }]"), rule("b")), ["b"]),
    ((rule("a", when="[{ has_gift = true }, { has_gift = false }]"), rule("b")), []),
    (
        (rule("a", when="[{ amount_fen = { gt = 5 } }]"), rule("b", when="[{ amount_fen = { gt = 6 } }]")),
        ["b"],
    ),
    ((rule("a", when="[{ amount_fen = { gt = 5 } }]"), rule("b", when="[{ amount_fen = { ge = 5 } }]")), []),
    (
        (rule("a", when="[{ amount_fen = { ge = 5 } }]"), rule("b", when="[{ amount_fen = { gt = 5 } }]")),
        ["b"],
    ),
    ((rule("a", more="until = 2026-01-31"), rule("b", more="from = 2026-02-01")), []),
    ((rule("a", more="until = 2026-02-01"), rule("b", more="from = 2026-02-01\nuntil = 2026-02-01")), ["b"]),
    ((rule("a", more="until = 2026-01-31"), rule("c", more="from = 2026-02-01"), rule("b")), ["b"]),
    (
        (rule("a", when='[{ phase = "shipped" }]'), rule("b", when='[{ phase = { in = ["shipped"] } }]')),
        ["b"],
    ),
]


@pytest.mark.parametrize(("rules", "dead"), NEVER)
def test_a_rule_that_earlier_ones_always_forestall_is_found_and_no_other(
    rules: tuple[str, ...], dead: list[str]
) -> None:
    found = never_hit(table(*rules))
    assert [one.rule for one in found] == dead
    assert all(one.because_of and one.rule not in one.because_of for one in found)


def test_who_is_to_blame_are_only_rules_that_take_something_away() -> None:
    texts = (
        rule("other", when="[{ done = true }]"),
        rule("yes", when="[{ locked = true }]"),
        rule("no", when="[{ locked = false }]"),
        rule("b", when="[{ done = false }]"),
    )
    assert never_hit(table(*texts))[0].because_of == ("yes", "no")


@pytest.mark.parametrize("name", CATALOGUE)
def test_every_fact_survives_being_told_as_text(name: str) -> None:
    spec = CATALOGUE[name]
    values: dict[Kind, list[Value]] = {
        Kind.YES_NO: [True, False],
        Kind.WORD: list(spec.words),
        Kind.FEN: [0, 12_345],
        Kind.DAYS: [0, 1, 7 * DAY_MS, 7 * DAY_MS + 1, 3650 * DAY_MS - 1],
    }
    for value in [*values[spec.kind], None]:
        assert read_facts({name: fact_text(name, value)})[name] == (spec.default if value is None else value)


@pytest.mark.parametrize(
    "told",
    [{"weather": 1}, {"locked": "maybe"}, {"locked": 1}, {"standard": True}, {"days_since_signed": "soon"},
     {"amount_fen": True}, {"amount_fen": float("inf")}, {"phase": ["shipped"]}],
)  # fmt: skip
def test_a_fact_of_another_type_is_refused(told: dict[str, object]) -> None:
    with pytest.raises(FactError):
        read_facts(told)


def test_time_alone_changes_the_verdict_of_a_refund_that_waits_under_a_rule_of_days() -> None:
    """Whoever waits is asked again on the very millisecond, not at the next report."""
    patient = rule("patient", "manual", "[{ days_since_signed = { gt = 3 } }]")
    waits = rule("young", "pending", "[{ days_since_signed = { ge = 0 } }]")
    desk = Desk(rules=table(LOCK, patient, waits)).hears(account(signed_at=START), refund())
    assert desk.verdict() == ("pending", "young")
    assert desk.waits_until(START + timedelta(days=3)).verdict() == ("pending", "young")
    assert desk.waits(milliseconds=1).verdict() == ("manual", "patient")


def test_at_least_so_many_days_are_reached_on_the_very_millisecond() -> None:
    old = rule("old", "manual", "[{ days_since_signed = { ge = 3 } }]")
    desk = Desk(rules=table(LOCK, old, rule("rest", "pending"))).hears(account(signed_at=START), refund())
    assert desk.waits_until(START + timedelta(days=3, milliseconds=-1)).verdict() == ("pending", "rest")
    assert desk.waits_until(START + timedelta(days=3)).verdict() == ("manual", "old")


def test_a_rule_that_comes_into_force_judges_who_waits() -> None:
    strict = rule("strict", "not_refundable", more="from = 2026-03-05")
    desk = Desk(rules=table(strict, LOCK, rule("rest"))).hears(account(), gift(), refund())
    midnight = datetime(2026, 3, 4, 16, tzinfo=UTC)
    assert desk.waits_until(midnight - timedelta(milliseconds=1)).verdict() == ("manual", "rest")
    assert desk.waits_until(midnight).verdict() == ("not_refundable", "strict")


def test_the_shipped_document_is_frozen_and_closed() -> None:
    assert RulesDocument.model_config["extra"] == "forbid"
    assert Desk().hears(account(), standing(START, locked=True), refund()).verdict()[0] == "hold"
