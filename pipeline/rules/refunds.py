"""The shipped refund rules."""

from importlib.resources import files

from pipeline.domain.refunds import Rules, load_rules

FILE = "refund-rules.toml"


def refund_rules_text() -> str:
    """Return the shipped document."""
    return files("pipeline.rules").joinpath(FILE).read_text(encoding="utf-8")


def shipped_refund_rules() -> Rules:
    """Return the shipped rules; raises RulesError when they cannot be used."""
    return load_rules(refund_rules_text(), origin=FILE)
