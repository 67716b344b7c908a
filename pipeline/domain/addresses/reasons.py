"""Why an address is bad: stable ids that travel on facts and are explained in docs/addresses.md."""

from enum import StrEnum


class Reason(StrEnum):
    """The check list of platforms.md section 12, in the order in which reasons are told."""

    NO_PROVINCE = "no_province"
    NO_CITY = "no_city"
    NO_DISTRICT = "no_district"
    UNKNOWN_PLACE = "unknown_place"
    RENAMED_PLACE = "renamed_place"
    AMBIGUOUS_PLACE = "ambiguous_place"
    CONTRADICTS_FIELDS = "contradicts_fields"
    PICKUP_POINT_ONLY = "pickup_point_only"
    NO_STREET = "no_street"
    NO_NUMBER = "no_number"
    DETAIL_TOO_SHORT = "detail_too_short"
    TEST_WORDS = "test_words"
    NO_PHONE = "no_phone"
    BAD_PHONE = "bad_phone"
    BAD_NAME = "bad_name"


PLACE_REASONS = frozenset(
    {
        Reason.NO_PROVINCE,
        Reason.NO_CITY,
        Reason.NO_DISTRICT,
        Reason.UNKNOWN_PLACE,
        Reason.RENAMED_PLACE,
        Reason.AMBIGUOUS_PLACE,
        Reason.CONTRADICTS_FIELDS,
    }
)
"""Those that province, city and district bring about: the table may mend them, and nothing else."""
