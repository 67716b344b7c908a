"""What the conflict circuit breaker hears from a supervisor, and what it decides, keyed by order id."""

from enum import StrEnum
from typing import ClassVar, Literal

from pydantic import AwareDatetime, Field, NonNegativeInt

from schemas.base import Event, Message
from schemas.order import OrderId
from schemas.vocabulary import Reporter, ShippingPhase

Voice = Literal[Reporter.ERP, Reporter.WMS, Reporter.CS]
"""Who is compared (domain.md section 2)."""


class UnlockedBy(StrEnum):
    """Why a lock opened. WITHDRAWN: what was told late shows that there never was a conflict."""

    AGREEMENT = "agreement"
    DECISION = "decision"
    WITHDRAWN = "withdrawn"


class Spoken(Message):
    """One reporter's side of a difference: its phase, when that began, and its last word for it."""

    reporter: Voice
    phase: ShippingPhase
    raw_code: str = Field(default="", max_length=256)
    mapping: str
    since_at: AwareDatetime
    said_at: AwareDatetime


class ConflictDecided(Event):
    """A supervisor's command: `right` is right. `occurred_at` is when it was decided, on what was known then.

    A second delivery of one `command_id` changes nothing; of several commands the one decided last counts.
    """

    KEY: ClassVar[str] = "order_id"
    type: Literal["conflict.decided"] = "conflict.decided"
    order_id: OrderId
    command_id: str = Field(min_length=1, max_length=128)
    right: Voice
    decided_by: str = Field(min_length=1, max_length=128)
    why: str = Field(min_length=1, max_length=1024)


class StatusDiffered(Event):
    """Two reporters began to differ, or (`differing` false) nobody differs any more or a person decided.

    Told at once, before the settle time is over: refunds and coupons wait on it.
    """

    KEY: ClassVar[str] = "order_id"
    type: Literal["status.differed"] = "status.differed"
    order_id: OrderId
    shop: str
    differing: bool
    evidence: tuple[Spoken, ...] = ()


class OrderLocked(Event):
    """No automatic action on this order any more: its reporters contradict each other for too long.

    `occurred_at` is when the settle time was over, `differs_since_at` when the newer of the two reports was
    made. `conflict_id` stays until the end.
    """

    KEY: ClassVar[str] = "order_id"
    type: Literal["order.locked"] = "order.locked"
    order_id: OrderId
    shop: str
    conflict_id: str
    differs_since_at: AwareDatetime
    settle_ms: NonNegativeInt
    evidence: tuple[Spoken, ...]


class OrderUnlocked(Event):
    """The lock of this conflict is open. `corrects`: it had ended otherwise until something was told late."""

    KEY: ClassVar[str] = "order_id"
    type: Literal["order.unlocked"] = "order.unlocked"
    order_id: OrderId
    shop: str
    conflict_id: str
    how: UnlockedBy
    corrects: UnlockedBy | None = None
    decided_by: str = ""
    command_id: str = ""
    why: str = ""
    evidence: tuple[Spoken, ...] = ()


class CorrectionRequested(Event):
    """A command to one reporter: a supervisor decided that it is wrong. It must correct its own record."""

    KEY: ClassVar[str] = "order_id"
    type: Literal["correction.requested"] = "correction.requested"
    order_id: OrderId
    shop: str
    reporter: Voice
    said: ShippingPhase
    right: Voice
    right_phase: ShippingPhase
    decided_by: str
    command_id: str
    why: str
