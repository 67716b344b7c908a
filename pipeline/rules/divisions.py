"""The shipped table of provinces, cities and districts."""

from functools import cache
from importlib.resources import files

from pipeline.domain.addresses import Divisions, load_divisions


@cache
def shipped_divisions() -> Divisions:
    """Return the shipped table; read once, because receivers, the desk and warehouses all go by it."""
    return load_divisions(files("pipeline.rules").joinpath("divisions.csv").read_text(encoding="utf-8"))
