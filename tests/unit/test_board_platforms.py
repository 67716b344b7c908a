"""The index of a platform is that of its shops together; a part without data is left out, never zero."""

from typing import Any

import pytest

from dashboard.queries.board import CsdiRow
from dashboard.queries.where import StageRow
from dashboard.view_models.csdi import csdi_table, window_table
from dashboard.view_models.platforms import of_platform, shops_on
from dashboard.words import Words

EN = Words("en", "UTC")


def shop(name: str, **counts: Any) -> CsdiRow:
    base: dict[str, Any] = {"window": "24h", "shop": name, "kept": 0, "broken": 0, "flagged": True}
    base |= dict.fromkeys(("promise", "credibility", "self_heal", "csdi"))
    return CsdiRow.model_validate(base | counts)


def stage(platform: str, name: str) -> StageRow:
    counts = dict.fromkeys(("orders", "open_orders", "at_risk_orders", "overdue_orders"), 1)
    return StageRow(platform=platform, shop=name, stage="to_ship", **counts)


def test_a_shop_that_sells_on_two_platforms_is_of_neither() -> None:
    rows = [stage("jd", "a"), stage("jd", "both"), stage("tmall", "both"), stage("jd", ""), stage("jd", "b")]
    assert shops_on(rows, "jd") == ("a", "b")
    assert shops_on(rows, "tmall") == ()


def test_the_shops_of_a_platform_add_up_and_the_index_is_weighted_as_that_of_a_shop() -> None:
    counts = {"kept": 90, "broken": 10, "sampled_equal": 50, "sampled": 50, "healed": 1, "anomalies": 4}
    rows = [shop("", kept=999), shop("a", **counts), shop("b", kept=10, broken=90), shop("c", broken=7)]
    together, *others = of_platform(rows, ("a", "b"))
    assert [row.shop for row in others] == ["a", "b"]
    assert (together.shop, together.kept, together.broken, together.anomalies) == ("", 100, 100, 4)
    assert (together.promise, together.credibility, together.self_heal) == (0.5, 1.0, 0.25)
    assert together.csdi == pytest.approx(100 * (0.5 * 0.5 + 0.3 * 1 + 0.2 * 0.25))
    assert not together.flagged


def test_what_no_shop_of_it_has_is_no_data_and_flagged() -> None:
    (together, _) = of_platform([shop("a", kept=3, broken=1)], ("a",))
    assert (together.promise, together.credibility, together.self_heal) == (0.75, None, None)
    assert (together.csdi, together.flagged) == (75.0, True)
    (nothing, _) = of_platform([shop("a")], ("a",))
    assert (nothing.promise, nothing.csdi) == (None, None)
    assert of_platform([shop("", kept=5)], ()) == ()


def test_both_tables_name_the_platform_and_lead_to_its_orders() -> None:
    rows = of_platform([shop("a", kept=3, broken=1, promise=0.75)], ("a",))
    shops = csdi_table(rows, "24h", EN, "jd", "a")
    assert shops.note == "JD · 24 h · not filtered by Shop"
    assert shops.rows[0][2].link == "orders?set=broken&window=24h&platform=jd"
    assert shops.rows[0][4].link == ""
    windows = window_table(rows, "a", EN, "jd")
    assert (windows.note, windows.rows[0][2].link) == (
        "JD · a",
        "orders?set=broken&window=24h&shop=a&platform=jd",
    )
    assert window_table(rows, "elsewhere", EN, "jd").rows == []
