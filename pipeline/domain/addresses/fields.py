"""What a platform tells of a receiver, and which parts of it are masked."""

import re
import unicodedata
from dataclasses import dataclass

LONGEST = 512
"""Characters of one part that are read; a street is never longer."""

WRAPPED = re.compile(r"([~#$]).+\1")
"""Ciphertext of receivers: ~...~, #...#, $...$ (platforms.md section 12)."""

OPAQUE = re.compile(r"(?=.*[A-Za-z])[A-Za-z0-9+/_-]{24,}={0,2}")
"""Ciphertext without marks, and an oaid written into a field."""


@dataclass(frozen=True, slots=True)
class AddressFields:
    """One receiver as a platform tells it; any part may be empty or masked.

    `oaid`: the platform's token for a hidden receiver; with it an empty name, phone or detail is masked.
    """

    province: str = ""
    city: str = ""
    district: str = ""
    town: str = ""
    detail: str = ""
    name: str = ""
    phone: str = ""
    oaid: str = ""


def read_part(text: str, empty_is_masked: bool = False) -> str | None:
    """Return the part with half-width signs and no blanks around it; None when it is masked."""
    text = plain(text)
    if not text:
        return None if empty_is_masked else ""
    return None if is_masked(text) else text


def plain(text: str) -> str:
    """Return the text with half-width signs and no blanks around it, cut to what is read."""
    text = text[:LONGEST]
    if not text.isascii():
        text = unicodedata.normalize("NFKC", text)
    return text.strip()


def is_masked(text: str) -> bool:
    """Tell whether the platform hides this part (platforms.md section 12)."""
    if "*" in text:
        return True
    return text[0] < "\x7f" and (WRAPPED.fullmatch(text) or OPAQUE.fullmatch(text)) is not None
