"""A batch on its way through an agent: records, what came of them, and the acknowledgement."""

import time
from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol

from pipeline.producer import Record, partition_of
from schemas.base import Event
from schemas.dead_letter import DeadLetter
from schemas.topics import DEAD_LETTER, TOPIC_OF

Pending = dict[tuple[str, int], list[Record]]
SESSION_TIMEOUT_S = 10.0
"""After this long without a heartbeat the group gives a worker's partitions to the others."""
HEARTBEAT_S = 2.0


class KafkaRecord(Protocol):
    """What a record fetched by aiokafka offers; `timestamp` is milliseconds since 1970 UTC."""

    topic: str
    partition: int
    offset: int
    timestamp: int
    key: bytes | None
    value: bytes | None
    headers: Sequence[tuple[str, bytes]]


@dataclass(slots=True)
class Batch:
    """A fetch, or a slice of topics in step: then `topic` and `partition` are those of its last record only.

    `acknowledge` and `let_go` are called by `settle` alone; `is_current` is False once the partition left.
    """

    topic: str
    partition: int
    records: Sequence[Any]  # KafkaRecord; aiokafka's own class is untyped
    partitions: int
    acknowledge: Callable[[], None]
    let_go: Callable[[], None]
    is_current: Callable[[], bool]
    letters: list[DeadLetter] = field(default_factory=list)
    outputs: Pending = field(default_factory=lambda: defaultdict(list))
    undo: list[Callable[[], None]] = field(default_factory=list)
    sent: Mapping[tuple[str, int], int] = field(default_factory=dict)
    tried_at_s: float = field(default_factory=time.monotonic)

    @property
    def place(self) -> str:
        """topic[partition]@first-last of each partition, for people."""
        spans: dict[str, list[int]] = {}
        for record in self.records:
            place = f"{record.topic}[{record.partition}]"
            spans.setdefault(place, [record.offset] * 2)[1] = record.offset
        return ", ".join(f"{place}@{first}-{last}" for place, (first, last) in spans.items())

    def __str__(self) -> str:
        return self.place

    @property
    def first_offset(self) -> int:
        """Offset of the first record."""
        return int(self.records[0].offset)

    @property
    def last_offset(self) -> int:
        """Offset of the last record."""
        return int(self.records[-1].offset)

    def age_s(self) -> float:
        """Seconds since this try began."""
        return time.monotonic() - self.tried_at_s

    def emit(self, message: Event, *, here: bool = False, into: int | None = None) -> None:
        """Queue a message for its own topic: where its key belongs, into this partition (`here`), or `into`.

        What describes a key of the input belongs here anyway, so that nothing needs hashing; a clock belongs
        here whatever its key.
        """
        topic = TOPIC_OF[type(message)]
        key = getattr(message, message.KEY).encode()
        if into is None:
            into = self.partition if here else partition_of(key, self.partitions)
        self.outputs[topic.name, into].append(Record(key, message.to_bytes(), 0))

    def set_aside(self, letter: DeadLetter) -> None:
        """Queue a dead letter; it is confirmed together with the outputs."""
        self.letters.append(letter)
        key = letter.letter_id.encode()
        place = (DEAD_LETTER.name, partition_of(key, self.partitions))
        self.outputs[place].append(Record(key, letter.to_bytes(), 0))

    def reset(self) -> None:
        """Forget what came of the records: the batch is tried again."""
        self.letters.clear()
        self.outputs.clear()
        while self.undo:
            self.undo.pop()()
        self.tried_at_s = time.monotonic()
