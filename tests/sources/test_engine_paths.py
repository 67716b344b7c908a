"""Paths: names with dots, [] behind a list, ^. for the item around, . for the item itself."""

from typing import Any

import pytest

from pipeline.domain.adapters.paths import check_path, getter

ITEM = {
    "a": {"b": 1, "n": None, "zero": 0},
    "l": [{"x": 1}, {"x": 2}, {"y": 3}],
    "one": {"x": 9},
    "e": "",
    "s": "t",
}
AROUND = {"a": {"b": "outer"}, "l": [{"x": "o"}], "p": "around"}


@pytest.mark.parametrize(
    ("path", "found"),
    [
        ("s", "t"),
        ("a.b", 1),
        ("a.zero", 0),
        ("a.n", None),
        ("a.none.deeper", None),
        ("s.b", None),
        (".", ITEM),
        ("^.p", "around"),
        ("^.a.b", "outer"),
        ("l[].x", [1, 2]),
        ("one[].x", [9]),
        ("none[].x", []),
        ("^.l[].x", ["o"]),
        ("l[]", ITEM["l"]),
        ("a.b.c[].d", []),
    ],
)
def test_a_path_finds(path: str, found: Any) -> None:
    assert getter((path,))(ITEM, AROUND) == found


def test_of_several_paths_the_first_that_holds_something_counts_and_a_zero_is_something() -> None:
    assert getter(("none", "e", "none[].x", "a.zero", "s"))(ITEM, AROUND) == 0
    assert getter(("none", "e"))(ITEM, AROUND) is None


@pytest.mark.parametrize("item", [None, "text", 3, [1], []])
def test_an_item_that_is_no_object_has_no_fields(item: Any) -> None:
    assert getter(("a",))(item, item) is None
    assert getter(("a.b",))(item, item) is None
    assert getter(("a[].b",))(item, item) == []


@pytest.mark.parametrize("path", [".", "a", "a.b", "a[].b", "^.a", "^.a[]", "名.b-c"])
def test_a_path_that_can_be_read_is_accepted(path: str) -> None:
    assert check_path(path) == path


@pytest.mark.parametrize("path", ["", "a.", ".a", "a..b", "^", "a[0]", "a[].[]", "[]", "a]", "a^b"])
def test_a_path_that_cannot_be_read_is_refused_with_a_sentence(path: str) -> None:
    with pytest.raises(ValueError, match="cannot be read: names with dots between"):
        check_path(path)
