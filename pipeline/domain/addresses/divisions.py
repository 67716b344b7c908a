"""The table of divisions as the checks use it: every spelling of a place leads to its canonical name."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import NamedTuple


class Place(NamedTuple):
    """A full place; `district` is empty where the city has none."""

    province: str
    city: str
    district: str

    def __str__(self) -> str:
        return "|".join(self)


class Known(NamedTuple):
    """A county-level place as people may name it, and what stands there today.

    `cities`: all names of the city it is told under. `now`: the one place itself, or what an old one became.
    """

    province: str
    cities: frozenset[str]
    now: tuple[Place, ...]
    old: bool


@dataclass(frozen=True, slots=True)
class City:
    """A prefecture, a municipality or a county directly under its province.

    `whole`: it has no districts by law, so that none is judged. `districts`: spelling -> canonical names
    (several where two share a stem, 伊宁市 and 伊宁县). `suffixed`: the spellings of districts, and `full`
    those of the city, that say what kind of place it is.
    """

    name: str
    province: str
    whole: bool
    full: tuple[str, ...]
    districts: dict[str, tuple[str, ...]] = field(default_factory=dict)
    suffixed: dict[str, str] = field(default_factory=dict)


class Spot(NamedTuple):
    """What a text in the city field means: a city, and the district it names as well ("" for none)."""

    city: City
    district: str = ""


@dataclass(frozen=True, slots=True)
class Province:
    """`judged` is false for Hong Kong, Macao and Taiwan, below which the table knows nothing."""

    name: str
    judged: bool
    cities: dict[str, Spot] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Divisions:
    """The whole table. `date`: the day it holds for, as YYYY-MM-DD.

    `codes`: code -> place in force. `cities` and `counties`: spelling -> places of that name anywhere,
    the counties with those that are no more. `old_cities`: name -> the counties told under it.
    """

    date: str
    codes: dict[str, Place]
    provinces: dict[str, Province]
    cities: dict[str, tuple[City, ...]]
    counties: dict[str, tuple[Known, ...]]
    old_cities: dict[str, tuple[Known, ...]]
    openings: frozenset[str]

    def counties_named(self, name: str, province: str, city: str) -> list[Known]:
        """Return the counties of that name, "" standing for any province or city."""
        return [known for known in self.counties.get(name, ()) if _within(known, province, city)]

    def has_county(self, name: str) -> bool:
        """Tell whether a county of just that name is in force somewhere."""
        return any(not known.old for known in self.counties.get(name, ()))


def places_of(found: Iterable[Known]) -> list[Place]:
    """Return what stands today at these counties, each once, in the order of the table."""
    return list(dict.fromkeys(place for known in found for place in known.now))


def _within(known: Known, province: str, city: str) -> bool:
    return (not province or known.province == province) and (not city or city in known.cities)
