"""The shipped table of divisions, read once for all tests."""

from importlib.resources import files

from pipeline.domain.addresses import load_divisions

DIVISIONS = load_divisions(files("pipeline.rules").joinpath("divisions.csv").read_text(encoding="utf-8"))
