"""The adapter: documents that cannot be used are refused with sentences; records are read or refused."""

import json
from pathlib import Path
from typing import Any

import pytest

from pipeline.domain.adapters import DocumentError, Unreadable
from pipeline.domain.adapters.adapter import MOST_ITEMS
from pipeline.domain.adapters.facts import MOST_ENTRIES
from pipeline.rules.adapters import own_adapters
from schemas.raw import RawHeaders
from tests.sources.documents import AT, CODES, HEAD, ORDER, adapter, read, refusals, telling


def test_a_document_that_is_no_toml_is_refused() -> None:
    [sentence] = refusals("name = ")
    assert sentence.startswith("shop.toml is no TOML: ")


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        (HEAD, "shop.toml: message: Field required"),
        (HEAD + "colour = 1\n" + ORDER, "shop.toml: colour: Extra inputs are not permitted"),
        (HEAD + 'zone = "Mars"\n' + ORDER, 'shop.toml: zone: "Mars" is no time zone such as Asia/Shanghai'),
        (HEAD + 'zone = "Asia"\n' + ORDER, 'shop.toml: zone: "Asia" is no time zone such as Asia/Shanghai'),
        (
            HEAD + ORDER.replace('"at"', '"a..b"'),
            'shop.toml: message.0.tells.0.fields.version.at.0: path "a..b" cannot be read',
        ),
        (
            HEAD + ORDER.replace('version = "at"', "version = {}"),
            "shop.toml: message.0.tells.0.fields.version: a field has either a place",
        ),
        (
            HEAD + ORDER.replace("[[message.tells]]", 'open = ["xml"]\n[[message.tells]]'),
            'shop.toml: message.0.open.0: step "xml" is not known',
        ),
        (
            HEAD + '[[message]]\nname = "m"',
            "shop.toml: message.0: a message tells something, or says why not",
        ),
        (
            HEAD + CODES.replace('"to_ship"', '"gone"') + ORDER,
            'shop.toml: codes.status: code NEW: "gone" is no word of a table of kind phase',
        ),
        (
            HEAD + CODES.replace('"pending"', '"maybe"') + ORDER,
            'shop.toml: codes.refund: code ASKED: "maybe" is no word of a table of kind refund',
        ),
        (
            HEAD + CODES.replace('1 = "shipped"', '1 = "shipped+lots"') + ORDER,
            'shop.toml: codes.scan: code 1: "shipped+lots" is no word of a table of kind track',
        ),
        (
            HEAD + CODES.replace('1 = "shipped"', '1 = "neutral"') + ORDER,
            'shop.toml: codes.scan: code 1: "neutral" is no word of a table of kind track',
        ),
        (
            HEAD + CODES.replace('at = "scan"', 'at = "scan"\nparent = "("') + ORDER,
            'shop.toml: codes.scan.parent: parent "(" cannot be read: ',
        ),
        (
            HEAD + CODES.replace('at = "scan"', 'at = "scan"\nparent = "a"') + ORDER,
            'shop.toml: codes.scan.parent: parent "a" needs exactly one group',
        ),
        (
            HEAD + CODES + '[[phase.order.rule]]\nwhen = { status = "NEW" }\nis = "x"' + ORDER,
            'shop.toml: phase.order.rule.0.is: "x" is no phase; one of',
        ),
        (
            HEAD
            + CODES
            + '[[refund.order.rule]]\nstep = "raise"\nwhen = { refund = "ASKED" }\nis = "refunded"'
            + ORDER,
            "shop.toml: refund.order.rule.0: a raise makes a request refundable, nothing else",
        ),
        (
            HEAD
            + CODES
            + '[[refund.order.rule]]\nstep = "lower"\nwhen = { refund = "ASKED" }\nproofs = ["not_shipped"]'
            + ORDER,
            "shop.toml: refund.order.rule.0: only a raise waits for proofs",
        ),
        (
            HEAD
            + CODES
            + '[[refund.order.rule]]\nstep = "lower"\nwhen = { refund = "ASKED" }\nis = "x"'
            + ORDER,
            'shop.toml: refund.order.rule.0: "x" is no verdict',
        ),
    ],
)
def test_a_fault_of_form_is_a_sentence_with_file_and_place(text: str, sentence: str) -> None:
    assert any(found.startswith(sentence) for found in refusals(text)), refusals(text)


