"""Questions to ClickHouse as code asks them: parameterised SQL on stable views, answered as typed rows."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from types import TracebackType
from typing import TYPE_CHECKING, Any, Self, TypeVar

from pydantic import TypeAdapter

from pipeline.clickhouse.client import (
    MISSING_SCHEMA_CODES,
    StoreRefused,
    connect,
    connect_read_only,
    typed_errors,
)
from pipeline.endpoints import StoreAddress

if TYPE_CHECKING:
    from clickhouse_connect.driver.client import Client

RowModel = TypeVar("RowModel")

WINDOWS = ("1h", "24h", "7d", "30d", "all")


class SchemaMissing(StoreRefused):
    """A table or view is not there: the migrations have not run."""


@dataclass(frozen=True, slots=True)
class PromiseCounts:
    """Current orders of one shop by verdict; `late` and `never_fulfilled` add up to `broken`."""

    shop: str
    kept: int
    broken: int
    none: int
    open: int
    late: int
    never_fulfilled: int


@dataclass(frozen=True, slots=True)
class Csdi:
    """One row of v_csdi: ratios 0..1, `csdi` 0..100, None where there is no data."""

    window: str
    shop: str
    clock_at: datetime | None
    kept: int
    broken: int
    sampled: int
    sampled_equal: int
    healed: int
    anomalies: int
    promise: float | None
    credibility: float | None
    self_heal: float | None
    weight_promise: float
    weight_credibility: float
    weight_self_heal: float
    csdi: float | None
    flagged: bool


PROMISES = """
SELECT
    toString(shop) AS shop,
    countIf(verdict = 'kept') AS kept,
    countIf(verdict = 'broken') AS broken,
    countIf(verdict = 'none') AS none,
    countIf(verdict = 'open') AS open,
    countIf(verdict = 'broken' AND NOT unfulfilled) AS late,
    countIf(verdict = 'broken' AND unfulfilled) AS never_fulfilled
FROM
(
    SELECT
        shop,
        verdict,
        (isNotNull(promised_ship_at) AND isNull(outbound_at))
            OR (isNotNull(promised_sign_at) AND isNull(signed_at))
            OR (isNull(promised_ship_at) AND isNull(promised_sign_at) AND isNull(outbound_at)) AS unfulfilled
    FROM v_orders
)
GROUP BY shop
ORDER BY shop
"""

CSDI = """
SELECT
    window, shop, clock_at, kept, broken, sampled, sampled_equal, healed, anomalies,
    promise, credibility, self_heal,
    weight_promise, weight_credibility, weight_self_heal, csdi, flagged
FROM v_csdi
WHERE shop = {shop:String}
"""


class Reader:
    """Blocking, confined to one thread; a context manager. Methods raise StoreAway or StoreRefused.

    `read_only`: the address is that of the read-only user, who may change no setting.
    """

    def __init__(self, address: StoreAddress, *, read_only: bool = False) -> None:
        self._address = address
        self._connect = connect_read_only if read_only else connect
        self._client: Client | None = None

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """Close the connection; a later question opens it again."""
        if self._client is not None:
            self._client.close()
        self._client = None

    def rows(
        self, model: type[RowModel], sql: str, parameters: Mapping[str, Any] | None = None
    ) -> list[RowModel]:
        """Return the answer as `model`, whose fields are named as the columns."""
        return TypeAdapter(list[model]).validate_python(self.query(sql, parameters))  # type: ignore[valid-type]

    def query(self, sql: str, parameters: Mapping[str, Any] | None = None) -> list[dict[str, Any]]:
        """Return the answer as one dict a row; parameters are written {name:Type} in the SQL."""
        try:
            with typed_errors():
                if self._client is None:
                    self._client = self._connect(self._address)
                return list(self._client.query(sql, parameters=dict(parameters or {})).named_results())
        except StoreRefused as refused:
            if refused.code in MISSING_SCHEMA_CODES:
                raise SchemaMissing(
                    f"the tables are not there yet, run `certainty migrate up` first ({refused})",
                    refused.code,
                ) from refused
            raise

    def promises(self) -> list[PromiseCounts]:
        """Return the verdicts of all current orders, one entry a shop, by name of the shop."""
        return self.rows(PromiseCounts, PROMISES)

    def csdi(self, shop: str = "") -> dict[str, Csdi]:
        """Return the index of one shop (empty: all together) by window; empty for an unknown shop."""
        return {row.window: row for row in self.rows(Csdi, CSDI, {"shop": shop})}
