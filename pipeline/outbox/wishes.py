"""What a person wants of the judges, as a command that gets its ids and times when it is sent."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal
from uuid import uuid4

from schemas.anomaly_life import Resolved, Taken
from schemas.base import EPOCH, Event, derived_id, type_of
from schemas.conflict import ConflictDecided
from schemas.desk import AskMayShip, ChangeAddress, DeskCommand, RefundDifference, Spot, TrackOrder
from schemas.refund import ConfirmationAnswered


@dataclass(frozen=True, slots=True)
class Wish:
    """One press of a button. `key` names the press: sent twice it is one event, and is answered once.

    Making one raises pydantic's ValidationError (a ValueError) for a field that cannot be.
    """

    kind: type[Event]
    key: str
    says: dict[str, Any]  # fields of `kind`, which validates them
    repeated: bool = False

    def __post_init__(self) -> None:
        self.at(EPOCH, EPOCH)

    @property
    def entity(self) -> str:
        """The order or the subject that it is about: the key on every topic."""
        return str(self.says[self.kind.KEY])

    def at(self, now: datetime, expires_at: datetime) -> Event:
        """Return the command, pressed at `now`."""
        what = type_of(self.kind)
        head: dict[str, Any] = {
            "event_id": derived_id(f"{self.entity}|{self.key}", what),
            "cause_id": self.key,
            "occurred_at": now,
            "observed_at": now,
        }
        if issubclass(self.kind, DeskCommand):
            head["expires_at"] = expires_at
        return self.kind.model_validate({**head, **self.says})


def _wish(of: type[Event], key: str, name: str = "", /, **says: Any) -> Wish:  # fields of `of`
    """A key that is given may have been sent before; without one this is a press of its own."""
    chosen = key or uuid4().hex
    return Wish(of, chosen, {**says, name: chosen} if name else says, repeated=bool(key))


def track(order_id: str, by: str, key: str = "") -> Wish:
    """Where are the parcels?"""
    return _wish(TrackOrder, key, "command_key", order_id=order_id, pressed_by=by)


def ask_may_ship(order_id: str, by: str, key: str = "") -> Wish:
    """May it ship now?"""
    return _wish(AskMayShip, key, "command_key", order_id=order_id, pressed_by=by)


def change_address(
    order_id: str, by: str, *, address_id: str | None = None, spot: Spot | None = None, key: str = ""
) -> Wish:
    """Send it to a known address, to another place, or to both where they agree."""
    where = {"address_id": address_id, "spot": spot}
    return _wish(ChangeAddress, key, "command_key", order_id=order_id, pressed_by=by, **where)


def refund_difference(order_id: str, by: str, *, choice: str, amount_fen: int, key: str = "") -> Wish:
    """Give back one of the differences that the rules offer."""
    what = {"choice": choice, "amount_fen": amount_fen}
    return _wish(RefundDifference, key, "command_key", order_id=order_id, pressed_by=by, **what)


def decide(order_id: str, right: str, by: str, why: str, key: str = "") -> Wish:
    """This reporter is right; the others must correct their records."""
    said = {"right": right, "decided_by": by, "why": why}
    return _wish(ConflictDecided, key, "command_id", order_id=order_id, **said)


def confirm_refund(
    order_id: str, refund_id: str, *, version: int, answer: Literal["yes", "no"], by: str, key: str = ""
) -> Wish:
    """Customer service answers the second question about one version of a refund."""
    said = {"refund_id": refund_id, "refund_version": version, "answer": answer, "who": by}
    return _wish(ConfirmationAnswered, key, order_id=order_id, **said)


def take(subject: str, by: str, kind: str | None = None, key: str = "", handed_by: str = "") -> Wish:
    """A person takes care of one anomaly of a subject, or of all that is open of it, or is handed it."""
    return _wish(Taken, key, subject=subject, kind=kind, by=by, handed_by=handed_by)


def resolve(subject: str, kind: str, by: str, why: str, key: str = "") -> Wish:
    """A person has mended it."""
    return _wish(Resolved, key, subject=subject, kind=kind, by=by, because=why)
