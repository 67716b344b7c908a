"""Each filter that is on has a chip; its link takes that filter away and keeps the others."""

import pytest

from dashboard.blocks import Chips
from dashboard.view_models.chips import (
    chips_of,
    platform_filter,
    shop_filter,
    stage_filter,
    warehouse_filter,
    window_filter,
)
from dashboard.words import Words

WORDS = Words("en", "Asia/Shanghai")
FILTERS = [make(WORDS) for make in (window_filter, shop_filter, platform_filter, warehouse_filter)]


def chips(**params: str) -> Chips:
    return chips_of("orders", FILTERS, params, WORDS)


def test_without_a_filter_there_is_no_chip() -> None:
    assert chips().chips == []
    assert chips(window="24h", shop="", platform="", lang="en").chips == []


@pytest.mark.parametrize(
    ("name", "value", "said"),
    [
        ("window", "7d", "Window: 7 d"),
        ("shop", "天猫旗舰店", "Shop: 天猫旗舰店"),
        ("platform", "jd", "Platform: JD"),
        ("warehouse", "-", "Warehouse: not named yet"),
    ],
)
def test_a_filter_says_what_it_is_and_what_its_link_does(name: str, value: str, said: str) -> None:
    (chip,) = chips(**{name: value}).chips
    assert (chip.key, chip.text) == (name, said)
    assert chip.hint == f"Take away the filter “{said}”"
    assert chip.link == "orders"


def test_a_link_takes_one_away_and_keeps_the_others_and_what_is_no_filter() -> None:
    links = {
        chip.key: chip.link for chip in chips(window="24h", shop="a&b", platform="jd", view="open").chips
    }
    assert links == {
        "shop": "orders?platform=jd&view=open",
        "platform": "orders?shop=a%26b&view=open",
        "all": "orders?view=open",
    }


def test_the_window_that_a_page_opens_with_is_no_filter() -> None:
    filters = [window_filter(WORDS, "7d")]
    assert chips_of("csdi", filters, {"window": "7d"}, WORDS).chips == []
    assert [chip.text for chip in chips_of("csdi", filters, {"window": "24h"}, WORDS).chips] == [
        "Window: 24 h"
    ]


def test_both_languages_name_a_stage() -> None:
    for language, said in {"en": "Stage: to ship", "zh-CN": "阶段：待发货"}.items():
        words = Words(language, "Asia/Shanghai")
        assert chips_of("orders", [stage_filter(words)], {"stage": "to_ship"}, words).chips[0].text == said
