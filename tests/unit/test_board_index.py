"""The index card: what has no data says so, small samples and missed baselines are named."""

from typing import Any

import pytest

from dashboard.queries.board import CsdiRow
from dashboard.view_models.csdi import csdi_view, shops_of
from dashboard.words import Words

WORDS = Words("en", "Asia/Shanghai")
ROW: dict[str, Any] = {
    "window": "24h",
    "shop": "",
    "kept": 92,
    "broken": 8,
    "promise": 0.92,
    "credibility": None,
    "self_heal": None,
    "csdi": 92.0,
    "flagged": 1,
}


def row(**changes: Any) -> CsdiRow:
    return CsdiRow.model_validate(ROW | changes)


@pytest.mark.parametrize(("share", "state"), [(0.92, "ok"), (0.9199, "below")])
def test_exactly_the_baseline_is_on_target(share: float, state: str) -> None:
    assert csdi_view([row(promise=share)], "24h", "", WORDS).parts[0].state == state


def test_a_part_without_data_is_neither_zero_nor_full() -> None:
    parts = csdi_view([row()], "24h", "", WORDS).parts
    assert [(part.value, part.fill, part.state) for part in parts[1:]] == [("–", None, "none")] * 2


def test_a_reweighted_index_says_so() -> None:
    assert csdi_view([row()], "24h", "", WORDS).note == "parts with data only"
    assert csdi_view([row(flagged=0)], "24h", "", WORDS).note == "of 100"


def test_an_index_without_any_promise_is_a_dash() -> None:
    empty = row(kept=0, broken=0, promise=float("nan"), csdi=float("nan"))
    view = csdi_view([empty], "24h", "", WORDS)
    assert (view.value, view.note, view.parts[0].state) == ("–", "no data", "none")


def test_a_window_or_shop_that_the_store_does_not_know_is_no_data() -> None:
    assert csdi_view([row()], "1h", "", WORDS).value == "–"
    assert csdi_view([row()], "24h", "nobody", WORDS).value == "–"


@pytest.mark.parametrize(("kept", "shown"), [(29, "n = 29"), (30, "30 / 30")])
def test_a_small_sample_is_flagged_with_its_size(kept: int, shown: str) -> None:
    part = csdi_view([row(kept=kept, broken=0, promise=1.0)], "24h", "", WORDS).parts[0]
    assert shown in part.note


def test_the_shops_are_those_of_the_index_without_the_sum_of_all() -> None:
    assert shops_of([row(shop="b"), row(), row(shop="a"), row(shop="b", window="1h")]) == ("a", "b")
