"""The filters that lists share: platform, warehouse and period, each linked to the address."""

from collections.abc import Mapping, Sequence

from dashboard import chips, live
from dashboard.frame import choose_platform, choose_warehouse, choose_window
from dashboard.queries.chosen import Chosen
from dashboard.queries.where import read_warehouse_stages, read_warehouses
from dashboard.view_models.chips import Filter, platform_filter, warehouse_filter, window_filter
from dashboard.view_models.warehouses import names_of
from dashboard.words import Words
from schemas.vocabulary import Platform


def choose_within(say: Words) -> Chosen:
    """Draw the three of them and return what is chosen; without a choice nothing is left out."""
    platform = choose_platform(say, list(Platform))
    return Chosen(platform, choose_known_warehouse(say), choose_window(say, "all"))


def choose_known_warehouse(say: Words) -> str:
    """Draw the choice among the warehouses that pack or count, and return the chosen one."""
    packed = live.ask("warehouse_stages", read_warehouse_stages).value or ()
    told = live.ask("warehouses", read_warehouses).value or ()
    return choose_warehouse(say, names_of(packed, told))


def show_chips(page: str, chosen: Chosen, say: Words, others: Sequence[Filter] = (), **more: str) -> None:
    """Draw what the page is narrowed by; `more` is what else its address says, some of it by `others`."""
    known = (*others, platform_filter(say), warehouse_filter(say), window_filter(say, "all"))
    said: Mapping[str, str] = {**more, **chosen._asdict()}
    chips.show(page, known, said, say)
