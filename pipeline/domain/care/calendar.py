"""The business calendar as shop staff write it in TOML, checked whole before anything is decided by it."""

import tomllib
from datetime import date, datetime
from typing import Any, Final
from zoneinfo import ZoneInfo

from pipeline.domain.care.business_days import DATES_MOST, WEEKDAYS, BusinessDays

NAMES: Final = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
KEYS: Final = ("closed_weekdays", "closed_dates", "open_dates")


class CalendarError(ValueError):
    """The document cannot be used; the text names the file, the key, the fault and how to mend it."""


def load_business_days(text: str, origin: str, zone: ZoneInfo) -> BusinessDays:
    """Return the calendar of a TOML document, its dates in `zone`; raises CalendarError.

    Rules: domain.md section 5, "business calendar where a policy asks for it"; docs/care.md.
    """
    try:
        document = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise CalendarError(f"{origin}: no TOML: {error}") from error
    if unknown := sorted(set(document) - set(KEYS)):
        raise CalendarError(f"{origin}: there is no key {unknown[0]}; write {', '.join(KEYS)}")
    if not document:
        raise CalendarError(f"{origin}: names no day; write {' or '.join(KEYS[:2])}, or set no file at all")
    closed, opened = (_dates(document, key, origin) for key in KEYS[1:])
    if both := sorted(closed & opened):
        raise CalendarError(f"{origin}: open_dates: {both[0]} is in closed_dates, too; take it out of one")
    return BusinessDays(closed, zone, _weekdays(document, origin), opened)


def _weekdays(document: dict[str, Any], origin: str) -> frozenset[int]:
    told = _list(document, "closed_weekdays", origin)
    for name in told:
        if name not in NAMES:
            raise CalendarError(
                f"{origin}: closed_weekdays: {name!r} is no weekday; write some of {', '.join(NAMES)}"
            )
    if len(set(told)) >= WEEKDAYS:
        raise CalendarError(f"{origin}: closed_weekdays: every weekday is closed; leave one of them out")
    return frozenset(map(NAMES.index, told))


def _dates(document: dict[str, Any], key: str, origin: str) -> frozenset[date]:
    told = _list(document, key, origin)
    for day in told:
        if not isinstance(day, date) or isinstance(day, datetime):
            raise CalendarError(f"{origin}: {key}: {day!r} is no date; write 2026-10-01, without quotes")
    if len(set(told)) > DATES_MOST:
        raise CalendarError(f"{origin}: {key}: {len(set(told))} dates; name the coming {DATES_MOST} at most")
    return frozenset(told)


def _list(document: dict[str, Any], key: str, origin: str) -> list[Any]:
    told = document.get(key, [])
    if not isinstance(told, list):
        raise CalendarError(f"{origin}: {key}: {told!r} is no list; put it in square brackets")
    return told
