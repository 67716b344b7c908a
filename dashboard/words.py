"""How the board writes: sentences of one language, numbers, shares, lengths of time, clocks."""

import tomllib
from collections.abc import Mapping
from datetime import datetime
from functools import cache
from pathlib import Path
from zoneinfo import ZoneInfo

LANGUAGES: Mapping[str, str] = {"zh-CN": "中文", "en": "EN"}
"""Each language and what its own speakers call it."""


@cache
def catalogue(language: str) -> Mapping[str, str]:
    """Return key -> sentence of one language; an unknown language raises FileNotFoundError."""
    path = Path(__file__).parent / "wording" / f"{language}.toml"
    return tomllib.loads(path.read_text(encoding="utf-8"))


class Words:
    """One language's catalogue, and one business zone for every time on the screen."""

    def __init__(self, language: str, zone: str) -> None:
        self.language = language
        self.zone = ZoneInfo(zone)
        self._catalogue = catalogue(language)

    def __call__(self, key: str, **values: object) -> str:
        """Return the sentence of this key; an unknown key raises KeyError."""
        return self._catalogue[key].format(**values)

    def raw(self, key: str) -> str:
        """Return the sentence with its placeholders, for a browser that fills them in itself."""
        return self._catalogue[key]

    def term(self, kind: str, code: str) -> str:
        """Return the word for a code of a vocabulary; a code without a word stands for itself."""
        return self._catalogue.get(f"{kind}_{code}", code)

    def percent(self, share: float | None, digits: int = 1) -> str:
        """Return a share of 0..1 as a percentage, a dash when there is none."""
        if share is None:
            return "–"
        gap = "" if self.language == "zh-CN" else " "
        if share < 1:  # what is not whole never rounds up to 100 %
            share = min(share, 1 - 10 ** -(digits + 2))
        return f"{share * 100:.{digits}f}{gap}%"

    def duration(self, seconds: float) -> str:
        """Return a length of time in at most two units, without a sign."""
        whole = int(abs(seconds))
        days, hours, minutes = whole // 86400, whole // 3600 % 24, whole // 60 % 60
        if days:
            return self("age_d", d=days, h=hours)
        if hours:
            return self("age_h", h=hours, m=f"{minutes:02d}")
        return self("age_m", m=minutes, s=f"{whole % 60:02d}") if minutes else self("age_s", s=whole)

    def clock(self, moment: datetime) -> str:
        """Return date and time in the business zone, with the zone's offset."""
        return f"{moment.astimezone(self.zone):%Y-%m-%d %H:%M:%S} ({self.offset(moment)})"

    def short_clock(self, moment: datetime, *, with_day: bool = False) -> str:
        """Return hour and minute in the business zone, with the day where a step is longer than hours."""
        return f"{moment.astimezone(self.zone):{'%m-%d %H:%M' if with_day else '%H:%M'}}"

    def stamp(self, moment: datetime | None) -> str:
        """Return date and time in the business zone, a dash when there is none; the page names the zone."""
        return "–" if moment is None else f"{moment.astimezone(self.zone):%Y-%m-%d %H:%M:%S}"

    def yuan(self, fen: int | None) -> str:
        """Return an amount of fen in yuan, a dash when there is none."""
        return "–" if fen is None else f"¥{fen / 100:,.2f}"

    def offset(self, moment: datetime) -> str:
        """Return the business zone's distance from UTC at that moment: UTC+8, UTC+5:30."""
        delta = moment.astimezone(self.zone).utcoffset()
        minutes = int(delta.total_seconds() // 60) if delta is not None else 0
        sign, rest = ("-" if minutes < 0 else "+"), abs(minutes)
        return f"UTC{sign}{rest // 60}" + (f":{rest % 60:02d}" if rest % 60 else "")


def number(value: int) -> str:
    """Return a count with thousand separators."""
    return f"{value:,}"


def language_of(locale: str | None) -> str:
    """Return the catalogue for a browser's locale: Chinese for any Chinese one, else English."""
    return "zh-CN" if (locale or "").lower().startswith("zh") else "en"
