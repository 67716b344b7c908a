"""`certainty rules`: a person sees what the rules do before money follows them."""

import json
from pathlib import Path

import pytest
import typer
from click.testing import Result
from typer.testing import CliRunner

from pipeline.cli.exits import Exit
from pipeline.cli.rules import register
from pipeline.rules.refunds import refund_rules_text, shipped_refund_rules
from tests.refund_desk import Desk, account, after, invoice, refund


def rules(*arguments: str) -> Result:
    app = typer.Typer()
    app.callback()(lambda: None)
    register(app)
    return CliRunner().invoke(app, ["rules", *arguments])


@pytest.fixture
def mine(tmp_path: Path) -> Path:
    file = tmp_path / "mine.toml"
    file.write_text(refund_rules_text(), encoding="utf-8")
    return file


def test_the_table_is_printed_in_order_with_its_version() -> None:
    told = rules("check")
    assert told.exit_code == Exit.OK
    table = shipped_refund_rules()
    assert told.stdout.startswith(f"Refund rules {table.version}")
    places = [told.stdout.index(f". {rule.id}: {rule.verdict}") for rule in table.rules]
    assert places == sorted(places)


def test_a_rule_that_never_hits_is_named_with_what_forestalls_it(mine: Path) -> None:
    extra = '[[rule]]\nid = "extra"\nverdict = "manual"\nzh = "因"\nen = "why"\n'
    mine.write_text(f'{refund_rules_text()}{extra}when = [{{ standard = "pending" }}]\n', encoding="utf-8")
    told = rules("check", str(mine))
    assert told.exit_code == Exit.PROBLEMS
    assert "rule extra can never hit: pending, unknown_code decides before it" in told.stderr
    found = json.loads(rules("check", str(mine), "--json").stdout)
    assert found["never_hit"] == [{"rule": "extra", "because_of": ["pending", "unknown_code"]}]


def test_a_case_that_no_rule_decides_is_shown_and_is_no_fault(mine: Path) -> None:
    text = refund_rules_text()
    mine.write_text(text[: text.index('[[rule]]\nid = "unknown_code"')], encoding="utf-8")
    told = rules("check", str(mine))
    assert told.exit_code == Exit.OK
    assert "goes to a person (no_rule), for example: " in told.stderr
    assert "unknown_code = true" in told.stderr


@pytest.mark.parametrize("content", [b"rule = 1", b"\xff\xfe\x00", b'schema_version = 1\ncolour = "red"'])
def test_a_document_that_cannot_be_used_is_refused_with_a_sentence(mine: Path, content: bytes) -> None:
    mine.write_bytes(content)
    told = rules("check", str(mine))
    assert told.exit_code == Exit.PROBLEMS
    assert told.stderr.startswith("certainty: ")
    assert "mine.toml" in told.stderr


def test_an_explanation_names_the_rule_and_why_each_earlier_one_does_not_hit(tmp_path: Path) -> None:
    facts = {"standard": "refundable", "order_known": True, "days_since_signed": 7, "has_gift": True}
    file = tmp_path / "facts.json"
    file.write_text(json.dumps(facts), encoding="utf-8")
    for given in (json.dumps(facts), str(file)):
        told = rules("explain", "--facts", given)
        assert told.exit_code == Exit.OK
        assert "5. cs_confirm: no\n   days_since_signed > 7 does not hold: it is 7\n" in told.stdout
        assert "6. finance: hits, finance." in told.stdout


def test_the_facts_of_a_verdict_can_be_put_in_again() -> None:
    desk = Desk().hears(account(), invoice(), refund(after(1)))
    told = rules("explain", "--facts", json.dumps(desk.verified[-1].facts), "--json")
    explained = json.loads(told.stdout)
    assert (explained["version"], explained["verdict"]) == (desk.rules.version, "manual")
    assert explained["steps"][-1] == {"rule": "invoice_issued", "hits": True, "why_not": []}


def test_an_explanation_asks_the_rules_of_the_given_file_and_instant(mine: Path) -> None:
    mine.write_text(
        refund_rules_text().replace('id = "finance"', 'id = "finance"\nuntil = 2026-03-31'), encoding="utf-8"
    )
    for at, verdict in (("2026-03-31T23:59:59+08:00", "finance"), ("2026-04-01T00:00:00+08:00", "manual")):
        facts = '{"standard": "refundable", "order_known": true}'
        told = rules("explain", "--facts", facts, "--rules", str(mine), "--at", at, "--json")
        assert json.loads(told.stdout)["verdict"] == verdict


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (("--facts", '{"weather": 1}'), "no such fact: weather"),
        (("--facts", '{"locked": "maybe"}'), "locked is true or false"),
        (("--facts", "{"), "no JSON"),
        (("--facts", "/nowhere/facts.json"), "neither a JSON object nor a file"),
        (("--facts", "{}", "--at", "soon"), "no instant"),
        (("--facts", "{}", "--at", "2026-03-01"), "has no zone"),
    ],
)
def test_what_cannot_be_explained_is_said_in_a_sentence(arguments: tuple[str, ...], sentence: str) -> None:
    told = rules("explain", *arguments)
    assert told.exit_code == Exit.USAGE
    assert sentence in told.stderr
