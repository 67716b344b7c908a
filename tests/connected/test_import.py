"""Files go through the real Kafka and the real workers into ClickHouse, and again, and shuffled."""

import json
import os
import random
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from pipeline.settings import Settings

pytestmark = pytest.mark.connected

EXCERPT = Path(__file__).parents[1] / "fixtures/order_files/olist-excerpt.csv"
EXPECTED = {"kept": 17, "broken": 11, "none": 2, "open": 0}
BAD_ROW = "x,y,delivered,soon,,,,2018-01-05"

Run = Callable[..., subprocess.CompletedProcess[str]]


def command(data_dir: Path) -> Run:
    """Return what runs `certainty` with this data folder."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith("CERTAINTY_")}

    def run(*words: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [sys.executable, "-m", "pipeline", *words],
            env=kept | {"CERTAINTY_DATA_DIR": str(data_dir)},
            capture_output=True,
            text=True,
            timeout=300,
            check=False,
        )

    return run


def test_an_imported_file_is_judged_and_importing_it_again_changes_nothing(
    launch: Callable[..., Any], data_dir: Path, tmp_path: Path
) -> None:
    part = launch(Settings(data_dir=data_dir, _env_file=None), "up", "--no-feed").says("The board:")
    run = command(data_dir)

    def promise() -> object:
        return json.loads(run("report", "--json").stdout)["promise"]

    first = run("import", str(EXCERPT), "--mapping", "olist", "--wait", "--json")
    assert first.returncode == 0, first.stderr
    assert json.loads(first.stdout)["imported"] == 30
    assert promise() == EXPECTED

    header, *rows = EXCERPT.read_text(encoding="utf-8").splitlines()
    random.Random(7).shuffle(rows)
    again = tmp_path / "again.csv"
    again.write_text("\n".join([header, *rows, BAD_ROW]), encoding="utf-8")
    for _ in range(2):
        result = run("import", str(again), "--mapping", "olist", "--wait")
        assert result.returncode == 3, result.stderr
        assert 'again.csv, line 32: column "order_purchase_timestamp": "soon" is no time' in result.stderr
        assert promise() == EXPECTED
    letters = run("sql", "SELECT origin_topic, origin_offset FROM dead_letters FINAL").stdout
    assert letters.split("\n")[1:-1] == ["file:again.csv\t32"]

    assert part.end() == 0
    away = run("import", str(EXCERPT), "--mapping", "olist", "--wait")
    assert away.returncode == 4
    assert "Nothing was imported" in away.stderr or "no broker is known" in away.stderr
    assert "Traceback" not in away.stderr
