"""What happened to one SKU by tumbling windows of event time: [start, start + length), kept so long.

Late data goes into its own window while that is kept; later it is only counted as late. The windows of
ClickHouse are computed from the same facts (v_sku_windows), and a test holds the two equal.
"""

from typing import Any, Final, NamedTuple

SOLD, RESERVED, RELEASED, OUTBOUND, RETURNED, COUNTS, DEVIATION_MAX, SUSPENSIONS = range(8)
NAMES: Final = (
    "sold", "reserved", "released", "outbound", "returned", "counts", "deviation_max", "suspensions"
)  # fmt: skip
EMPTY: Final = (0,) * len(NAMES)
PART: Final = 24
"""Windows that are kept together: a change copies one part and the list of parts."""

Row = tuple[int, ...]
Parts = dict[int, dict[int, Row]]  # number of the part -> number of the window -> its figures


class Windows(NamedTuple):
    """The windows of every length (ms), and how many facts came too late for each of them."""

    parts: dict[int, Parts] = {}  # noqa: RUF012  (no change in place)
    late: int = 0

    def add(
        self, kept: tuple[tuple[int, int], ...], at_ms: int, figure: int, units: int, now_ms: int
    ) -> "Windows":
        """Add units to a figure of the windows of that instant; the largest counts of DEVIATION_MAX."""
        parts, late = dict(self.parts), 0
        for length, kept_ms in kept:
            number = at_ms // length
            if (number + 1) * length <= now_ms - kept_ms:
                late = 1
                continue
            parts[length] = _added(parts.get(length, {}), number, figure, units)
        return Windows(parts, self.late + late)

    def of(self, length: int) -> dict[int, Row]:
        """The windows of one length: start (ms since 1970 UTC) -> figures, in the order of NAMES."""
        held = self.parts.get(length, {})
        return {n * length: row for part in held.values() for n, row in sorted(part.items())}

    def forget(self, kept: tuple[tuple[int, int], ...], now_ms: int) -> "Windows":
        """Drop what is no longer kept."""
        parts: dict[int, Parts] = {}
        for length, kept_ms in kept:
            first = (now_ms - kept_ms) // length
            alive = {
                number: {n: row for n, row in part.items() if n >= first}
                for number, part in self.parts.get(length, {}).items()
                if (number + 1) * PART > first
            }
            parts[length] = {number: part for number, part in alive.items() if part}
        return Windows(parts, self.late)

    def to_json(self) -> list[Any]:
        """[[length, [window, figures...]...], late]."""
        told = [
            [length, *([n, *row] for part in parts.values() for n, row in part.items())]
            for length, parts in self.parts.items()
        ]
        return [told, self.late]

    @classmethod
    def from_json(cls, told: list[Any], late: int) -> "Windows":
        """Read `to_json` back."""
        parts: dict[int, Parts] = {}
        for length, *rows in told:
            held = parts.setdefault(length, {})
            for number, *figures in rows:
                held.setdefault(number // PART, {})[number] = tuple(figures)
        return cls(parts, late)


def _added(parts: Parts, number: int, figure: int, units: int) -> Parts:
    place = number // PART
    part = parts.get(place, {})
    row = list(part.get(number, EMPTY))
    row[figure] = max(row[figure], units) if figure == DEVIATION_MAX else row[figure] + units
    parts = parts.copy()
    parts[place] = part = part.copy()
    part[number] = tuple(row)
    return parts
