"""How long the questions of the board take with a million orders in the store: `python -m bench.views`.

It starts a store of its own, fills it with made-up orders, asks each question several times, and prints the
median in ms, and the processor time that the store took for it, which a busy machine does not lengthen much.
`--orders 50000` shows whether it runs.
"""

import argparse
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from statistics import median
from typing import Any

from bench.filling import fill
from bench.processes import Child, await_line, part, running, stay_on_two_cores
from dashboard.queries import board, exceptions, forecast, orders, sku_drivers, sku_orders, where
from dashboard.queries.chosen import Chosen
from pipeline.clickhouse.reader import Reader
from pipeline.endpoints import store_address
from pipeline.settings import Settings

START_S = 120.0
EAST = {"shop": "", "platform": "", "warehouse": "east", "sku": "", "cap": 200}
WITHIN = Chosen("jd", "east", "7d").asked()
HOT, RARE = {"sku": "SKU-0", "cap": 200}, {"sku": "SKU-77", "cap": 200}
WANTED = {"set": "open", "stage": "", "seconds": 0}
QUESTIONS: Mapping[str, tuple[str, Mapping[str, Any]]] = {
    "v_order_warehouses, all": ("SELECT count(), uniq(warehouse) FROM v_order_warehouses", {}),
    "v_order_warehouses, one order": (
        "SELECT * FROM v_order_warehouses WHERE order_id = 'O000400000'",
        {},
    ),
    "v_warehouse_stages": (where.WAREHOUSE_STAGES_SQL, {}),
    "v_stages": (where.STAGES_SQL, {}),
    "list to act on, all": (board.AT_RISK_SQL, EAST | {"warehouse": ""}),
    "list to act on, one warehouse": (board.AT_RISK_SQL, EAST),
    "forecast": (forecast.FORECAST_SQL, {}),
    "open orders, one warehouse": (orders.ORDERS_SQL, EAST | WANTED),
    "orders of a SKU in 5 % of all": (sku_orders.SKU_ORDERS_SQL, Chosen().asked() | HOT),
    "the same, platform and warehouse": (sku_orders.SKU_ORDERS_SQL, WITHIN | HOT),
    "orders of a SKU in 0.02 % of all": (sku_orders.SKU_ORDERS_SQL, Chosen().asked() | RARE),
    "on-time rate of a SKU in 5 % of all": (sku_orders.ON_TIME_SQL, Chosen(window="7d").asked() | HOT),
    "on-time rate of a SKU in 0.02 %": (sku_orders.ON_TIME_SQL, Chosen(window="7d").asked() | RARE),
    "what makes a SKU in 5 % of all run out": (sku_drivers.DRIVERS_SQL, HOT),
    "the same, of a SKU in 0.02 %": (sku_drivers.DRIVERS_SQL, RARE),
    "broken promises of a SKU in 5 % of all": (
        orders.ORDERS_SQL,
        EAST | WANTED | HOT | {"set": "broken", "warehouse": ""},
    ),
    "open anomalies, all": (
        exceptions.OPEN_SQL,
        Chosen().asked() | {"kind": "", "whose": "", "cap": 200},
    ),
    "open anomalies, platform and warehouse": (
        exceptions.OPEN_SQL,
        WITHIN | {"kind": "", "whose": "", "cap": 200},
    ),
}


def main() -> int:
    """Print a table in Markdown."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--orders", type=int, default=1_000_000)
    parser.add_argument("--runs", type=int, default=7)
    chosen = parser.parse_args()
    cores = stay_on_two_cores()
    with (
        tempfile.TemporaryDirectory(prefix="certainty-views-") as home,
        _store(Path(home)) as (child, reader),
    ):
        began = time.monotonic()
        fill(reader, chosen.orders)
        sys.stderr.write(f"{chosen.orders:,} orders in {time.monotonic() - began:.0f} s, {cores} cores\n")
        sys.stdout.write("| question | median ms | CPU ms of the store |\n|---|---|---|\n")
        for name, (sql, told) in QUESTIONS.items():
            wall, busy = _measure(child, reader, sql, told, chosen.runs)
            sys.stdout.write(f"| {name} | {wall:,.0f} | {busy:,.0f} |\n")
            sys.stdout.flush()
    return 0


@contextmanager
def _store(home: Path) -> Iterator[tuple[Child, Reader]]:
    with running(part("store", ["store"], home, {})) as child:
        await_line(child, "store answers on", START_S)
        part("tables", ("migrate", "up"), home, {}).wait(START_S)
        with Reader(store_address(Settings(data_dir=home, _env_file=None))) as reader:
            yield child, reader


def _measure(
    child: Child, reader: Reader, sql: str, told: Mapping[str, Any], runs: int
) -> tuple[float, float]:
    """Ask once to warm up, then `runs` times; returns the medians of wall and processor time."""
    reader.query(sql, told)
    walls, busy = [], []
    for _ in range(runs):
        before, began = child.cpu_s(), time.perf_counter()
        reader.query(sql, told)
        walls.append((time.perf_counter() - began) * 1000)
        busy.append((child.cpu_s() - before) * 1000)
    return median(walls), median(busy)


if __name__ == "__main__":
    sys.exit(main())
