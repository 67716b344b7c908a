"""Where the board's answers come from: the store, as the user that may only read."""

from collections.abc import Mapping, Sequence
from threading import Lock
from typing import Any

import streamlit as st
from clickhouse_connect.driver.client import Client
from prometheus_client import Histogram

from dashboard.limits import QUERY_TIMEOUT_S
from dashboard.queries.rows import Reader
from pipeline.clickhouse.client import StoreError, connect_read_only, typed_errors
from pipeline.endpoints import StoreAddress, store_address
from pipeline.settings import Settings, load_settings

ASKED = Histogram("certainty_board_query_seconds", "Seconds that the store took for one answer")


class StoreReader:
    """Asks the store; finds it again by itself after it was away or moved to another port."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._lock = Lock()
        self._address: StoreAddress | None = None
        self._client: Client | None = None

    def rows(self, sql: str, parameters: Mapping[str, Any]) -> Sequence[Mapping[str, Any]]:
        """Return the rows of one parameterised query; raises NotRunning, StoreAway or StoreRefused."""
        client = self._connected()
        try:
            with typed_errors(), ASKED.time():
                return list(client.query(sql, parameters=dict(parameters)).named_results())
        except StoreError:
            self._forget(client)
            raise

    def _connected(self) -> Client:
        address = store_address(self._settings, read_only=True)
        with self._lock:
            if self._client is None or address != self._address:
                self._client = connect_read_only(address, read_timeout_s=QUERY_TIMEOUT_S)
                self._address = address
            return self._client

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
