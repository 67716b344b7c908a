"""When an order of several parcels is outbound, scanned and signed."""

import pytest

from schemas.vocabulary import Phase
from tests.builders import after, heard, parcel_left, parcel_scanned, parcel_signed, platform_says

SHIP_BY, SIGN_BY = after(48), after(96)


def ordered(units: int | None, phase: Phase = Phase.TO_SHIP, **told: object) -> object:
    return platform_says(phase, units=units, promised_ship_at=SHIP_BY, promised_sign_at=SIGN_BY, **told)


@pytest.mark.parametrize(
    ("second", "outbound"), [(1, after(30)), (2, after(30)), (0, None)], ids=["3 of 3", "4 of 3", "2 of 3"]
)
def test_with_quantities_an_order_is_outbound_when_all_ordered_units_are(
    second: int, outbound: object
) -> None:
    told = [ordered(3), parcel_left(after(20), "a", 2), parcel_left(after(30), "b", second)]
    account = heard(told).account
    assert account.outbound_at == outbound
    assert account.phase == "shipped", "the first parcel makes it shipped"


def test_the_last_needed_parcel_decides_whether_shipping_was_in_time() -> None:
    told = [ordered(2), parcel_left(after(20), "a", 1), parcel_left(after(48, ms=1), "b", 1)]
    assert heard(told, now=after(50)).verdict == ("broken", "ship_late")


def test_a_gift_parcel_changes_no_milestone() -> None:
    gift = [
        parcel_left(after(2), "gift", 0),
        parcel_scanned(after(3), "gift"),
        parcel_signed(after(4), "gift"),
    ]
    account = heard([ordered(1), *gift]).account
    assert (account.phase, account.outbound_at, account.first_scan_at, account.signed_at) == (
        "not_shipped",
        None,
        None,
        None,
    )
    main = [parcel_left(after(20), "a", 1), parcel_scanned(after(21), "a"), parcel_signed(after(70), "a")]
    account = heard([ordered(1), *main, gift[0]]).account
    assert (account.verdict, account.signed_at) == ("kept", after(70)), "the gift may still be on its way"


def test_a_reshipment_beyond_the_ordered_units_changes_no_milestone() -> None:
    told = [ordered(2), parcel_left(after(20), "a", 2), parcel_signed(after(60), "a")]
    again = parcel_left(after(80), "b", 2)
    account = heard([*told, again], now=after(97)).account
    assert (account.verdict, account.outbound_at, account.signed_at) == ("kept", after(20), after(60))


def test_an_order_is_signed_with_its_last_parcel() -> None:
    out = [ordered(2), parcel_left(after(20), "a", 1), parcel_left(after(30), "b", 1)]
    one = heard([*out, parcel_signed(after(60), "a")], now=after(97)).account
    assert (one.signed_at, one.verdict, one.rule) == (None, "broken", "sign_overdue")
    both = heard([*out, parcel_signed(after(60), "a"), parcel_signed(after(96), "b")]).account
    assert (both.signed_at, both.verdict) == (after(96), "kept")


def test_a_signature_does_not_complete_an_order_of_which_units_are_missing() -> None:
    told = [ordered(2), parcel_left(after(20), "a", 1), parcel_signed(after(40), "a")]
    account = heard(told).account
    assert (account.outbound_at, account.signed_at, account.phase) == (None, None, "shipped")


@pytest.mark.parametrize("units", [None, 2])
def test_without_quantities_an_order_is_outbound_with_its_first_parcel(units: int | None) -> None:
    told = [ordered(units), parcel_left(after(20), "a"), parcel_left(after(30), "b")]
    assert heard(told).account.outbound_at == after(20)


def test_part_shipped_is_not_outbound_until_the_platform_says_shipped() -> None:
    told = [ordered(None, Phase.PART_SHIPPED, said=after(21)), parcel_left(after(20), "a")]
    assert heard(told).account.outbound_at is None
    rest = [parcel_left(after(50), "b"), ordered(None, Phase.SHIPPED, said=after(51))]
    account = heard([*told, *rest]).account
    assert (account.outbound_at, account.verdict) == (after(50), "broken"), "its last part was late"


def test_parcels_that_left_in_the_same_instant_are_no_trouble() -> None:
    told = [ordered(2), parcel_left(after(20), "a", 2), parcel_left(after(20), "b", None)]
    assert heard(told).account.outbound_at == after(20)


def test_the_first_of_several_times_for_one_parcel_counts() -> None:
    told = [
        ordered(None),
        parcel_left(after(49), said=after(49)),
        parcel_left(after(47), said=after(50)),
        parcel_left(after(60), said=after(61)),
        parcel_signed(after(95), observed_at=after(99)),
        parcel_signed(after(97), said=after(98)),
    ]
    for story in (told, list(reversed(told))):
        account = heard(story, now=after(120)).account
        assert (account.outbound_at, account.signed_at, account.verdict) == (after(47), after(95), "kept")


def test_a_carrier_alone_tells_of_the_signature_but_not_of_outbound() -> None:
    account = heard(
        [ordered(None), parcel_scanned(after(21)), parcel_signed(after(60))], now=after(61)
    ).account
    assert (account.first_scan_at, account.signed_at, account.outbound_at) == (after(21), after(60), None)
    assert (account.phase, account.verdict, account.rule) == ("signed", "broken", "ship_overdue")
