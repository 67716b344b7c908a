"""The events of the keyed-state job: made from their number alone, so that every result can be checked."""

import zlib
from dataclasses import dataclass, field

KEYS = 20_000
START_MS = 1_767_225_600_000  # 2026-01-01T00:00:00Z


@dataclass(slots=True)
class Expected:
    """Events and units per SKU."""

    accounts: dict[str, tuple[int, int]] = field(default_factory=dict)

    def add(self, sku: str, units: int) -> None:
        count, total = self.accounts.get(sku, (0, 0))
        self.accounts[sku] = (count + 1, total + units)


def order(number: int) -> tuple[str, int, bytes]:
    """Return SKU, units and JSON value (about 180 bytes) of one event; SKUs are spread evenly at random."""
    scattered = zlib.crc32(b"order %d" % number)
    sku = f"SKU-{scattered % KEYS:06d}"
    units = 1 + (scattered >> 16) % 9
    second = number % 86_400
    value = (
        b'{"order_id":"O%012d","sku":"%s","units":%d,"amount_fen":%d,'
        b'"at":"2026-01-01T%02d:%02d:%02d+08:00","note":"leave it with the neighbour, ring twice please",'
        b'"shop":"tmall-1"}'
    ) % (
        number,
        sku.encode(),
        units,
        units * (990 + scattered % 50_000),
        second // 3600,
        second // 60 % 60,
        second % 60,
    )
    return sku, units, value


def differences(expected: dict[str, tuple[int, int]], found: dict[str, tuple[int, int]]) -> list[str]:
    """Return one sentence per key whose account differs."""
    wrong = []
    for sku in sorted(expected.keys() | found.keys()):
        if expected.get(sku) != found.get(sku):
            wrong.append(f"{sku}: expected {expected.get(sku)}, found {found.get(sku)}")
    return wrong
