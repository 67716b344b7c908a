"""Each judge's page in docs says every event, topic, step, reason and number that the code has."""

from pathlib import Path
from typing import get_args

import pytest

from pipeline.domain.anomaly_marks import MARKS_MOST
from pipeline.domain.anomaly_state import LifePolicy
from pipeline.domain.desk import ANSWERS_MOST
from pipeline.domain.returns import ReturnPolicy
from pipeline.domain.warehouses import load_warehouses
from schemas import conflict
from schemas.anomaly_life import Anomaly, AnomalyAccount, Finding
from schemas.base import Event
from schemas.decision import COMMANDS, DECISIONS
from schemas.desk import DeskReason
from schemas.instruction import INSTRUCTIONS
from schemas.topics import RAW_COMMAND, TOPIC_OF
from schemas.vocabulary import AnomalyEnd
from tests.address_tables import DIVISIONS

DOCS = Path(__file__).parents[2] / "docs"
PAGE_OF = {
    "schemas.conflict": "conflicts",
    "schemas.care": "care",
    "schemas.refund": "refunds",
    "schemas.returns": "returns",
    "schemas.desk": "desk",
    "schemas.anomaly": "anomalies",
    "schemas.anomaly_life": "anomalies",
    "schemas.promise": "promises",
}
"""Which page tells of the events that a file declares."""
PAGES = {name: (DOCS / f"{name}.md").read_text(encoding="utf-8") for name in set(PAGE_OF.values())}
SAID: tuple[type[Event], ...] = (
    *DECISIONS,
    *COMMANDS,
    *INSTRUCTIONS,
    *get_args(get_args(Finding)[0]),
    *get_args(get_args(Anomaly)[0]),
    AnomalyAccount,
)
OF_A_JUDGE = [(PAGE_OF[event.__module__], event) for event in SAID if event.__module__ != "schemas.promise"]


@pytest.mark.parametrize(
    ("page", "event"),
    [*OF_A_JUDGE, ("conflicts", conflict.StatusDiffered)],
    ids=lambda value: getattr(value, "__name__", value),
)
def test_every_event_is_named_on_its_page(page: str, event: type[Event]) -> None:
    assert f"`{event.model_fields['type'].default}`" in PAGES[page]


@pytest.mark.parametrize("page", sorted({page for page, _ in OF_A_JUDGE}))
def test_each_page_says_on_which_topics_its_judge_speaks_and_is_spoken_to(page: str) -> None:
    events = [event for where, event in OF_A_JUDGE if where == page]
    heard = {event for event in events if event in INSTRUCTIONS}
    topics = {TOPIC_OF[event].name for event in events if event not in heard}
    for topic in topics | ({RAW_COMMAND.name} if heard else set()):
        assert f"`{topic}`" in PAGES[page]


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
