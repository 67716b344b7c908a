"""Reads province, city and district at the beginning of a text, where they surely stand there."""

import re
from collections.abc import Container, Iterator
from typing import NamedTuple

from pipeline.domain.addresses.divisions import City, Divisions, Spot, places_of

LONGEST_NAME = 15
GAPS = " ,.、/|;:\t\n-_>"

NO_PLACE = re.compile(r"[场级立属政委府道直路街]|民[^族权主]|中心")
"""What follows 市 or 省 in words that name no place: 上海市场, 浙江省道, 广东省立."""

BODY = re.compile(
    r"[^路街道巷村镇号]{0,16}(?:公司|医院|大学|学院|学校|[中小]学|驻|办事处|银行|商会|集团|军区|法院|[局厅]"
    r"|宾馆|酒店|饭店|会馆|大厦)"
)
"""Bodies that carry the name of a place and may stand anywhere: 江苏省驻京办事处."""


class Opening(NamedTuple):
    """Canonical names that a text begins with, "" where it names none, and what follows them.

    `district` may be one that is no more (下城区): it stays as it was written.
    """

    province: str
    city: str
    district: str
    rest: str


def read_opening(text: str, divisions: Divisions, home: City | None = None) -> Opening:
    """Return what the text begins with; a bare name counts only before a place within it.

    So 上海浦东新区 is a place and 上海城, 陕西南路, 重庆路, 四川北路 are none. `home`: the city that the
    fields tell; its districts count without a name above them, no others do (朝阳区 is never picked).
    """
    start = text.removeprefix("中国").lstrip(GAPS)
    if start[:2] in divisions.openings:
        found = _from_province(start, divisions) or _from_city(start, divisions)
        if found is not None:
            return found
    if home is not None:
        for name, rest in _spellings(start, home.suffixed):
            return Opening(home.province, home.name, home.suffixed[name], rest)
    return Opening("", "", "", start)


def _spellings(text: str, names: Container[str]) -> Iterator[tuple[str, str]]:
    """Give the names that the text begins with, longest first, with what follows."""
    for length in range(min(len(text), LONGEST_NAME), 1, -1):
        if text[:length] in names:
            yield text[:length], text[length:].lstrip(GAPS)


def _from_province(text: str, divisions: Divisions) -> Opening | None:
    for name, rest in _spellings(text, divisions.provinces):
        province = divisions.provinces[name]
        sure = name == province.name and NO_PLACE.match(rest) is None
        for below, after in _spellings(rest, province.cities):
            found = _in_city(below, province.cities[below], after, sure, divisions)
            if found is not None:
                return found
        for below, after in _spellings(rest, divisions.counties):
            places = places_of(divisions.counties_named(below, province.name, ""))
            if len(places) == 1 and divisions.has_county(below):
                return Opening(*places[0], after)
        if sure and BODY.match(rest) is None:
            return Opening(province.name, "", "", rest)
    return None


def _from_city(text: str, divisions: Divisions) -> Opening | None:
    for name, rest in _spellings(text, divisions.cities):
        cities = divisions.cities[name]
        found = _in_city(name, Spot(cities[0]), rest, False, divisions) if len(cities) == 1 else None
        if found is not None:
            return found
    return None


def _in_city(name: str, spot: Spot, rest: str, within: bool, divisions: Divisions) -> Opening | None:
    """Return the opening that names this city; None when its bare name is not followed by a district of it.

    `within`: the province stands before it in full, so that nothing else can be meant.
    """
    city, district = spot
    if district:
        return Opening(city.province, city.name, district, rest)
    for below, after in _spellings(rest, city.suffixed):
        return Opening(city.province, city.name, city.suffixed[below], after)
    for below, after in _spellings(rest, divisions.counties):
        if divisions.counties_named(below, city.province, city.name):
            return Opening(city.province, city.name, below, after)
    if name in city.full and NO_PLACE.match(rest) is None and (within or BODY.match(rest) is None):
        return Opening(city.province, city.name, "", rest)
    return None
