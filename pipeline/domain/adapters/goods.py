"""Reads which goods an order or a parcel names: SKU by SKU, however many lines name one."""

from pipeline.domain.adapters.document import FieldSpec, GoodsSpec
from pipeline.domain.adapters.fields import Field
from pipeline.domain.adapters.lines import Goods
from pipeline.domain.adapters.paths import Item, getter
from pipeline.domain.adapters.values import Unreadable, Values


class GoodsReader:
    """Reads the goods of one item by its document."""

    def __init__(self, spec: GoodsSpec, values: Values) -> None:
        self._each = getter(spec.each) if spec.each else None
        self._sku = Field("sku", FieldSpec(at=spec.sku), values, "fen").read
        self._units = Field("units", FieldSpec(at=spec.units), values, "fen").read

    def read(self, item: Item, around: Item) -> Goods | None:
        """Return the goods, None where none are named; raises Unreadable for a line without its SKU."""
        lines = [item] if self._each is None else self._each(item, around)
        found: Goods = {}
        for line in lines if type(lines) is list else [lines]:
            if type(line) is not dict:
                continue
            units = self._units(line, item)
            if units is None:
                continue
            sku = self._sku(line, item)
            if sku is None:
                raise Unreadable("goods: field 'sku' is missing")
            found[sku] = found.get(sku, 0) + units
        return found or None
