"""The warehouses that goods are returned to, and which of them is nearest (domain.md section 14)."""

import tomllib
from dataclasses import dataclass, field
from typing import Literal, NamedTuple

from pipeline.domain.addresses import Divisions

Nearness = Literal["same_city", "same_province", "shop_default"]


class Warehouse(NamedTuple):
    """A warehouse that takes returns; province and city by their names in rules/divisions.csv."""

    name: str
    province: str
    city: str


@dataclass(frozen=True, slots=True)
class Warehouses:
    """Every warehouse, in the order of preference, and the default of each shop ("": of any other shop)."""

    every: tuple[Warehouse, ...] = ()
    defaults: dict[str, str] = field(default_factory=dict)

    def nearest(self, shop: str, province: str, city: str) -> tuple[str, Nearness] | None:
        """Return the warehouse for a customer there and the rule that chose it; None: none can be named.

        Same city, else same province, else the shop's default; of several the first in the list.
        """
        for warehouse in self.every:
            if city and (warehouse.province, warehouse.city) == (province, city):
                return warehouse.name, "same_city"
        for warehouse in self.every:
            if province and warehouse.province == province:
                return warehouse.name, "same_province"
        default = self.defaults.get(shop) or self.defaults.get("")
        return (default, "shop_default") if default else None


def load_warehouses(text: str, divisions: Divisions) -> Warehouses:
    """Return the warehouses of a TOML document; raises ValueError that names the fault and how to mend it."""
    try:
        document = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise ValueError(f"warehouses: no TOML: {error}") from error
    places = {(place.province, place.city) for place in divisions.codes.values()}
    every: dict[str, Warehouse] = {}
    for entry in document.get("warehouse", []):
        warehouse = _read(entry)
        if warehouse.name in every:
            raise ValueError(f"warehouses: {warehouse.name} is there twice")
        if (warehouse.province, warehouse.city) not in places:
            where = f"{warehouse.province} {warehouse.city}"
            raise ValueError(f"warehouses: {warehouse.name}: {where} is no city of rules/divisions.csv")
        every[warehouse.name] = warehouse
    defaults = dict(document.get("default", {}))
    for shop, name in defaults.items():
        if name not in every:
            raise ValueError(f"warehouses: the default of shop {shop!r} is {name}, which is not in the list")
    return Warehouses(tuple(every.values()), defaults)


def _read(entry: object) -> Warehouse:
    if not isinstance(entry, dict) or set(entry) != {"name", "province", "city"}:
        raise ValueError(f"warehouses: {entry} needs name, province and city, and nothing else")
    if not all(isinstance(value, str) for value in entry.values()) or not entry["name"]:
        raise ValueError(f"warehouses: {entry}: name, province and city are texts, and a name is not empty")
    return Warehouse(**entry)
