"""The shipped rules of the desk."""

from importlib.resources import files

from pipeline.domain.desk_rules import DeskRules, load_desk_rules
from pipeline.rules.divisions import shipped_divisions


def shipped_desk_rules() -> DeskRules:
    """Return the shipped rules; raises ValueError for a file that cannot be used."""
    text = files("pipeline.rules").joinpath("desk.toml").read_text(encoding="utf-8")
    return load_desk_rules(text, shipped_divisions())
