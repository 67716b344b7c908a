"""The steps of an order: how long each took, how long it may take, and whether that was exceeded. Pure."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from dashboard.blocks import Cell, Column, Table
from dashboard.queries.rows import moment
from dashboard.queries.story import Account
from dashboard.words import Words
from pipeline.domain.care.policy import CarePolicy
from pipeline.domain.instants import from_ms, to_ms
from schemas.vocabulary import ShippingPhase


@dataclass(frozen=True, slots=True)
class Step:
    """One step; `ended_at` None: it goes on; `until` None: no promise and no policy says how long it may."""

    key: str
    begun_at: datetime
    ended_at: datetime | None = None
    until: datetime | None = None
    note: str = ""

    def exceeded(self, clock_at: datetime | None) -> bool | None:
        """Tell whether it ended or goes on after its time; on the very instant it does not; None: unknown."""
        seen = self.ended_at or clock_at
        return None if self.until is None or seen is None else seen > self.until


def steps_of(account: Account | None, parcels: Sequence[Mapping[str, Any]], care: CarePolicy) -> list[Step]:
    """Return the steps that have begun; what closes the order ends those that go on.

    Once it is signed or closed nothing goes on: a step that then ended, nobody told when, is left out.
    """
    if account is None:
        return []
    closed, out, scanned = account.closed_at, account.outbound_at, account.first_scan_at
    told = [
        ("pay", account.ordered_at, account.paid_at, None),
        ("ship", account.paid_at, out, account.promised_ship_at),
        ("first_scan", out, scanned, from_ms(care.scan_limit_ms(to_ms(out))) if out else None),
        ("deliver", scanned, account.signed_at, account.promised_sign_at),
    ]
    signed = bool(account.signed_at) or account.phase == ShippingPhase.SIGNED
    by_closing = None if signed else closed  # what was signed has ended before
    steps = [Step(key, begun, ended or by_closing, until) for key, begun, ended, until in told if begun]
    if signed or closed or account.phase == ShippingPhase.CLOSED:
        return [step for step in steps if step.ended_at]
    return [*steps, *(_silence(parcel, care) for parcel in parcels if _is_moving(parcel))]


def _is_moving(parcel: Mapping[str, Any]) -> bool:
    """At a station or locker nothing more is told, so no scan is missed there."""
    return bool(
        moment(parcel["last_scan_at"])
        and not moment(parcel["signed_at"])
        and "station" not in parcel["flags"]
    )


def _silence(parcel: Mapping[str, Any], care: CarePolicy) -> Step:
    last = moment(parcel["last_scan_at"])
    until = from_ms(care.silence_limit_ms(to_ms(last)))
    return Step("silence", last, None, until, parcel["waybill"])


def step_table(steps: Sequence[Step], clock_at: datetime | None, words: Words) -> Table:
    """Return each step with what it took and what it may take; one without a rule has a dash."""
    columns = [Column(words(key)) for key in ("col_step", "col_took", "col_allowed", "col_kept")]
    rows = [
        [Cell(words(f"step_{step.key}"), note=step.note), *_cells(step, clock_at, words)] for step in steps
    ]
    return Table("steps", words("steps"), columns, rows, words("no_data"), hint=words("steps_help"))


def _cells(step: Step, clock_at: datetime | None, words: Words) -> list[Cell]:
    seen = step.ended_at or clock_at
    took = None if seen is None or seen < step.begun_at else seen - step.begun_at
    text = words("no_data") if took is None else words.duration(took.total_seconds())
    going = "" if step.ended_at else words("step_goes_on")
    length = Cell(text, note=going, sort=took.total_seconds() if took else None)
    if step.until is None:
        return [length, Cell("–"), Cell("–")]
    by = words("step_until", time=words.stamp(step.until))
    return [
        length,
        Cell(words.duration(_allowed(step).total_seconds()), note=by),
        _mark(step, clock_at, words),
    ]


def _allowed(step: Step) -> timedelta:
    return max(timedelta(0), step.until - step.begun_at) if step.until else timedelta(0)


def _mark(step: Step, clock_at: datetime | None, words: Words) -> Cell:
    exceeded = step.exceeded(clock_at)
    if exceeded is None:
        return Cell(words("no_data"), light="grey")
    if exceeded:
        return Cell(words("step_exceeded"), light="red")
    return Cell(words("step_within"), light="green") if step.ended_at else Cell(words("step_time_left"))


def allowed_from(
    at: datetime, steps: Sequence[Step], clock_at: datetime | None, words: Words
) -> tuple[str, bool]:
    """Return what the steps that begin at this very time may take, and whether one of them exceeded it."""
    begun = [step for step in steps if step.begun_at == at and step.until]
    told = [
        words(
            "step_allowed",
            step=words(f"step_{step.key}"),
            time=words.duration(_allowed(step).total_seconds()),
        )
        + (f" · {words('step_exceeded')}" if step.exceeded(clock_at) else "")
        for step in begun
    ]
    return "; ".join(told), any(step.exceeded(clock_at) for step in begun)
