"""The figures of a SKU on its page: no data is said to be none, zero is said to be zero."""

from typing import Any

import pytest

from dashboard.queries.sku import Sku
from dashboard.view_models.sku import cover, figures, list_table
from dashboard.words import Words
from tests.builders import START

WORDS = Words("en", "UTC")
NOTHING: dict[str, Any] = {"velocity_per_h": None, "velocity_last_h": None, "hours_of_cover": None}


def sku(**told: Any) -> Sku:
    base: dict[str, Any] = dict.fromkeys(("on_hand", "sellable", "available"), 7)
    base |= dict.fromkeys(("reserved", "safety_stock", "in_transit", "returning", "oversold"), 0)
    base |= {"sku": "SKU-1", "suspended": False, "suspended_since": None, "why": "", "light": "green"}
    return Sku.model_validate({**base, "as_of": START, **NOTHING, **told})


@pytest.mark.parametrize(
    ("told", "shown"),
    [
        (NOTHING, ["no data", "no data", "no data"]),
        ({"velocity_per_h": 0.0, "velocity_last_h": 0.0}, ["0.0 an hour", "0.0 an hour", "nothing is sold"]),
        ({"velocity_per_h": 2.0, "velocity_last_h": 0.0, "hours_of_cover": 3.5},
         ["2.0 an hour", "0.0 an hour", "3.5 h"]),
        ({"velocity_per_h": 2.0, "velocity_last_h": 1.0, "available": None},
         ["2.0 an hour", "1.0 an hour", "no data"]),
        ({"velocity_per_h": 0.0, "velocity_last_h": 0.0, "available": None},
         ["0.0 an hour", "0.0 an hour", "no data"]),
    ],
)  # fmt: skip
def test_pace_and_cover_say_no_data_and_never_zero_for_it(told: dict[str, Any], shown: list[str]) -> None:
    pairs = dict(figures(sku(**told), WORDS).pairs)
    assert [pairs[name].text for name in ("Pace, 24 h", "Pace, last hour", "Cover")] == shown


def test_the_list_leaves_a_gap_where_no_pace_is_known() -> None:
    rows = list_table([sku(), sku(velocity_per_h=0.0), sku(velocity_per_h=1.25)], WORDS).rows
    assert [row[5].text for row in rows] == ["–", "0.0", "1.2"]
    assert cover(sku(hours_of_cover=0.0), WORDS) == "0.0 h", "nothing is left"
