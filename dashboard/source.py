"""Where the board's answers come from: the store, as the user that may only read."""

import time
from collections.abc import Callable, Mapping, Sequence
from threading import Lock
from typing import Any

import streamlit as st
from clickhouse_connect.driver.client import Client
from prometheus_client import Histogram

from dashboard.limits import FAILED_TTL_S, QUERY_TIMEOUT_S
from dashboard.queries.rows import Reader
from pipeline.clickhouse.client import StoreAway, StoreError, connect_read_only, typed_errors
from pipeline.endpoints import StoreAddress, store_address
from pipeline.settings import Settings, load_settings

ASKED = Histogram("certainty_board_query_seconds", "Seconds that the store took for one answer")


class StoreReader:
    """Asks the store; finds it again by itself after it was away or moved to another port.

    A store that hangs costs one wait, not one a question: for FAILED_TTL_S it is taken as away at once. One
    that answers a ping is not away: its slow question fails alone.
    """

    def __init__(self, settings: Settings, clock: Callable[[], float] = time.monotonic) -> None:
        self._settings = settings
        self._clock = clock
        self._lock = Lock()
        self._address: StoreAddress | None = None
        self._client: Client | None = None
        self._away: StoreAway | None = None
        self._away_until_s = 0.0

    def rows(self, sql: str, parameters: Mapping[str, Any]) -> Sequence[Mapping[str, Any]]:
        """Return the rows of one parameterised query; raises NotRunning, StoreAway or StoreRefused."""
        client = self._connected()
        try:
            with typed_errors(), ASKED.time():
                return list(client.query(sql, parameters=dict(parameters)).named_results())
        except StoreError as error:
            self._forget(client)
            if isinstance(error, StoreAway) and not client.ping():
                self._is_away(error)
            raise

    def _connected(self) -> Client:
        address = store_address(self._settings, read_only=True)
        with self._lock:  # who waited here while another was refused is refused with it
            self._refuse_while_away()
            if self._client is None or address != self._address:
                try:
                    self._client = connect_read_only(address, read_timeout_s=QUERY_TIMEOUT_S)
                except StoreAway as error:
                    self._is_away(error)
                    raise
                self._address = address
            return self._client

    def _refuse_while_away(self) -> None:
        if self._away is not None and self._clock() < self._away_until_s:
            raise self._away.with_traceback(None)

    def _is_away(self, error: StoreAway) -> None:
        self._away, self._away_until_s = error, self._clock() + FAILED_TTL_S

    def _forget(self, client: Client) -> None:
        with self._lock:
            if self._client is client:
                self._client = None


def open_reader() -> Reader:
    """Return a reader of the store that the settings name; tests put a fake one here."""
    return StoreReader(settings())


@st.cache_resource
def settings() -> Settings:
    """The settings, read once in a process."""
    return load_settings()


@st.cache_resource
def reader() -> Reader:
    """The one reader that all viewers share."""
    return open_reader()
