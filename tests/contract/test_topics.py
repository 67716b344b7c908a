"""The catalogue of topics keeps its own rules: names, one writer per event type, nothing lost on the way."""

import importlib
import pkgutil
import re
from base64 import b64encode
from collections import Counter
from datetime import UTC
from typing import Annotated, Any, get_args

import pytest
from hypothesis import given, reject, settings
from hypothesis import strategies as st
from pydantic import AwareDatetime, TypeAdapter, ValidationError
from pydantic.fields import FieldInfo

import agents
from pipeline.embedded.topics import wanted_topics
from pipeline.runtime.app import AgentSpec
from pipeline.runtime.progress import SINK, STAGES
from pipeline.runtime.table import TableSpec
from pipeline.runtime.tables import CHANGELOGS
from pipeline.settings import Settings
from schemas.base import Event, Message
from schemas.inventory import WarehouseSpoke
from schemas.topics import DEAD_LETTER, DERIVED, FINDING, INTERNAL, RAW, TOPIC_OF, TOPICS, Topic
from tests.examples import tries

NAME = re.compile(r"[a-z]+\.[a-z]+(-[a-z]+)*\.v[1-9][0-9]*")
KINDS = ("raw", "fact", "decision", "command", "state", "finding", "anomaly", "dead")
SPECS: list[AgentSpec] = [
    importlib.import_module(f"agents.{module.name}").SPEC for module in pkgutil.iter_modules(agents.__path__)
]


st.register_type_strategy(AwareDatetime, st.datetimes(timezones=st.just(UTC)))


def carried(topic: Topic) -> tuple[type[Event], ...]:
    union = get_args(topic.carries)
    return get_args(union[0]) if union else (topic.carries,)


@pytest.mark.parametrize("topic", [*TOPICS, *INTERNAL], ids=lambda topic: topic.name)
def test_a_topic_is_named_kind_entity_version_without_underscore(topic: Topic) -> None:
    # Kafka's metrics fold "." and "_" together, so a name may hold only one of them.
    assert NAME.fullmatch(topic.name)
    assert topic.name.split(".")[0] in KINDS
    assert topic.meaning
    assert (topic.retention_ms > 0) == (topic not in INTERNAL), "what is compacted is kept for ever"


def test_topics_are_declared_once() -> None:
    names = Counter(topic.name for topic in (*TOPICS, *INTERNAL))
    assert [name for name, count in names.items() if count > 1] == []


def test_each_event_type_lives_on_exactly_one_topic() -> None:
    homes = Counter(event for topic in (*DERIVED, DEAD_LETTER) for event in carried(topic))
    assert set(homes.values()) == {1}
    assert homes.keys() == TOPIC_OF.keys()
    literals = Counter(event.model_fields["type"].default for event in homes)
    assert set(literals.values()) == {1}


def test_each_event_type_has_exactly_one_writer() -> None:
    writers = Counter(event for spec in SPECS for event in spec.emits)
    derived = {event for topic in DERIVED for event in carried(topic)}
    several = {event for event, count in writers.items() if count > 1}
    assert writers.keys() == derived, "dead letters alone are written by whoever meets poison"
    assert several <= set(carried(FINDING)), "whoever notices something says so, each of its own subjects"


def test_every_derived_topic_is_read_by_somebody_and_agents_are_named_after_their_file() -> None:
    read = {topic.name for spec in SPECS for topic in spec.consumes}
    assert {topic.name for topic in TOPICS} <= read
    names = [module.name for module in pkgutil.iter_modules(agents.__path__)]
    assert [spec.name for spec in SPECS] == names


@pytest.mark.parametrize("event", TOPIC_OF, ids=lambda event: event.__name__)
def test_an_event_has_the_field_it_is_keyed_by(event: type[Event]) -> None:
    field = event.model_fields[event.KEY]
    assert field.is_required()
    assert field.annotation is str, "a key becomes the bytes of the record's key"


