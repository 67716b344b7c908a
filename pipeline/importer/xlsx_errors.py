"""Finds the error cells of a sheet (#N/A, #VALUE!): python-calamine gives them as empty ones."""

import posixpath
import re
from collections import defaultdict
from pathlib import Path
from typing import IO
from xml.etree.ElementTree import Element, fromstring, iterparse
from zipfile import ZipFile, is_zipfile

CHUNK_BYTES = 1 << 20
ERROR_TYPE = re.compile(rb"""\bt\s*=\s*["']e["']""")
OVERLAP = 16
"""Bytes of a chunk looked at again with the next one, so that a mark cut in two is found."""

Errors = dict[int, dict[int, str]]
"""Row -> column -> text, both counted from 1."""


def error_cells(path: Path, sheet: str) -> Errors:
    """Return the error cells of a sheet; none for what is no XLSX (.xls, .xlsb, .ods).

    Raises what zipfile and ElementTree do for a damaged file, KeyError where the sheet is not found.
    """
    if not is_zipfile(path):
        return {}
    with ZipFile(path) as packed:
        part = _part_of(packed, sheet)
        if not part or not _has_errors(packed, part):  # most sheets: parsing all of them would take seconds
            return {}
        with packed.open(part) as file:
            return _found(file)


def _part_of(packed: ZipFile, sheet: str) -> str:
    """Return the name of the sheet's file in the package; empty when the workbook is no XLSX."""
    if "_rels/.rels" not in packed.namelist():
        return ""
    kinds = {kind.rpartition("/")[2]: target for _, kind, target in _related(packed, "")}
    book = kinds["officeDocument"]
    if not book.endswith(".xml"):
        return ""
    keys = {each.get("name"): _key(each) for each in _parsed(packed, book).iter() if _is(each, "sheet")}
    targets = {key: target for key, _, target in _related(packed, book)}
    return targets[keys[sheet]]


def _key(element: Element) -> str:
    """Return the reference r:id of a sheet, whatever the prefix."""
    return next((text for key, text in element.items() if key.endswith("}id")), "")


def _related(packed: ZipFile, part: str) -> list[tuple[str, str, str]]:
    """Return id, type and file of everything that a part of the package refers to."""
    folder, name = posixpath.split(part)
    return [
        (
            each.get("Id", ""),
            each.get("Type", ""),
            posixpath.normpath(posixpath.join("/", folder, each.get("Target", ""))).lstrip("/"),
        )
        for each in _parsed(packed, posixpath.join(folder, "_rels", f"{name}.rels"))
    ]


def _has_errors(packed: ZipFile, part: str) -> bool:
    with packed.open(part) as file:
        end = b""
        while chunk := file.read(CHUNK_BYTES):
            if ERROR_TYPE.search(end + chunk):
                return True
            end = chunk[-OVERLAP:]
    return False


def _found(file: IO[bytes]) -> Errors:
    """Read cell by cell; a row or cell without a reference follows the one before."""
    errors: Errors = defaultdict(dict)
    row = 0
    for _, element in iterparse(file):  # noqa: S314  (expat limits how much entities may grow)
        if not _is(element, "row"):
            continue
        row = int(element.get("r", row + 1))
        column = 0
        for cell in element:
            column = _column(cell.get("r", "")) or column + 1
            if cell.get("t") == "e":
                errors[row][column] = cell.findtext("{*}v") or "#ERROR!"
        element.clear()
    return errors


def _parsed(packed: ZipFile, part: str) -> Element:
    return fromstring(packed.read(part))  # noqa: S314  (expat limits how much entities may grow)


def _is(element: Element, name: str) -> bool:
    return element.tag.endswith(f"}}{name}")


def _column(reference: str) -> int:
    """Return the column of a reference: 28 for AB7, 0 for none."""
    column = 0
    for letter in reference.rstrip("0123456789"):
        column = column * 26 + ord(letter) - 64
    return column
