"""The board's questions fit the views that the migrations declare."""

import re
from pathlib import Path

import pytest

import pipeline.clickhouse
from dashboard.queries.board import AT_RISK_SQL, BOARD_SQL, CSDI_SQL
from dashboard.queries.forecast import FORECAST_SQL
from dashboard.queries.sku_orders import SKU_ORDERS_SQL
from dashboard.queries.where import (
    HOURS_SQL,
    SELF_CHECK_SQL,
    STAGES_SQL,
    WAREHOUSE_STAGES_SQL,
    WAREHOUSES_SQL,
)
from dashboard.queries.yesterday import PROMISE_SQL, YESTERDAY_SQL

MIGRATIONS = sorted((Path(pipeline.clickhouse.__file__).parent / "migrations").glob("*.sql"))


ASKED = [
    BOARD_SQL,
    CSDI_SQL,
    AT_RISK_SQL,
    HOURS_SQL,
    SELF_CHECK_SQL,
    STAGES_SQL,
    WAREHOUSES_SQL,
    WAREHOUSE_STAGES_SQL,
    YESTERDAY_SQL,
    PROMISE_SQL,
    FORECAST_SQL,
    SKU_ORDERS_SQL,
]


def declared(view: str) -> set[str]:
    """The columns of a view as its last migration declares them."""
    text = "\n".join(path.read_text(encoding="utf-8") for path in MIGRATIONS)
    heads = re.findall(rf"VIEW (?:IF NOT EXISTS )?{view}\n\((.*?)\n\)\nAS", text, re.DOTALL)
    return set(re.findall(r"^ {4}(\w+) ", heads[-1], re.MULTILINE))


@pytest.mark.parametrize("sql", ASKED)
def test_every_column_that_the_board_asks_for_is_declared(sql: str) -> None:
    asked, view = re.search(r"SELECT (.*?)\s+FROM (\w+)", sql, re.DOTALL).groups()  # type: ignore[union-attr]
    columns = {name.strip() for name in asked.split(",") if "OVER" not in name}
    assert columns - declared(view) == set()
