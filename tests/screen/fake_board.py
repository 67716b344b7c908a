"""The board served over a fake store that a test steers through a file; run it as a program."""

import json
import os
import random
import re
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import fake_skus

from dashboard.queries import board, desk, exceptions, forecast, orders, story, where, yesterday
from dashboard.queries.story import ASKED
from pipeline.clickhouse.one_order import PARTS

SHOPS = ("天猫旗舰店", "京东自营店", "拼多多专营店", "抖音直播间", "小程序商城")
PLATFORMS = ("tmall", "jd", "pdd", "douyin", "own_shop")
SQL_OF = {"found": desk.FIND_SQL, "timeline": story.TIMELINE_SQL}
CHECKS = [
    {"item": "tracking", "light": "danger", "figures": {"orders": 4978.0, "signed_not_received": 14.0}},
    {"item": "refunds", "light": "no_data", "figures": {"average_s": None, "refunds": 0.0}},
]
YESTERDAY = {"open_orders": 11902, "at_risk_orders": 431, "overdue_orders": 41, "open_anomalies": 120}
FORECAST = {"clock_at": "2026-11-11T07:30:00Z", "due_orders": 812, "missing_orders": 43, "unknown_orders": 0}
PROMISE_THEN = [
    {"window": window, "shop": "", "kept": 5400, "broken": 440, "promise": 5400 / 5840}
    for window in ("24h", "7d", "30d", "all")
]
CLOCK = datetime(2026, 11, 11, 7, 30, tzinfo=UTC)


