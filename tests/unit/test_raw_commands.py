"""Commands and answers in raw.command.v1: our own words, read or refused with a sentence."""

import orjson
import pytest

from pipeline.cli.assembly import raw_reader
from pipeline.domain.outcome import Undecidable
from pipeline.domain.raw_sources import RawReader
from schemas.anomaly_life import Taken
from schemas.base import Event
from schemas.conflict import ConflictDecided
from schemas.raw import RawHeaders
from schemas.vocabulary import Reporter
from tests.breaking import decides
from tests.life_builders import taken

HEADERS = RawHeaders("command", "", 1_772_352_000_000, "press-1").to_headers()


@pytest.fixture(scope="module")
def reader() -> RawReader:
    return raw_reader()


@pytest.mark.parametrize("command", [decides(Reporter.WMS, 5), taken("li", 3)], ids=lambda c: c.type)
def test_a_command_is_told_as_it_was_sent(reader: RawReader, command: Event) -> None:
    reading = reader.read(command.to_bytes(), HEADERS)
    assert reading.facts == (command,) or list(reading.facts) == [command]
    assert type(reading.facts[0]) in (ConflictDecided, Taken)


@pytest.mark.parametrize(
    ("value", "sentence"),
    [
        (b"", "command: the command: Invalid JSON"),
        (b'{"type": "order.reported"}', "command: the command: Input tag 'order.reported'"),
        (b'{"type": "conflict.decided"}', "command: conflict.decided.event_id: Field required"),
    ],
)
def test_what_is_no_command_is_refused_with_place_and_reason(
    reader: RawReader, value: bytes, sentence: str
) -> None:
    with pytest.raises(Undecidable, match="command: ") as refusal:
        reader.read(value, HEADERS)
    assert str(refusal.value).startswith(sentence)


def test_a_command_with_a_field_nobody_knows_is_refused(reader: RawReader) -> None:
    said = orjson.loads(decides(Reporter.WMS, 5).to_bytes()) | {"really": True}
    with pytest.raises(Undecidable, match=r"conflict\.decided\.really: Extra inputs"):
        reader.read(orjson.dumps(said), HEADERS)
