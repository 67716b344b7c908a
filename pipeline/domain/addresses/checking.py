"""Puts the judgements together: one receiver from one set of fields, and its completion."""

import re

from pipeline.domain.addresses.contact import judge_contact
from pipeline.domain.addresses.detail import is_test, judge_detail
from pipeline.domain.addresses.divisions import City, Divisions, Spot
from pipeline.domain.addresses.fields import AddressFields, read_part
from pipeline.domain.addresses.places import Judged, judge_places
from pipeline.domain.addresses.prefix import Opening, read_opening
from pipeline.domain.addresses.reasons import PLACE_REASONS, Reason
from schemas.order import Receiver
from schemas.vocabulary import AddressQuality

ORDER = {reason: number for number, reason in enumerate(Reason)}

PLACE_NAME = re.compile(
    r"[\u4e00-\u9fff]{1,12}(?:街道|地区|园区|苏木|嘎查|[省市区县旗州盟镇乡岛村])|其[它他]区?|新界|九龙|香港岛"
)
STREET_WORD = re.compile(r"路(?!街道)|[巷弄号栋幢室]|单元")

NOWHERE = Opening("", "", "", "")
NO_PLACE = "||"
"""A place of which nothing is told, as `place_of` writes it."""


def check_receiver(fields: AddressFields, divisions: Divisions, *, empty_is_masked: bool = False) -> Receiver:
    """Return where the order goes and whether that is good, masked or bad; defined for any text.

    A masked part is never judged, the others still are: one reason makes the address bad. Places are told
    by their canonical names; a place that the table does not know only when it looks like one. Street, name
    and number stay here. `empty_is_masked`: the platform leaves out what it hides (Pinduoduo).
    """
    hidden = empty_is_masked or bool(fields.oaid)
    told = (
        read_part(fields.province, empty_is_masked),
        read_part(fields.city, empty_is_masked),
        read_part(fields.district, empty_is_masked),
    )
    town = read_part(fields.town)
    detail = read_part(fields.detail, hidden)
    name = read_part(fields.name, hidden)
    opening = read_opening(detail, divisions, _home(told, divisions)) if detail else NOWHERE
    judged = judge_places(told, opening, divisions)
    province = divisions.provinces.get(told[0] or "")
    abroad = province is not None and not province.judged
    contact = judge_contact(name, read_part(fields.phone, hidden), abroad)
    reasons = [*judged.reasons, *contact.reasons]
    if detail and len(judged.candidates) == 1:  # judged as the completed address will be
        opening = read_opening(detail, divisions, _home(judged.candidates[0], divisions))
    if detail is not None:
        reasons += judge_detail(opening.rest, _above(town, judged, told[2] if abroad else ""))
    if is_test(detail, name):
        reasons.append(Reason.TEST_WORDS)
    masked = contact.masked or detail is None or None in told or town is None
    return Receiver(
        **_places(told, town, judged, name),
        quality=_quality(bool(reasons), masked),
        reasons=tuple(sorted(set(reasons), key=ORDER.__getitem__)),
        candidates=tuple(str(place) for place in judged.candidates),
        phone_tail=contact.phone_tail,
    )


def heal(receiver: Receiver) -> Receiver | None:
    """Return the receiver completed by the table; None when that does not make it good.

    It does when there is just one candidate and nothing but its place speaks against the address.
    """
    if len(receiver.candidates) != 1 or not PLACE_REASONS.issuperset(receiver.reasons):
        return None
    province, city, district = receiver.candidates[0].split("|")
    quality = AddressQuality.GOOD if receiver.phone_tail else AddressQuality.MASKED
    return Receiver(
        province=province,
        city=city,
        district=district,
        town=receiver.town,
        quality=quality,
        phone_tail=receiver.phone_tail,
    )


def place_of(receiver: Receiver) -> str:
    """Return the place as one text: province|city|district."""
    return "|".join((receiver.province, receiver.city, receiver.district))


def shows_another(place: str, before: str) -> bool:
    """Tell whether a part that can be seen differs from before: only then is a masked address a new one."""
    parts = zip(place.split("|"), before.split("|"), strict=False)
    return any(part not in ("", known) for part, known in parts)


def _quality(bad: bool, masked: bool) -> AddressQuality:
    if bad:
        return AddressQuality.BAD
    return AddressQuality.MASKED if masked else AddressQuality.GOOD


def _home(told: tuple[str | None, str | None, str | None], divisions: Divisions) -> City | None:
    """Return the city that the fields name, whose districts may begin the detail."""
    province = divisions.provinces.get(told[0] or "")
    spot: Spot | None = province.cities.get(told[1] or "") if province else None
    return spot.city if spot else None


def _above(town: str | None, judged: Judged, abroad: str | None) -> str | None:
    """Return what may hold the street besides the detail; None when that is masked."""
    return None if town is None else f"{town} {judged.below} {abroad or ''}"


def _places(
    told: tuple[str | None, str | None, str | None], town: str | None, judged: Judged, name: str | None
) -> dict[str, str]:
    """Return canonical names where the place is certain, else what was told, as far as it names a place."""
    beside = (told[0], told[1], judged.beside)
    province, city, district = (
        known or _place_name(text, name) for known, text in zip(judged.certain, beside, strict=True)
    )
    return {"province": province, "city": city, "district": district, "town": _place_name(town, name)}


def _place_name(text: str | None, name: str | None) -> str:
    """Return a text that looks like the name of a place; "" for anything else and for the receiver's name."""
    if not text or text == name or not PLACE_NAME.fullmatch(text) or STREET_WORD.search(text):
        return ""
    return text
