"""Brings the tables and views of ClickHouse up to date, by the numbered files in migrations/."""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from clickhouse_migrations.connection import ClickhouseConnectConnection
from clickhouse_migrations.exceptions import MigrationException
from clickhouse_migrations.migration import MigrationStorage
from clickhouse_migrations.migrator import Migrator

from pipeline.clickhouse.client import connect, connect_to_server, typed_errors
from pipeline.endpoints import StoreAddress

if TYPE_CHECKING:
    from clickhouse_connect.driver.client import Client

MIGRATIONS = Path(__file__).parent / "migrations"
HISTORY = "schema_versions"
DATABASES = "SELECT name FROM system.databases WHERE name = {name:String}"
_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]*\Z")


class MigrationFailed(RuntimeError):
    """The migrations cannot be applied as they are: a file was changed or is missing, or a name is bad."""


@dataclass(frozen=True, slots=True)
class MigrationState:
    """One migration: its number, file, and `state` (applied, pending, md5-mismatch, unknown)."""

    version: int
    file: str
    state: str
    applied_at: datetime | None


def migrate_up(
    address: StoreAddress,
    risk_window_s: int,
    credibility_grace_s: float = 60.0,
    business_zone: str = "Asia/Shanghai",
) -> list[int]:
    """Create the database where it is missing, apply what is pending, write down the settings that views use.

    Returns the numbers applied now. Raises StoreAway, StoreRefused or MigrationFailed.
    """
    with _server(address) as client:
        if not client.query(DATABASES, parameters={"name": address.database}).result_rows:
            client.command(f"CREATE DATABASE IF NOT EXISTS {_checked(address.database)} ENGINE = Atomic")
    storage = MigrationStorage(MIGRATIONS)
    with _database(address) as client:
        migrator = Migrator(ClickhouseConnectConnection(client), migrations_table=HISTORY)
        migrator.init_schema()
        applied = migrator.apply_migration(
            storage.migrations(), multi_statement=True, sources=storage.migration_filenames()
        )
        _write_constant(client, "risk_window_s", "value", float(risk_window_s))
        _write_constant(client, "credibility_grace_s", "value", credibility_grace_s)
        _write_constant(client, "business_zone", "word", business_zone)
    return [migration.version for migration in applied]


def migration_status(address: StoreAddress) -> list[MigrationState]:
    """Return the state of every migration, in order; changes nothing. Raises as `migrate_up`."""
    storage = MigrationStorage(MIGRATIONS)
    files = storage.migration_filenames()
    with _server(address) as client:
        found = client.query(
            "SELECT count() FROM system.tables WHERE database = {database:String} AND name = {name:String}",
            parameters={"database": address.database, "name": HISTORY},
        )
    if not found.result_rows[0][0]:
        return [MigrationState(version, files[version], "pending", None) for version in sorted(files)]
    with _database(address) as client:
        rows = Migrator(ClickhouseConnectConnection(client), migrations_table=HISTORY).migration_status(
            storage.migrations(), set()
        )
    return [
        MigrationState(row.version, files.get(row.version, ""), row.state, _utc(row.applied_at))
        for row in rows
    ]


def create_analyst(address: StoreAddress, user: str, password: str) -> None:
    """On an outside server: create a user that may only SELECT from our database. Raises as `migrate_up`."""
    if not password:
        raise MigrationFailed("the analyst needs a password: set CERTAINTY_ANALYST_PASSWORD")
    database, name = _checked(address.database), _checked(user)
    with _database(address) as client:
        client.command(
            f"CREATE USER IF NOT EXISTS {name} IDENTIFIED WITH sha256_password BY {_quoted(password)}"
            " SETTINGS readonly = 2"
        )
        client.command(f"GRANT SELECT ON {database}.* TO {name}")


def _write_constant(client: "Client", name: str, column: str, value: float | str) -> None:
    current = client.query(
        "SELECT {column:Identifier} FROM constants FINAL WHERE name = {name:String}",
        parameters={"name": name, "column": column},
    ).result_rows
    if not current or current[0][0] != value:
        client.insert("constants", [[name, value]], column_names=["name", column])


@contextmanager
def _server(address: StoreAddress) -> "Iterator[Client]":
    with _explained():
        client = connect_to_server(address)
        try:
            yield client
        finally:
            client.close()


@contextmanager
def _database(address: StoreAddress) -> "Iterator[Client]":
    with _explained():
        client = connect(address)
        try:
            yield client
        finally:
            client.close()


@contextmanager
def _explained() -> Iterator[None]:
    try:
        with typed_errors():
            yield
    except MigrationException as error:
        raise MigrationFailed(
            f"the migrations in {MIGRATIONS.name}/ do not fit the database: {error}"
        ) from error


def _checked(name: str) -> str:
    if not _NAME.match(name):
        raise MigrationFailed(f"{name!r} is no name for a database or user: use letters, digits and _")
    return name


def _quoted(text: str) -> str:
    escaped = text.replace("\\", "\\\\").replace("'", "\\'")
    return f"'{escaped}'"


def _utc(time: Any) -> datetime | None:  # the library hands on what the driver read
    if not isinstance(time, datetime):
        return None
    return time if time.tzinfo else time.replace(tzinfo=UTC)
