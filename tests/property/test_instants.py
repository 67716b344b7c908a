"""Instants and milliseconds: one and the same, in any zone and before 1970, too."""

from datetime import UTC, datetime, timedelta, timezone

from hypothesis import example, given, settings
from hypothesis import strategies as st
from pydantic import AwareDatetime, TypeAdapter

from pipeline.domain.instants import EARLIEST_MS, EPOCH, LATEST_MS, from_ms, to_ms
from tests.examples import tries

ZONES = st.timedeltas(timedelta(hours=-12), timedelta(hours=14)).map(timezone)
FIRST, LAST = datetime(1, 1, 3), datetime(9999, 12, 29)  # noqa: DTZ001  (the zone is drawn)
PARSED = TypeAdapter(AwareDatetime)
"""As events arrive: with pydantic's own zones."""


@settings(max_examples=tries(400))
@given(st.datetimes(FIRST, LAST, timezones=ZONES))
@example(datetime(1969, 12, 31, 23, 59, 59, 999_999, UTC))
def test_microseconds_are_cut_off_downwards_in_any_zone(at: datetime) -> None:
    assert to_ms(at) == (at - EPOCH) // timedelta(milliseconds=1)
    whole_minutes = at.replace(tzinfo=timezone(timedelta(minutes=at.utcoffset() // timedelta(minutes=1))))
    assert to_ms(PARSED.validate_python(whole_minutes.isoformat())) == to_ms(whole_minutes)


@settings(max_examples=tries(400))
@given(st.integers(EARLIEST_MS, LATEST_MS))
def test_milliseconds_come_back_as_they_were(ms: int) -> None:
    assert to_ms(from_ms(ms)) == ms
