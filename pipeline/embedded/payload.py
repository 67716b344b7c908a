"""Takes a request's body apart: decompressed to the end, the statement in memory, the rows in a file."""

import gzip
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from tempfile import NamedTemporaryFile
from typing import IO

import lz4.frame  # type: ignore[import-untyped]
import zstandard

from pipeline.embedded.statement import (
    CANNOT_DECOMPRESS,
    SYNTAX_ERROR,
    PayloadInsert,
    Refused,
    payload_insert,
)

HEAD_BYTES = 1 << 18
"""A statement in front of its rows ends within this."""
STATEMENT_BYTES = 16 << 20
_PIECE = 1 << 20


@dataclass(frozen=True, slots=True)
class Work:
    """One statement to run. `rows` is the file of its rows, if they follow it."""

    sql: str
    insert: PayloadInsert | None = None
    rows: Path | None = None

    def runnable(self) -> str:
        """Return what the engine is given."""
        if self.insert is None or self.rows is None:
            return self.sql
        return self.insert.from_file(str(self.rows))


def decompressed(body: IO[bytes], encoding: str) -> IO[bytes]:
    """Return a reader of everything a body holds; raises Refused for an unknown encoding.

    clickhouse-connect sends each block as its own lz4 frame: a reader that stops after the first frame loses
    the rest and answers 200. Each of these readers goes on to the end (tests/connected/test_store.py).
    """
    match encoding:
        case "" | "identity":
            return body
        case "lz4":
            return lz4.frame.open(body, "rb")  # type: ignore[no-any-return]
        case "zstd":
            return zstandard.ZstdDecompressor().stream_reader(body, read_across_frames=True)
        case "gzip":
            return gzip.open(body, "rb")  # type: ignore[return-value]
    raise Refused(SYNTAX_ERROR, f"Unknown content encoding '{encoding}': use lz4, zstd or gzip")


@contextmanager
def work_of(query: str, body: IO[bytes], encoding: str, spool: Path) -> Iterator[Work]:
    """Give the statement of a request; its rows, if any, are in a file until the block ends.

    A ClickHouse server reads `?query=` and then the body as one text; so does this.
    """
    rest = decompressed(body, encoding)
    head = (query.encode() + b"\n" if query else b"") + _read(rest, HEAD_BYTES)
    # surrogateescape: the head may run into binary rows, and must come back byte for byte.
    text = head.decode("utf-8", "surrogateescape")
    insert = payload_insert(text)
    if insert is None:
        yield Work(_whole(head, rest))
        return
    at = len(text[: insert.payload_at].encode("utf-8", "surrogateescape"))
    with NamedTemporaryFile(dir=spool, prefix="rows-") as file:
        _copy(head[at:], rest, file)
        yield Work(text[: insert.payload_at], insert, Path(file.name))


def _whole(head: bytes, rest: IO[bytes]) -> str:
    statement = head + _read(rest, STATEMENT_BYTES)
    if _read(rest, 1):
        raise Refused(
            SYNTAX_ERROR, f"Max query size exceeded: a statement has more than {STATEMENT_BYTES} bytes"
        )
    try:
        return statement.decode()
    except UnicodeDecodeError:
        raise Refused(SYNTAX_ERROR, "Syntax error: the statement is not UTF-8") from None


def _copy(head: bytes, rest: IO[bytes], file: IO[bytes]) -> None:
    file.write(head)
    while piece := _read(rest, _PIECE):
        file.write(piece)
    file.flush()


def _read(reader: IO[bytes], size: int) -> bytes:
    try:
        return reader.read(size)
    except (RuntimeError, EOFError, gzip.BadGzipFile, zlib.error, zstandard.ZstdError) as error:
        raise Refused(CANNOT_DECOMPRESS, f"Cannot decompress the body: {error}") from None
