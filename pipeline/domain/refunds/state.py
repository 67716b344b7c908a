"""Everything heard of one order that its refunds are judged by, and what was last decided about each.

What is heard is kept as registers: a newer version replaces, an older one cannot, a repetition changes
nothing. So it is the same in whatever order the reports arrive. The account of the order has no version:
the hub is its only writer, and the last one received holds. What was done (`asked`, `sent`) is history.
"""

from typing import Any, Final, NamedTuple

import orjson

from schemas.vocabulary import Proof, RefundStandard

CASES_MOST: Final = 100
"""Most refunds of one order; a shop splits an order into a few."""
INVOICES_MOST: Final = 100
PARCELS_MOST: Final = 500
ANSWERS_MOST: Final = 200
"""Most refunds of one order for which an answer waits; the latest version's is kept."""
RIVALS_MOST: Final = 32
"""Most differing reports of one version of one refund that are remembered: far more than any shop sends. Past
it the one received first leaves, and the order of arrival could show."""


class Word(NamedTuple):
    """What one report says of a refund, and when it was received first."""

    received_ms: int
    standard: str
    proofs: list[str]
    done: bool
    unknown: bool
    amount_fen: int
    returns_goods: bool | None
    platform: str
    shop: str
    mapping: str

    @property
    def is_running(self) -> bool:
        """The platform has neither refused it nor paid it."""
        return self.standard != RefundStandard.NOT_REFUNDABLE


class Case(NamedTuple):
    """One refund. `words`: what was said of its newest version, the word that holds last.

    `first_ms`: when any version was first received. `told`: [version, verdict, rule, done, reason of the
    mismatch] as last announced. `asked`, `sent`: the newest version put to customer service and to finance.
    `mismatch`: [reason, version, paid_fen] while that finding is open; `doubt`: the rule that doubts it.
    `sent_fen`: what the last sending asked finance to pay.
    """

    version: int
    first_ms: int
    words: list[Word]
    told: list[Any] = []  # noqa: RUF012  (no change in place)
    asked: int | None = None
    sent: int | None = None
    sent_ms: int = 0
    mismatch: list[Any] = []  # noqa: RUF012  (likewise)
    doubt: str = ""
    sent_fen: int = 0

    @property
    def word(self) -> Word:
        """What holds now."""
        return self.words[-1]

    @property
    def verdict(self) -> str:
        """The verdict last announced; "" before the first."""
        return self.told[1] if self.told else ""

    @property
    def rule(self) -> str:
        """The rule of that verdict."""
        return self.told[2] if self.told else ""

    @property
    def is_final(self) -> bool:
        """This very version went straight to finance, and no report says more."""
        return self.sent == self.version


class RefundState(NamedTuple):
    """All that is known of one order. Times are milliseconds since 1970 UTC, money is fen.

    `locked`, `differing`: [yes, at_ms]; `account`: [paid_fen, phase, signed_ms, has left, has left by the
    platform's word] or empty; `gift`: [version, yes]; `invoices`: id -> [version, issued]; `parcels`:
    waybill -> [version, not returned]; `answers`: refund -> [version, at_ms, no]; `counted`: refund -> when
    its goods were; `granted`: command key -> fen of each difference that the desk granted.
    """

    cases: dict[str, Case] = {}  # noqa: RUF012  (no change in place: what is heard makes a new one)
    account: list[Any] = []  # noqa: RUF012
    gift: list[Any] = []  # noqa: RUF012
    locked: list[Any] = []  # noqa: RUF012
    differing: list[Any] = []  # noqa: RUF012
    invoices: dict[str, list[Any]] = {}  # noqa: RUF012
    parcels: dict[str, list[Any]] = {}  # noqa: RUF012
    answers: dict[str, list[Any]] = {}  # noqa: RUF012
    counted: dict[str, int] = {}  # noqa: RUF012
    heard_ms: int = 0
    due_ms: int | None = None
    granted: dict[str, int] = {}  # noqa: RUF012

    def to_bytes(self) -> bytes:
        """The state as JSON."""
        cases = {
            refund_id: (*case[:2], [tuple(word) for word in case.words], *case[3:])
            for refund_id, case in self.cases.items()
        }
        return orjson.dumps((cases, *self[1:]))

    @classmethod
    def from_bytes(cls, raw: bytes) -> "RefundState":
        """Read `to_bytes` back."""
        cases, *rest = orjson.loads(raw)
        return cls(
            {
                refund_id: Case(version, first_ms, [Word(*word) for word in words], *more)
                for refund_id, (version, first_ms, words, *more) in cases.items()
            },
            *rest,
        )

    def answer(self, refund_id: str) -> str:
        """What customer service said to the version that holds: none, yes or no."""
        answer = self.answers.get(refund_id)
        case = self.cases[refund_id]
        if answer is None or answer[0] != case.version:
            return "none"
        return "no" if answer[2] else "yes"

    @property
    def is_locked(self) -> bool:
        """The breaker has locked the order."""
        return bool(self.locked) and self.locked[0]

    @property
    def is_differing(self) -> bool:
        """Two reporters differ, the settle time is not over yet."""
        return bool(self.differing) and self.differing[0]

    @property
    def paid_fen(self) -> int | None:
        """What was paid, as the order's account says; None: nobody said."""
        return self.account[0] if self.account else None

    @property
    def signed_ms(self) -> int | None:
        """When the order was signed for."""
        return self.account[2] if self.account else None

    @property
    def closed_unshipped(self) -> bool:
        """The order was closed, and nothing of it is known to have left."""
        return bool(self.account) and self.account[1] == "closed" and not self.account[3]

    def has_proof(self, proof: str, refund_id: str) -> bool:
        """Tell whether others have shown what the codes alone cannot say."""
        match Proof(proof):
            case Proof.NOT_SHIPPED:
                return bool(self.account) and self.account[1] == "not_shipped" and not any(self.account[3:])
            case Proof.GOODS_COUNTED:
                return refund_id in self.counted
            case Proof.CARRIER_RETURNED:
                return bool(self.parcels) and not any(kept for _, kept in self.parcels.values())