def test_a_condition_may_name_a_field_that_says_nothing() -> None:
    rule = '[[phase.order.rule]]\nwhen = { refund = "absent" }\nis = "hold"\n'
    assert read(adapter(HEAD + CODES + rule + ORDER), {"id": "A", "status": "NEW"})[0].phase == "hold"


def test_the_label_of_an_adapter_changes_with_its_text() -> None:
    assert adapter().label.startswith("shop@")
    assert adapter().label == adapter().label != adapter(HEAD + CODES + ORDER + "# a word\n").label


def test_equal_bytes_give_equal_facts_whenever_they_are_received() -> None:
    found = adapter()
    body = json.dumps({"id": "A", "status": "NEW", "at": AT}).encode()
    [now] = found.read(body, RawHeaders("shop", "main", 1, "d1")).facts
    [later] = found.read(body, RawHeaders("shop", "main", 2, "d2")).facts
    assert now.model_dump(exclude={"observed_at"}) == later.model_dump(exclude={"observed_at"})
    [elsewhere] = found.read(body, RawHeaders("shop", "other", 1, "d1")).facts
    assert elsewhere.event_id != now.event_id, "another shop's order is another one"


@pytest.mark.parametrize(
    ("body", "api", "sentence"),
    [
        (b"{", "", "shop: the payload is no JSON: "),
        (b"{}", "", "shop: nothing in it is one of the known kinds of message (order)"),
        (b"[]", "", "shop: nothing in it is one of the known kinds of message (order)"),
        (b'{"id": "A"}', "refunds", "shop: no kind of message comes by 'refunds'"),
        (
            b'{"id": "A", "at": "soon"}',
            "",
            "shop, message order, order: field version (at): 'soon' is no time",
        ),
        (
            b'{"id": {"a": 1}}',
            "",
            "shop, message order, order: field order_id (id): {'a': 1} is no single value",
        ),
        (
            b'{"id": "\\u0000A"}',
            "",
            "shop, message order, order: field order_id: String should match pattern",
        ),
        (
            b'{"id": "' + b"x" * 129 + b'"}',
            "",
            "shop, message order, order: field order_id: String should have at most 128",
        ),
    ],
)
def test_a_record_that_can_never_be_read_is_refused_with_source_message_and_field(
    body: bytes, api: str, sentence: str
) -> None:
    with pytest.raises(Unreadable) as refused:
        read(adapter(), body, api)
    assert str(refused.value).startswith(sentence)


def test_a_record_comes_by_its_api_or_by_none() -> None:
    for api in ("orders", ""):
        assert read(adapter(), {"id": "A", "status": "NEW", "at": AT}, api)[0].order_id == "A"


def test_a_record_has_at_most_so_many_items() -> None:
    found = adapter(HEAD + CODES + ORDER.replace("when =", 'open = ["json", "each:l"]\nwhen ='))
    assert len(read(found, {"l": [{"id": str(n)} for n in range(MOST_ITEMS)]})) == MOST_ITEMS
    with pytest.raises(
        Unreadable, match=f"shop: {MOST_ITEMS + 1} items in one record, the most is {MOST_ITEMS}"
    ):
        read(found, {"l": [{"id": str(n)} for n in range(MOST_ITEMS + 1)]})


def test_the_first_kind_whose_conditions_an_item_fulfils_reads_it() -> None:
    silent = '[[message]]\nname = "test"\nwhen = { id = ["T"] }\nsilent = "a test order"\n'
    found = adapter(HEAD + CODES + silent + ORDER)
    assert read(found, {"id": "T"}) == []
    assert [fact.order_id for fact in read(found, {"id": "A"})] == ["A"]


