"""How long reporters may differ, as an operator sets it: for all, and for one reporter alone."""

from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from pipeline.cli import build
from pipeline.cli.policies import case_policies
from pipeline.domain.order_case import OrderJudges
from pipeline.settings import Settings
from schemas.conflict import OrderLocked
from schemas.vocabulary import Phase
from tests.breaking import at, cs, erp, wms
from tests.builders import platform_says
from tests.one_case import Case

MS = timedelta(milliseconds=1)
SAYS = {"erp": erp, "wms": wms, "cs": cs}
OWN = {"conflict_settle_erp_s": 600, "conflict_settle_wms_s": 30, "conflict_settle_cs_s": 0}


def case(**told: Any) -> Case:
    settings = Settings(_env_file=None, **told)  # type: ignore[call-arg]
    return Case(judges=OrderJudges(case_policies(settings))).hears(platform_says(said=at(), paid_at=at()))


@pytest.mark.parametrize(
    ("told", "newer", "limit_s"),
    [
        ({}, "erp", 300),
        (OWN, "erp", 600),
        (OWN, "wms", 30),
        (OWN, "cs", 0),
        ({"conflict_settle_s": 60, "conflict_settle_erp_s": 600}, "erp", 600),
        ({"conflict_settle_s": 60, "conflict_settle_erp_s": 600}, "wms", 60),
        ({"conflict_settle_s": 60, "conflict_settle_erp_s": 600}, "cs", 60),
        ({"conflict_settle_wms_s": 0.5}, "wms", 0.5),
    ],
)
def test_the_newer_reports_reporter_has_its_own_time_and_else_that_of_all(
    told: dict[str, float], newer: str, limit_s: float
) -> None:
    older = "cs" if newer != "cs" else "erp"
    judged = case(**told).hears(SAYS[older](Phase.TO_SHIP, 0), SAYS[newer](Phase.SHIPPED, 10))
    judged.waits_until(at(10 + limit_s))
    assert judged.all(OrderLocked) == [], "exactly that long is not yet"
    (lock,) = judged.waits_until(at(10 + limit_s) + MS).all(OrderLocked)
    assert lock.settle_ms == limit_s * 1000


def config(folder: Path, monkeypatch: pytest.MonkeyPatch, **environment: str) -> tuple[int, str]:
    monkeypatch.chdir(folder)  # no .env of anybody
    told = CliRunner().invoke(build(), ["config", "show"], env=environment)
    return told.exit_code, told.stderr


@pytest.mark.parametrize("name", ["ERP_S", "WMS_S", "CS_S", "S"])
@pytest.mark.parametrize("value", ["-1", "soon", "inf"])
def test_a_time_that_cannot_be_used_ends_with_a_sentence_that_names_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str, value: str
) -> None:
    variable = f"CERTAINTY_CONFLICT_SETTLE_{name}"
    code, said = config(tmp_path, monkeypatch, **{variable: value})
    assert (code, f"these settings cannot be used: {variable}: " in said) == (2, True), said


def test_a_reporter_that_cannot_conflict_is_told_with_the_settings_that_there_are(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    code, said = config(tmp_path, monkeypatch, CERTAINTY_CONFLICT_SETTLE_CRM_S="60")
    assert "CERTAINTY_CONFLICT_SETTLE_CRM_S is no setting and has no effect" in said
    assert (code, "did you mean CERTAINTY_CONFLICT_SETTLE_" in said) == (0, True)
