"""Opening: from the bytes of a body to its items, by the steps of a document."""

from typing import Any
from urllib.parse import urlencode

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.domain.adapters.opening import MOST_FIELDS, Unopened, check_step, opener


def opened(value: bytes, *steps: str) -> list[Any]:
    return opener(steps)(value, {})


@pytest.mark.parametrize(
    ("steps", "items"),
    [
        (("json",), [{"d": {"l": [1, 2]}, "t": '{"x": 5}', "n": None}]),
        (("json", "get:d"), [{"l": [1, 2]}]),
        (("json", "get:n"), []),
        (("json", "get:missing"), []),
        (("json", "each:d.l"), [1, 2]),
        (("json", "each:d"), [{"l": [1, 2]}]),
        (("json", "each:missing"), []),
        (("json", "get:t", "json"), [{"x": 5}]),
        (("json", "get:d", "json"), [{"l": [1, 2]}]),
    ],
)
def test_steps_lead_to_the_items(steps: tuple[str, ...], items: list[Any]) -> None:
    assert opened(b'{"d": {"l": [1, 2]}, "t": "{\\"x\\": 5}", "n": null}', *steps) == items


def test_a_form_holds_a_text_that_is_json() -> None:
    body = urlencode({"param": '{"a": "1 + 1 = 2 & 100% 快递 \\\\"}', "sign": "x"}).encode()
    assert opened(body, "form", "get:param", "json") == [{"a": "1 + 1 = 2 & 100% 快递 \\"}]


WORDS = st.text(st.characters(exclude_categories=["Cs"]))


@given(st.dictionaries(WORDS.filter(bool), WORDS, max_size=5))
def test_a_form_is_read_back_as_it_was_written(fields: dict[str, str]) -> None:
    assert opened(urlencode(fields).encode(), "form") == [fields]


@pytest.mark.parametrize(
    ("body", "fields"),
    [
        (b"a=1&b", {"a": "1", "b": ""}),
        (b"a=1=2", {"a": "1=2"}),
        (b"a=1&a=2", {"a": "2"}),
        (b"", {}),
        (b"a=\\x41", {"a": "\\x41"}),
        (b"a=%5Cn+b", {"a": "\\n b"}),
        (b"a=\\x41%41", {"a": "\\x41A"}),
        ("a=快".encode(), {"a": "快"}),
    ],
)
def test_a_form_is_read_as_browsers_write_it(body: bytes, fields: dict[str, str]) -> None:
    assert opened(body, "form") == [fields]


def test_a_form_has_at_most_so_many_fields() -> None:
    assert len(opened(b"&".join(b"f%d=1" % n for n in range(MOST_FIELDS)), "form")[0]) == MOST_FIELDS
    with pytest.raises(Unopened, match="no form: it has more than 1000 fields"):
        opened(b"&".join(b"f%d=1" % n for n in range(MOST_FIELDS + 1)), "form")


@pytest.mark.parametrize("body", [b"a=%E5", b"a=\xff", b"a=%zz", b"a=%"])
def test_what_is_no_form_is_refused_with_a_sentence(body: bytes) -> None:
    with pytest.raises(Unopened, match="the payload is no form: "):
        opened(body, "form")


@pytest.mark.parametrize("body", [b"", b"{", b"<xml/>", b"\xff"])
def test_what_is_no_json_is_refused_with_a_sentence(body: bytes) -> None:
    with pytest.raises(Unopened, match="the payload is no JSON: "):
        opened(body, "json")


def test_kinds_that_begin_alike_share_the_very_items_and_the_refusal() -> None:
    done: Any = {}
    first = opener(("json",))(b'{"l": [{}]}', done)
    assert opener(("json", "get:l"))(b'{"l": [{}]}', done)[0] is first[0]["l"]
    refused: Any = {}
    for steps in (("json",), ("json", "get:l")):
        with pytest.raises(Unopened):
            opener(steps)(b"{", refused)
    assert list(refused) == [("json",)]


@pytest.mark.parametrize("step", ["json", "form", "get:a.b", "each:a"])
def test_a_known_step_is_accepted(step: str) -> None:
    assert check_step(step) == step


@pytest.mark.parametrize("step", ["xml", "get", "get:", "each:", "json:a", "GET:a", ""])
def test_an_unknown_step_is_refused_with_a_sentence(step: str) -> None:
    with pytest.raises(ValueError, match=r'step ".*" is not known: json, form, get:PATH or each:PATH are'):
        check_step(step)


def test_a_step_with_an_unreadable_path_is_refused() -> None:
    with pytest.raises(ValueError, match="cannot be read"):
        check_step("get:a..b")
