"""A migrated database that tests share one after the other, and the simplest events to put into it."""

from datetime import UTC, datetime, timedelta
from typing import Any

from pipeline.clickhouse.migrate import HISTORY
from pipeline.clickhouse.reader import Reader
from pipeline.clickhouse.rows import Row, row_of
from pipeline.clickhouse.tables import TABLES
from pipeline.clickhouse.writer import Writer
from pipeline.endpoints import StoreAddress, store_address
from pipeline.settings import Settings
from schemas.promise import ClockAdvanced, OrderAccount

NOW = datetime(2026, 11, 11, 8, 0, tzinfo=UTC)
HOUR = timedelta(hours=1)
MS = timedelta(milliseconds=1)
KEEPS_ROWS = f"""
SELECT name FROM system.tables
WHERE database = currentDatabase() AND engine LIKE '%MergeTree' AND name != '{HISTORY}'
"""
WHEN_WRITTEN = ("ingested_at", "newest_received_at", "computed_at", "lag_s")


class Shelf:
    """A migrated database: puts events in, asks questions."""

    def __init__(self, settings: Settings) -> None:
        self.settings = settings
        self.address: StoreAddress = store_address(settings)
        self.reader = Reader(self.address)
        self.writer = Writer(self.address)
        self._offset = 0  # goes on from test to test: a token that was seen before would drop the rows
        self.events: list[Any] = []

    def rows(self, *events: Any) -> list[tuple[str, Row]]:
        found = []
        for event in events:
            self._offset += 1
            found.append(row_of(event, ("state.order.v1", 0, self._offset)))
        return [row for row in found if row]

    def put(self, *events: Any) -> None:
        self.insert(self.rows(*events), f"put-{self._offset}")

    def clear(self) -> None:
        """Forget every row, and what a test changed of the settings that views use."""
        self.events = []
        for row in self.reader.query(KEEPS_ROWS):
            self.reader.query(f"TRUNCATE TABLE {row['name']}")
        told = {"window": float(self.settings.risk_window_s)}
        self.reader.query(
            "INSERT INTO constants (name, value) VALUES ('risk_window_s', {window:Float64})", told
        )

    def close(self) -> None:
        """Close both connections."""
        self.reader.close()
        self.writer.close()

    def taken_events(self) -> list[Any]:
        """Return what was gathered in `events`, and forget it."""
        taken, self.events = self.events, []
        return taken

    def insert(self, rows: list[tuple[str, Row]], token: str) -> None:
        for table in TABLES:
            self.writer.insert(table, [row for name, row in rows if name == table], token)

    def one(self, sql: str) -> dict[str, Any]:
        (row,) = self.reader.query(sql)
        return row

    def compare_phases(self) -> None:
        """Have ClickHouse compute what is due of status credibility, now instead of within a minute."""
        self.reader.query("SYSTEM REFRESH VIEW credibility_mv")
        self.reader.query("SYSTEM WAIT VIEW credibility_mv")

    def views(self) -> dict[str, list[dict[str, Any]]]:
        """Everything that every view says, but for the times of writing."""
        names = self.reader.query(
            "SELECT name FROM system.tables WHERE database = currentDatabase() AND engine = 'View'"
        )
        return {row["name"]: self._content(row["name"]) for row in names}

    def _content(self, view: str) -> list[dict[str, Any]]:
        rows = self.reader.query(f"SELECT * FROM {view} ORDER BY ALL")
        return [{name: row[name] for name in row if name not in WHEN_WRITTEN} for row in rows]


class Asking:
    """The store as the screens ask it."""

    def __init__(self, shelf: Shelf) -> None:
        self.rows = shelf.reader.query


def head(name: str, **more: Any) -> dict[str, Any]:
    return {"event_id": name, "cause_id": f"cause of {name}", "occurred_at": NOW, "observed_at": NOW} | more


def account(order_id: str, verdict: str, settled_at: datetime | None = None, **more: Any) -> OrderAccount:
    base = head(order_id, order_id=order_id, platform="jd", shop="east", phase="shipped", rule="a rule")
    base |= {"platform_phase": "shipped", "is_open": False, "verdict": verdict, "settled_at": settled_at}
    return OrderAccount.model_validate(base | more)


def clock(at: datetime, partition: int = 0) -> ClockAdvanced:
    return ClockAdvanced(
        event_id=f"clock {at} {partition}", cause_id="c", occurred_at=at, observed_at=at, agent="order_hub",
        partition=partition,
    )  # fmt: skip
