"""The life of an anomaly: what judges, healers and people say of it, and what its keeper announces.

`observed_at` of a finding is when its speaker noticed, by the event clock; the order of these instants is the
order of the story, however the findings arrive. AnomalyOpened and AnomalyEnded are in schemas/anomaly.py.
"""

from typing import Annotated, ClassVar, Literal

from pydantic import AwareDatetime, Field, NonNegativeInt, PositiveInt

from schemas.anomaly import AnomalyEnded, AnomalyOpened, CodeMended, CodeParked, Subject
from schemas.base import Event, Message
from schemas.order import Short
from schemas.vocabulary import AnomalyEnd, AnomalyKind

Because = Annotated[str, Field(max_length=512)]


def order_subject(order_id: str) -> str:
    """Return the subject of an anomaly of one order."""
    return f"order:{order_id}"


class OfSubject(Event):
    """Whatever concerns the anomalies of one subject."""

    KEY: ClassVar[str] = "subject"
    subject: Subject


class ConditionSeen(OfSubject):
    """Something is wrong, again or still. `heal_deadline_at` None: two hours after it was first noticed."""

    type: Literal["condition.seen"] = "condition.seen"
    kind: AnomalyKind
    severity: Literal["notice", "warning", "critical"]
    evidence: dict[str, str] = Field(description="what was seen, for people; no personal data")
    heal_deadline_at: AwareDatetime | None = None


class ConditionGone(OfSubject):
    """What was wrong is over, or (withdrawn) never was; resolved: a person mended it elsewhere."""

    type: Literal["condition.gone"] = "condition.gone"
    kind: AnomalyKind
    how: AnomalyEnd
    because: Because


class HealAttempted(OfSubject):
    """A healer tried, and it is not mended yet."""

    type: Literal["heal.attempted"] = "heal.attempted"
    kind: AnomalyKind
    healer: Short
    because: Because


class Taken(OfSubject):
    """A person takes care of it; `kind` None: of everything that is open of this subject.

    `handed_by`: who gave it to them, empty when they took it themselves.
    """

    type: Literal["anomaly.taken"] = "anomaly.taken"
    kind: AnomalyKind | None = None
    by: Short
    handed_by: Short = ""


class Resolved(OfSubject):
    """A person mended it."""

    type: Literal["anomaly.resolved"] = "anomaly.resolved"
    kind: AnomalyKind
    by: Short
    because: Because


class HandedOver(OfSubject):
    """Healing is over without success: a person is asked. Said once of an anomaly."""

    type: Literal["anomaly.handed_over"] = "anomaly.handed_over"
    anomaly_id: str
    kind: AnomalyKind
    because: Literal["attempts_used_up", "heal_deadline_passed"]
    attempts: NonNegativeInt


class AnomalyCorrected(OfSubject):
    """A late finding changed an end that was announced: `end` stands now (None: it is open)."""

    type: Literal["anomaly.corrected"] = "anomaly.corrected"
    anomaly_id: str
    kind: AnomalyKind
    end: AnomalyEnd | None = None
    corrects: AnomalyEnd | None = None
    because: Because


class AnomalyStanding(Message):
    """One anomaly as it stands. `sightings`: how often it was noticed; `taken_by`: who takes care of it.

    `handed_by`: who gave it to them, empty when they took it themselves.
    """

    anomaly_id: str
    kind: AnomalyKind
    severity: Literal["notice", "warning", "critical"]
    detected_at: AwareDatetime
    last_seen_at: AwareDatetime
    heal_deadline_at: AwareDatetime
    sightings: PositiveInt
    attempts: NonNegativeInt = 0
    taken_by: Short = ""
    handed_by: Short = ""
    end: AnomalyEnd | None = None
    ended_at: AwareDatetime | None = None


class AnomalyAccount(OfSubject):
    """Every remembered anomaly of one subject; `event_id` derives from the content."""

    type: Literal["anomaly.account"] = "anomaly.account"
    anomalies: tuple[AnomalyStanding, ...] = ()


class ClockPassed(Event):
    """The event clock of those who find has reached `occurred_at` in this partition: time for the keeper."""

    KEY: ClassVar[str] = "agent"
    type: Literal["finding.clock_passed"] = "finding.clock_passed"
    agent: Short


Finding = Annotated[
    CodeParked | CodeMended | ConditionSeen | ConditionGone | HealAttempted | Taken | Resolved | ClockPassed,
    Field(discriminator="type"),
]
Anomaly = Annotated[AnomalyOpened | AnomalyEnded | AnomalyCorrected | HandedOver, Field(discriminator="type")]
