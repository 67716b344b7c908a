"""The filters that lists share: platform, warehouse and period, each linked to the address."""

from dashboard import live
from dashboard.frame import choose_platform, choose_warehouse, choose_window
from dashboard.queries.chosen import Chosen
from dashboard.queries.where import read_warehouse_stages, read_warehouses
from dashboard.view_models.warehouses import names_of
from dashboard.words import Words
from schemas.vocabulary import Platform


def choose_within(say: Words) -> Chosen:
    """Draw the three of them and return what is chosen; without a choice nothing is left out."""
    platform = choose_platform(say, list(Platform))
    packed = live.ask("warehouse_stages", read_warehouse_stages).value or ()
    told = live.ask("warehouses", read_warehouses).value or ()
    warehouse = choose_warehouse(say, names_of(packed, told))
    return Chosen(platform, warehouse, choose_window(say, "all"))
