"""What lies in one warehouse of one SKU, by the ledger and by the warehouse's own count.

On hand is the last count by its own time (then version) and every movement that happened after it; one at
the very instant is in the count. So a count that arrives late is corrected by time, not by arrival.
"""

from bisect import bisect_right
from typing import Any, Final, NamedTuple

from pipeline.domain.stock.book import Book

LEDGER: Final = "ledger"
CLOUD: Final = "cloud"


class Count(NamedTuple):
    """One count: when it was taken, its version, how many there were."""

    at_ms: int
    version: int
    units: int


class Calibration(NamedTuple):
    """One correction of the ledger: it stands at the cloud count that showed it, made at `said_ms`."""

    at_ms: int
    units: int
    said_ms: int


class Place(NamedTuple):
    """One warehouse. `moves`: (happened at, units) by time; `known`: what was heard, with its time.

    `ledger_moved`, `cloud_moved`: everything that moved since that count, kept as running totals.
    `deviation`: what was told last, None: not compared yet. `alarmed`, `leaking`: what is open about it.
    `heard_ms`: the time of the warehouse's own last count; `silent`: it aged, since that is long ago.
    """

    ledger: Count | None = None
    cloud: Count | None = None
    ledger_moved: int = 0
    cloud_moved: int = 0
    moves: list[tuple[int, int]] = []  # noqa: RUF012  (no change in place)
    known: Book[int] = Book()
    calibrations: tuple[Calibration, ...] = ()
    deviation: int | None = None
    alarmed: bool = False
    leaking: bool = False
    heard_ms: int = 0
    silent: bool = False

    @property
    def ledger_units(self) -> int | None:
        """On hand by the ledger, None: it never counted."""
        count = self.ledger
        if count is None:
            return None
        calibrated = sum(one.units for one in self.calibrations if one.at_ms > count.at_ms)
        return count.units + self.ledger_moved + calibrated

    @property
    def cloud_units(self) -> int | None:
        """On hand by the warehouse's own count, None: it never counted."""
        return None if self.cloud is None else self.cloud.units + self.cloud_moved

    @property
    def compared(self) -> int | None:
        """Cloud minus ledger as of now, None until both have spoken."""
        ledger, cloud = self.ledger_units, self.cloud_units
        return None if ledger is None or cloud is None else cloud - ledger

    def hear_count(self, counter: str, count: Count) -> "Place":
        """Take a count; an older one than what is known changes nothing but what is remembered as heard."""
        name = f"{counter}|{count.at_ms}|{count.version}|{count.units}"
        place = self._replace(known=self.known.put(name, count.at_ms))
        held = self.ledger if counter == LEDGER else self.cloud
        if held is not None and count <= held:
            return place
        moved = moved_after(self.moves, count.at_ms)
        if counter == LEDGER:
            return place._replace(ledger=count, ledger_moved=moved)
        silent = self.silent and count.at_ms <= self.heard_ms
        heard_ms = max(self.heard_ms, count.at_ms)
        return place._replace(cloud=count, cloud_moved=moved, heard_ms=heard_ms, silent=silent)

    def has_count(self, counter: str, count: Count) -> bool:
        """Tell whether this very count was heard before."""
        return self.known.get(f"{counter}|{count.at_ms}|{count.version}|{count.units}") is not None

    def has_move(self, movement_id: str) -> bool:
        """Tell whether this movement was heard before."""
        return self.known.get(f"m|{movement_id}") is not None

    def hear_move(self, movement_id: str, at_ms: int, units: int) -> "Place":
        """Take a movement; it counts behind every count that was taken before it."""
        moves = list(self.moves)
        moves.insert(bisect_right(moves, (at_ms, units)), (at_ms, units))
        return self._replace(
            moves=moves,
            known=self.known.put(f"m|{movement_id}", at_ms),
            ledger_moved=self.ledger_moved + units * _is_after(self.ledger, at_ms),
            cloud_moved=self.cloud_moved + units * _is_after(self.cloud, at_ms),
        )

    def calibrated(self, units: int, now_ms: int) -> "Place":
        """Correct the ledger as of the cloud's count, or of its own where that is newer."""
        assert self.cloud is not None
        assert self.ledger is not None
        one = Calibration(max(self.cloud.at_ms, self.ledger.at_ms + 1), units, now_ms)
        return self._replace(calibrations=(*self.calibrations, one))

    def taken_back(self, units: int) -> "Place | None":
        """Undo the last correction by so many units; None: there was none."""
        for at in reversed(range(len(self.calibrations))):
            if self.calibrations[at].units == units:
                held = self.calibrations[:at] + self.calibrations[at + 1 :]
                return self._replace(calibrations=held)
        return None

    def is_explained(self, at_ms: int) -> bool:
        """A movement of `at_ms` that is told now was in the cloud's count already, unknown to the ledger."""
        return self.cloud is not None and at_ms <= self.cloud.at_ms

    def forget(self, before_ms: int) -> "Place":
        """Forget movements and counts of that time; the running totals keep what they came to."""
        cut = bisect_right(self.moves, (before_ms, 0))
        old = [name for name, at_ms in self.known.items() if at_ms <= before_ms]
        settled = [one for one in self.calibrations if one.said_ms <= before_ms]
        if not cut and not old and not settled:
            return self
        moved = sum(one.units for one in settled if _is_after(self.ledger, one.at_ms))
        return self._replace(
            moves=self.moves[cut:],
            known=self.known.drop(old),
            calibrations=tuple(one for one in self.calibrations if one.said_ms > before_ms),
            ledger_moved=self.ledger_moved + moved,
        )

    def to_json(self) -> list[Any]:
        """Everything, as JSON holds it."""
        return [*self._replace(known=dict(self.known.items()))]  # type: ignore[arg-type]

    @classmethod
    def from_json(cls, *told: Any) -> "Place":
        """Read `to_json` back."""
        place = cls(*told)
        return place._replace(
            ledger=place.ledger and Count(*place.ledger),
            cloud=place.cloud and Count(*place.cloud),
            moves=[(at_ms, units) for at_ms, units in place.moves],
            known=Book.of(told[cls._fields.index("known")]),
            calibrations=tuple(Calibration(*one) for one in place.calibrations),
        )


def moved_after(moves: list[tuple[int, int]], at_ms: int) -> int:
    """Add up what moved after an instant."""
    first = bisect_right(moves, (at_ms, 1 << 62))
    return sum(units for _, units in moves[first:])


def _is_after(count: Count | None, at_ms: int) -> bool:
    return count is not None and at_ms > count.at_ms