def test_an_unknown_code_is_told_once_with_its_table() -> None:
    found = adapter(HEAD + CODES + ORDER.replace("when =", 'open = ["json", "each:l"]\nwhen ='))
    body = json.dumps({"l": [{"id": "A", "status": "X"}, {"id": "B", "status": "X"}]}).encode()
    understood = found.read(body, RawHeaders("shop", "main", 1, "d"))
    assert [fact.phase for fact in understood.facts] == ["unknown", "unknown"]  # type: ignore[attr-defined]
    assert understood.unknown == (("status", "X"),)


@pytest.mark.parametrize(
    ("when", "fits", "fits_not"),
    [
        (
            '{ a = "present" }',
            [{"a": 1}, {"a": 0}, {"a": False}, {"a": {}}],
            [{}, {"a": ""}, {"a": []}, {"a": None}],
        ),
        ('{ a = "absent" }', [{}, {"a": ""}, {"a": []}], [{"a": 0}, {"a": "x"}, {"a": [1]}]),
        ('{ a = ["1", "absent"] }', [{"a": 1}, {"a": "1"}, {}], [{"a": 2}, {"a": [1]}, {"a": {"b": 1}}]),
        ('{ a = "1", b = "2" }', [{"a": 1, "b": 2}], [{"a": 1}, {"a": 1, "b": 3}]),
        ('{ a = "true" }', [{"a": True}, {"a": "true"}], [{"a": 1}, {"a": False}]),
    ],
)
def test_a_condition_is_fulfilled_by_a_place_that_is_there_absent_or_one_of_the_texts(
    when: str, fits: list[Any], fits_not: list[Any]
) -> None:
    found = adapter(HEAD + CODES + ORDER.replace('{ id = "present" }', when))
    for item in fits:
        assert len(read(found, {"id": "A", **item})) == 1, item
    for item in fits_not:
        with pytest.raises(Unreadable, match="nothing in it"):
            read(found, {"id": "A", **item})


TRACK = telling("track", 'waybill = "w"\nat = "t"\ncode = "c"', 'track = "waybill"\nentries = "l"')


def test_a_track_has_at_most_so_many_entries_each_with_a_time() -> None:
    entry = {"t": AT, "c": 1}
    assert read(adapter(TRACK), {"w": "W", "l": [entry] * MOST_ENTRIES})[0].phase == "shipped"
    for entries, sentence in (
        ([entry] * (MOST_ENTRIES + 1), "the track is no list of at most 2000 entries"),
        ({"a": entry}, "the track is no list"),
        ([entry, {"c": 1}], "an entry of the track has no time"),
        ([{"t": "soon"}], "field at .t.: 'soon' is no time"),
        (["text"], "an entry of the track has no time"),
    ):
        with pytest.raises(Unreadable, match=f"shop, message m, track: {sentence}"):
            read(adapter(TRACK), {"w": "W", "l": entries})


def test_a_track_that_says_nothing_tells_nothing_and_one_without_a_waybill_is_refused() -> None:
    assert read(adapter(TRACK), {"w": "W"}) == []
    assert read(adapter(TRACK), {"w": "W", "l": []}) == []
    with pytest.raises(Unreadable, match="shop, message m, track: field waybill"):
        read(adapter(TRACK), {"l": [{"t": AT, "c": 1}]})


PARTS = telling("order", 'order_id = "^.id"\nline = "w"\nunits = "n"', 'each = "l"\nwhen = { n = "present" }')


