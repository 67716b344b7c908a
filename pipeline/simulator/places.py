"""Where the simulated customers live: real divisions, invented streets."""

from dataclasses import dataclass
from functools import cache
from importlib.resources import files


@dataclass(frozen=True, slots=True)
class Place:
    """One city; `districts` is empty where the city has none by law."""

    province: str
    city: str
    districts: tuple[str, ...]


@cache
def places() -> tuple[Place, ...]:
    """Read divisions.csv; its first lines say as of when it holds."""
    text = files("pipeline.simulator").joinpath("divisions.csv").read_text(encoding="utf-8")
    rows = [line.split(",") for line in text.splitlines() if line and not line.startswith("#")]
    return tuple(Place(province, city, tuple(districts.split())) for province, city, districts in rows[1:])
