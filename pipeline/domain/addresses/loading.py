"""Reads rules/divisions.csv into the table of divisions; a fault is told with its line."""

import re
from typing import NamedTuple

from pipeline.domain.addresses.divisions import City, Divisions, Known, Place, Province, Spot
from pipeline.domain.addresses.names import province_names, stem, suffixed_names

ABROAD = ("71", "81", "82")
"""Taiwan, Hong Kong, Macao: rows of their own, nothing below them."""

OF_MUNICIPALITY = ("市辖区", "县")
"""Names of the second level of a municipality: no city has such a name."""

DIRECT = "直辖县级行政区划"
"""Ends the name of the row that stands above counties directly under a province."""

TOLD_ALONE = ("定州市", "辛集市")
"""Counties of 河北省 that the province steers: platforms tell them with and without their city."""


class _Row(NamedTuple):
    line: int
    code: str
    name: str
    now: tuple[str, ...]


def load_divisions(text: str) -> Divisions:
    """Return the table; raises ValueError naming the line that is wrong and how to mend it."""
    date = re.search(r"^# date: (\d{4}-\d\d-\d\d)$", text, re.MULTILINE)
    if date is None:
        raise ValueError('divisions.csv: no line "# date: YYYY-MM-DD"; write the day the table holds for')
    rows = _rows(text)
    current = {row.code: row for row in rows if not row.now}
    for row in rows:
        _check(row, current)
    builder = _Builder(current)
    for row in current.values():
        builder.add(row)
    for row in rows:
        if row.now:
            builder.add_old(row, [old for old in rows if old.now])
    return builder.finished(date.group(1))


def _rows(text: str) -> list[_Row]:
    rows: list[_Row] = []
    seen: set[str] = set()
    for number, line in enumerate(text.splitlines(), 1):
        if not line or line.startswith("#") or line == "code,name,now":
            continue
        match = re.fullmatch(r"(\d{6}),([\u4e00-\u9fff]+)(?:,(\d{6}(?: \d{6})*))?", line)
        if match is None:
            raise ValueError(
                f"divisions.csv:{number}: a row is code,name or code,name,codes of what it became"
            )
        code, name, now = match.groups()
        if not now and code in seen:
            raise ValueError(f"divisions.csv:{number}: the code {code} is there twice")
        if not now:
            seen.add(code)
        rows.append(_Row(number, code, name, tuple(now.split()) if now else ()))
    return rows


def _check(row: _Row, current: dict[str, _Row]) -> None:
    lost = [code for code in row.now if code not in current]
    if lost:
        raise ValueError(f"divisions.csv:{row.line}: it became {lost[0]}, which is no row in force")
    for parent in (row.code[:2] + "0000", row.code[:4] + "00"):
        if not row.now and parent not in current:
            raise ValueError(f"divisions.csv:{row.line}: the row {parent} above {row.code} is missing")


