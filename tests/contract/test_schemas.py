"""The example files of each topic: good ones travel unchanged, bad ones are refused for their reason."""

import json
import re
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from pydantic import TypeAdapter, ValidationError

from schemas.dead_letter import DeadLetter
from schemas.topics import DEAD_LETTER, DERIVED, INTERNAL, TOPIC_OF, Topic

EXAMPLES = Path(__file__).parents[2] / "schemas" / "examples"
TOPICS = {topic.name: topic for topic in (*DERIVED, DEAD_LETTER, *INTERNAL)}
HOMES = TOPIC_OF | {topic.carries: topic for topic in INTERNAL}
KINDS = {event.model_fields["type"].default: event for event in HOMES}
GOOD = sorted(EXAMPLES.glob("*/good-*.json"))
BAD = sorted(EXAMPLES.glob("*/bad-*.json"))
REFUSED_FOR = {
    "unknown-field": {"extra_forbidden"},
    "naive-time": {"timezone_aware"},
    "missing-id": {"missing"},
    "empty-id": {"string_too_short"},
    "negative": {"greater_than_equal", "greater_than"},
    "unknown-word": {"enum", "literal_error"},
    "no-place": {"value_error"},
    "wrong-type": {
        "int_parsing", "int_from_float", "bool_parsing", "string_type", "dict_type", "tuple_type", "enum",
        "base64_decode",
    },
}  # fmt: skip
EVERY_BAD = ("unknown-field", "naive-time", "missing-id", "wrong-type")
PERSONAL = re.compile(
    r"\b1[3-9]\d{9}\b|[\w.]+@[\w-]+\.\w+|省|市|路\d|号楼|address|phone|receiver"
    r"|\"(name|full_?name|nick|mobile|tel\w*|street|detail)\":",
    re.IGNORECASE,
)
OWN = re.compile(
    r"\"(receiver|phone_tail|address_id|addresses)\":"
    r"|\"(desk\.change_address|desk\.addresses_told|bad_address|ambiguous_address)\""
    r"|\"(return\.)?push_return_address\""
    r"|\"spot\": \{\s*(\"(province|city|district)\": \"[^\W\d]{0,16}\",?\s*)+\}"
)
"""Of the words that smell of a person these pass: our own, and a place of the desk by the table's names."""


def smells(text: str) -> list[str]:
    """Return what in a text could name somebody, beside our own words."""
    return [found.group() for found in PERSONAL.finditer(OWN.sub("", text))]


@cache
def reader(topic: str) -> TypeAdapter[Any]:
    return TypeAdapter(TOPICS[topic].carries)


def name(file: Path) -> str:
    return f"{file.parent.name}/{file.stem}"


def kind_of(file: Path) -> str:
    """The event type a file is named after: good-order.reported-least.json is of order.reported."""
    return file.stem.split("-", 2)[1]


@pytest.mark.parametrize("file", GOOD, ids=name)
def test_a_good_example_is_read_written_and_read_again_unchanged(file: Path) -> None:
    read = reader(file.parent.name).validate_json
    event = read(file.read_bytes())
    assert isinstance(event, KINDS[kind_of(file)])
    assert read(event.to_bytes()) == event
    said = json.loads(file.read_text(encoding="utf-8"))
    assert said.keys() <= json.loads(event.to_bytes()).keys(), "nothing that was said is left out"


@pytest.mark.parametrize("file", BAD, ids=name)
def test_a_bad_example_is_refused_for_the_reason_in_its_name(file: Path) -> None:
    with pytest.raises(ValidationError) as refusal:
        reader(file.parent.name).validate_json(file.read_bytes())
    reason = file.stem.removeprefix(f"bad-{kind_of(file)}-")
    assert {fault["type"] for fault in refusal.value.errors()} <= REFUSED_FOR[reason]
    assert len(refusal.value.errors()) == 1, "and for nothing else"


@pytest.mark.parametrize("kind", sorted(KINDS))
def test_every_event_type_has_good_examples_of_every_field_and_each_kind_of_bad_one(kind: str) -> None:
    event = KINDS[kind]
    folder = EXAMPLES / HOMES[event].name
    shown = {
        field
        for file in folder.glob(f"good-{kind}*.json")
        if kind_of(file) == kind
        for field in json.loads(file.read_text(encoding="utf-8"))
    }
    assert shown == set(event.model_fields)
    for reason in EVERY_BAD:
        assert (folder / f"bad-{kind}-{reason}.json").is_file()


@pytest.mark.parametrize("topic", TOPICS.values(), ids=lambda topic: topic.name)
def test_an_unknown_event_type_is_refused(topic: Topic) -> None:
    for file in sorted((EXAMPLES / topic.name).glob("good-*.json")):
        event = {**json.loads(file.read_text(encoding="utf-8")), "type": "nobody.knows"}
        with pytest.raises(ValidationError):
            reader(topic.name).validate_python(event)


def test_every_folder_of_examples_is_a_topic() -> None:
    assert {folder.name for folder in EXAMPLES.iterdir()} == TOPICS.keys()


@pytest.mark.parametrize("file", [*GOOD, *BAD], ids=name)
def test_an_example_names_nobody(file: Path) -> None:
    assert smells(file.read_text(encoding="utf-8")) == []


@pytest.mark.parametrize(
    "planted",
    [
        "13800000000",
        "a.b@example.com",
        '"receiver_name": "x"',
        '"raw_receiver": {}',
        '"extra": {"to": "the receiver"}',
        '"receiver": {"name": "x"}',
        '"receiver": {"street": "x"}',
        '"receiver": {"phone": "x"}',
        '"phone_tail_of": "0000"',
        '"telephone": "0000"',
        '"province": "浙江省"',
        '"spot": {"province": "浙江省", "street": "x"}',
        '"spot": {"province": "浙江省文三路100"}',
        '"address": "x"',
        '"addresses_of": []',
        '"change_address": "x"',
    ],
)
def test_what_names_somebody_is_found(planted: str) -> None:
    assert smells(planted)


@pytest.mark.parametrize(
    "ours",
    [
        '"receiver": {"province": "浙江", "quality": "bad", "phone_tail": "0000"}',
        '"type": "desk.change_address", "address_id": "A-2"',
        '"spot": {"province": "浙江省", "city": "杭州市", "district": "西湖区"}',
        '"addresses": [{"address_id": "A-1", "spot": {"province": "浙江省"}}]',
    ],
)
def test_our_own_words_and_the_places_of_the_desk_name_nobody(ours: str) -> None:
    assert smells(ours) == []


def test_the_bytes_of_a_dead_letter_are_kept_whatever_they_are() -> None:
    file = EXAMPLES / DEAD_LETTER.name / "good-dead.letter.json"
    letter = DeadLetter.model_validate_json(file.read_bytes())
    assert letter.raw == b'{"kind": "order", '
