"""The stock policy as a document: the shipped one says the defaults, a wrong one is refused."""

import pytest

from pipeline.domain.stock import StockPolicy
from pipeline.domain.stock.document import StockRulesError, load_stock_rules
from pipeline.rules.stock import shipped_stock_rules

HEAD = "schema_version = 1\n"


def test_the_shipped_document_says_the_defaults_of_the_code() -> None:
    assert shipped_stock_rules().stock == StockPolicy()
    assert load_stock_rules(HEAD, "x").stock == StockPolicy()


def test_a_document_sets_limits_bundles_shares_and_when_orders_reserve() -> None:
    text = """
storefronts = ["tmall", "douyin"]
[reserve]
jd = "paid"
[category]
shoes = ["SHOE-*"]
[[rule]]
category = "shoes"
safety_units = 10
min_suspended_s = 5
[[warehouse]]
name = "cloud-1"
counts_every_s = 60
[bundle.BOX]
A = 2
[[allocation]]
category = "shoes"
share = { tmall = 0.5 }
"""
    rules = load_stock_rules(HEAD + text, "x")
    limits = rules.stock.of("SHOE-7")
    assert (limits.safety_units, limits.min_suspended_ms, limits.deviation_units) == (10, 5_000, 5)
    assert rules.stock.silent_after_ms("cloud-1") == 180_000
    assert rules.stock.allocation_of("SHOE-7") is not None
    assert rules.stock.allocation_of("HAT") is None
    assert rules.reserving.bundles == {"BOX": {"A": 2}}
    assert rules.reserving.when == {"jd": "paid"}


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("[defaults]\nsafety = 1", "x: defaults.safety: Extra inputs are not permitted"),
        ("[defaults]\nsafety_units = -1", "x: defaults.safety_units: Input should be greater than"),
        ("[[rule]]\nsafety_units = 1", "a rule names exactly one of sku, category, warehouse"),
        ('[[rule]]\nsku = "A"', "a rule sets something"),
        ('[[rule]]\ncategory = "B"\nsafety_units = 1', 'there is no category "B"'),
        ('[[allocation]]\nsku = "A"\nshare = { tmall = 0.7, jd = 0.4 }', "the shares add up to 1.1"),
        ('[[allocation]]\nsku = "A"\nshare = { ebay = 0.7 }', '"ebay" is none of the storefronts'),
        ("[bundle.A]\nB = 1\n[bundle.B]\nC = 1", 'bundle "A" holds the bundle "B"'),
        ('[reserve]\njd = "later"', "x: reserve.jd"),
        ("nonsense", "x: no TOML"),
    ],
)
def test_a_wrong_document_is_refused_in_one_sentence(text: str, sentence: str) -> None:
    with pytest.raises(StockRulesError) as refusal:
        load_stock_rules(HEAD + text, "x")
    assert sentence in str(refusal.value)
    assert "\n" not in str(refusal.value) or "TOML" in sentence
