"""The index card: what has no data says so, small samples and missed baselines are named."""

from typing import Any

import pytest

from dashboard.queries.board import CsdiRow
from dashboard.view_models.csdi import csdi_table, csdi_view, index_baseline, shops_of, state_of, window_table
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


@pytest.mark.parametrize(
    ("baseline", "good", "critical"), [(0.92, 0.92, 0.8279), (1.0, 1.0, 0.8999), (0.65, 0.65, 0.5849)]
)
def test_a_state_is_good_from_its_baseline_on_and_critical_below_nine_tenths_of_it(
    baseline: float, good: float, critical: float
) -> None:
    assert state_of(good, baseline) == "green"
    assert state_of(good - 0.0001, baseline) == "yellow"
    assert state_of(baseline * 0.9, baseline) == "yellow"
    assert state_of(critical, baseline) == "red"
    assert state_of(None, baseline) == "grey"


def test_the_index_is_held_against_the_baselines_of_the_parts_that_have_data() -> None:
    every = {"promise": 0.9, "credibility": 0.9, "self_heal": 0.9}
    assert index_baseline(row(**every)) == pytest.approx(89)
    assert index_baseline(row()) == pytest.approx(92)
    assert index_baseline(row(**(every | {"promise": None}))) == pytest.approx(86)


@pytest.mark.parametrize(
    ("csdi", "light", "word"),
    [
        (89.0, "green", "good"),
        (88.99, "yellow", "at risk"),
        (80.1, "yellow", "at risk"),
        (80.09, "red", "critical"),
    ],
)
def test_the_tables_say_the_state_in_a_word_too(csdi: float, light: str, word: str) -> None:
    told = row(csdi=csdi, credibility=0.95, self_heal=0.5, flagged=0)
    for table in (csdi_table([told], "24h", WORDS), window_table([told], "", WORDS)):
        (cells,) = table.rows
        assert (cells[1].light, cells[1].note) == (light, word)
        assert [cell.light for cell in cells[2:]] == ["green", "yellow", "red"]
        assert [cell.note.split(" · ")[0] for cell in cells[2:]] == ["good", "at risk", "critical"]


def test_without_data_the_tables_say_so_and_no_state() -> None:
    cells = csdi_table([row(promise=None, csdi=None)], "24h", WORDS).rows[0]
    assert {(cell.text, cell.light) for cell in cells[1:]} == {("no data", "grey")}
    assert csdi_table([row()], "24h", WORDS).rows[0][1].note == "good · parts with data only"
