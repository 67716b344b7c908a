"""The dead letter: a record that can never work, with its bytes, its position and the reason."""

from typing import ClassVar, Literal

from pydantic import AwareDatetime, Base64Bytes, Field

from schemas.base import Message


class DeadLetter(Message):
    """Keyed by its origin, so that replays do not multiply it.

    `origin_partition` and `origin_offset` are Kafka's, or 0 and the line number for a file
    (`origin_topic` is then `file:<name>`). `raw` is base64 in JSON.
    """

    KEY: ClassVar[str] = "letter_id"
    type: Literal["dead.letter"] = "dead.letter"
    letter_id: str
    origin_topic: str
    origin_partition: int
    origin_offset: int
    origin_key: str = ""
    occurred_at: AwareDatetime = Field(description="timestamp of the original record")
    observed_at: AwareDatetime = Field(description="when it was set aside")
    agent: str
    reason: str = Field(description="a sentence: what, where, how to mend it")
    error: str = Field(description="class of the error")
    schema_version: str
    raw: Base64Bytes