def test_lines_of_one_order_and_parcel_in_one_message_are_one_word_and_their_units_add_up() -> None:
    parts = [{"w": "a", "n": 1}, {"w": "b", "n": 2}, {"w": "A", "n": 3}, {"w": "c"}]
    facts = read(adapter(PARTS), {"id": "O", "l": parts})
    assert [(fact.order_id, fact.line, fact.units) for fact in facts] == [("O", "A", 4), ("O", "B", 2)]
    assert len({fact.event_id for fact in facts}) == 2
    assert [fact.line for fact in read(adapter(PARTS), {"id": "O", "l": parts[0]})] == ["A"], (
        "one without brackets"
    )


def test_an_order_of_a_platform_that_the_document_does_not_know_is_of_another() -> None:
    text = (
        HEAD.replace('platform = "tmall"', 'platforms = { dy = "douyin" }')
        + CODES
        + ORDER
        + 'platform = "p"\n'
    )
    text = text.replace('platforms = { dy = "douyin" }\n', "", 1).replace(
        "[codes.status]", '[platforms]\ndy = "douyin"\n[codes.status]', 1
    )
    for word, platform in (("dy", "douyin"), ("x", "other"), ("", "other")):
        assert read(adapter(text), {"id": "A", "p": word})[0].platform == platform


GOODS = 'goods = { each = "l", sku = ["s", "t"], units = "n" }'


def test_an_order_names_its_goods_sku_by_sku_in_whatever_order_they_are_listed() -> None:
    text = telling("order", 'order_id = "id"', GOODS)
    lines = [{"s": "A", "n": 1}, {"t": "B", "n": 2}, {"s": "A", "n": 1}, {"s": "C"}]
    for listed in (lines, lines[::-1]):
        assert read(adapter(text), {"id": "O", "l": listed})[0].goods == {"A": 2, "B": 2}
    assert read(adapter(text), {"id": "O"})[0].goods is None
    with pytest.raises(Unreadable, match="shop, message m, order: goods: field 'sku' is missing"):
        read(adapter(text), {"id": "O", "l": [{"n": 1}]})


def test_the_lines_of_one_parcel_in_one_message_name_their_goods_together() -> None:
    more = 'each = "l"\ngoods = { sku = "s", units = "n" }'
    text = telling("order", 'order_id = "^.id"\nline = "w"\nunits = "n"', more)
    lines = [{"w": "W1", "s": "A", "n": 1}, {"w": "W2", "s": "A", "n": 4}, {"w": "W1", "s": "B", "n": 2}]
    told = {fact.line: (fact.units, fact.goods) for fact in read(adapter(text), {"id": "O", "l": lines})}
    assert told == {"W1": (3, {"A": 1, "B": 2}), "W2": (4, {"A": 4})}


def test_a_number_beyond_what_the_store_can_hold_is_refused_also_as_a_sum() -> None:
    fields = ['sku = "s"', 'warehouse = "s"', 'reason = "s"', 'movement_id = "s"', 'occurred_at = "at"']
    text = telling("movement", "\n".join([*fields, 'units = "l[].n"']))
    most = 2**63 - 1
    assert read(adapter(text), {"s": "S", "at": AT, "l": [{"n": most}]})[0].units == most
    for lines in ([{"n": most + 1}], [{"n": most}, {"n": 1}]):
        with pytest.raises(Unreadable, match="field units: Input should be less than or equal to"):
            read(adapter(text), {"s": "S", "at": AT, "l": lines})


@pytest.mark.parametrize("levels", [300, 1000])
def test_an_item_that_is_nested_too_deep_is_refused(levels: int) -> None:
    body = b'{"id":"A","x":' + b"[" * levels + b"]" * levels + b"}"
    with pytest.raises(Unreadable, match="shop, message order: Recursion limit reached"):
        read(adapter(), body)


def test_a_document_in_the_shops_folder_that_is_no_utf8_is_refused_by_its_name(tmp_path: Path) -> None:
    (tmp_path / "shop.toml").write_bytes(b"\xff\xfe")
    with pytest.raises(DocumentError, match=r"shop\.toml cannot be read: 'utf-8' codec"):
        own_adapters(tmp_path)
