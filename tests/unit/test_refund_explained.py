"""`certainty rules explain REFUND`: a stored verdict beside what the rules in force make of its facts."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
import typer
from click.testing import Result
from typer.testing import CliRunner

from pipeline.cli.exits import Exit
from pipeline.cli.explained import Reviewed, review
from pipeline.cli.rules import register
from pipeline.clickhouse.one_refund import StoredVerdict
from pipeline.domain.instants import to_ms
from pipeline.domain.refunds import load_rules
from pipeline.domain.refunds.catalogue import FactError
from pipeline.rules.refunds import refund_rules_text, shipped_refund_rules
from tests.refund_desk import ORDER, START, Desk, account, after, gift, invoice, refund, standing

RULES = shipped_refund_rules()
FINANCE_ENDS = refund_rules_text().replace('id = "finance"', 'id = "finance"\nuntil = 2026-03-31')
NO_INVOICES = refund_rules_text().replace('id = "invoice_issued"', 'id = "invoice_issued"\nenabled = false')
GIFTS_FIRST = refund_rules_text().replace(
    '[[rule]]\nid = "not_refundable"',
    '[[rule]]\nid = "gifts"\nverdict = "manual"\nzh = "因"\nen = "why"\nwhen = [{ has_gift = true }]\n\n'
    '[[rule]]\nid = "not_refundable"',
)


def explain(*arguments: str, **environment: str) -> Result:
    app = typer.Typer()
    app.callback()(lambda: None)
    register(app)
    return CliRunner(env=environment).invoke(app, ["rules", "explain", *arguments])


def stored(desk: Desk) -> StoredVerdict:
    """The desk's last verdict as the store has it."""
    said = desk.verified[-1]
    return StoredVerdict(
        said.order_id, said.refund_id, said.version, said.verdict, said.rule, said.rules_version,
        said.reason_zh, said.reason_en, said.facts, said.amount_fen, said.done, said.occurred_at,
    )  # fmt: skip


def invoiced() -> StoredVerdict:
    return stored(Desk().hears(account(), invoice(), refund(after(1))))


def reviewed(verdict: StoredVerdict, text: str = refund_rules_text()) -> Reviewed:
    return review(verdict, load_rules(text, origin="test"), to_ms(after(2)))


@pytest.mark.parametrize(
    "desk",
    [
        Desk().hears(account(), refund(after(1))),
        Desk().hears(account(), invoice(), refund(after(1))),
        Desk().hears(account(), standing(START, locked=True), refund(after(1))),
        Desk().hears(account(signed_at=START), gift(), refund(after(24 * 7 + 1))),
        Desk().hears(refund(START), now=after(1)),
    ],
    ids=lambda desk: desk.verdict()[1],
)
def test_the_same_rules_decide_what_was_decided_and_for_the_same_reason(desk: Desk) -> None:
    told = reviewed(stored(desk))
    assert (told.steps[-1].rule.verdict, told.steps[-1].rule.id) == desk.verdict()
    assert (told.rules_changed, told.decides_otherwise, told.not_stored) == (False, False, ())
    assert told.sentence("The rules in force") == (
        f"The rules in force ({RULES.version}) are those it was decided by; they decide the same"
    )


def test_without_the_rule_that_decided_they_decide_otherwise_and_say_what_it_depends_on() -> None:
    told = reviewed(invoiced(), NO_INVOICES)
    assert (told.rules_changed, told.decides_otherwise) == (True, True)
    assert told.sentence("They").endswith(
        "they decide otherwise: cs_confirm by cs_confirm or finance by finance;"
        " that depends on facts it did not look at: days_since_signed, has_gift"
    )


def test_other_rules_that_decide_the_same_are_named_all_the_same() -> None:
    told = reviewed(invoiced(), FINANCE_ENDS)
    assert (told.rules_changed, told.decides_otherwise) == (True, False)
    assert f"are not those it was decided by ({RULES.version}); they decide the same" in told.sentence("They")


def test_the_same_verdict_by_another_rule_is_another_decision() -> None:
    renamed = refund_rules_text().replace('id = "invoice_issued"', 'id = "red_letter"')
    told = reviewed(invoiced(), renamed)
    assert (told.rules_changed, told.decides_otherwise) == (True, True)
    assert told.sentence("They").endswith("they decide otherwise: manual by red_letter")


def test_a_rule_whose_days_are_over_decides_otherwise_though_the_rules_are_the_same() -> None:
    rules = load_rules(FINANCE_ENDS, origin="test")
    verdict = stored(Desk(rules=rules).hears(account(), refund(after(1))))
    last, over = (datetime(2026, 3, 31, 16, tzinfo=UTC) - timedelta(milliseconds=ms) for ms in (1, 0))
    assert review(verdict, rules, to_ms(last)).decides_otherwise is False, "its last day, in its zone"
    told = review(verdict, rules, to_ms(over))
    assert (told.rules_changed, told.decides_otherwise) == (False, True)
    assert told.steps[5].why == ("it is valid until 2026-03-31 only",)
    assert "decide otherwise: manual by unknown_code or manual by no_rule;" in told.sentence("They")


def test_an_earlier_rule_that_asks_of_what_was_not_looked_at_leaves_it_open() -> None:
    told = reviewed(invoiced(), GIFTS_FIRST)
    assert (told.rules_changed, told.decides_otherwise, told.not_stored) == (True, None, ("has_gift",))
    assert told.sentence("They").endswith(
        "whether they decide otherwise is not certain: manual by gifts or manual by invoice_issued;"
        " that depends on facts it did not look at: has_gift"
    )


def test_a_fact_that_this_version_does_not_know_is_told() -> None:
    with pytest.raises(FactError, match="no such fact: weather"):
        reviewed(replace(invoiced(), facts={"weather": "1"}))


def test_the_words_name_refund_order_verdict_rules_and_facts() -> None:
    first, reason, facts = reviewed(invoiced()).heading("Asia/Shanghai")
    assert first.startswith(f"refund 退款 R1 of order 订单 {ORDER}, version ")
    decided = f"{after(1) + timedelta(hours=8):%Y-%m-%d %H:%M:%S} Asia/Shanghai"
    assert f": manual by invoice_issued, decided {decided} by rules {RULES.version}" in first
    assert "standard = refundable" in facts
    assert "invoice_issued = true" in facts
    assert "an invoice was issued" in reason


@pytest.mark.parametrize(
    "arguments", [(), ("R-1", "--facts", "{}"), ("--order", "A", "--facts", "{}"), ("--order", "A")]
)
def test_either_a_refund_or_facts_are_explained(arguments: tuple[str, ...]) -> None:
    told = explain(*arguments)
    assert told.exit_code == Exit.USAGE
    assert "name either a refund (with --order where several orders have it) or --facts" in told.stderr


def test_without_a_store_a_refund_ends_with_exit_code_4_and_facts_do_not(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)  # no .env of anybody
    nowhere = {"CERTAINTY_DATA_DIR": str(tmp_path)}
    told = explain("R-1", **nowhere)
    assert (told.exit_code, "certainty up" in told.stderr) == (Exit.UNREACHABLE, True)
    assert explain("--facts", "{}", **nowhere).exit_code == Exit.OK


def test_rules_of_the_settings_that_cannot_be_used_end_with_exit_code_2(tmp_path: Path) -> None:
    told = explain("R-1", CERTAINTY_REFUND_RULES_FILE=str(tmp_path / "gone.toml"))
    assert (told.exit_code, "gone.toml cannot be read" in told.stderr) == (Exit.USAGE, True)
