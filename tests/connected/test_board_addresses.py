"""What desk and order page say of an address, from what the store says: a masked one is no news."""

from typing import Any

import pytest

from dashboard.queries.desk import read_standing
from dashboard.queries.story import read_story
from schemas.order import OrderReported
from tests.connected.shelf import MS, NOW, Asking, Shelf, account, head

pytestmark = pytest.mark.connected

BAD = {"province": "浙江省", "city": "杭州市", "quality": "bad", "reasons": ["no_street"]}


def told(n: int, **receiver: Any) -> OrderReported:
    base = head(f"told {n}", order_id="A", platform="pdd", shop="east", mapping="pdd@1", reporter="platform")
    base |= {"version": n, "observed_at": NOW + n * MS, "receiver": receiver}
    return OrderReported.model_validate(base)


@pytest.mark.parametrize(
    ("shown", "is_bad", "city"),
    [
        ({}, True, "杭州市"),
        ({"province": "浙江省", "city": "杭州市"}, True, "杭州市"),
        ({"province": "江苏省", "city": "南京市"}, False, "南京市"),
    ],
)
def test_a_masked_address_is_news_only_where_it_shows_another_place(
    shelf: Shelf, shown: dict[str, str], is_bad: bool, city: str
) -> None:
    shelf.put(account("A", "open", is_open=True), told(1, **BAD), told(2, quality="masked", **shown))
    standing = read_standing(Asking(shelf), "A")
    assert standing is not None
    assert standing.view.bad_address is is_bad
    (place,) = read_story(Asking(shelf), "A").parts["place"]
    assert place["city"] == city


def test_an_address_that_was_only_ever_masked_is_not_bad(shelf: Shelf) -> None:
    shelf.put(account("A", "open", is_open=True), told(1, quality="masked"))
    standing = read_standing(Asking(shelf), "A")
    assert standing is not None
    assert not standing.view.bad_address
    (place,) = read_story(Asking(shelf), "A").parts["place"]
    assert place["quality"] == "masked"
