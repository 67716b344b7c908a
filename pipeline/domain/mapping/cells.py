"""Turns the text of one cell into a time, an amount or a number; a refusal says what the cell holds."""

import re
import unicodedata
from collections.abc import Callable
from datetime import UTC, datetime, time, timedelta, tzinfo
from decimal import Decimal, InvalidOperation
from typing import NamedTuple

FIRST_YEAR, LAST_YEAR = 1970, 2199
"""Years outside are typing errors (and ClickHouse cannot keep them)."""

EXCEL_EPOCH = datetime(1899, 12, 30)  # noqa: DTZ001  # an Excel serial is local time without a zone
EXCEL_LEAST, EXCEL_MOST = 61, 109_574
"""Serials below 61 suffer from Excel's 29 February 1900; the last one is 2199-12-31."""

UNIX_S_LEAST, UNIX_S_MOST = 100_000_000, 7_258_118_400
"""Seconds from 1973 to 2199: smaller numbers are not times, 0 often means "not yet"."""

NUMBERED = ("excel", "unix_s", "unix_ms")
DIRECTIVES = {
    "Y": r"(?P<Y>\d{4})",
    "y": r"(?P<y>\d{2})",
    "m": r"(?P<m>\d{1,2})",
    "d": r"(?P<d>\d{1,2})",
    "H": r"(?P<H>\d{1,2})",
    "I": r"(?P<I>\d{1,2})",
    "M": r"(?P<M>\d{1,2})",
    "S": r"(?P<S>\d{1,2})",
    "f": r"(?P<f>\d{1,6})",
    "p": r"(?P<p>[AaPp][Mm]|上午|下午)",
    "b": r"(?P<b>[A-Za-z]{3})",
    "z": r"(?P<z>Z|[+-]\d{2}:?\d{2})",
}
MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")


class UnreadableCell(ValueError):
    """The text of a cell is not what the mapping says; the message follows the column's name."""


class Moment(NamedTuple):
    """What a cell says: naive local time or an aware time; `date_only` when it names no time of day."""

    at: datetime
    date_only: bool


MomentReader = Callable[[str], Moment | None]


def clean(text: str) -> str:
    """Return the cell without blanks around it and without the ="..." or ' that spreadsheets write."""
    text = text.strip()
    if text[:1] == "=" and len(text) > 2 and text[1] == '"' and text[-1] == '"':
        return text[2:-1].strip()
    return text[1:].strip() if text[:1] == "'" else text


def folded(text: str) -> str:
    """Return the text as people compare it: full-width = half-width, any case, no blanks."""
    return "".join(unicodedata.normalize("NFKC", text).casefold().split())


def check_format(form: str) -> None:
    """Raise ValueError, with a sentence, when `form` is no date format we know."""
    if form in ("iso", *NUMBERED):
        return
    used = re.findall(r"%(.)", form)
    unknown = [name for name in used if name not in DIRECTIVES and name != "%"]
    if unknown:
        known = ", ".join(f"%{name}" for name in DIRECTIVES)
        raise ValueError(f'date format "{form}" has the unknown sign %{unknown[0]}; known are {known}')
    if len(set(used)) != len(used):
        raise ValueError(f'date format "{form}" names the same sign twice')
    if not {"d"} <= set(used) or not {"m", "b"} & set(used) or not {"Y", "y"} & set(used):
        raise ValueError(
            f'date format "{form}" must name year, month and day, such as "%Y-%m-%d %H:%M:%S";'
            f" or be one of iso, {', '.join(NUMBERED)}"
        )


def moments(formats: tuple[str, ...]) -> MomentReader:
    """Return a reader that tries the formats in order and ISO at the end; None when none fits."""
    readers = [_READERS[form] if form in _READERS else _pattern(form) for form in formats]
    if "iso" not in formats:
        readers.append(_iso)  # YYYY-MM-DD cannot be misread, and real Excel dates arrive so

    def read(text: str) -> Moment | None:
        for reader in readers:
            found = reader(text)
            if found is not None:
                return found
        return None

    return read


def read_moment(read: MomentReader, text: str, formats: tuple[str, ...]) -> Moment:
    """Return what the cell says; raises UnreadableCell naming the text and the formats tried."""
    found = read(text)
    if found is None and not text.isascii():
        found = read(unicodedata.normalize("NFKC", text))
    if found is None:
        raise UnreadableCell(f'"{shown(text)}" is no time in any of the formats {", ".join(formats)}')
    if not FIRST_YEAR < found.at.year <= LAST_YEAR:
        raise UnreadableCell(f'"{shown(text)}": the year {found.at.year} is not plausible')
    return found


