"""Judges province, city and district against the table, and finds what may complete them."""

import re
from typing import NamedTuple

from pipeline.domain.addresses.divisions import City, Divisions, Known, Place, Province, places_of
from pipeline.domain.addresses.names import SUFFIX
from pipeline.domain.addresses.prefix import Opening
from pipeline.domain.addresses.reasons import Reason

MOST_CANDIDATES = 5
"""Candidates that are told at most; more would help nobody to choose."""

DIRECT = re.compile(r"(?:省|自治区)?直辖(?:县级?)?(?:行政区划|行政单位)?")
"""What platforms write as the city of a county directly under its province."""

CITY_SUFFIX = re.compile(r"(?:市|地区|盟|州)$")

PLACEHOLDER = frozenset({"市辖区", "县", "无", "-", "/"})
"""Texts in a district field that name no district."""

ZONE = re.compile(
    r".*(?:开发区|高新区|新区|经开区|园区|产业区|示范区|试验区|实验区|管理区|保税区|合作区|度假区|风景区|工业区|新城)"
    r"|其[它他](?:区|区县)?"
)
"""Zones that platforms list beside districts and the table does not: not judged."""


class Judged(NamedTuple):
    """The place as far as it is certain, reasons against it, and what it may be completed to.

    `certain` holds canonical names, "" where a part is not known.
    `below`: what stands in the district field where no district is owed; a town, usually.
    `beside`: a zone or an uncertain district as the field tells it.
    """

    certain: Place
    reasons: list[Reason]
    candidates: list[Place]
    below: str = ""
    beside: str = ""


def judge_places(
    told: tuple[str | None, str | None, str | None], opening: Opening, divisions: Divisions
) -> Judged:
    """Judge the three fields (None is masked, never judged) beside what the detail begins with."""
    province_text, city_text, district_text = told
    province = divisions.provinces.get(province_text) if province_text else None
    if province is not None and city_text and district_text is not None:
        spot = province.cities.get(city_text)
        if spot is not None:
            names = spot.city.districts.get(district_text)
            sure = names is not None and len(names) == 1 and spot.district in ("", *names)
            if names and sure:  # the usual case: everything is in the table
                return _with_opening(Judged(Place(province.name, spot.city.name, names[0]), [], []), opening)
    return _with_opening(_Judge(province, told, opening, divisions).judged(), opening)


def _with_opening(judged: Judged, opening: Opening) -> Judged:
    """Hold the place against a province or city repeated at the beginning of the detail."""
    province, city, _ = judged.certain
    wrong = (opening.province and province and opening.province != province) or (
        opening.city and city and opening.city != city
    )
    if wrong and Reason.CONTRADICTS_FIELDS not in judged.reasons:
        return judged._replace(reasons=[*judged.reasons, Reason.CONTRADICTS_FIELDS], candidates=[])
    return judged


