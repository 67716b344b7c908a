"""A map that never changes in place, cheap to change a little: a hot SKU holds many thousand orders."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Final, Generic, TypeVar

V = TypeVar("V")

SHELVES: Final = 256
SMALL: Final = 64
"""A book of so many entries has one shelf; beyond it, SHELVES, so that a change copies a small part."""


class Book(Generic[V]):
    """A persistent map of texts. `put` and `drop` return another book, of which most is shared.

    Its order of iteration says nothing: it differs from one process to the next.
    """

    __slots__ = ("_shelves", "_written", "size")

    def __init__(
        self,
        shelves: tuple[dict[str, V], ...] = ({},),
        size: int = 0,
        written: list[bytes | None] | None = None,
    ) -> None:
        self._shelves = shelves
        self._written = written or [None] * len(shelves)
        self.size = size

    @classmethod
    def of(cls, entries: Mapping[str, V] | Iterable[tuple[str, V]]) -> "Book[V]":
        """Return a book of these entries."""
        known = dict(entries)
        if len(known) <= SMALL:
            return cls((known,), len(known))
        return cls(_spread(known.items()), len(known))

    def get(self, key: str) -> V | None:
        """Return an entry, or None."""
        shelves = self._shelves
        return shelves[hash(key) % len(shelves)].get(key)

    def put(self, key: str, value: V) -> "Book[V]":
        """Return a book with this entry."""
        shelves = self._shelves
        at = hash(key) % len(shelves)
        shelf = shelves[at]
        size = self.size + (key not in shelf)
        if size > SMALL and len(shelves) == 1:
            return Book(_spread([*shelf.items(), (key, value)]), size)
        written = self._written.copy()
        written[at] = None
        return Book((*shelves[:at], {**shelf, key: value}, *shelves[at + 1 :]), size, written)

    def drop(self, keys: Iterable[str]) -> "Book[V]":
        """Return a book without these entries."""
        gone = set(keys)
        return Book.of((key, value) for key, value in self.items() if key not in gone) if gone else self

    def pieces(self, write: Callable[[dict[str, V]], bytes]) -> list[bytes]:
        """Return what `write` (always the same) makes of each shelf, once for as long as a shelf stays."""
        for at, shelf in enumerate(self._shelves):
            if shelf and self._written[at] is None:
                self._written[at] = write(shelf)
        return [piece for piece in self._written if piece is not None]

    def items(self) -> Iterator[tuple[str, V]]:
        """Give every entry."""
        for shelf in self._shelves:
            yield from shelf.items()

    def __len__(self) -> int:
        return self.size

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Book) and dict(self.items()) == dict(other.items())

    __hash__ = None  # type: ignore[assignment]  # compared by content


def _spread(entries: Iterable[tuple[str, V]]) -> tuple[dict[str, V], ...]:
    shelves: tuple[dict[str, V], ...] = tuple({} for _ in range(SHELVES))
    for key, value in entries:
        shelves[hash(key) % SHELVES][key] = value
    return shelves