def test_an_entity_topic_is_keyed_by_its_entity() -> None:
    for topic in (*DERIVED, DEAD_LETTER):
        # Ticks and clocks travel with the partition they speak of, whatever their key. Warehouses are few and
        # speak among their SKUs: a topic of their own would cost a worker more than it holds (docs/stock.md).
        others = {event for event in carried(topic) if event.__name__.startswith("Clock")} | {WarehouseSpoke}
        entities = {event.KEY for event in carried(topic) if event not in others}
        assert entities == {topic.key}
    assert all(topic.carries is None for topic in RAW)


@pytest.mark.parametrize("topic", INTERNAL, ids=lambda topic: topic.name)
def test_an_internal_topic_is_compacted_and_keyed_by_a_field_of_what_it_carries(topic: Topic) -> None:
    wanted = {each.name: each for each in wanted_topics(Settings(_env_file=None))}
    assert wanted[topic.name].configs["cleanup.policy"] == "compact"
    assert topic.key == topic.carries.KEY
    assert topic.carries.model_fields[topic.key].is_required()
    assert topic.carries not in TOPIC_OF


def values(name: str, field: FieldInfo) -> st.SearchStrategy[Any]:
    """What one field may hold. Bytes are handed over in base64, as they are everywhere."""
    if name == "raw":
        return st.binary().map(b64encode)
    accepts = TypeAdapter(
        Annotated[field.annotation, *field.metadata] if field.metadata else field.annotation
    )

    def accepted(value: object) -> bool:
        try:
            accepts.validate_python(value)
        except ValidationError:
            return False
        return True

    return st.from_type(field.annotation).filter(accepted)


@st.composite
def filled(draw: st.DrawFn, kind: type[Message]) -> Message:
    """Any message of this kind that its own rules accept."""
    fields = {name: draw(values(name, field)) for name, field in kind.model_fields.items()}
    try:
        return kind(**fields)
    except ValidationError:
        reject()


for part in set(Message.__subclasses__()) - {Event}:
    st.register_type_strategy(part, filled)


@st.composite
def events(draw: st.DrawFn) -> Message:
    return draw(filled(draw(st.sampled_from(sorted(TOPIC_OF, key=lambda event: event.__name__)))))


@settings(max_examples=tries(100))
@given(events())
def test_what_is_written_is_what_is_read(event: Event) -> None:
    again = TypeAdapter(TOPIC_OF[type(event)].carries).validate_json(event.to_bytes())
    assert type(again) is type(event)
    assert again == event
    assert again.to_bytes() == event.to_bytes()


def test_every_state_table_of_an_agent_has_its_changelog_created() -> None:
    tables = {
        f"certainty-{spec.group}-{table.name}-changelog"
        for spec in SPECS
        for table in vars(importlib.import_module(f"agents.{spec.name}")).values()
        if isinstance(table, TableSpec)
    }
    assert tables == set(CHANGELOGS)


def test_waiting_until_all_is_stored_follows_the_way_of_the_records() -> None:
    """What an agent reads must be waited for before what it makes of it, and the sink last."""
    stages = [(group, topic, n) for n, (group, topics) in enumerate(STAGES) for topic in topics]
    first = {(group, topic): n for group, topic, n in reversed(stages)}
    place = {(group, topic): n for group, topic, n in stages}
    for spec in SPECS:
        read = [topic for topic in spec.consumes if topic in DERIVED]
        made = {TOPIC_OF[event] for event in spec.emits}
        group = f"certainty-{spec.group}"
        assert all((group, topic) in place for topic in read), f"nobody waits for {spec.name}"
        for topic in made:
            later = [n for (_, name), n in place.items() if name == topic]  # orders are waited for twice
            assert all(first[group, before] < after for before in read for after in later), spec.name
    assert STAGES[-1] == (SINK, (*DERIVED, DEAD_LETTER))
