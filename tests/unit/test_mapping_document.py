"""A wrong mapping is refused with a sentence that names file, line, key and the way out."""

import pytest

from pipeline.domain.mapping import MappingError, load_mapping
from pipeline.importer import find_mapping, setting, shipped

GOOD = """\
name = "shop"
zone = "Asia/Shanghai"

[order]
id = "no"

[times]
ordered_at = "ordered"
signed_at = "signed"

[promise.sign]
column = "promised"
by = "date"

[status]
column = "status"

[status.words]
done = "signed"
"""


def refusal(text: str) -> str:
    with pytest.raises(MappingError) as caught:
        load_mapping(text.encode(), origin="shop.toml")
    return str(caught.value)


def test_an_unknown_key_is_named_with_its_line_and_the_nearest_key() -> None:
    said = refusal(GOOD.replace("signed_at =", "signd_at ="))
    assert said.startswith("shop.toml, line 9: unknown key `signd_at` in [times]; did you mean `signed_at`?")
    assert "ordered_at, paid_at" in said


def test_an_unknown_section_is_named_with_the_line_of_its_header() -> None:
    assert refusal(GOOD.replace("[status.words]", "[status.word]")).startswith(
        "shop.toml, line 18: unknown key `word` in [status]; did you mean `words`?"
    )


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ('id = "no"', "", "the key `id` is missing in [order]"),
        ('by = "date"', "", "`promise.sign`: a promise is either"),
        ('by = "date"', 'by = "date"\nhours = 2', "`promise.sign`: a promise is either"),
        ('by = "date"', 'by = "day"', "line 13: `promise.sign.by`: input should be 'date' or 'timestamp'"),
        ('"Asia/Shanghai"', '"China"', "line 2: `zone`: \"China\" is no time zone"),
        ('done = "signed"', 'done = "delivered"', 'line 19: `status.words.done`: "delivered" is no phase'),
        ('name = "shop"', 'name = "My Shop"', 'must be small letters, digits, "-" or "_", not "My Shop"'),
        ('"ordered"', '{column = "x", dates = ["%d.%m.%Q"]}', "unknown sign %Q"),
        ('"ordered"', '{column = "x", dates = ["%d.%m."]}', "must name year, month and day"),
        ('zone = "', 'zone "', "shop.toml: is not valid TOML: Expected '=' after a key"),
        ("[times]", "[lines]\n[times]", None),
        ('id = "no"', 'id = "no"\nversion = "v"\n[lines]', "[lines] must name the `column`"),
    ],
)  # fmt: skip
def test_each_mistake_has_its_sentence(old: str, new: str, said: str | None) -> None:
    if said is None:
        load_mapping(GOOD.replace(old, new).encode())
    else:
        assert said in refusal(GOOD.replace(old, new))


def test_a_computed_promise_needs_the_time_it_counts_from() -> None:
    text = GOOD + '[promise.ship]\nfrom = "paid_at"\nhours = 48\n'
    assert "counts from paid_at, but [times] names no column for it" in refusal(text)
    load_mapping(text.replace('signed_at = "signed"', 'paid_at = "paid"').encode())


def test_the_canonical_document_gives_the_same_mapping_and_the_title_does_not_matter() -> None:
    first = load_mapping(GOOD.encode())
    again = load_mapping(first.canonical)
    titled = load_mapping(('title = "x"\n' + GOOD).encode())
    assert first.label == again.label == titled.label
    assert first.canonical == again.canonical == titled.canonical
    assert first.label.startswith("shop@")
    assert len(first.version) == 8


def test_a_changed_key_changes_the_version() -> None:
    changed = load_mapping(GOOD.encode(), settings={"promise.sign.by": "timestamp"})
    assert changed.label != load_mapping(GOOD.encode()).label
    assert changed.document.promise.sign is not None
    assert changed.document.promise.sign.by == "timestamp"


@pytest.mark.parametrize(
    ("word", "meant"),
    [
        ("promise.sign.by=timestamp", ("promise.sign.by", "timestamp")),
        ("file.header_row=3", ("file.header_row", 3)),
        ('promise.ship={from = "paid_at", hours = 4}', ("promise.ship", {"from": "paid_at", "hours": 4})),
        ("promise.ship=none", ("promise.ship", "none")),
    ],
)  # fmt: skip
def test_a_key_on_the_command_line_is_toml_or_plain_text(word: str, meant: tuple[str, object]) -> None:
    assert setting(word) == meant


def test_a_set_key_that_does_not_exist_is_refused_like_one_in_the_file() -> None:
    with pytest.raises(MappingError, match=r"unknown key `bye` in \[promise.sign\]; did you mean `by`\?"):
        load_mapping(GOOD.encode(), settings={"promise.sign.bye": "date"})


def test_the_mappings_that_come_with_the_program_load_and_bear_the_name_of_their_file() -> None:
    assert set(shipped()) == {"olist", "chinese-export"}
    assert find_mapping("olist").name == "olist"


def test_an_unknown_name_lists_what_there_is() -> None:
    with pytest.raises(
        MappingError, match=r"no mapping called olits; did you mean `olist`\?.*chinese-export"
    ):
        find_mapping("olits")


def test_a_mapping_file_that_is_not_there_is_named() -> None:
    with pytest.raises(MappingError, match=r"nowhere/x.toml cannot be opened: No such file"):
        find_mapping("nowhere/x.toml")