class _Builder:
    """Grows the indexes row by row; parents come before their children because codes are sorted."""

    def __init__(self, current: dict[str, _Row]) -> None:
        self.current = current
        self.codes: dict[str, Place] = {}
        self.provinces: dict[str, Province] = {}
        self.by_code: dict[str, City] = {}
        self.counties: dict[str, list[Known]] = {}
        self.old_cities: dict[str, list[Known]] = {}
        self.parents = {code[:4] for code in current if not code.endswith("00")}

    def add(self, row: _Row) -> None:
        if row.code.endswith("0000"):
            self._add_province(row)
        elif row.code.endswith("00"):
            self._add_city(row)
        else:
            self._add_county(row)

    def _province(self, code: str) -> Province:
        return self.provinces[self.current[code[:2] + "0000"].name]

    def _add_province(self, row: _Row) -> None:
        province = Province(row.name, row.code[:2] not in ABROAD)
        for name in province_names(row.name):
            self.provinces[name] = province
        self.codes[row.code] = Place(row.name, "", "")

    def _add_city(self, row: _Row) -> None:
        province = self._province(row.code)
        if row.name.endswith(DIRECT):
            return
        if row.name in OF_MUNICIPALITY:
            known = province.cities.get(province.name)
            city = known.city if known else City(province.name, province.name, False, (province.name,))
            short = stem(province.name)
            spellings = [province.name, short, *OF_MUNICIPALITY, f"{short}城区", f"{short}郊县"]
        else:
            full = suffixed_names(row.name)
            city = City(row.name, province.name, row.code[:4] not in self.parents, full)
            spellings = [*full, stem(row.name)]
        self.by_code[row.code[:4]] = city
        self.codes[row.code] = Place(province.name, city.name, "")
        for name in spellings:
            if name:
                province.cities.setdefault(name, Spot(city))

    def _add_county(self, row: _Row) -> None:
        province = self._province(row.code)
        city = self.by_code.get(row.code[:4])
        if city is None:
            self._add_direct(row, province)
            return
        place = Place(province.name, city.name, row.name)
        self.codes[row.code] = place
        for name in suffixed_names(row.name)[1:]:
            city.suffixed.setdefault(name, row.name)
            city.districts.setdefault(name, (row.name,))
        city.suffixed[row.name] = row.name
        city.districts[row.name] = (row.name,)
        self._name(row.name, Known(place.province, _names(city), (place,), old=False))
        if city.name == province.name or row.name in TOLD_ALONE:  # some tell the district as the city
            province.cities.setdefault(row.name, Spot(city, row.name))

    def _add_direct(self, row: _Row, province: Province) -> None:
        city = City(row.name, province.name, True, suffixed_names(row.name))
        self.codes[row.code] = place = Place(province.name, row.name, "")
        for name in (*suffixed_names(row.name), stem(row.name)):
            province.cities.setdefault(name, Spot(city))
        self._name(row.name, Known(province.name, frozenset({row.name}), (place,), old=False))

    def _name(self, name: str, known: Known) -> None:
        for spelling in suffixed_names(name):
            self.counties.setdefault(spelling, []).append(known)

    def add_old(self, row: _Row, olds: list[_Row]) -> None:
        """Note a place that is no more, under the city of then and the cities of what it became."""
        now = tuple(self.codes[code] for code in row.now)
        above = [old.name for old in olds if old.code == row.code[:4] + "00"]
        city = self.by_code.get(row.code[:4])
        cities = frozenset(above) | (_names(city) if city else frozenset())
        cities |= {name for place in now for name in (place.city, stem(place.city))}
        if row.code.endswith("00"):
            self.old_cities.setdefault(row.name, []).append(Known(now[0].province, cities, now, old=True))
            return
        self.counties.setdefault(row.name, []).append(Known(now[0].province, cities, now, old=True))

    def finished(self, date: str) -> Divisions:
        """Add the stems where they are clear, and freeze."""
        cities: dict[str, dict[str, City]] = {}
        for city in self.by_code.values():
            for name in dict.fromkeys(city.suffixed.values()):
                _add_stem(city, name)
        for province in self.provinces.values():
            for name, spot in province.cities.items():
                if not spot.district and name not in OF_MUNICIPALITY:
                    cities.setdefault(name, {})[spot.city.name] = spot.city
        openings = {name[:2] for name in (*self.provinces, *cities)}
        return Divisions(
            date,
            self.codes,
            self.provinces,
            {name: tuple(found.values()) for name, found in cities.items()},
            {name: tuple(found) for name, found in self.counties.items()},
            {name: tuple(found) for name, found in self.old_cities.items()},
            frozenset(openings),
        )


def _names(city: City) -> frozenset[str]:
    return frozenset({city.name, stem(city.name), *suffixed_names(city.name)} - {""})


def _add_stem(city: City, name: str) -> None:
    short = stem(name)
    if short and short not in city.suffixed:
        city.districts[short] = (*city.districts.get(short, ()), name)
