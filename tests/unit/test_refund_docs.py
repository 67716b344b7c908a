"""docs/refunds.md shows the rules and facts as they are, every verdict, and everything that is said."""

from pathlib import Path

import pytest

from pipeline.domain.policy import RefundPolicy
from pipeline.domain.refunds.table import FACT_HEAD, HEAD, fact_rows, markdown, rows
from pipeline.rules.refunds import shipped_refund_rules
from schemas import refund
from schemas.base import Event
from schemas.vocabulary import Proof, RefundVerdict

PAGE = (Path(__file__).parents[2] / "docs" / "refunds.md").read_text(encoding="utf-8")
SAID = [
    kind.model_fields["type"].default
    for kind in vars(refund).values()
    if isinstance(kind, type) and issubclass(kind, Event) and kind is not Event
]


def test_the_page_shows_the_rules_of_the_data_file() -> None:
    assert markdown(HEAD, rows(shipped_refund_rules())) in PAGE, "certainty rules check --markdown"


def test_the_page_shows_every_fact_of_the_catalogue() -> None:
    assert markdown(FACT_HEAD, fact_rows()) in PAGE, "certainty rules check --markdown"


@pytest.mark.parametrize("word", [*RefundVerdict, *Proof, *SAID, "no_rule", "order_wait_s"])
def test_the_page_explains_every_word(word: str) -> None:
    assert f"`{word}`" in PAGE


def test_the_page_tells_the_number_of_the_policy() -> None:
    assert f"{RefundPolicy().order_wait_ms // 1000} s" in PAGE
