"""Laws of addresses: total, private, idempotent; masked is never bad; a candidate mends the place."""

import time
from dataclasses import astuple, replace
from functools import cache
from importlib.resources import files

from hypothesis import given, settings
from hypothesis import strategies as st

from pipeline.domain.addresses import (
    PLACE_REASONS,
    AddressFields,
    Divisions,
    Reason,
    check_receiver,
    heal,
    load_divisions,
    split_free_text,
)
from schemas.vocabulary import AddressQuality
from tests.examples import tries


@cache
def table() -> Divisions:
    return load_divisions(files("pipeline.rules").joinpath("divisions.csv").read_text(encoding="utf-8"))


def spellings() -> list[str]:
    found = table()
    return sorted({*found.provinces, *found.cities, *found.counties, *found.old_cities})


ANYTHING = st.text(st.characters(), max_size=40)
MASKS = st.sampled_from(["*", "**", "＊＊", "张*", "~abc~", "#x=#", "$1$2$"])
NAMED = st.deferred(lambda: st.sampled_from(spellings()))
PLACES = st.one_of(
    NAMED, st.just(""), MASKS, ANYTHING, st.sampled_from(["市辖区", "省直辖县", "高新区", "长安镇"])
)
DETAILS = st.one_of(
    ANYTHING,
    st.lists(st.one_of(NAMED, st.sampled_from(["路", "8号", "驿站", "测试", " ", "3幢"])), max_size=6).map(
        "".join
    ),
)
PHONES = st.one_of(ANYTHING, MASKS, st.sampled_from(["", "13800138000", "13212345678-1234", "0571-88888888"]))
FIELDS = st.builds(
    AddressFields,
    PLACES,
    PLACES,
    PLACES,
    PLACES,
    DETAILS,
    st.one_of(ANYTHING, MASKS),
    PHONES,
    st.sampled_from(["", "x"]),
)


@given(FIELDS, st.booleans())
@settings(max_examples=tries(600))
def test_no_text_breaks_a_check_and_bad_means_a_reason(fields: AddressFields, empty: bool) -> None:
    receiver = check_receiver(fields, table(), empty_is_masked=empty)
    assert (receiver.quality is AddressQuality.BAD) == bool(receiver.reasons)
    assert set(receiver.reasons) <= set(Reason)
    assert len(receiver.candidates) <= 5
    assert not receiver.candidates or PLACE_REASONS.intersection(receiver.reasons)
    assert receiver == type(receiver).model_validate_json(receiver.to_bytes())


@given(FIELDS)
@settings(max_examples=tries(400))
def test_no_digit_leaves_but_the_tail(fields: AddressFields) -> None:
    receiver = check_receiver(fields, table())
    told = (receiver.province, receiver.city, receiver.district, receiver.town, *receiver.candidates)
    assert not any(sign.isdigit() for text in told for sign in text)
    assert len(receiver.phone_tail) <= 4
    assert receiver.phone_tail.isascii()


@given(FIELDS)
@settings(max_examples=tries(600))
def test_telling_the_result_again_changes_nothing(fields: AddressFields) -> None:
    first = check_receiver(fields, table())
    again = replace(
        fields,
        province=first.province or fields.province,
        city=first.city or fields.city,
        district=first.district or fields.district,
        town=first.town or fields.town,
    )
    if first.quality is not AddressQuality.BAD:
        assert check_receiver(again, table()) == first


@given(MASKS, MASKS, MASKS, MASKS)
def test_what_is_masked_altogether_is_never_bad(one: str, two: str, three: str, four: str) -> None:
    fields = AddressFields(one, two, three, four, one, two, three)
    assert check_receiver(fields, table()).quality is AddressQuality.MASKED


@given(FIELDS, st.sampled_from(["province", "city", "district", "town", "detail", "name", "phone"]))
@settings(max_examples=tries(400))
def test_masking_a_part_of_a_good_address_never_makes_it_bad(fields: AddressFields, part: str) -> None:
    if check_receiver(fields, table()).quality is not AddressQuality.BAD:
        masked = replace(fields, **{part: "***"})
        assert check_receiver(masked, table()).quality is AddressQuality.MASKED


@given(FIELDS)
@settings(max_examples=tries(1500))
def test_a_candidate_put_into_the_fields_mends_the_place(fields: AddressFields) -> None:
    receiver = check_receiver(fields, table())
    for candidate in receiver.candidates:
        province, city, district = candidate.split("|")
        applied = check_receiver(replace(fields, province=province, city=city, district=district), table())
        assert not PLACE_REASONS.intersection(applied.reasons)
        healed = heal(receiver)
        if healed is not None:
            assert applied.model_copy(update={"quality": healed.quality}) == healed
            assert applied.quality is not AddressQuality.BAD


@given(st.one_of(ANYTHING, DETAILS, st.tuples(DETAILS, PHONES, ANYTHING).map(" ".join)))
@settings(max_examples=tries(500))
def test_no_text_breaks_the_splitting_and_a_district_never_stands_alone(text: str) -> None:
    fields = split_free_text(text, table())
    assert all(isinstance(part, str) for part in astuple(fields))
    assert not fields.district or fields.city
    check_receiver(fields, table())


def test_a_very_long_text_takes_no_long_time() -> None:
    start = time.process_time()
    for text in (
        "快递柜放" * 50_000,
        "快递柜" * 150 + "王",
        "驿站" * 50_000,
        "~" * 100_000,
        "a" * 100_000,
        "收件人" * 50_000,
        "9" * 100_000,
    ):
        check_receiver(AddressFields(text, text, text, text, text, text, text), table())
        split_free_text(text, table())
    assert time.process_time() - start < 5