class _Judge:
    """One slow judgement, from the province down; used once."""

    def __init__(
        self,
        province: Province | None,
        told: tuple[str | None, str | None, str | None],
        opening: Opening,
        divisions: Divisions,
    ) -> None:
        self.province = province
        self.province_text, self.city_text, self.district_text = told
        self.opening = opening
        self.divisions = divisions
        self.reasons: list[Reason] = []
        self.found: list[Known] = []
        self.candidates: list[Place] = []
        self.below = ""
        self.beside = told[2] or ""

    def judged(self) -> Judged:
        """Return the judgement."""
        if self.province_text == "":
            self.reasons.append(Reason.NO_PROVINCE)
        elif self.province_text and self.province is None:
            self.reasons.append(Reason.UNKNOWN_PLACE)
        if self.province is not None and not self.province.judged:
            return Judged(Place(self.province.name, "", ""), [], [], beside=self.beside)
        if self.city_text and DIRECT.fullmatch(self.city_text):
            self.city_text = self.district_text
        city, implied = self._city()
        if city is None:
            self._district_alone()
            return self._ended(Place(self.province.name if self.province else "", "", ""))
        district = self._district(city, implied)
        if Reason.NO_PROVINCE in self.reasons and not self.candidates:
            self.candidates = [Place(city.province, city.name, district)] if district or city.whole else []
        return self._ended(Place(city.province, city.name, district))

    def _ended(self, certain: Place) -> Judged:
        """Note the candidates that the opening of the detail does not speak against."""
        if Reason.UNKNOWN_PLACE in self.reasons or Reason.CONTRADICTS_FIELDS in self.reasons:
            return Judged(certain, self.reasons, [], self.below, self.beside)
        candidates = [place for place in self.candidates or places_of(self.found) if self._fits(place)]
        if len(candidates) > 1:
            self.reasons.append(Reason.AMBIGUOUS_PLACE)
        return Judged(certain, self.reasons, candidates[:MOST_CANDIDATES], self.below, self.beside)

    def _fits(self, place: Place) -> bool:
        opening = self.opening
        return opening.province in ("", place.province) and opening.city in ("", place.city)

    def _city(self) -> tuple[City | None, str]:
        """Return the city and the district that its text names as well; None when it is not certain."""
        text = self.city_text
        if not text:
            return self._city_missing() if text == "" else (None, "")
        if self.province is not None:
            spot = self.province.cities.get(text)
            if spot is None and not self.divisions.has_county(text):  # 那曲地区 became 那曲市
                spot = self.province.cities.get(CITY_SUFFIX.sub("", text))
            if spot is not None:
                return spot
        elif self.province_text != "":  # masked or unknown: nothing to hold the city against
            cities = self.divisions.cities.get(text, ())
            return (cities[0], "") if len(cities) == 1 and self.province_text is None else (None, "")
        else:
            cities = self.divisions.cities.get(text, ())
            if len(cities) == 1 and (text in cities[0].full or text not in self.divisions.provinces):
                return cities[0], ""  # 海南 alone is the province, not the prefecture in Qinghai
        self._city_unknown(text)
        return None, ""

    def _city_missing(self) -> tuple[City | None, str]:
        """Take a county directly under its province from the district field; else there is no city."""
        if self.province is not None and self.district_text:
            spot = self.province.cities.get(self.district_text)
            if spot is not None and spot.city.whole:
                return spot
        self.reasons.append(Reason.NO_CITY)
        return None, ""

    def _city_unknown(self, text: str) -> None:
        """Say why the text is no city here: an old city, a county, a place elsewhere, or no place at all."""
        divisions, name = self.divisions, self.province.name if self.province else ""
        named = divisions.provinces.get(text)
        if named is not None and name in ("", named.name):
            self.reasons.append(Reason.NO_CITY)
            return
        old = [known for known in divisions.old_cities.get(text, ()) if name in ("", known.province)]
        if old:
            within = divisions.counties_named(self.district_text or "", name, text)
            self.reasons.append(Reason.RENAMED_PLACE)
            self.found = within or old
        elif counties := divisions.counties_named(text, name, ""):
            self.reasons.append(Reason.NO_CITY)
            if any(known.old for known in counties):
                self.reasons.append(Reason.RENAMED_PLACE)
            self.found = counties
        elif text in divisions.cities or divisions.has_county(text):
            self.reasons.append(Reason.CONTRADICTS_FIELDS)
        else:
            self.reasons.append(Reason.UNKNOWN_PLACE)

    def _district(self, city: City, implied: str) -> str:
        """Return the canonical district of a known city, "" where there is none or it is not certain."""
        text = self.district_text
        if city.whole:
            above = self.divisions.provinces[city.province].cities
            again = text in above and above[text].city is city if text else True
            self.below = self.beside = "" if again else text or ""
            return ""
        if text is None:
            return implied
        if text == "" or text in PLACEHOLDER:
            return implied or self._no_district(city)
        names = city.districts.get(text, ())
        if not names and not self.divisions.has_county(text):  # 肥乡县 became 肥乡区: the same place
            names = city.districts.get(SUFFIX.sub("", text), ())
        if implied and names and implied not in names:
            self.reasons.append(Reason.CONTRADICTS_FIELDS)
        elif len(names) == 1:
            return names[0]
        elif names:
            self.candidates = [Place(city.province, city.name, name) for name in names]
        elif implied:
            self.below = text
            return implied
        elif self.divisions.has_county(text) or not ZONE.fullmatch(text):
            self._district_unknown(text, city)
        return ""

    def _no_district(self, city: City) -> str:
        """Note the missing district, and the one that the detail begins with."""
        self.reasons.append(Reason.NO_DISTRICT)
        if self.opening.district and self.opening.city == city.name:
            self.found = self.divisions.counties_named(self.opening.district, city.province, city.name)
        return ""

    def _district_unknown(self, text: str, city: City) -> None:
        here = self.divisions.counties_named(text, city.province, city.name)
        if here:
            self.reasons.append(Reason.RENAMED_PLACE)
            self.found = here
        elif self.divisions.has_county(text):
            self.reasons.append(Reason.CONTRADICTS_FIELDS)
        else:
            self.reasons.append(Reason.UNKNOWN_PLACE)

    def _district_alone(self) -> None:
        """Judge a district whose city is missing: it may tell the city, if it is the only one.

        Below a masked province or city it is not judged: what it is held against is hidden.
        """
        text = self.district_text
        if not text or text in PLACEHOLDER or self.found or None in (self.province_text, self.city_text):
            return
        here = self.divisions.counties_named(text, self.province.name if self.province else "", "")
        if here:
            current = [known for known in here if not known.old]
            if not current:
                self.reasons.append(Reason.RENAMED_PLACE)
            self.found = current or here
        elif self.divisions.has_county(text):
            self.reasons.append(Reason.CONTRADICTS_FIELDS)
        elif not ZONE.fullmatch(text):
            self.reasons.append(Reason.UNKNOWN_PLACE)
