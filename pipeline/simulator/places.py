"""Where the simulated customers live: real divisions, invented streets."""

from dataclasses import dataclass
from functools import cache
from importlib.resources import files

from pipeline.domain.addresses import load_divisions


@dataclass(frozen=True, slots=True)
class Place:
    """One city; `districts` is empty where the city has none by law."""

    province: str
    city: str
    districts: tuple[str, ...]


@cache
def places() -> tuple[Place, ...]:
    """Read the codes of places.csv, and their names from the one table of divisions."""
    table = files("pipeline.rules").joinpath("divisions.csv").read_text(encoding="utf-8")
    codes = load_divisions(table).codes
    text = files("pipeline.simulator").joinpath("places.csv").read_text(encoding="utf-8")
    rows = [line.split(",") for line in text.splitlines() if line and not line.startswith("#")][1:]
    return tuple(
        Place(codes[city].province, codes[city].city, tuple(codes[code].district for code in below.split()))
        for city, below in rows
    )
