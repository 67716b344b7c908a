"""The ClickHouse engine in this process: every request on its own connection, with its own settings."""

import re
import threading
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

PINS = {
    "async_insert": "0",
    "deduplicate_insert": "enable",
    "deduplicate_blocks_in_dependent_materialized_views": "1",
    "max_memory_usage": str(4 << 30),
}
"""Settings of every request unless it says otherwise, so that this engine and a server agree."""
PARALLEL = 8
"""Most engine calls at a time; the others wait."""
_CODE = re.compile(r"Code: (\d+)\.")
_NAME = re.compile(r"[A-Za-z_]\w*")


class EngineError(Exception):
    """What the engine said; `code` is ClickHouse's error code."""

    def __init__(self, text: str) -> None:
        super().__init__(text)
        found = _CODE.search(text)
        self.code = int(found.group(1)) if found else 1000


@dataclass(frozen=True, slots=True)
class Request:
    """One statement and everything that holds for it alone."""

    sql: str
    form: str = "TabSeparated"
    database: str = ""
    settings: dict[str, str] = field(default_factory=dict)
    parameters: dict[str, str] = field(default_factory=dict)
    read_only: bool = False


@dataclass(frozen=True, slots=True)
class Answer:
    """The bytes in the asked format, and what it took."""

    body: bytes
    read_rows: int
    read_bytes: int
    written_rows: int
    elapsed_ns: int


class Engine:
    """Owns one folder; exactly one process may. Safe to use from several threads."""

    def __init__(self, folder: Path) -> None:
        import chdb  # noqa: PLC0415  (300 MB; only the process that owns the folder loads it)

        folder.mkdir(parents=True, exist_ok=True)
        self._chdb = chdb
        self._folder = str(folder)
        self._slots = threading.BoundedSemaphore(PARALLEL)
        # While one connection stays open the engine stays loaded and a fresh connection costs 1 ms.
        self._master = chdb.connect(self._folder)
        self.timezone = self.text("SELECT timezone()")
        self.table_functions = frozenset(self.text("SELECT lower(name) FROM system.table_functions").split())
        self.formats = {name.lower(): name for name in self.text("SELECT name FROM system.formats").split()}

    def text(self, sql: str) -> str:
        """Return the answer of a statement as tab-separated text without the last line break."""
        return self.run(Request(sql)).body.decode().rstrip("\n")

    def run(self, request: Request) -> Answer:
        """Run one statement; raises EngineError.

        On a connection of its own: SET and USE on a kept one would leak into later requests, where a leaked
        insert token silently drops rows.
        """
        with self._slots:
            connection = self._chdb.connect(self._folder)
            try:
                for sql in _preparation(request):
                    connection.query(sql)
                result = connection.query(request.sql, request.form, params=request.parameters)
                return _answer(result)
            except Exception as error:
                # Mostly ChdbError; but a C++ exception that the binding cannot name arrives as another type,
                # and whoever asks must get ClickHouse's error and not an internal one.
                raise EngineError(_said(error)) from None
            finally:
                connection.close()

    def close(self) -> None:
        """Let go of the folder."""
        self._master.close()


def _said(error: Exception) -> str:
    """Return the engine's own text, or, where it says no code, the class of the error with it."""
    text = str(error).encode("utf-8", "replace").decode()
    return text if _CODE.search(text) else f"{type(error).__name__}: {text}"


def _preparation(request: Request) -> list[str]:
    settings = PINS | request.settings | ({"readonly": "2"} if request.read_only else {})
    for name in settings:
        if not _NAME.fullmatch(name):
            raise EngineError(f"Code: 115. DB::Exception: Unknown setting '{name}' (UNKNOWN_SETTING)")
    # `readonly` comes last: after it the engine refuses some of the others.
    statements = [f"SET {', '.join(f'{name} = {_quoted(value)}' for name, value in settings.items())}"]
    if request.database:
        escaped = request.database.replace("\\", "\\\\").replace("`", "\\`")
        statements.insert(0, f"USE `{escaped}`")
    return statements


def _quoted(value: str) -> str:
    return "'" + value.replace("\\", "\\\\").replace("'", "\\'") + "'"


def _answer(result: Any) -> Answer:  # Any: chdb's result has no type
    return Answer(
        body=result.bytes(),
        read_rows=result.storage_rows_read(),
        read_bytes=result.storage_bytes_read(),
        written_rows=result.rows_written(),
        elapsed_ns=int(result.elapsed() * 1e9),
    )
