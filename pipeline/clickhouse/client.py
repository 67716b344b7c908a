"""The connection to ClickHouse, and its two kinds of failure: away (wait) and refused (never works)."""

import logging
import re
from collections.abc import Iterator
from contextlib import contextmanager
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

import urllib3.exceptions
from clickhouse_connect import get_client
from clickhouse_connect.driver import httputil, insert
from clickhouse_connect.driver.exceptions import ClickHouseError, DataError, Error, OperationalError

from pipeline.endpoints import StoreAddress

if TYPE_CHECKING:
    from clickhouse_connect.driver.client import Client

CONNECT_TIMEOUT_S = 5
READ_TIMEOUT_S = 60

# Only lists are inserted here. The driver would import the board's pandas to see whether they are frames:
# up to 0.9 s of processor time, and some 90 MiB.
insert.options = SimpleNamespace(pd=None, np=None)  # type: ignore[attr-defined, assignment]

PINNED_SETTINGS: dict[str, Any] = {
    "async_insert": 0,
    "deduplicate_insert": "enable",
    "deduplicate_blocks_in_dependent_materialized_views": 1,
}
"""Defaults differ between versions of ClickHouse; these make a repeated insert disappear in all of them.

The last has it looked at once more by what a table feeds, so that what broke off between the two is mended.
"""

PASSING_CODES = frozenset(
    (
        3,  # unexpected end of file: the connection broke in the middle
        159,  # timeout exceeded
        202,  # too many simultaneous queries
        209,  # socket timeout
        210,  # network error
        225,  # no keeper
        236,  # aborted
        241,  # memory limit
        242,  # table is read-only
        243,  # not enough space
        252,  # too many parts
        319,  # unknown status of insert
        394,  # query was cancelled
        425,  # system error
        745,  # server overloaded
        999,  # keeper exception
    )
)
MISSING_SCHEMA_CODES = frozenset((16, 60, 81))
"""No such column, table, database: the migrations have not run."""


class StoreError(RuntimeError):
    """ClickHouse did not do what was asked. `code` is its error code, None when it sent none."""

    def __init__(self, message: str, code: int | None = None) -> None:
        super().__init__(message)
        self.code = code


class StoreAway(StoreError):
    """ClickHouse cannot be reached or is overloaded: the same request can work later."""


class StoreRefused(StoreError):
    """ClickHouse refused what was asked: the same request never works."""


_SERVER_PREFIX = re.compile(
    r"\AReceived ClickHouse exception.*?server response: (Code: \d+\. )?(DB::Exception: )?", re.S
)


@contextmanager
def typed_errors() -> Iterator[None]:
    """Turn the driver's errors into StoreAway and StoreRefused."""
    try:
        yield
    except ClickHouseError as error:
        raise _typed(error) from error
    except (urllib3.exceptions.HTTPError, OSError) as error:
        raise StoreAway(f"ClickHouse cannot be reached: {error}") from error


def _typed(error: ClickHouseError) -> StoreError:
    code = error.code if isinstance(error, Error) else None
    text = str(error)
    if code is not None:
        kind = StoreAway if code in PASSING_CODES else StoreRefused
        return kind(f"ClickHouse says: {_SERVER_PREFIX.sub('', text)}", code)
    # Without a code of ClickHouse: a broken connection, or a proxy's answer with a status of its own.
    away = isinstance(error, OperationalError) or "HTTP status 5" in text or "HTTP status 429" in text
    if away and not isinstance(error, DataError):
        return StoreAway(f"ClickHouse cannot be reached: {text}")
    return StoreRefused(text)


def connect(address: StoreAddress, *, read_timeout_s: int = READ_TIMEOUT_S) -> "Client":
    """Return a client of one thread; raises StoreAway or StoreRefused. Times come back aware, in UTC."""
    return _pinned(_connect(address, address.database, read_timeout_s))


def connect_to_server(address: StoreAddress) -> "Client":
    """Return a client that names no database, for the time before ours exists."""
    return _pinned(_connect(address, None, READ_TIMEOUT_S))


def connect_read_only(address: StoreAddress, *, read_timeout_s: int = READ_TIMEOUT_S) -> "Client":
    """Return a client for questions only; it changes no setting, as a read-only user may not."""
    return _connect(address, address.database, read_timeout_s)


def _pinned(client: "Client") -> "Client":
    for name, value in PINNED_SETTINGS.items():
        if name in client.server_settings:  # an older server does not know all of them, nor need them
            client.set_client_setting(name, value)
    return client


def _connect(address: StoreAddress, database: str | None, read_timeout_s: int) -> "Client":
    logging.getLogger("clickhouse_connect").setLevel(logging.CRITICAL)  # we tell errors ourselves
    url = urlsplit(address.url)
    secure = url.scheme == "https"
    # Embedded parts are on this machine: a proxy named by the environment must not come between.
    local = url.hostname in ("127.0.0.1", "localhost", "::1") and not secure
    with typed_errors():
        return get_client(
            host=url.hostname,
            port=url.port or (8443 if secure else 8123),
            interface=url.scheme,
            proxy_path=url.path,
            username=address.user,
            password=address.password,
            database=database,
            connect_timeout=CONNECT_TIMEOUT_S,
            send_receive_timeout=read_timeout_s,
            autogenerate_session_id=False,
            tz_mode="aware",
            show_clickhouse_errors="scrub",
            client_name="certainty",
            pool_mgr=httputil.get_pool_manager() if local else None,
        )
