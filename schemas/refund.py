"""What the refund centre says: verdicts, its commands to customer service and finance, and its findings."""

from typing import Annotated, ClassVar, Literal

from pydantic import AwareDatetime, Field, NonNegativeInt

from schemas.anomaly import Subject
from schemas.base import Event
from schemas.order import OrderId, Short
from schemas.vocabulary import AnomalyEnd, Platform, RefundVerdict

RefundId = Annotated[str, Field(min_length=1, max_length=128)]
RuleId = Annotated[str, Field(min_length=1, max_length=64)]


def mismatch_subject(order_id: str, refund_id: str) -> str:
    """Return the subject of a refund that does not fit its order."""
    return f"refund:{order_id}|{refund_id}"[:512]


def doubt_subject(order_id: str, refund_id: str) -> str:
    """Return the subject of a refund that was sent to finance and should not have been."""
    return f"act:refund|{order_id}|{refund_id}"[:512]


class RefundVerified(Event):
    """The verdict on one refund request is new: another one, by another rule, or about another version.

    `facts` are those that the rules up to `rule` looked at, as text; `previous` is the earlier verdict where
    it was another. `done`: the money is already out. `requested_at` is when the request was first received,
    `occurred_at` when it was decided, by the event clock. `version` is that of the refund report.
    """

    KEY: ClassVar[str] = "order_id"
    type: Literal["refund.verified"] = "refund.verified"
    order_id: OrderId
    refund_id: RefundId
    platform: Platform
    shop: Short
    version: int
    verdict: RefundVerdict
    previous: RefundVerdict | None = None
    rule: RuleId
    rules_version: Short
    mapping: Short
    reason_zh: str
    reason_en: str
    facts: dict[str, str]
    amount_fen: NonNegativeInt
    done: bool = False
    requested_at: AwareDatetime


class ConfirmationAsked(Event):
    """Customer service is asked to confirm a refund a second time; once per version of the refund."""

    KEY: ClassVar[str] = "order_id"
    type: Literal["confirmation.asked"] = "confirmation.asked"
    order_id: OrderId
    refund_id: RefundId
    shop: Short
    refund_version: int
    amount_fen: NonNegativeInt
    rule: RuleId
    rules_version: Short
    facts: dict[str, str]


class ConfirmationAnswered(Event):
    """What customer service answered, for exactly one version of the refund; `occurred_at` is when.

    Of several answers to one version the latest holds, "no" where they are of one instant.
    """

    KEY: ClassVar[str] = "order_id"
    type: Literal["confirmation.answered"] = "confirmation.answered"
    order_id: OrderId
    refund_id: RefundId
    refund_version: int
    answer: Literal["yes", "no"]
    who: str = Field(min_length=1, max_length=128)


class GoodsCounted(Event):
    """The warehouse counted what came back for this refund: the proof `goods_counted`."""

    KEY: ClassVar[str] = "order_id"
    type: Literal["goods.counted"] = "goods.counted"
    order_id: OrderId
    refund_id: RefundId


class RefundSent(Event):
    """Finance is told to pay a refund; at most once per version, whose id is always the same.

    `replaces` is the version that was sent before: a newer request supersedes it, only one of them is paid.
    """

    KEY: ClassVar[str] = "order_id"
    type: Literal["refund.sent"] = "refund.sent"
    order_id: OrderId
    refund_id: RefundId
    platform: Platform
    shop: Short
    refund_version: int
    replaces: int | None = None
    amount_fen: NonNegativeInt
    rule: RuleId
    rules_version: Short


class RefundMismatched(Event):
    """A refund has no order, or asks for more than was paid less what else is asked for or paid back."""

    KEY: ClassVar[str] = "order_id"
    type: Literal["refund.mismatched"] = "refund.mismatched"
    subject: Subject
    order_id: OrderId
    refund_id: RefundId
    shop: Short
    refund_version: int
    reason: Literal["no_order", "exceeds_paid"]
    amount_fen: NonNegativeInt
    others_fen: NonNegativeInt
    paid_fen: NonNegativeInt | None = None


class RefundMatched(Event):
    """The mismatch of a refund is over: withdrawn (it never was true), or cleared (it no longer is)."""

    KEY: ClassVar[str] = "order_id"
    type: Literal["refund.matched"] = "refund.matched"
    subject: Subject
    order_id: OrderId
    refund_id: RefundId
    shop: Short
    end: Literal[AnomalyEnd.WITHDRAWN, AnomalyEnd.CLEARED]
    because: RuleId = Field(description="the rule that decides now")


class RefundDoubted(Event):
    """A refund was sent to finance, and by what is known now `rule` would not have sent it.

    Nothing is reversed: a person looks (domain.md section 14, "Acts").
    """

    KEY: ClassVar[str] = "order_id"
    type: Literal["refund.doubted"] = "refund.doubted"
    subject: Subject
    order_id: OrderId
    refund_id: RefundId
    shop: Short
    refund_version: int = Field(description="the version that was sent")
    rule: RuleId
    verdict: RefundVerdict
    rules_version: Short
    facts: dict[str, str]


class RefundAffirmed(Event):
    """What made a sent refund doubtful is over: a later report withdrew it, or the money is out (cleared)."""

    KEY: ClassVar[str] = "order_id"
    type: Literal["refund.affirmed"] = "refund.affirmed"
    subject: Subject
    order_id: OrderId
    refund_id: RefundId
    shop: Short
    end: Literal[AnomalyEnd.WITHDRAWN, AnomalyEnd.CLEARED]
