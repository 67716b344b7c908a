"""What was noticed, keyed by its subject: findings of the agents, and anomalies with one lifecycle."""

from typing import Annotated, ClassVar, Literal

from pydantic import Field, NonNegativeInt

from schemas.base import Event
from schemas.vocabulary import AnomalyEnd, AnomalyKind

Subject = Annotated[str, Field(min_length=1, max_length=512, pattern=r"^[^\x00]")]
"""`order:<order id>`, `sku:<sku>`, `code:<source>|<field>|<code>`, ...: what an anomaly is about."""


def code_subject(source: str, field: str, code: str) -> str:
    """Return the subject of an unknown code: one line, because the header `parked` lists one a line."""
    return f"code:{source}|{field}|{code}".replace("\n", "\\n")[:512]


class CodeParked(Event):
    """A record says a code that no table knows: its facts say UNKNOWN, the record waits for a mended map.

    `origin_*` is where the raw record lies; `certainty replay --parked` reads it again from there.
    """

    KEY: ClassVar[str] = "subject"
    type: Literal["code.parked"] = "code.parked"
    subject: Subject
    source: str
    field: str
    code: str = Field(max_length=256)
    mapping: str
    origin_topic: str
    origin_partition: NonNegativeInt
    origin_offset: NonNegativeInt
    origin_key: str = ""


class CodeMended(Event):
    """A parked record was read again, and this time its code was known."""

    KEY: ClassVar[str] = "subject"
    type: Literal["code.mended"] = "code.mended"
    subject: Subject
    mapping: str


class AnomalyOpened(Event):
    """Something is wrong; said once, however often it is noticed. `anomaly_id` stays until its end."""

    KEY: ClassVar[str] = "subject"
    type: Literal["anomaly.opened"] = "anomaly.opened"
    anomaly_id: str
    kind: AnomalyKind
    subject: Subject
    severity: Literal["notice", "warning", "critical"]
    evidence: dict[str, str] = Field(description="what was seen, for people")


class AnomalyEnded(Event):
    """The one end of an anomaly, and why."""

    KEY: ClassVar[str] = "subject"
    type: Literal["anomaly.ended"] = "anomaly.ended"
    anomaly_id: str
    kind: AnomalyKind
    subject: Subject
    end: AnomalyEnd
    because: str
