"""Judges name and phone of a receiver: masked, missing or impossible."""

import re
from typing import NamedTuple

from pipeline.domain.addresses.reasons import Reason

MOBILE = re.compile(r"(?:\+?(?:00)?86[- ]?)?(1[3-9]\d[- ]?\d{4}[- ]?\d{4})", re.ASCII)
"""1[3-9] and nine digits, with or without the country's code and gaps (platforms.md section 12)."""

VIRTUAL = re.compile(
    r"(?:\+?86[- ]?)?(?:1[3-9]\d{9}|95\d{3,9}|400\d{7})(?:[-_,#*]|转|分机)+\d{1,6}", re.ASCII
)
"""A privacy number with its extension, 132xxxxxxxx-1234: it stands for a hidden phone."""

LANDLINE = re.compile(r"(?:\+?(?:00)?86[- ]?)?0\d{2,3}[- ]?\d{7,8}", re.ASCII)
"""A landline with its area code: a courier can call it."""

ABROAD = re.compile(r"(?:\+?(?:00)?(?:852|853|886)[- ]?)?0?\d{8,9}", re.ASCII)
"""Phones of Hong Kong, Macao and Taiwan."""

TAIL = 4
LEAST_FOR_TAIL = 7
"""Digits a number must have for its tail to be told: of a shorter one too little would stay hidden."""


class Contact(NamedTuple):
    """Reasons against name and phone, whether one of them is masked, and the last four digits."""

    reasons: list[Reason]
    masked: bool
    phone_tail: str


def judge_contact(name: str | None, phone: str | None, abroad: bool) -> Contact:
    """Judge both; None is masked. `abroad`: Hong Kong, Macao or Taiwan, whose phones also count."""
    reasons: list[Reason] = []
    hidden = phone is None or VIRTUAL.fullmatch(phone) is not None
    tail = ""
    if phone is not None and not hidden:
        if not phone:
            reasons.append(Reason.NO_PHONE)
        elif not _can_be_called(phone, abroad):
            reasons.append(Reason.BAD_PHONE)
        tail = _tail(phone)
    if name is not None and (len(name) == 1 or (name != "" and name == phone)):
        reasons.append(Reason.BAD_NAME)
    return Contact(reasons, hidden or name is None, tail)


def _can_be_called(phone: str, abroad: bool) -> bool:
    known = (MOBILE, LANDLINE, ABROAD) if abroad else (MOBILE, LANDLINE)
    return any(pattern.fullmatch(phone) for pattern in known)


def _tail(phone: str) -> str:
    digits = "".join(sign for sign in phone if "0" <= sign <= "9")
    return digits[-TAIL:] if len(digits) >= LEAST_FOR_TAIL else ""
