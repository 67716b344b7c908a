"""docs/returns.md, desk.md and anomalies.md say every step, reason, event and number that the code has."""

from pathlib import Path
from typing import get_args

import pytest

from pipeline.domain.anomaly_marks import MARKS_MOST
from pipeline.domain.anomaly_state import LifePolicy
from pipeline.domain.desk import ANSWERS_MOST
from pipeline.domain.returns import ReturnPolicy
from pipeline.domain.warehouses import load_warehouses
from schemas import anomaly_life, desk, returns
from schemas.desk import DeskReason
from schemas.vocabulary import AnomalyEnd
from tests.address_tables import DIVISIONS

DOCS = Path(__file__).parents[2] / "docs"
PAGES = {name: (DOCS / f"{name}.md").read_text(encoding="utf-8") for name in ("returns", "desk", "anomalies")}
UNIONS = [
    ("returns", returns.ReturnFact),
    ("returns", returns.ReturnCommand),
    ("desk", desk.DeskFact),
    ("desk", desk.DeskOrder),
    ("anomalies", anomaly_life.LifeFinding),
    ("anomalies", anomaly_life.LifeEvent),
]
EVENTS = [(page, event) for page, union in UNIONS for event in get_args(get_args(union)[0])]


@pytest.mark.parametrize(("page", "event"), EVENTS, ids=lambda value: getattr(value, "__name__", value))
def test_every_event_is_named_on_its_page(page: str, event: type) -> None:
    assert f"`{event.model_fields['type'].default}`" in PAGES[page]  # type: ignore[attr-defined]


@pytest.mark.parametrize("reason", DeskReason)
def test_every_reason_of_the_desk_is_explained(reason: DeskReason) -> None:
    assert f"| `{reason}` |" in PAGES["desk"]


@pytest.mark.parametrize("end", AnomalyEnd)
def test_every_end_of_an_anomaly_is_drawn(end: AnomalyEnd) -> None:
    assert f"open --> {end}:" in PAGES["anomalies"]


def test_the_numbers_on_the_pages_are_those_of_the_policies() -> None:
    policy, life = ReturnPolicy(), LifePolicy()
    minutes = [delay // 60_000 for delay in policy.delays_ms]
    assert f"| {policy.attempts} |" in PAGES["returns"]
    assert ", ".join(f"{each} min" for each in minutes) in PAGES["returns"]
    assert f"| {policy.told_wait_ms // 60_000} min |" in PAGES["returns"]
    assert f"The keys of {ANSWERS_MOST} answers" in PAGES["desk"]
    assert f"{MARKS_MOST} findings of one kind" in PAGES["anomalies"]
    assert f"tried {life.attempts} times" in PAGES["anomalies"]
    assert f"{life.heal_ms // 3_600_000} h after the first sighting" in PAGES["anomalies"]


def test_the_example_of_warehouses_can_be_used() -> None:
    example = PAGES["returns"].split("```toml\n")[1].split("```")[0]
    assert load_warehouses(example, DIVISIONS).nearest("shop-a", "", "") == ("hangzhou", "shop_default")
