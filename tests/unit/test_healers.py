"""The healers of section 6: what each saw becomes the finding that ends an anomaly."""

import pytest

from pipeline.domain.addresses import AddressFields, check_receiver
from pipeline.domain.healers import address_given, conflict_ended, heal_address
from pipeline.domain.instants import to_ms
from schemas.anomaly_life import HealAttempted
from schemas.order import Receiver
from schemas.vocabulary import AddressQuality, AnomalyEnd, AnomalyKind
from tests.address_tables import DIVISIONS
from tests.builders import ORDER, START, platform_says

CAUSE = platform_says()
NOW = to_ms(START)


def receiver(**told: str) -> Receiver:
    return check_receiver(AddressFields(**told), DIVISIONS)


def test_an_address_that_the_table_completes_is_healed() -> None:
    bad = receiver(
        province="浙江省",
        city="",
        district="西湖区",
        detail="文三路100号",
        name="王小明",
        phone="13900000000",
    )
    completed, finding = heal_address(ORDER, bad, CAUSE, NOW)
    assert bad.quality is AddressQuality.BAD
    assert completed is not None
    assert (completed.city, completed.quality) == ("杭州市", AddressQuality.GOOD)
    assert finding is not None
    assert (finding.type, finding.because) == ("condition.gone", "completed to 浙江省|杭州市|西湖区")
    assert (finding.subject, finding.kind) == (f"order:{ORDER}", AnomalyKind.AMBIGUOUS_ADDRESS)
    assert getattr(finding, "how", None) is AnomalyEnd.HEALED
    assert to_ms(finding.observed_at) == NOW


def test_an_address_that_the_table_cannot_complete_was_an_attempt() -> None:
    bad = Receiver(
        quality=AddressQuality.BAD, reasons=("no_city", "no_phone"), candidates=("浙江省|杭州市|西湖区",)
    )
    completed, finding = heal_address(ORDER, bad, CAUSE, NOW)
    assert completed is None
    assert isinstance(finding, HealAttempted)
    assert (finding.healer, finding.because) == ("divisions", "no_city, no_phone")


@pytest.mark.parametrize("quality", [AddressQuality.GOOD, AddressQuality.MASKED])
def test_a_good_or_masked_address_needs_no_healer(quality: AddressQuality) -> None:
    assert heal_address(ORDER, Receiver(quality=quality), CAUSE, NOW) == (None, None)


def test_a_better_address_given_by_a_person_is_resolved() -> None:
    better = address_given(ORDER, Receiver(quality=AddressQuality.GOOD), "buyer", CAUSE, NOW)
    assert better is not None
    assert (better.type, better.how) == ("condition.gone", AnomalyEnd.RESOLVED)
    assert better.because == "buyer gave a better address"
    assert address_given(ORDER, Receiver(quality=AddressQuality.BAD), "buyer", CAUSE, NOW) is None


def test_a_conflict_is_healed_by_agreement_and_withdrawn_by_an_agreement_told_late() -> None:
    assert conflict_ended(ORDER, "agreed", CAUSE, NOW).how is AnomalyEnd.HEALED
    assert conflict_ended(ORDER, "disproved", CAUSE, NOW).how is AnomalyEnd.WITHDRAWN


def test_the_same_cause_gives_the_same_finding() -> None:
    first, second = (conflict_ended(ORDER, "agreed", CAUSE, NOW) for _ in range(2))
    assert first == second