def to_utc(moment: Moment, zone: tzinfo, day: time) -> datetime:
    """Return the instant in UTC, cut to milliseconds; a date without a time takes the time `day`.

    An ambiguous local time is the first of the two, one that a clock change skipped moves forward.
    """
    at = moment.at
    if moment.date_only:
        at = datetime.combine(at, day, at.tzinfo)
    if at.tzinfo is None:
        at = at.replace(tzinfo=zone)
    at = at.astimezone(UTC)
    beyond = at.microsecond % 1000
    return at - timedelta(microseconds=beyond) if beyond else at


def end_of_day(moment: Moment, zone: tzinfo) -> datetime:
    """Return the last millisecond of the local day (of the second 23:59 where a clock change repeats it)."""
    at = moment.at if moment.at.tzinfo is None else moment.at.astimezone(zone)
    last = datetime(at.year, at.month, at.day, 23, 59, 59, 999000, zone, fold=1)
    return last.astimezone(UTC)


def read_number(text: str, decimal: str, thousands: str) -> Decimal:
    """Return the number; raises UnreadableCell."""
    plain = unicodedata.normalize("NFKC", text).replace(" ", "").replace("'", "")
    if thousands:
        plain = plain.replace(thousands, "")
    if decimal != ".":
        plain = plain.replace(".", "x").replace(decimal, ".")  # a point has no place in such a number
    if not re.fullmatch(r"[+-]?\d{1,15}(\.\d{0,9})?", plain, re.ASCII):
        raise UnreadableCell(f'"{shown(text)}" is no number')
    try:
        return Decimal(plain)
    except InvalidOperation as error:
        raise UnreadableCell(f'"{shown(text)}" is no number') from error


def shown(text: str) -> str:
    """Return the text as a sentence can quote it: at most 60 characters, no line breaks."""
    line = text if text.isprintable() else "".join(c if c.isprintable() else "?" for c in text[:80])
    return line if len(line) <= 60 else f"{line[:57]}..."


def _iso(text: str) -> Moment | None:
    if text[4:5] != "-" or text[7:8] != "-":
        return None
    try:
        return Moment(datetime.fromisoformat(text), len(text) == 10)
    except ValueError:
        return None


def _excel(text: str) -> Moment | None:
    serial = _float(text)
    if serial is None or not EXCEL_LEAST <= serial < EXCEL_MOST:
        return None
    return Moment(EXCEL_EPOCH + timedelta(milliseconds=round(serial * 86_400_000)), serial.is_integer())


def _unix_s(text: str) -> Moment | None:
    seconds = _float(text)
    if seconds is None or not UNIX_S_LEAST <= seconds < UNIX_S_MOST:
        return None
    return Moment(datetime.fromtimestamp(seconds, UTC), False)


def _unix_ms(text: str) -> Moment | None:
    milliseconds = _float(text)
    if milliseconds is None or not UNIX_S_LEAST <= milliseconds / 1000 < UNIX_S_MOST:
        return None
    return Moment(datetime.fromtimestamp(0, UTC) + timedelta(milliseconds=int(milliseconds)), False)


def _float(text: str) -> float | None:
    return float(text) if re.fullmatch(r"\d{1,16}(\.\d{1,12})?", text, re.ASCII) else None


_READERS: dict[str, MomentReader] = {"iso": _iso, "excel": _excel, "unix_s": _unix_s, "unix_ms": _unix_ms}


def _pattern(form: str) -> MomentReader:
    parts = re.split(r"(%.|\s+)", form)
    pattern = re.compile("".join(map(_part, parts)), re.ASCII)
    date_only = not re.search(r"%[HI]", form)

    def read(text: str) -> Moment | None:
        match = pattern.fullmatch(text)
        if match is None:
            return None
        try:
            return Moment(_assembled(match.groupdict()), date_only)
        except ValueError:
            return None

    return read


def _part(part: str) -> str:
    if part == "%%":
        return "%"
    if part[:1] == "%":
        return DIRECTIVES[part[1]]
    return r"\s+" if part.isspace() else re.escape(part)


def _assembled(found: dict[str, str]) -> datetime:
    """Build the time from the named parts; raises ValueError when there is no such time."""
    year = int(found["Y"]) if "Y" in found else _century(int(found["y"]))
    month = int(found["m"]) if "m" in found else MONTHS.index(found["b"].lower()) + 1
    hour = int(found.get("H") or 0)
    if "I" in found:
        hour = int(found["I"]) % 12 + (12 if found.get("p", "").lower() in ("pm", "下午") else 0)
    zone = found.get("z")
    return datetime(
        year,
        month,
        int(found["d"]),
        hour,
        int(found.get("M") or 0),
        int(found.get("S") or 0),
        int((found.get("f") or "0").ljust(6, "0")),
        tzinfo=datetime.fromisoformat(f"2000-01-01T00:00{zone}").tzinfo if zone else None,
    )


def _century(short: int) -> int:
    return 2000 + short if short < 69 else 1900 + short
