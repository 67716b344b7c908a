"""What an entry of the time line says in detail: codes as words, times in the business zone, no ids. Pure."""

import json
import re
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any, Final

from dashboard import masking
from dashboard.identity import Person
from dashboard.queries.story import Told
from dashboard.words import Words

SAID: Final = (
    "ordered",
    "paid",
    "ship by",
    "deliver by",
    "outbound",
    "first scan",
    "last scan",
    "signed",
    "closed",
    "deadline",
    "units",
    "line",
    "waybill",
    "refund",
    "address",
    "invoice",
    "complaint",
    "question",
    "coupon",
    "corrects",
    "would be",
    "ended:",
)
"""How the view begins the parts of a detail, before a value."""
IDS: Final = frozenset(
    {"command_id", "command_key", "expires_at", "conflict_id", "coupon_id", "shop"}
    | {"version", "refund_version", "replaces", "rules_version"}
)
KINDS: Final = (
    "phase",
    "verdict",
    "refund",
    "address",
    "promise",
    "event_return",
    "step",
    "end",
    "flag",
    "move",
)
"""Vocabularies in the order in which a code is looked up in them."""
FIRST: Final[Mapping[str, tuple[str, ...]]] = {
    "ticket": ("ticket",),
    "refund": ("refund",),
    "desk": ("answered",),
}
"""Kind of an entry, up to its dot: in which vocabulary its codes are looked up before all others."""
OF_NAME: Final[Mapping[str, str]] = {
    "rule": "rule",
    "reporter": "reporter",
    "right": "reporter",
    "said": "phase",
    "right_phase": "phase",
    "phase": "phase",
    "platform": "platform",
    "step": "event_return",
    "standard": "refund",
    "answer": "answer",
    "cs_answer": "answer",
    "flag": "kind",
}
"""Name of a value -> its vocabulary."""
BARE: Final = frozenset({"province", "city", "district", "address_id", "spot", "report_id", "reported_at"})
"""Names that stand for themselves in a list of values."""
_UTC_TIME: Final = re.compile(r"\d{4}-\d\d-\d\d[ T]\d\d:\d\d:\d\d(?:\.\d+)?Z?")
_PARTS: Final = re.compile(r", (?!held or |which was |or there is )")
"""Between two parts; three sentences of promise care hold a comma themselves."""
_FEN: Final = re.compile(r"(\d+) fen")
_UNITS: Final = re.compile(r"(.+) x (-?\d+)")


def detail_of(told: Told, person: Person, words: Words, sentences: Mapping[str, str]) -> str:
    """Return what an entry says, for people; `sentences`: reason of a rule -> its words in this language."""
    text = masking.details(person, told.detail)
    if text.startswith("{"):
        return _times(_pairs(text, words), words)
    family, reason = told.what.partition(".")[0], ""
    if told.what == "refund.verified":
        text, _, reason = text.partition(": ")
    parts = [_part(part, family, words, sentences) for part in _PARTS.split(text) if part]
    shown = ", ".join(dict.fromkeys(parts)) + (f": {sentences.get(reason, reason)}" if reason else "")
    return _times(shown, words)


def _part(part: str, family: str, words: Words, sentences: Mapping[str, str]) -> str:
    if " -> " in part:
        return " → ".join(_code(code, family, words) for code in part.split(" -> "))
    codes = part.split(" ")
    if family == "desk" and all(code in sentences for code in codes):
        return "; ".join(sentences[code] for code in codes)
    if fen := _FEN.fullmatch(part):
        return words.yuan(int(fen[1]))
    if units := _UNITS.fullmatch(part):
        return f"{units[1]} × {units[2]}"
    for begin in SAID:
        if part.startswith(f"{begin} "):
            value, _, why = part[len(begin) + 1 :].partition(": ")
            named = f"{words(f'said_{_slug(begin)}')} {_code(value, family, words)}"
            return f"{named}: {_code(why, family, words)}" if why else named
    shown = _code(part, family, words)
    return shown if shown != part else " ".join(words.term("flag", code) for code in codes)


def _code(code: str, family: str, words: Words) -> str:
    """Return the word for a code of any vocabulary, or for a phrase; what has none stands for itself."""
    if code.startswith("desk."):
        return words.term("event", code.replace(".", "_"))
    found = [words.term(kind, code) for kind in (*FIRST.get(family, ()), *KINDS)]
    phrase = words.term("phrase", _slug(code))
    return next((word for word in found if word != code), phrase if phrase != _slug(code) else code)


def _slug(phrase: str) -> str:
    return re.sub(r"[^a-z0-9]+", "_", phrase).strip("_")


def _pairs(text: str, words: Words) -> str:
    try:
        told = json.loads(text)
    except ValueError:
        return text
    return " · ".join(
        f"{words.term('key', name)}: {value_of(name, value, words)}"
        for name, value in told.items()
        if name not in IDS
    )


def value_of(name: str, value: Any, words: Words) -> str:  # JSON
    """Return a named value for people: money in yuan, yes or no, a code's word."""
    if isinstance(value, dict):
        told = ((key, one) for key, one in value.items() if key not in IDS and one not in ("", None))
        return " ".join(
            ("" if key in BARE else f"{words.term('key', key)} ") + value_of(key, one, words)
            for key, one in told
        )
    if isinstance(value, list):
        return "; ".join(value_of(name, one, words) for one in value)
    text = str(value)
    if text.lower() in ("true", "false"):
        return words(f"answer_{'yes' if text.lower() == 'true' else 'no'}")
    if name.endswith("_fen") and text.isdecimal():
        return words.yuan(int(text))
    if text == "unknown":
        return words("unknown")
    return words.term(OF_NAME.get(name, ""), text)


def _times(text: str, words: Words) -> str:
    def local(found: re.Match[str]) -> str:
        moment = datetime.fromisoformat(found.group().rstrip("Z").replace(" ", "T"))
        return words.stamp(moment.replace(tzinfo=UTC))

    return _UTC_TIME.sub(local, text)
