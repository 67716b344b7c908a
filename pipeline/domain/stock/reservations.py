"""Who reserves what of one SKU: each order's own account, running totals, and the orders beyond what is
there.

Open reservations stand in line by the instant they were made, then by order number. What is on hand serves
the line from its front; those it does not reach in full are beyond it: the last reserved first (domain.md
section 4). Nothing here adds up all orders: a change costs one place in the line, however long it is.
"""

import zlib
from bisect import bisect_left
from collections.abc import Iterable
from typing import Any, Final, NamedTuple

import orjson

from pipeline.domain.stock.book import Book

ORDERS_MOST: Final = 40_000
"""Most orders remembered of one SKU, open and of the last two days: its state must fit one record."""


class Reservation(NamedTuple):
    """One order's account of the SKU. `shipped` by the order's judge, `moved` by movements that name it.

    `step`: the last word of the judge that was heard; `at_ms`: when it first reserved; `heard_ms`: when it
    was last spoken of, by the event clock.
    """

    step: int = -1
    at_ms: int = 0
    platform: str = ""
    reserved: int = 0
    released: int = 0
    shipped: int = 0
    moved: int = 0
    heard_ms: int = 0

    @property
    def open(self) -> int:
        """Pieces that are still to leave for it."""
        return max(0, self.reserved - self.released - max(self.shipped, self.moved))


Place = tuple[int, str]
"""(reserved at, order): the place in the line."""


class Reservations(NamedTuple):
    """Every order of one SKU. `beyond`: how many at the end of `line` are not served; `beyond_units`."""

    orders: Book[Reservation] = Book()
    line: list[Place] = []  # noqa: RUF012  (likewise)
    units: int = 0
    platforms: dict[str, tuple[int, int]] = {}  # noqa: RUF012  (likewise)
    beyond: int = 0
    beyond_units: int = 0

    def of(self, order: str) -> Reservation:
        """The account of an order; an unknown one has reserved nothing."""
        return self.orders.get(order) or Reservation()

    def put(self, order: str, after: Reservation) -> tuple["Reservations", dict[str, bool]]:
        """Take an order's new account; with it, which orders it put beyond (True) or took from there (False).

        `at_ms` may change only while the order has nothing open: by it the order is found in the line.
        """
        before = self.orders.get(order)
        was, now = 0 if before is None else before.open, after.open
        orders = self.orders.put(order, after)
        if was == now:
            return self._replace(orders=orders), {}
        units, count = self.platforms.get(after.platform, (0, 0))
        held = (units + now - was, count + (now > 0) - (was > 0))
        platforms = {**self.platforms, after.platform: held}
        if not held[1]:
            del platforms[after.platform]
        place = (after.at_ms, order)
        edge, at = len(self.line) - self.beyond, bisect_left(self.line, place)
        is_beyond = at > edge if was == 0 else at >= edge
        beyond_units = self.beyond_units + (now - was) * is_beyond
        units = self.units + now - was
        if was and now:
            return Reservations(orders, self.line, units, platforms, self.beyond, beyond_units), {}
        line = self.line.copy()
        if now:
            line.insert(at, place)
        else:
            del line[at]
        beyond = self.beyond + is_beyond * (1 if now else -1)
        told = {order: now > 0} if is_beyond else {}
        return Reservations(orders, line, units, platforms, beyond, beyond_units), told

    def served(self, missing: int) -> tuple["Reservations", dict[str, bool]]:
        """Move the edge of what is served, `missing` pieces being short; with it who came beyond or back."""
        beyond, units, told = self.beyond, self.beyond_units, dict[str, bool]()
        line, count = self.line, len(self.line)
        while beyond and units - self.of(line[count - beyond][1]).open >= missing:
            order = line[count - beyond][1]
            units -= self.of(order).open
            beyond -= 1
            told[order] = False
        while units < missing and beyond < count:
            beyond += 1
            order = line[count - beyond][1]
            units += self.of(order).open
            told[order] = True
        if beyond == self.beyond and units == self.beyond_units:
            return self, {}
        return self._replace(beyond=beyond, beyond_units=units), told

    def oversold(self) -> list[str]:
        """The orders beyond what is there, first reserved first."""
        return [order for _, order in self.line[len(self.line) - self.beyond :]]

    def forget(self, before_ms: int) -> "Reservations":
        """Return them without settled orders of which nobody has spoken since `before_ms`."""
        old = [name for name, one in self.orders.items() if one.heard_ms < before_ms and one.open == 0]
        return self._replace(orders=self.orders.drop(old)) if old else self

    def to_json(self, *, orders: bool = True) -> list[Any]:
        """What must be kept; the rest follows from it. Without `orders` they are told in `pieces`."""
        return [_plain(self.orders.items()) if orders else {}, self.beyond, self.beyond_units]

    def pieces(self) -> list[bytes]:
        """The orders' accounts as pieces of compressed JSON; only those that changed are made anew."""
        return self.orders.pieces(_packed)

    @classmethod
    def from_json(cls, orders: dict[str, list[Any]], beyond: int, beyond_units: int) -> "Reservations":
        """Read `to_json` back."""
        known = {name: Reservation(*one) for name, one in orders.items()}
        line = sorted((one.at_ms, name) for name, one in known.items() if one.open)
        platforms = _by_platform(known.values())
        units = sum(units for units, _ in platforms.values())
        return cls(Book.of(known), line, units, platforms, beyond, beyond_units)


def _plain(orders: Iterable[tuple[str, Reservation]]) -> dict[str, tuple[Any, ...]]:
    return {name: tuple(one) for name, one in orders}


def _packed(orders: dict[str, Reservation]) -> bytes:
    return zlib.compress(orjson.dumps(_plain(orders.items())), 1)


def unpacked(pieces: Iterable[bytes]) -> dict[str, list[Any]]:
    """Read `Reservations.pieces` back into what `from_json` takes."""
    return {name: one for piece in pieces for name, one in orjson.loads(zlib.decompress(piece)).items()}


def _by_platform(orders: Iterable[Reservation]) -> dict[str, tuple[int, int]]:
    found: dict[str, tuple[int, int]] = {}
    for one in orders:
        if one.open:
            units, count = found.get(one.platform, (0, 0))
            found[one.platform] = (units + one.open, count + 1)
    return found