class FakeReader:
    """Answers the screens' questions; `state` says what: rows to overrule, what is away, how old.

    A question that is not among those below has no rows; `away` names what fails, by the name of a view.
    """

    def __init__(self, state: Mapping[str, Any] | None = None) -> None:
        self.state: dict[str, Any] = dict(state or {})
        self.asked: list[str] = []

    def rows(self, sql: str, parameters: Mapping[str, Any]) -> Sequence[Mapping[str, Any]]:
        """Return rows as the store would, or fail as the store would."""
        self.asked.append(sql)
        away = self.state.get("away", ())
        if "everything" in away or any(re.search(rf"FROM {name}\b", sql) for name in away):
            raise ConnectionError("the store is away")
        if sql in PARTS.values() or sql in ASKED.values():
            return self.state.get("story", {}).get(next(k for k, v in ASKED.items() if v == sql), [])
        answers: dict[str, Callable[[Mapping[str, Any]], list[dict[str, Any]]]] = {
            board.BOARD_SQL: self._board,
            board.CSDI_SQL: self._csdi,
            board.AT_RISK_SQL: self._at_risk,
            yesterday.YESTERDAY_SQL: lambda _: [YESTERDAY | self.state.get("yesterday", {})],
            yesterday.PROMISE_SQL: lambda _: self.state.get("promise_then", PROMISE_THEN),
            forecast.FORECAST_SQL: lambda _: [FORECAST | self.state.get("forecast", {})],
            where.STAGES_SQL: self._stages,
            where.KINDS_SQL: self._kinds,
            where.SELF_CHECK_SQL: lambda _: CHECKS,
            where.HOURS_SQL: self._hours,
            where.HOURS_OF_SQL: self._hours,
            where.WAREHOUSES_SQL: self._warehouses,
            where.WAREHOUSE_STAGES_SQL: self._warehouse_stages,
            orders.ORDERS_SQL: self._orders,
            exceptions.LOCKED_SQL: self._locked,
            exceptions.OPEN_SQL: self._open,
        } | fake_skus.answers(self.state)
        if self.state.get("empty") and sql != board.BOARD_SQL:
            return []
        name = next((name for name in ("found", "timeline") if SQL_OF[name] == sql), "")
        if name:
            return self.state.get(name, [])
        if sql in (desk.STANDING_SQL, desk.FLAGS_SQL):
            return self.state.get("standing" if sql == desk.STANDING_SQL else "flags", [])
        return answers[sql](parameters) if sql in answers else []

    def _stages(self, _parameters: Mapping[str, Any]) -> list[dict[str, Any]]:
        return [
            {"platform": PLATFORMS[at], "shop": SHOPS[at], "stage": stage, "orders": 100 * (at + size)}
            | {
                "open_orders": 10 * at,
                "at_risk_orders": at,
                "overdue_orders": at if stage == "to_ship" else 0,
            }
            for at in range(5)
            for size, stage in enumerate(("to_ship", "outbound", "under_way", "signed"), 1)
        ]

    def _kinds(self, _parameters: Mapping[str, Any]) -> list[dict[str, Any]]:
        base = {"taken": 2, "handed_over": 1, "oldest_at": CLOCK - timedelta(hours=5)}
        return [
            {"kind": "promise_broken", "found": 86, "critical": 86} | base,
            {"kind": "ambiguous_address", "found": 12, "critical": 0} | base,
        ]

    def _hours(self, _parameters: Mapping[str, Any]) -> list[dict[str, Any]]:
        return [
            {"hour_at": CLOCK - timedelta(hours=back), "kept": 90 - back, "broken": 10, "healed": 6}
            | {"anomalies": 10, "sampled_equal": 199, "sampled": 200 if back != 3 else 0}
            for back in range(23, -1, -1)
        ]

    def _warehouses(self, _parameters: Mapping[str, Any]) -> list[dict[str, Any]]:
        row = {"skus": 25, "moved_at": CLOCK, "units_in_24h": 0, "units_out_24h": 97, "heard_at": CLOCK}
        counted = {"east": CLOCK - timedelta(hours=2), "west": None}
        return [{"warehouse": name, "counted_at": at} | row for name, at in counted.items()]

    def _warehouse_stages(self, parameters: Mapping[str, Any]) -> list[dict[str, Any]]:
        return [
            row | {"warehouse": name}
            for at, row in enumerate(self._stages(parameters))
            for name in (("east", "south", "")[at % 3],)
        ]

    def _orders(self, parameters: Mapping[str, Any]) -> list[dict[str, Any]]:
        total = self.state.get("orders_rows", 3)
        rows = [
            {"order_id": f"O{at}", "platform": "jd", "shop": SHOPS[1], "stage": "to_ship", "verdict": "open"}
            | {"overdue": at == 0, "at_risk": at == 1, "promise": "ship", "deadline_at": CLOCK}
            | {"seconds_left": -60 + 100 * at, "ordered_at": CLOCK, "settled_at": None, "total": total}
            for at in range(total)
        ]
        return rows[: parameters["cap"]]

    def _locked(self, _parameters: Mapping[str, Any]) -> list[dict[str, Any]]:
        said = [("erp", "not_shipped", "55"), ("wms", "shipped", "95"), ("cs", "shipped", "sent")]
        words = [(*one[:3], "map@1", CLOCK, CLOCK) for one in said]
        return [
            {"order_id": f"L{at}", "shop": SHOPS[at], "conflict_id": f"c{at}", "locked_at": CLOCK}
            | {
                "differs_since_at": CLOCK,
                "evidence": words,
                "clock_at": CLOCK + timedelta(hours=1),
                "total": 2,
            }
            for at in range(self.state.get("locked_rows", 2))
        ]

    def _open(self, parameters: Mapping[str, Any]) -> list[dict[str, Any]]:
        row = {
            "anomaly_id": "a1",
            "kind": "ambiguous_address",
            "subject": "order:O1",
            "order_id": "O1",
            "severity": "warning",
            "evidence": {"reasons": "no_district"},
            "detected_at": CLOCK - timedelta(hours=3),
            "last_seen_at": CLOCK,
            "heal_deadline_at": CLOCK - timedelta(hours=1),
            "sightings": 3,
            "attempts": 0,
            "taken_by": "",
            "handed_by": "",
            "handed_over_at": None,
            "clock_at": CLOCK,
            "total": 1,
        }
        row |= self.state.get("open", {})
        return [row] if parameters["kind"] in ("", row["kind"]) else []

    def _board(self, _parameters: Mapping[str, Any]) -> list[dict[str, Any]]:
        if self.state.get("empty"):
            epoch = datetime(1970, 1, 1)  # noqa: DTZ001 - as the driver gives an empty max()
            zeros = dict.fromkeys(("open_orders", "at_risk_orders", "overdue_orders", "overdue_over_2h"), 0)
            none = {"at_risk_share": float("nan"), "oldest_overdue_at": epoch}
            return [{"clock_at": epoch, "newest_received_at": epoch} | zeros | none]
        row = {
            "clock_at": CLOCK,
            "newest_received_at": datetime.now(UTC) - timedelta(seconds=self.state.get("age_s", 4)),
            "open_orders": 12480,
            "at_risk_orders": 431,
            "overdue_orders": 86,
            "overdue_handled": 9,
            "overdue_over_2h": 17,
            "oldest_overdue_at": CLOCK - timedelta(hours=5, minutes=12),
            "oldest_unhandled_at": CLOCK - timedelta(hours=4),
            "at_risk_share": 431 / 12480,
        }
        return [row | self.state.get("board", {})]

    def _csdi(self, _parameters: Mapping[str, Any]) -> list[dict[str, Any]]:
        rows = []
        for size, window in enumerate(("1h", "24h", "7d", "30d", "all"), 1):
            for at, shop in enumerate(("", *SHOPS)):
                kept = 0 if shop == SHOPS[4] and window == "1h" else (5 - at or 1) * 317 * size**2
                broken = 0 if not kept else kept // (9 + at)
                share = kept / (kept + broken) if kept else None
                rows.append(
                    {"window": window, "shop": shop, "clock_at": CLOCK, "kept": kept, "broken": broken}
                    | {"promise": share, "credibility": None, "self_heal": None}
                    | {"csdi": share and share * 100, "flagged": 1}
                    | self.state.get("csdi", {})
                )
        return rows

    def _at_risk(self, parameters: Mapping[str, Any]) -> list[dict[str, Any]]:
        dice = random.Random(11)
        total = self.state.get("at_risk_rows", 517)
        lefts = sorted(dice.randint(-18720 if at < 17 else -7100, -1) for at in range(min(86, total)))
        lefts += sorted(dice.randint(0, 7199) for _ in range(max(0, total - 86)))
        rows = []
        for at, left in enumerate(lefts):
            shop = dice.randrange(5)
            signs = at % 7 == 0
            rows.append(
                {
                    "order_id": f"{PLATFORMS[shop].upper()[:2]}20261109{dice.randint(10**7, 10**8 - 1)}",
                    "platform": PLATFORMS[shop],
                    "shop": SHOPS[shop],
                    "phase": "shipped" if signs else "not_shipped",
                    "overdue": left < 0,
                    "deadline_at": CLOCK + timedelta(seconds=left),
                    "seconds_left": left,
                    "promise": "sign" if signs else "ship",
                    "stage": "under_way" if signs else "to_ship",
                    "in_step_s": None if at % 4 == 3 else 3600 * 40 + at * 61,
                    "warehouse": ("east", "south", "-")[at % 3],
                    "warehouses": (["east"], ["south", "west"], [])[at % 3],
                    "skus": ([f"TEA-{at}"], ["MUG-01", f"TEA-{at}", "POT"], [])[at % 3],
                    "handled_by": "li.na" if at % 5 == 0 and left < 0 else "",
                }
            )
        wanted = [
            row
            for row in rows
            if all(parameters[name] in ("", row[name]) for name in ("shop", "platform", "warehouse"))
        ]
        return [row | {"total": len(wanted)} for row in wanted[: parameters["cap"]]]


