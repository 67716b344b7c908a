"""Takes an address written into one line apart: own mini-program and manual orders only."""

import re

from pipeline.domain.addresses.contact import MOBILE, VIRTUAL
from pipeline.domain.addresses.detail import NUMBER, STREET
from pipeline.domain.addresses.divisions import Divisions
from pipeline.domain.addresses.fields import AddressFields, plain
from pipeline.domain.addresses.prefix import read_opening

TOKENS = re.compile(r"[\s,;、|]+")
LABEL = re.compile(r"(收[件货]人|姓名|联系人|联系电话|手机号?码?|电话|收[件货]地址|详细地址|所在地区|地址):*")
OF_NAME = ("收件人", "收货人", "姓名", "联系人")
NAME = re.compile(r"[\u4e00-\u9fff·]{2,4}(?:先生|女士|小姐)?")


def split_free_text(text: str, divisions: Divisions) -> AddressFields:
    """Return the fields of a line, conservatively: what is not certain stays in the detail.

    The place is read from the left, longest names first, and only where a province or a city is named;
    a bare 朝阳区 is never picked. The phone is a token by itself; a name is labelled, or stands beside it.
    """
    tokens, labelled = _tokens(text)
    phone_at = next((at for at, token in enumerate(tokens) if _is_phone(token)), None)
    phone = tokens[phone_at] if phone_at is not None else ""
    name = labelled or _name_beside(tokens, phone_at, divisions)
    rest = [token for at, token in enumerate(tokens) if at != phone_at and token != name]
    opening = read_opening(" ".join(rest), divisions)
    return AddressFields(
        province=opening.province,
        city=opening.city,
        district=opening.district,
        detail=opening.rest,
        name=name,
        phone=phone,
    )


def _tokens(text: str) -> tuple[list[str], str]:
    """Return the words of the line without their labels, and the one labelled as a name."""
    tokens: list[str] = []
    named = ""
    waiting = False
    for word in TOKENS.split(plain(text)):
        label = LABEL.match(word)
        token = word[label.end() :] if label else word
        waiting = waiting or (label is not None and label.group(1) in OF_NAME)
        if token:
            tokens.append(token)
            if waiting and not named and not NUMBER.search(token):
                named = token
            waiting = False
    return tokens, named


def _is_phone(token: str) -> bool:
    return MOBILE.fullmatch(token) is not None or VIRTUAL.fullmatch(token) is not None


def _name_beside(tokens: list[str], phone_at: int | None, divisions: Divisions) -> str:
    """Return the one word beside the phone that can be a name and nothing of an address."""
    if phone_at is None:
        return ""
    beside = [tokens[at] for at in (phone_at - 1, phone_at + 1) if 0 <= at < len(tokens)]
    names = [token for token in beside if _may_be_name(token, divisions)]
    return names[0] if len(names) == 1 else ""


def _may_be_name(token: str, divisions: Divisions) -> bool:
    place = token in divisions.provinces or token in divisions.cities or token in divisions.counties
    return (
        NAME.fullmatch(token) is not None
        and not place
        and not STREET.search(token)
        and not NUMBER.search(token)
    )
