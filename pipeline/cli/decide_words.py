"""What came of a decision, in plain words; pure."""

from pipeline.outbox.answers import Answer
from schemas.anomaly import AnomalyEnded
from schemas.anomaly_life import AnomalyAccount, AnomalyCorrected, Taken
from schemas.base import Event
from schemas.conflict import CorrectionRequested, OrderUnlocked
from schemas.refund import RefundSent, RefundVerified

FEN = 100


def lines(answer: Answer) -> list[str]:
    """Return one sentence for each thing that came of a command; none: it changed nothing."""
    return [line for event in answer.said for line in _line(event, answer.command)]


def _line(event: Event, command: Event) -> list[str]:  # noqa: PLR0911  (one a kind)
    match event:
        case OrderUnlocked():
            return [f"order {event.order_id} is unlocked (by {event.how})"]
        case CorrectionRequested():
            what = f"{event.said} to {event.right_phase}, as {event.right} says"
            return [f"{event.reporter} is asked to correct {what}"]
        case RefundVerified():
            why = f"{event.reason_zh} {event.reason_en}"
            return [f"refund {event.refund_id}: {event.verdict} ({event.rule}) {why}"]
        case RefundSent():
            return [f"finance is told to pay {event.amount_fen / FEN:.2f} yuan"]
        case AnomalyEnded() | AnomalyCorrected():
            return [f"{event.kind} of {event.subject}: {event.end or 'open'}"]
        case AnomalyAccount() if isinstance(command, Taken):
            return [
                f"{one.kind} of {event.subject} is taken by {one.taken_by}{_from(one.handed_by)}"
                for one in event.anomalies
                if one.end is None and command.kind in (None, one.kind)
            ]
        case _:
            return []


def _from(handed_by: str) -> str:
    return f", handed over by {handed_by}" if handed_by else ""
