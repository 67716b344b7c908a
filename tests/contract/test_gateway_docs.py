"""docs/gateway.md tells of every source, refusal, metric and setting; no record is without a topic."""

from pathlib import Path

import pytest

from pipeline.gateway.metrics import CONFIRM_SECONDS, REFUSED, TAKEN, WAITING
from pipeline.gateway.request import STATUS, Reason
from pipeline.gateway.specs import PUSHES
from pipeline.settings import Settings
from schemas.topics import RAW_OF

PAGE = (Path(__file__).parents[2] / "docs" / "gateway.md").read_text(encoding="utf-8")


@pytest.mark.parametrize("source", PUSHES)
def test_every_source_that_pushes_is_documented_and_has_a_topic(source: str) -> None:
    assert f"`{source}`" in PAGE
    assert source in RAW_OF


@pytest.mark.parametrize("reason", Reason)
def test_every_refusal_has_a_status_and_is_documented_beside_it(reason: Reason) -> None:
    (row,) = [line for line in PAGE.splitlines() if line.startswith(f"| {STATUS[reason]} |")]
    assert f"`{reason}`" in row


def test_every_metric_and_setting_is_documented() -> None:
    (counters, others) = ((TAKEN, REFUSED), (CONFIRM_SECONDS, WAITING))
    names = [f"{one._name}_total" for one in counters] + [one._name for one in others]
    settings = [f"CERTAINTY_{name.upper()}" for name in Settings.model_fields if name.startswith("gateway_")]
    operations = (Path(__file__).parents[2] / "docs" / "operations.md").read_text(encoding="utf-8")
    assert [name for name in (*names, *settings) if f"`{name}`" not in PAGE + operations] == []
