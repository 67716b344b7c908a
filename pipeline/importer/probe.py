"""Looks at the bytes of a file once: what kind it is, how its text is encoded, and its checksum."""

import codecs
import hashlib
from dataclasses import dataclass
from pathlib import Path

from pipeline.importer.refused import FileRefused

CHUNK_BYTES = 1 << 20
CONTROL = bytes(set(range(32)) - {9, 10, 11, 12, 13, 26, 27})
"""Bytes no text file holds; 26 ends old DOS files."""

SPREADSHEETS = {b"PK\x03\x04": "xlsx", b"\xd0\xcf\x11\xe0": "xlsx"}
REFUSED = {
    b"%PDF": "a PDF",
    b"\x1f\x8b": "packed with gzip; unpack it first",
    b"7z\xbc\xaf": "packed with 7z; unpack it first",
    b"Rar!": "packed with RAR; unpack it first",
    b"\x89PNG": "a picture",
    b"\xff\xd8\xff": "a picture",
}
CODECS = {"utf-8": "utf-8-sig", "utf-16": "utf-16", "gb18030": "gb18030", "big5": "big5", "cp1252": "cp1252"}


@dataclass(frozen=True, slots=True)
class Probe:
    """`kind`: csv, xlsx or ndjson. `codec` is a Python codec, empty for a spreadsheet."""

    path: Path
    kind: str
    codec: str
    sha256: str
    stamp: tuple[int, int]

    @property
    def name(self) -> str:
        """The name of the file, as sentences call it."""
        return self.path.name


def stamp(path: Path) -> tuple[int, int]:
    """Return what changes when a file is written: size and time."""
    found = path.stat()
    return found.st_size, found.st_mtime_ns


def probe(path: Path, kind: str = "auto", encoding: str = "auto") -> Probe:
    """Return what the file is; raises FileRefused when it is empty, binary, or in no known encoding."""
    name = path.name
    try:
        if not path.is_file():
            raise FileRefused(f"{path}: {_no_file(path)}")
        written = stamp(path)
        start, digest, size, codecs_left = _scanned(path, _candidates(encoding))
    except OSError as error:
        raise FileRefused(f"{path}: cannot be opened: {error.strerror}") from error
    if size == 0:
        raise FileRefused(f"{name}: the file is empty")
    for magic, what in REFUSED.items():
        if start.startswith(magic):
            raise FileRefused(f"{name}: this is no order file but {what}")
    sheet = next((sort for magic, sort in SPREADSHEETS.items() if start.startswith(magic)), "")
    if sheet or kind == "xlsx":
        if not sheet or kind not in ("auto", "xlsx"):
            raise FileRefused(f"{name}: the mapping says [file] kind = {kind!r}, the file is something else")
        return Probe(path, "xlsx", "", digest, written)
    codec = _codec(name, start, codecs_left, encoding)
    return Probe(path, _text_kind(name, kind, start, codec), codec, digest, written)


def _no_file(path: Path) -> str:
    if path.is_dir():
        return "this is a folder; name the files in it"
    return "no such file" if not path.exists() else "only a plain file can be imported: it is read twice"


def _candidates(encoding: str) -> list[str]:
    return ["utf-8", "gb18030"] if encoding == "auto" else [encoding]


def _scanned(path: Path, encodings: list[str]) -> tuple[bytes, str, int, dict[str, str]]:
    """Return the first bytes, SHA-256, size, and for each encoding why it does not fit ("" when it does)."""
    digest = hashlib.sha256()
    start, size = b"", 0
    left = dict.fromkeys(encodings, "")
    with path.open("rb") as file:
        while chunk := file.read(CHUNK_BYTES):
            if not size:
                start = chunk[:65536]
                if start[:2] in (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE):
                    left = {"utf-16": ""}
                decoders = {each: codecs.getincrementaldecoder(CODECS[each])() for each in left}
            digest.update(chunk)
            for each in [encoding for encoding, reason in left.items() if not reason]:
                left[each] = _tried(decoders[each], chunk, size)
            size += len(chunk)
    for each in [encoding for encoding, reason in left.items() if not reason and size]:
        left[each] = _tried(decoders[each], b"", size)
    return start, digest.hexdigest(), size, left


def _tried(decoder: codecs.IncrementalDecoder, chunk: bytes, at: int) -> str:
    try:
        decoder.decode(chunk, final=not chunk)
    except UnicodeError as error:
        offset = at + getattr(error, "start", 0)
        return f"from byte {offset} on"
    return ""


def _codec(name: str, start: bytes, left: dict[str, str], encoding: str) -> str:
    fits = [each for each, reason in left.items() if not reason]
    if "utf-16" not in left and any(byte in CONTROL for byte in start):
        raise FileRefused(
            f"{name}: this is a binary file, not a table; export the orders as CSV (UTF-8) or XLSX"
        )
    if not fits:
        tried = ", ".join(f"{each} ({reason})" for each, reason in left.items())
        raise FileRefused(
            f"{name}: the text does not fit the encoding {tried}; save the file as CSV UTF-8,"
            " or say [file] encoding in the mapping"
        )
    return CODECS[fits[0]]


def _text_kind(name: str, kind: str, start: bytes, codec: str) -> str:
    text = start.decode(codec, errors="ignore").lstrip()
    if not text:
        raise FileRefused(f"{name}: the file is empty: it holds blanks only")
    if text[:1] == "[" and text[1:].lstrip()[:1] in ("", "{", "[", "]") and kind in ("auto", "ndjson"):
        raise FileRefused(f"{name}, line 1: a JSON list; expected is one JSON object a line (NDJSON)")
    if text[:1] == "<" and kind == "auto":
        raise FileRefused(
            f"{name}, line 1: this is an HTML or XML page, even if it is named .xls; save it as XLSX"
        )
    return kind if kind != "auto" else ("ndjson" if text[:1] == "{" else "csv")
