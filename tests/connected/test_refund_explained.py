"""`certainty rules explain REFUND` on the real store, asked as the read-only user."""

from pathlib import Path

import pytest
from pydantic import SecretStr

from pipeline.rules.refunds import refund_rules_text
from tests.connected.shelf import Shelf
from tests.connected.speaking import Ended, certainty
from tests.refund_desk import ORDER, Desk, account, after, invoice, refund

pytestmark = pytest.mark.connected


@pytest.fixture
def told(shelf: Shelf) -> Shelf:
    """One refund, judged twice: straight to finance is not what stands, the invoice is."""
    desk = Desk().hears(account(), refund(after(1)), invoice(after(2)), refund(after(3)))
    assert [said.verdict for said in desk.verified] == ["finance", "manual"]
    shelf.put(*desk.verified)
    return shelf


def explain(shelf: Shelf, *arguments: str, **more: object) -> Ended:
    """As an operator does who has no password but the read-only one."""
    settings = shelf.settings.model_copy(update={"clickhouse_password": SecretStr("wrong"), **more})
    return certainty(settings, "rules", "explain", *arguments)


def test_the_verdict_that_stands_is_explained_rule_by_rule(told: Shelf) -> None:
    ended = explain(told, "R1")
    assert ended.code == 0, ended.err
    assert f"refund 退款 R1 of order 订单 {ORDER}" in ended.out
    assert "1. order_locked: no\n   locked = true does not hold: it is false\n" in ended.out
    assert "4. invoice_issued: hits, manual." in ended.out
    assert ended.out.endswith("are those it was decided by; they decide the same\n")


def test_json_has_the_verdict_that_stands_and_the_rules_now(told: Shelf) -> None:
    said = explain(told, "R1", "--json").told
    stands = said["refund"]
    assert (stands["order_id"], stands["verdict"], stands["rule"]) == (ORDER, "manual", "invoice_issued")
    assert stands["facts"]["invoice_issued"] == "true"
    assert said["steps"][-1] == {"rule": "invoice_issued", "hits": True, "why_not": []}
    assert (said["verdict"], said["version"]) == ("manual", stands["rules_version"])
    assert (said["rules_changed"], said["decides_otherwise"], said["not_stored"]) == (False, False, [])


def test_the_rules_in_force_are_those_of_the_setting_and_a_file_goes_before(
    told: Shelf, tmp_path: Path
) -> None:
    renamed, ended = tmp_path / "renamed.toml", tmp_path / "ended.toml"
    text = refund_rules_text()
    renamed.write_text(text.replace('id = "invoice_issued"', 'id = "red_letter"'), encoding="utf-8")
    ended.write_text(text.replace('id = "finance"', 'id = "finance"\nuntil = 2026-03-31'), encoding="utf-8")
    in_force = explain(told, "R1", refund_rules_file=renamed)
    assert "The rules in force (" in in_force.out
    assert in_force.out.endswith("they decide otherwise: manual by red_letter\n")
    of_a_file = explain(told, "R1", "--rules", str(ended), refund_rules_file=renamed)
    assert f"The rules of {ended} (" in of_a_file.out
    assert of_a_file.out.endswith("they decide the same\n")


def test_a_refund_without_a_verdict_ends_with_exit_code_3(told: Shelf) -> None:
    for arguments, of in ((("R9",), "refund R9"), (("R1", "--order", "B"), "refund R1 of order B")):
        ended = explain(told, *arguments)
        assert (ended.code, f"there is no verdict on {of}" in ended.err) == (3, True), ended


def test_a_number_that_several_orders_have_names_them_and_one_is_chosen(told: Shelf) -> None:
    (other,) = Desk().hears(account(), refund(after(1))).verified
    told.put(other.model_copy(update={"order_id": "B", "event_id": "another"}))
    ended = explain(told, "R1")
    assert ended.code == 2
    assert (
        f"several orders have a refund R1: {', '.join(sorted([ORDER, 'B']))}; choose one with --order"
        in ended.err
    )
    assert explain(told, "R1", "--order", "B", "--json").told["verdict"] == "finance"
    assert explain(told, "R1", "--order", ORDER, "--json").told["verdict"] == "manual"


def test_facts_that_this_version_does_not_know_end_with_a_sentence(told: Shelf) -> None:
    (strange,) = Desk().hears(account(), refund(after(1), "R2")).verified
    told.put(strange.model_copy(update={"facts": {"weather": "1"}}))
    ended = explain(told, "R2")
    assert (ended.code, "no such fact: weather" in ended.err) == (1, True), ended
