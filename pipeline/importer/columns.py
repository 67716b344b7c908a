"""Finds the columns of a mapping in the header of a file."""

from collections import Counter
from collections.abc import Sequence

from pipeline.domain.mapping import ColumnNeed, Mapping
from pipeline.domain.mapping.cells import folded, shown
from pipeline.domain.mapping.document import nearest
from pipeline.importer.refused import FileRefused


def row_keys(header: Sequence[str], mapping: Mapping, where: str) -> list[str]:
    """Return the key of each column, in the header's order: the mapping's name for it, or its own.

    `where` names file and line. Raises FileRefused when a column lacks or is there twice.
    """
    by_folded: dict[str, list[int]] = {}
    for place, name in enumerate(header):
        by_folded.setdefault(folded(name), []).append(place)
    keys = _unique([" ".join(name.split()) for name in header])
    for need in mapping.columns():
        index = _index(need, header, by_folded, where)
        if index is not None:
            keys[index] = need.names[0]
        elif not need.optional:
            raise FileRefused(missing(need, [name for name in header if name.strip()], mapping, where))
    return keys


def found(header: Sequence[str], mapping: Mapping) -> int:
    """Return how many of the mapping's columns the header has."""
    names = {folded(name) for name in header}
    return sum(any(folded(name) in names for name in need.names) for need in mapping.columns())


def missing(need: ColumnNeed, header: list[str], mapping: Mapping, where: str) -> str:
    """Return the sentence for a column that is not there."""
    wanted = " or ".join(f'"{name}"' for name in need.names)
    there = ", ".join(shown(name) for name in header[:30]) + (", ..." if len(header) > 30 else "")
    return (
        f"{where}: the column {wanted} is not there (mapping {mapping.name}, key {need.key})"
        f"{nearest(need.names[0], header) or '.'} The file has: {there or 'no columns'}."
        f" Correct {need.key}, or list the column in [file] optional if it may lack"
    )


def _index(
    need: ColumnNeed, header: Sequence[str], by_folded: dict[str, list[int]], where: str
) -> int | None:
    for name in need.names:
        at = by_folded.get(folded(name), [])
        exact = [index for index in at if header[index].strip() == name]
        if len(exact or at) > 1:
            places = " and ".join(_letter(index) for index in (exact or at)[:3])
            raise FileRefused(
                f'{where}: the column "{name}" ({need.key}) is there more than once, in {places};'
                " rename one of them"
            )
        if at:
            return (exact or at)[0]
    return None


def _unique(names: list[str]) -> list[str]:
    seen: Counter[str] = Counter()
    unique = []
    for index, name in enumerate(names):
        key = name or f"column {_letter(index)}"
        seen[key] += 1
        unique.append(key if seen[key] == 1 else f"{key} ({seen[key]})")
    return unique


def _letter(index: int) -> str:
    """Return the column as a spreadsheet names it: 0 is A, 26 is AA."""
    letters = ""
    index += 1
    while index:
        index, rest = divmod(index - 1, 26)
        letters = chr(65 + rest) + letters
    return letters
