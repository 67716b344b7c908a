"""The shipped rules of the desk."""

from importlib.resources import files

from pipeline.domain.addresses import load_divisions
from pipeline.domain.desk_rules import DeskRules, load_desk_rules


def shipped_desk_rules() -> DeskRules:
    """Return the shipped rules; raises ValueError for a file that cannot be used."""
    folder = files("pipeline.rules")
    divisions = load_divisions(folder.joinpath("divisions.csv").read_text(encoding="utf-8"))
    return load_desk_rules(folder.joinpath("desk.toml").read_text(encoding="utf-8"), divisions)
