"""The rules of the desk as data: which places and differences may be chosen, and the wording of reasons."""

import tomllib
from collections.abc import Iterable, Mapping
from typing import Any, Final, NamedTuple

from pipeline.domain.addresses import Divisions
from schemas.desk import DeskReason, Spot

PERCENT: Final = 100


class Difference(NamedTuple):
    """One difference that may be refunded: `value` fen, or (`percent`) that share of what was paid."""

    name: str
    percent: bool
    value: int

    def amount_fen(self, paid_fen: int) -> int:
        """What it comes to, in whole fen."""
        return paid_fen * self.value // PERCENT if self.percent else self.value


class DeskRules(NamedTuple):
    """What may be chosen. `places`: province -> city -> districts; a city without districts has none.

    A province below which the table knows nothing has no cities. `wording`: reason -> language -> words.
    """

    places: Mapping[str, Mapping[str, tuple[str, ...]]]
    differences: tuple[Difference, ...]
    wording: Mapping[DeskReason, Mapping[str, str]]

    def holds(self, spot: Spot) -> bool:
        """Tell whether these are exactly a province, a city and a district that may be chosen."""
        cities = self.places.get(spot.province)
        if cities is None:
            return False
        if not cities:
            return not spot.city and not spot.district
        districts = cities.get(spot.city)
        if districts is None:
            return False
        return spot.district in districts if districts else not spot.district

    def provinces(self) -> tuple[str, ...]:
        """The first choice."""
        return tuple(self.places)

    def cities(self, province: str) -> tuple[str, ...]:
        """The second; empty where the table knows nothing below the province."""
        return tuple(self.places.get(province, {}))

    def districts(self, province: str, city: str) -> tuple[str, ...]:
        """The third; empty where the city has no districts."""
        return self.places.get(province, {}).get(city, ())


def load_desk_rules(text: str, divisions: Divisions) -> DeskRules:
    """Return the rules of a TOML document; raises ValueError that names the fault and how to mend it."""
    try:
        document = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise ValueError(f"desk rules: no TOML: {error}") from error
    differences = tuple(_difference(entry) for entry in document.get("difference", []))
    names = [difference.name for difference in differences]
    if len(names) != len(set(names)):
        raise ValueError("desk rules: two differences have one id")
    return DeskRules(_places(divisions), differences, _wording(document.get("reason", {})))


def _difference(entry: Any) -> Difference:  # whatever the document holds there
    match entry:
        case {"id": str(name), "kind": "fixed" | "percent" as kind, "value": int(value), **rest}:
            most = PERCENT if kind == "percent" else None
            if name and not rest and value > 0 and (most is None or value <= most):
                return Difference(name, kind == "percent", value)
    raise ValueError(
        f"desk rules: {entry} is no difference; it needs id, kind (fixed or percent) and value"
        " (whole fen, or 1 to 100), and nothing else"
    )


def _wording(told: Any) -> dict[DeskReason, dict[str, str]]:  # whatever the document holds there
    named = set(told) if isinstance(told, dict) else set()
    known = {str(reason) for reason in DeskReason}
    if named != known:
        raise ValueError(f"desk rules: the reasons {_listed(named ^ known)} are missing, or are none")
    for reason, words in told.items():
        if set(words) != {"zh", "en"} or not all(words.values()):
            raise ValueError(f"desk rules: the reason {reason} needs its words in zh and en")
    return {DeskReason(reason): dict(words) for reason, words in told.items()}


def _listed(names: Iterable[str]) -> str:
    return ", ".join(sorted(names))


def _places(divisions: Divisions) -> dict[str, dict[str, tuple[str, ...]]]:
    places: dict[str, dict[str, tuple[str, ...]]] = {}
    for place in divisions.codes.values():
        cities = places.setdefault(place.province, {})
        if place.city:
            before = cities.get(place.city, ())
            cities[place.city] = (*before, place.district) if place.district else before
    return places
