"""Turns one raw value into text, a number, an amount or a time; a refusal says what the value is."""

from collections.abc import Callable
from datetime import datetime
from decimal import Decimal, InvalidOperation
from functools import lru_cache
from typing import Final
from zoneinfo import ZoneInfo

from pipeline.domain.adapters.paths import Item
from pipeline.domain.instants import to_ms

EARLIEST_MS: Final = 31_536_000_000
"""1 January 1971: a smaller number is seconds, or no time at all; pydantic takes it as seconds, too."""
LATEST_MS: Final = 4_102_444_800_000
"""1 January 2100: a later time is no milliseconds since 1970."""
SECONDS_BELOW: Final = 100_000_000_000
"""As seconds this is the year 5138, as milliseconds March 1973: here the two are told apart."""
LARGEST: Final = 2**63 - 1
LONGEST_NUMBER: Final = 40
MOMENTS_MOST: Final = 4096
"""Most written times of one source that are remembered: a snapshot repeats most of the one before it."""

Reader = Callable[[Item], object]


class Unreadable(ValueError):
    """A payload that can never be read; the text says where and why."""


def shown(value: Item) -> str:
    """Return a value as a sentence can quote it."""
    text = repr(value)
    return text if len(text) <= 60 else f"{text[:57]}..."


class Values:
    """The readers of one source: its empty values, its time zone. Each gives None for "nothing"."""

    def __init__(self, empty: frozenset[str], zone: str) -> None:
        self.empty = empty
        self._zone = ZoneInfo(zone)
        self._moment_of_text = lru_cache(maxsize=MOMENTS_MOST)(self._read_moment)
        self._numbers_of_nothing = frozenset(int(text) for text in empty if text.isdecimal())

    def text(self, value: Item) -> str | None:
        """Return the text of a scalar without blanks around it; None when it means nothing."""
        if type(value) is not str:
            if value is None:
                return None
            if isinstance(value, bool):
                value = "true" if value else "false"
            elif isinstance(value, int | float):
                whole = isinstance(value, float) and value.is_integer()
                value = str(int(value) if whole else value)
            else:
                raise Unreadable(f"{shown(value)} is no single value")
        value = value.strip()
        return None if value in self.empty else value

    def whole(self, value: Item) -> int | None:
        """Return a whole number; 3, "3" and "3.0000" are one."""
        if type(value) is int:
            return None if str(value) in self.empty else value
        number = self._number(value)
        if number is None:
            return None
        if number != number.to_integral_value():
            raise Unreadable(f"{shown(value)} is no whole number")
        return int(number)

    def yuan(self, value: Item) -> int | None:
        """Return fen of an amount in yuan; more than two decimals that are not zero are refused."""
        number = self._number(value)
        if number is None:
            return None
        fen = number * 100
        if fen != fen.to_integral_value():
            raise Unreadable(f"{shown(value)} is no amount in whole fen")
        return int(fen)

    def moment(self, value: Item) -> int | None:
        """Return milliseconds since 1970 UTC of local text, ISO text with offset, unix seconds or ms."""
        if type(value) is int and 0 <= value < LATEST_MS and value not in self._numbers_of_nothing:
            at = value * 1000 if value < SECONDS_BELOW else value
            if EARLIEST_MS < at < LATEST_MS:
                return at
        if type(value) is not str:
            if value is None or type(value) is dict or type(value) is list:
                if value:
                    raise Unreadable(f"{shown(value)} is no time")
                return None
            value = self.text(value)
        return None if value is None else self._moment_of_text(value.strip())

    def _read_moment(self, value: str) -> int | None:
        if value in self.empty or value == "0":
            return None
        at = self._unix(value) if value.isdecimal() else self._written(value)
        if not EARLIEST_MS < at < LATEST_MS:
            raise Unreadable(f"{shown(value)} is no time between 1971 and 2100")
        return at

    def _unix(self, digits: str) -> int:
        if len(digits) > len(str(LARGEST)):
            raise Unreadable(f"{shown(digits)} is no time")
        number = int(digits)
        return number * 1000 if number < SECONDS_BELOW else number

    def _written(self, text: str) -> int:
        try:
            at = datetime.fromisoformat(text)
        except ValueError as error:
            raise Unreadable(f"{shown(text)} is no time such as 2026-03-01 12:30:00") from error
        try:
            return to_ms(at.replace(tzinfo=self._zone) if at.tzinfo is None else at)
        except OverflowError as error:
            raise Unreadable(f"{shown(text)} is no time between 1971 and 2100") from error

    def _number(self, value: Item) -> Decimal | None:
        text = self.text(value)
        if text is None:
            return None
        try:
            number = Decimal(text) if len(text) <= LONGEST_NUMBER else None
        except InvalidOperation:
            number = None
        if number is None or not number.is_finite() or not -LARGEST <= number <= LARGEST:
            raise Unreadable(f"{shown(value)} is no number")
        return number
