"""The board served over a fake store that a test steers through a file; run it as a program."""

import json
import os
import random
import sys
import time
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

SHOPS = ("天猫旗舰店", "京东自营店", "拼多多专营店", "抖音直播间", "小程序商城")
PLATFORMS = ("tmall", "jd", "pdd", "douyin", "own_shop")
CLOCK = datetime(2026, 11, 11, 7, 30, tzinfo=UTC)


class FakeReader:
    """Answers the board's three questions; `state` says what: rows to overrule, what is away, how old."""

    def __init__(self, state: Mapping[str, Any] | None = None) -> None:
        self.state: dict[str, Any] = dict(state or {})

    def rows(self, sql: str, parameters: Mapping[str, Any]) -> Sequence[Mapping[str, Any]]:
        """Return rows as the store would, or fail as the store would."""
        name = next(view for view in ("v_board", "v_csdi", "v_at_risk") if view in sql)
        if name in self.state.get("away", ()):
            raise ConnectionError("the store is away")
        if self.state.get("empty") and name != "v_board":
            return []
        return {"v_board": self._board, "v_csdi": self._csdi, "v_at_risk": self._at_risk}[name](parameters)

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
            "overdue_over_2h": 17,
            "oldest_overdue_at": CLOCK - timedelta(hours=5, minutes=12),
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
                }
            )
        wanted = [row for row in rows if parameters["shop"] in ("", row["shop"])]
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
    from dashboard import source
    from dashboard.launch import serve
    from pipeline.embedded.process import listening_socket

    source.open_reader = lambda: SteeredReader(state)
    bound = listening_socket(int(os.environ.get("FAKE_BOARD_PORT", "0")))
    serve(bound, lambda: port_file.write_text(str(bound.getsockname()[1]), encoding="utf-8"))


if __name__ == "__main__":
    main()
