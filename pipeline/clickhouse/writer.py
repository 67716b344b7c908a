"""Writes rows to ClickHouse, each insert under a token that makes its repetition disappear."""

import hashlib
import struct
from collections.abc import Sequence
from typing import TYPE_CHECKING

import orjson
from clickhouse_connect.driver.exceptions import DataError

from pipeline.clickhouse.client import MISSING_SCHEMA_CODES, StoreAway, StoreRefused, connect, typed_errors
from pipeline.clickhouse.rows import Row
from pipeline.clickhouse.tables import TABLES
from pipeline.endpoints import StoreAddress

if TYPE_CHECKING:
    from clickhouse_connect.driver.client import Client
    from clickhouse_connect.driver.insert import InsertContext

TOKEN = "insert_deduplication_token"  # noqa: S105, the name of a setting
_CANNOT_ENCODE = (DataError, TypeError, ValueError, AttributeError, OverflowError, struct.error)


class Writer:
    """Blocking, confined to one thread. Connects at the first insert; `insert` returns once rows are durable.

    Repeating an insert, whole or cut differently, changes no view: the same token is ignored by ClickHouse,
    other tokens fall together by the key of the table.
    """

    def __init__(self, address: StoreAddress) -> None:
        self._address = address
        self._client: Client | None = None
        self._contexts: dict[str, InsertContext] = {}

    def insert(self, table: str, rows: Sequence[Row], token: str) -> None:
        """Insert the rows of one table (at most 1,048,449, so that they land together).

        `token` names where they come from (topic-partition-lo-hi); a hash of the content is added here,
        because ClickHouse silently drops other rows under a token it has seen.
        Raises StoreAway (try the same again later) or StoreRefused (these rows never work).
        """
        if not rows:
            return
        columns = [list(column) for column in zip(*rows, strict=True)]
        try:
            with typed_errors():
                self._send(table, columns, token)
        except StoreRefused as refused:
            if refused.code in MISSING_SCHEMA_CODES:
                raise StoreAway(
                    f"the tables are not there yet (run `certainty migrate up`): {refused}", refused.code
                ) from refused
            raise

    def close(self) -> None:
        """Close the connection; a later insert opens it again."""
        if self._client is not None:
            self._client.close()
        self._client = None
        self._contexts.clear()

    def _send(self, table: str, columns: list[list[object]], token: str) -> None:
        context = self._context(table)
        try:
            context.settings[TOKEN] = f"{token}:{_digest(columns)}"
            context.data = columns
            self._client_now().data_insert(context)
        except _CANNOT_ENCODE as error:
            raise StoreRefused(f"a row does not fit the table {table}: {error}") from error
        finally:
            context.data = None

    def _context(self, table: str) -> "InsertContext":
        if table not in self._contexts:
            spec = TABLES[table]
            self._contexts[table] = self._client_now().create_insert_context(
                table,
                column_names=spec.column_names,
                column_type_names=spec.column_types,
                column_oriented=True,
                settings={TOKEN: ""},
            )
        return self._contexts[table]

    def _client_now(self) -> "Client":
        if self._client is None:
            self._client = connect(self._address)
        return self._client


def _digest(columns: list[list[object]]) -> str:
    """Hash of the content; equal rows give equal hashes in any process."""
    content = orjson.dumps(columns, default=_as_hex, option=orjson.OPT_NON_STR_KEYS)
    return hashlib.blake2b(content, digest_size=16).hexdigest()


def _as_hex(value: object) -> str:
    if isinstance(value, bytes):
        return value.hex()
    raise StoreRefused(f"a row holds a {type(value).__name__}, which no column takes")
