"""Which records answer a command, told from what else lies on their topics; pure."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final, NamedTuple

from schemas.anomaly import AnomalyEnded
from schemas.anomaly_life import AnomalyAccount, AnomalyCorrected, Resolved, Taken
from schemas.base import Event, type_of
from schemas.conflict import ConflictDecided, CorrectionRequested, OrderUnlocked
from schemas.desk import CommandAnswered, DeskCommand
from schemas.refund import ConfirmationAnswered, RefundSent, RefundVerified
from schemas.topics import (
    ANOMALY,
    COMMAND_ORDER,
    DECISION_ORDER,
    FACT_ORDER,
    FINDING,
    STATE_SUBJECT,
    TOPIC_OF,
    Topic,
)

Telling = Mapping[str, Any]  # an event as JSON; only those that answer are validated
KINDS: Final[dict[str, type[Event]]] = {
    type_of(kind): kind
    for kind in (
        CommandAnswered,
        OrderUnlocked,
        CorrectionRequested,
        RefundVerified,
        RefundSent,
        AnomalyEnded,
        AnomalyCorrected,
        AnomalyAccount,
    )
}
ENDS: Final = (CommandAnswered, OrderUnlocked, RefundVerified, AnomalyEnded, AnomalyCorrected)
"""What answers a command by itself; the others come with it."""


class Answer(NamedTuple):
    """What became of a command. `heard`: the workers took it; `said`: what came of it, in no order.

    Nothing said and not heard: nobody took it in time. Heard, and nothing said: it changed nothing yet.
    """

    command: Event
    heard: bool
    said: tuple[Event, ...]
    seconds: float

    def first(self, *kinds: type[Event]) -> Event | None:
        """Return the first that was said of these kinds."""
        return next((event for event in self.said if isinstance(event, kinds)), None)


class KeyReused(ValueError):
    """The key of this press was used for another command before, and answered as that."""


def topics_of(command: type[Event]) -> tuple[Topic, ...]:
    """Return where to look: where the command is heard first, then where it may be answered."""
    if issubclass(command, DeskCommand):
        return FACT_ORDER, DECISION_ORDER
    if issubclass(command, ConflictDecided | ConfirmationAnswered):
        return FACT_ORDER, DECISION_ORDER, COMMAND_ORDER
    if issubclass(command, Taken):
        return FINDING, STATE_SUBJECT
    if issubclass(command, Resolved):
        return FINDING, ANOMALY, STATE_SUBJECT
    return (TOPIC_OF[command],)


@dataclass(slots=True)
class Awaited:
    """What was read so far because of one command."""

    command: Event
    heard: bool = False
    said: list[Event] = field(default_factory=list)
    account: AnomalyAccount | None = None

    def take(self, told: Telling) -> None:
        """Look at one record; raises KeyReused."""
        if told.get("event_id") == self.command.event_id:
            self.heard = True
            return
        kind = KINDS.get(told.get("type", ""))
        if kind is None or not self._concerns(kind, told):
            return
        event = kind.model_validate(told)
        if isinstance(event, AnomalyAccount):
            self.account = event
        elif event not in self.said:
            self.said.append(event)

    @property
    def is_answered(self) -> bool:
        """Tell whether the answer is there; what comes with it may still be on its way."""
        if any(isinstance(event, ENDS) for event in self.said):
            return True
        return self.heard and self.account is not None and not self._waiting(self.account)

    def more_s(self, together_s: float) -> float:
        """Return how long to wait for what comes with the answer; the desk's comes alone."""
        return 0.0 if isinstance(self.command, DeskCommand) else together_s

    def answer(self, seconds: float) -> Answer:
        """Return what there is."""
        accounts = () if self.account is None or not self.is_answered else (self.account,)
        return Answer(self.command, self.heard or bool(self.said), (*self.said, *accounts), seconds)

    def _concerns(self, kind: type[Event], told: Telling) -> bool:
        command = self.command
        match command:
            case DeskCommand():
                if kind is not CommandAnswered or told["command_key"] != command.command_key:
                    return False
                return told["order_id"] == command.order_id and self._is_same(told["command"])
            case ConflictDecided():
                return (
                    kind in (OrderUnlocked, CorrectionRequested)
                    and told.get("command_id") == command.command_id
                    and told["order_id"] == command.order_id
                )
            case Taken() | Resolved() if kind is AnomalyAccount:
                return bool(told["subject"] == command.subject)
            case _:
                return bool(told["cause_id"] == command.event_id)

    def _is_same(self, answered: str) -> bool:
        asked = type_of(type(self.command))
        if answered != asked:
            raise KeyReused(f"this key was used for {answered} before: take another one for {asked}")
        return True

    def _waiting(self, account: AnomalyAccount) -> bool:
        """Tell whether something is still as it was before the command."""
        command = self.command
        assert isinstance(command, Taken | Resolved)
        open_ones = [one for one in account.anomalies if one.end is None]
        mine = [one for one in open_ones if command.kind in (None, one.kind)]
        return any(not one.taken_by for one in mine) if isinstance(command, Taken) else bool(mine)
