"""The shipped stock policy."""

from importlib.resources import files

from pipeline.domain.policy import DAY_MS
from pipeline.domain.stock.document import StockRules, load_stock_rules

FILE = "stock.toml"


def stock_rules_text() -> str:
    """Return the shipped document."""
    return files("pipeline.rules").joinpath(FILE).read_text(encoding="utf-8")


def shipped_stock_rules(retention_ms: int = 45 * DAY_MS) -> StockRules:
    """Return the shipped rules; raises StockRulesError when they cannot be used."""
    return load_stock_rules(stock_rules_text(), FILE, retention_ms)
