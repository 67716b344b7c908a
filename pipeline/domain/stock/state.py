"""Everything that is known of one SKU, as one value."""

import struct
import zlib
from collections.abc import Iterator, Mapping
from typing import Any, Final, NamedTuple

import orjson

from pipeline.domain.stock.ledger import Place
from pipeline.domain.stock.reservations import Reservations, unpacked
from pipeline.domain.stock.windows import Windows

LARGE: Final = 1 << 15
"""A state of more bytes than this is stored compressed."""
MANY: Final = 1_000
"""A SKU of a live stream holds many thousand orders: so many are stored in pieces, each written when it
changes. As one they would take 20 ms a batch, were they 14,000."""
PLAIN, PACKED, PIECES = b"{", b"z", b"p"
LENGTH: Final = struct.Struct(">I")


class Front(NamedTuple):
    """The last command of one sort to one storefront; times in ms since 1970 UTC, `answered_ms` 0: not yet.

    `shown`: what it may still show of an allocation, counting its orders since; None for other commands.
    """

    command: str
    command_id: str
    attempt: int
    sent_ms: int
    answered_ms: int = 0
    given_up: bool = False
    shown: int | None = None

    @property
    def is_awaited(self) -> bool:
        """It must still be answered, or sent again."""
        return not self.answered_ms and not self.given_up


def on_hand_of(places: Mapping[str, Place], *, without_silent: bool) -> int | None:
    """Pieces in all warehouses that a ledger counted; None: none did. Silent ones may be held back."""
    known = None
    for place in places.values():
        units = place.ledger_units
        if units is not None and not (without_silent and place.silent):
            known = (known or 0) + units
    return known


class StockState(NamedTuple):
    """One SKU. `fronts`: sort of command and storefront -> the last one.

    `returning`, `transit`: order, or transfer -> (since, units). `suspended_ms`: since when, 0 is not.
    `number` counts suspensions, `said` everything that is told by number. `named`: how many oversold orders
    the open anomaly told of, 0 without one. `swept_ms`: when old matter was last forgotten. `early`: answers
    that overtook their command, as they may in a backlog.
    """

    places: dict[str, Place] = {}  # noqa: RUF012  (no change in place)
    orders: Reservations = Reservations()
    returning: dict[str, tuple[int, int]] = {}  # noqa: RUF012  (likewise)
    transit: dict[str, tuple[int, int]] = {}  # noqa: RUF012  (likewise)
    windows: Windows = Windows()
    fronts: dict[str, Front] = {}  # noqa: RUF012  (likewise)
    reasons: tuple[str, ...] = ()
    suspended_ms: int = 0
    number: int = 0
    said: int = 0
    named: int = 0
    noticed: bool = False
    late: int = 0
    heard_ms: int = 0
    swept_ms: int = 0
    early: dict[str, int] = {}  # noqa: RUF012  (likewise)

    def to_bytes(self) -> bytes:
        """JSON, compressed where it is large; of many orders, lengths and pieces behind a line of JSON."""
        many = len(self.orders.orders) >= MANY
        told = {
            **self._asdict(),
            "places": {name: place.to_json() for name, place in self.places.items()},
            "orders": self.orders.to_json(orders=not many),
            "windows": self.windows.to_json(),
        }
        plain = orjson.dumps(told, default=tuple)
        if many:
            pieces = self.orders.pieces()
            return b"".join((PIECES, plain, b"\n", *(LENGTH.pack(len(one)) + one for one in pieces)))
        return PACKED + zlib.compress(plain, 1) if len(plain) > LARGE else plain

    @classmethod
    def from_bytes(cls, raw: bytes) -> "StockState":
        """Read `to_bytes` back."""
        told = _told(raw)
        return cls(
            **told
            | {
                "places": {name: Place.from_json(*place) for name, place in told["places"].items()},
                "orders": Reservations.from_json(*told["orders"]),
                "returning": {name: tuple(one) for name, one in told["returning"].items()},
                "transit": {name: tuple(one) for name, one in told["transit"].items()},
                "windows": Windows.from_json(*told["windows"]),
                "fronts": {name: Front(*one) for name, one in told["fronts"].items()},
                "reasons": tuple(told["reasons"]),
            }
        )


def _told(raw: bytes) -> dict[str, Any]:
    if raw[:1] == PIECES:
        end = raw.index(b"\n")
        told: dict[str, Any] = orjson.loads(raw[1:end])
        told["orders"][0] = unpacked(_pieces(raw, end + 1))
        return told
    plain: dict[str, Any] = orjson.loads(zlib.decompress(raw[1:]) if raw[:1] == PACKED else raw)
    return plain


def _pieces(raw: bytes, at: int) -> Iterator[bytes]:
    while at < len(raw):
        begin = at + LENGTH.size
        at = begin + LENGTH.unpack_from(raw, at)[0]
        yield raw[begin:at]


class Draft:
    """A state while one decision is made of it: changed in place, and frozen again at its end."""

    places: dict[str, Place]
    orders: Reservations
    returning: dict[str, tuple[int, int]]
    transit: dict[str, tuple[int, int]]
    windows: Windows
    fronts: dict[str, Front]
    reasons: tuple[str, ...]
    suspended_ms: int
    number: int
    said: int
    named: int
    noticed: bool
    late: int
    heard_ms: int
    swept_ms: int
    early: dict[str, int]

    def __init__(self, state: StockState) -> None:
        self.__dict__.update(zip(StockState._fields, state, strict=True))

    def frozen(self) -> StockState:
        """The state as it became."""
        return StockState(**self.__dict__)
