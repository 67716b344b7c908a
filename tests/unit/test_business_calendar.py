"""The business calendar as a document: what it says counts, and a wrong one is refused in one sentence."""

from datetime import date, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from pipeline.cli.doctor import files_of_rules
from pipeline.cli.policies import RulesUnusable, case_policies
from pipeline.domain.care import CarePolicy
from pipeline.domain.care.calendar import NAMES, CalendarError, load_business_days
from pipeline.settings import Settings
from schemas.care import LateFirstScan, Stalled
from tests.builders import parcel_left
from tests.caring import Care, scanned

ZONE = ZoneInfo("Asia/Shanghai")
MS = timedelta(milliseconds=1)
WEDNESDAY = datetime(2026, 9, 30, 18, tzinfo=ZONE)
PAGE = (Path(__file__).parents[2] / "docs" / "care.md").read_text(encoding="utf-8")
EXAMPLE = PAGE.split("```toml\n")[1].split("```")[0]


def settings(file: Path | None, **told: str) -> Settings:
    return Settings(business_days_file=file, _env_file=None, **told)  # type: ignore[call-arg, arg-type]


@pytest.fixture
def care(tmp_path: Path) -> CarePolicy:
    """What care decides by with the example of the page."""
    file = tmp_path / "days.toml"
    file.write_text(EXAMPLE, encoding="utf-8")
    return case_policies(settings(file)).care


def test_a_first_scan_is_late_only_after_the_closed_days_and_on_the_millisecond_not_yet(
    care: CarePolicy,
) -> None:
    """The times of docs/care.md: Thursday to Saturday are closed dates, Sunday is a closed weekday."""
    limit = datetime(2026, 10, 5, 18, tzinfo=ZONE)
    order = Care(care).hears(parcel_left(WEDNESDAY), now=limit)
    assert order.told(LateFirstScan) == []
    assert order.waits_until(limit + MS).told(LateFirstScan) == ["opened"]


def test_a_silence_counts_the_sunday_that_is_open_and_not_the_one_that_is_closed(care: CarePolicy) -> None:
    scan = datetime(2026, 10, 10, 12, tzinfo=ZONE)  # a Saturday; Sunday 11 October is open
    order = Care(care).hears(parcel_left(WEDNESDAY), scanned(scan), now=scan + timedelta(hours=48))
    assert order.told(Stalled) == []
    assert order.waits_until(scan + timedelta(hours=48) + MS).told(Stalled) == ["opened"]
    scan, limit = datetime(2026, 10, 17, 12, tzinfo=ZONE), timedelta(hours=72)  # Sunday 18 is closed
    order = Care(care).hears(parcel_left(WEDNESDAY), scanned(scan), now=scan + limit)
    assert order.told(Stalled) == []
    assert order.waits_until(scan + limit + MS).told(Stalled) == ["opened"]


def test_without_a_file_every_day_counts() -> None:
    assert case_policies(settings(None)).care.business_days is None
    order = Care().hears(parcel_left(WEDNESDAY), now=WEDNESDAY + timedelta(hours=24) + MS)
    assert order.told(LateFirstScan) == ["opened"]


def test_the_dates_are_of_the_zone_of_the_business() -> None:
    days = load_business_days("closed_dates = [2026-10-01]", "x", ZONE)
    assert (days.closed, days.zone, days.weekdays, days.opened) == (
        frozenset({date(2026, 10, 1)}),
        ZONE,
        frozenset(),
        frozenset(),
    )


MANY = ", ".join(str(date(2026, 1, 1) + timedelta(days=number)) for number in range(401))


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("nonsense", "x: no TOML: Expected '=' after a key"),
        ("", "x: names no day; write closed_weekdays or closed_dates, or set no file at all"),
        ("closed = []", "x: there is no key closed; write closed_weekdays, closed_dates, open_dates"),
        ('closed_weekdays = "sunday"', "x: closed_weekdays: 'sunday' is no list; put it in square brackets"),
        ("closed_dates = 2026-10-01", "is no list; put it in square brackets"),
        ('closed_weekdays = ["Sun"]', "x: closed_weekdays: 'Sun' is no weekday; write some of monday"),
        ("closed_weekdays = [7]", "x: closed_weekdays: 7 is no weekday"),
        ("closed_weekdays = [[]]", "x: closed_weekdays: [] is no weekday"),
        (
            f"closed_weekdays = {list(NAMES)}",
            "x: closed_weekdays: every weekday is closed; leave one of them out",
        ),
        ('closed_dates = ["2026-10-01"]', "'2026-10-01' is no date; write 2026-10-01, without quotes"),
        ("closed_dates = [2026-10-01T00:00:00]", "is no date; write 2026-10-01, without quotes"),
        ("open_dates = [1]", "x: open_dates: 1 is no date"),
        (f"closed_dates = [{MANY}]", "x: closed_dates: 401 dates; name the coming 400 at most"),
        (
            "closed_dates = [2026-10-01]\nopen_dates = [2026-10-01]",
            "x: open_dates: 2026-10-01 is in closed_dates, too; take it out of one",
        ),
    ],
)
def test_a_wrong_calendar_is_refused_in_one_sentence(text: str, sentence: str) -> None:
    with pytest.raises(CalendarError) as refusal:
        load_business_days(text, "x", ZONE)
    assert sentence in str(refusal.value)
    assert "\n" not in str(refusal.value)


def test_a_file_that_cannot_be_used_is_named_by_the_workers_and_by_the_doctor(tmp_path: Path) -> None:
    missing, wrong = tmp_path / "none.toml", tmp_path / "days.toml"
    wrong.write_text('closed_dates = ["x"]', encoding="utf-8")
    for file, sentence in ((missing, f"{missing} cannot be read"), (wrong, f"{wrong}: closed_dates: 'x'")):
        with pytest.raises(RulesUnusable) as refusal:
            case_policies(settings(file))
        assert str(refusal.value).startswith(sentence)
        finding = files_of_rules(settings(file))
        assert (finding.check, finding.ok, finding.found) == ("rules", False, str(refusal.value))
    wrong.write_text(EXAMPLE, encoding="utf-8")
    assert files_of_rules(settings(wrong)).found == str(wrong)
    assert files_of_rules(settings(None)).ok
