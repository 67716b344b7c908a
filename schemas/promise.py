"""What the order hub decides: an order's phase changed, its promise was judged; and its current account."""

from typing import Annotated, ClassVar, Literal

from pydantic import AwareDatetime, Field, TypeAdapter

from schemas.base import Event, Message, NotNegative
from schemas.order import OrderId
from schemas.vocabulary import Phase, Platform, Reporter, ShippingPhase, Verdict


class OrderPhaseChanged(Event):
    """The back-end phase of the order is now `phase`: closed > signed > shipped > not_shipped."""

    KEY: ClassVar[str] = "order_id"
    type: Literal["order.phase_changed"] = "order.phase_changed"
    order_id: OrderId
    shop: str
    phase: ShippingPhase
    previous: ShippingPhase | None = None


class PromiseJudged(Event):
    """The verdict on an order's promise changed; `corrects` names the earlier one a late report disproved."""

    KEY: ClassVar[str] = "order_id"
    type: Literal["promise.judged"] = "promise.judged"
    order_id: OrderId
    shop: str
    verdict: Verdict
    corrects: Verdict | None = None
    rule: str = Field(description="the rule that decided, see docs/promises.md")
    deadline_at: AwareDatetime | None = None
    settled_at: AwareDatetime | None = None


class Word(Message):
    """One reporter's last word about an order, as the screens show it."""

    reporter: Reporter
    line: str
    phase: Phase
    raw_code: str
    mapping: str
    said_at: AwareDatetime | None = None


WORDS: TypeAdapter[tuple[Word, ...]] = TypeAdapter(tuple[Word, ...])


class OrderAccount(Event):
    """The whole current account of one order: a function of the facts told so far, never of their order.

    `event_id` derives from the content. `deadline_at` is the deadline still ahead, or the one that was
    missed; `settled_at` the instant the promise was kept (last fulfilment) or broken (first deadline).
    `overdue_since_at` is the first passed deadline of what is still owed, `next_deadline_at` the next one
    ahead, `owed` which promise that is.
    """

    KEY: ClassVar[str] = "order_id"
    type: Literal["order.account"] = "order.account"
    order_id: OrderId
    platform: Platform
    shop: str
    phase: ShippingPhase
    platform_phase: Phase
    is_open: bool
    verdict: Verdict
    rule: str
    ordered_at: AwareDatetime | None = None
    paid_at: AwareDatetime | None = None
    promised_ship_at: AwareDatetime | None = None
    first_promised_ship_at: AwareDatetime | None = None
    promised_sign_at: AwareDatetime | None = None
    outbound_at: AwareDatetime | None = None
    first_scan_at: AwareDatetime | None = None
    signed_at: AwareDatetime | None = None
    closed_at: AwareDatetime | None = None
    deadline_at: AwareDatetime | None = None
    settled_at: AwareDatetime | None = None
    overdue_since_at: AwareDatetime | None = None
    next_deadline_at: AwareDatetime | None = None
    owed: Literal["ship", "sign", ""] = ""
    paid_fen: NotNegative | None = None
    lines: NotNegative = 0
    as_of: AwareDatetime | None = None
    words: tuple[Word, ...] = ()

    def words_json(self) -> str:
        """The words alone, as a JSON array."""
        return WORDS.dump_json(self.words, exclude_none=True).decode()


class ClockAdvanced(Event):
    """The event clock of one partition of `agent` reached `occurred_at`."""

    KEY: ClassVar[str] = "agent"
    type: Literal["clock.advanced"] = "clock.advanced"
    agent: str
    partition: NotNegative


OrderState = Annotated[OrderAccount | ClockAdvanced, Field(discriminator="type")]