class SteeredReader(FakeReader):
    """Reads its state from a file at every question, so that a test can change it under a running board."""

    def __init__(self, path: Path) -> None:
        super().__init__()
        self._path = path

    def rows(self, sql: str, parameters: Mapping[str, Any]) -> Sequence[Mapping[str, Any]]:
        """Answer by the file's present state."""
        self.state = json.loads(self._path.read_text(encoding="utf-8"))
        time.sleep(self.state.get("slow_s", 0))
        return super().rows(sql, parameters)


def main() -> None:
    """Serve: fake_board.py STATE_FILE PORT_FILE REFRESH_S."""
    state, port_file, refresh = Path(sys.argv[1]), Path(sys.argv[2]), float(sys.argv[3])
    from dashboard import limits

    limits.REFRESH_S = refresh  # type: ignore[assignment]
    limits.CACHE_TTL_S = refresh / 2  # type: ignore[assignment]
    limits.FAILED_TTL_S = refresh / 2  # type: ignore[assignment]
    from dashboard import source
    from dashboard.launch import serve
    from pipeline.embedded.process import listening_socket

    source.open_reader = lambda: SteeredReader(state)
    bound = listening_socket(int(os.environ.get("FAKE_BOARD_PORT", "0")))
    serve(
        source.settings(), bound, lambda: port_file.write_text(str(bound.getsockname()[1]), encoding="utf-8")
    )


if __name__ == "__main__":
    main()
