"""The pages of the board, in the order of its navigation; each is a file in app_pages/ and an address."""

from typing import Final, NamedTuple

from dashboard.identity import Role


class Page(NamedTuple):
    """One page: its name, the key of its title, its icon, and who may open it."""

    name: str
    title: str
    icon: str
    role: Role


PAGES: Final = (
    Page("health", "title", ":material/monitor_heart:", Role.VIEWER),
    Page("exceptions", "nav_exceptions", ":material/rule:", Role.VIEWER),
    Page("orders", "nav_orders", ":material/list_alt:", Role.VIEWER),
    Page("order", "nav_order", ":material/timeline:", Role.VIEWER),
    Page("sku", "nav_sku", ":material/inventory_2:", Role.VIEWER),
    Page("csdi", "nav_csdi", ":material/verified:", Role.VIEWER),
    Page("desk", "nav_desk", ":material/support_agent:", Role.AGENT),
    Page("ship", "nav_ship", ":material/local_shipping:", Role.AGENT),
)
NAMES: Final = frozenset(page.name for page in PAGES)
