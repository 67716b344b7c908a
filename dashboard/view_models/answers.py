"""What came of a press, in plain words: the desk's reasons, an opened lock, a taken anomaly. Pure."""

from collections.abc import Mapping
from typing import Final

from dashboard import masking
from dashboard.actions import Outcome
from dashboard.blocks import Say
from dashboard.identity import Person
from dashboard.words import Words
from schemas.anomaly import AnomalyEnded
from schemas.anomaly_life import AnomalyAccount, AnomalyCorrected, AnomalyStanding, Taken
from schemas.base import Event, type_of
from schemas.conflict import CorrectionRequested, OrderUnlocked
from schemas.desk import CommandAnswered, DeskReason, ParcelSeen, RefundDifference
from schemas.refund import RefundSent, RefundVerified

Wording = Mapping[DeskReason, Mapping[str, str]]
CATALOGUE: Final = {"zh-CN": "zh", "en": "en"}


def reasons(told: tuple[DeskReason, ...], wording: Wording, words: Words) -> list[str]:
    """Return the desk's reasons as it words them."""
    return [wording[reason][CATALOGUE[words.language]] for reason in told]


def answer(outcome: Outcome, wording: Wording, person: Person, words: Words) -> Say:
    """Return what the person reads; nothing is ever a silent success."""
    if outcome.failed:
        light = "yellow" if outcome.failed == "press_nothing" else "grey"
        return Say(
            "answer",
            words(outcome.failed),
            light,
            words("press_no_answer"),
            [outcome.detail] if outcome.detail else [],
        )
    assert outcome.answer is not None
    took = words("press_took", seconds=f"{outcome.seconds:.1f}")
    desk = outcome.answer.first(CommandAnswered)
    if isinstance(desk, CommandAnswered):
        return _desk(desk, wording, person, words, took)
    lines = [line for event in outcome.answer.said for line in _line(event, outcome.answer.command, words)]
    return Say("answer", took, "green", words("press_done"), lines)


def _desk(told: CommandAnswered, wording: Wording, person: Person, words: Words, took: str) -> Say:
    why = reasons(told.reasons, wording, words)
    if told.answer in ("refused", "too_late"):
        return Say("answer", took, "red", words(f"desk_{told.answer}"), why)
    if told.may_ship is not None:
        word = words("ship_yes" if told.may_ship else "ship_no")
        return Say("answer", took, "green" if told.may_ship else "red", word, why)
    if told.answer == "told":
        lines = [_parcel(parcel, words) for parcel in told.parcels]
        return Say(
            "answer",
            took,
            "green" if lines else "grey",
            words("desk_parcels", total=len(lines)),
            [*lines, *why],
        )
    if told.command == type_of(RefundDifference):
        return Say("answer", took, "green", words("desk_refunded", amount=words.yuan(told.amount_fen)), why)
    spot = told.spot
    where = masking.place(person, spot.province, spot.city, spot.district) if spot else ""
    known = words("known_address", address=told.address_id) if told.address_id else ""
    return Say(
        "answer", took, "green", words("desk_moved", where=" ".join(filter(None, (known, where)))), why
    )


def _parcel(parcel: ParcelSeen, words: Words) -> str:
    phase = words.term("phase", parcel.phase) if parcel.phase else words("not_scanned")
    flags = [words.term("flag", flag) for flag in parcel.flags]
    last = words.clock(parcel.last_scan_at) if parcel.last_scan_at else words("not_scanned")
    return " · ".join(filter(None, (parcel.waybill, parcel.carrier, phase, *flags, last)))


def _took(one: AnomalyStanding, words: Words) -> str:
    said = words("did_take", kind=words.term("kind", one.kind), who=one.taken_by)
    return f"{said} {words('taken_from', who=one.handed_by)}" if one.handed_by else said


def _line(event: Event, command: Event, words: Words) -> list[str]:  # noqa: PLR0911  (one a kind)
    match event:
        case OrderUnlocked():
            return [words("did_unlock", order=event.order_id)]
        case CorrectionRequested():
            said, right = words.term("phase", event.said), words.term("phase", event.right_phase)
            return [
                words("did_correct", reporter=words.term("reporter", event.reporter), said=said, right=right)
            ]
        case AnomalyEnded() | AnomalyCorrected():
            end = words(f"end_{event.end}") if event.end else words("still_open")
            return [words("did_end", kind=words.term("kind", event.kind), end=end)]
        case AnomalyAccount() if isinstance(command, Taken):
            return [
                _took(one, words)
                for one in event.anomalies
                if one.end is None and command.kind in (None, one.kind)
            ]
        case RefundVerified():
            return [event.reason_zh if words.language == "zh-CN" else event.reason_en]
        case RefundSent():
            return [words("did_pay", amount=words.yuan(event.amount_fen))]
        case _:
            return []
