"""Takes one report into the state of an order's refunds."""

from typing import Any, Final

import orjson

from pipeline.domain.instants import to_ms
from pipeline.domain.milestones import GONE
from pipeline.domain.outcome import Undecidable
from pipeline.domain.refunds.inputs import Granted, Standing
from pipeline.domain.refunds.state import (
    ANSWERS_MOST,
    CASES_MOST,
    INVOICES_MOST,
    PARCELS_MOST,
    RIVALS_MOST,
    Case,
    RefundState,
    Word,
)
from schemas.order import (
    ClockTicked,
    InvoiceReported,
    OrderReported,
    ParcelReported,
    RefundReported,
    TicketReported,
)
from schemas.promise import OrderAccount
from schemas.refund import ConfirmationAnswered, GoodsCounted
from schemas.vocabulary import RefundStandard, Reporter, TrackFlag

Fact = (
    RefundReported
    | InvoiceReported
    | ParcelReported
    | OrderReported
    | OrderAccount
    | ConfirmationAnswered
    | Standing
    | Granted
    | GoodsCounted
    | TicketReported
    | ClockTicked
)
RETURNED: Final = frozenset({TrackFlag.RETURNING, TrackFlag.REFUSED})
"""The carrier brings the parcel back or has done so, or the customer did not take it (platforms.md, lines
"raise"). A waybill that was cancelled, revoked or lost brings nothing back."""


def concerns(fact: Fact) -> bool:
    """Tell whether a refund may be judged by it; what a warehouse says of an order comes as its account."""
    if isinstance(fact, OrderReported):
        return fact.has_gift is not None and fact.reporter in (Reporter.PLATFORM, Reporter.FILE)
    return not isinstance(fact, TicketReported | ClockTicked)


def hear(state: RefundState, fact: Fact, key: str, now_ms: int) -> RefundState:
    """Return the state after one report that concerns refunds; only `heard_ms` differs if nothing is new.

    Raises Undecidable for one refund, invoice, parcel or answer too many.
    """
    heard = _heard(state, fact, key)
    # An account carries the times of the order, not its own.
    received = now_ms if isinstance(fact, OrderAccount) else received_ms(fact)
    return heard if received <= state.heard_ms else heard._replace(heard_ms=received)


def received_ms(fact: Fact) -> int:
    """When a fact was received, in milliseconds since 1970 UTC."""
    return fact.at_ms if isinstance(fact, Standing | Granted) else to_ms(fact.observed_at)


def _heard(state: RefundState, fact: Fact, key: str) -> RefundState:  # noqa: PLR0911  (one a kind)
    match fact:
        case RefundReported():
            return _refund(state, fact, key)
        case OrderAccount():
            return _account(state, fact)
        case OrderReported():
            return _gift(state, fact)
        case InvoiceReported():
            word = [_version(fact), not fact.red_lettered]
            told = _register(state.invoices, fact.invoice_id, word, INVOICES_MOST, f"order {key}: invoices")
            return state._replace(invoices=told)
        case ParcelReported():
            word = [_version(fact), RETURNED.isdisjoint(fact.flags)]
            told = _register(state.parcels, fact.waybill, word, PARCELS_MOST, f"order {key}: parcels")
            return state._replace(parcels=told)
        case ConfirmationAnswered():
            word = [fact.refund_version, to_ms(fact.occurred_at), fact.answer == "no"]
            told = _register(state.answers, fact.refund_id, word, ANSWERS_MOST, f"order {key}: answers")
            return state._replace(answers=told)
        case Standing():
            return _standing(state, fact)
        case Granted():
            return state._replace(granted=fact.fen)
        case GoodsCounted():
            return _counted(state, fact, key)
        case TicketReported() | ClockTicked():
            return state


def _register(
    held: dict[str, list[Any]], name: str, word: list[Any], most: int, what: str
) -> dict[str, list[Any]]:
    """Let the greatest word stand: the newest version, and of one version the one that pays less easily."""
    before = held.get(name)
    if before is not None and before >= word:
        return held
    if before is None and len(held) >= most:
        raise Undecidable(f"{what}: more than {most} are told; check which field is the order number")
    return {**held, name: word}


def _version(fact: InvoiceReported | ParcelReported | RefundReported | OrderReported) -> int:
    return fact.version if fact.version is not None else to_ms(fact.occurred_at)


def _account(state: RefundState, fact: OrderAccount) -> RefundState:
    signed = None if fact.signed_at is None else to_ms(fact.signed_at)
    has_left = fact.outbound_at is not None or fact.first_scan_at is not None
    told = [fact.paid_fen, str(fact.phase), signed, has_left, fact.platform_phase in GONE]
    return state._replace(account=told)


def _gift(state: RefundState, fact: OrderReported) -> RefundState:
    word = [_version(fact), fact.has_gift]
    return state if state.gift >= word else state._replace(gift=word)


def _standing(state: RefundState, fact: Standing) -> RefundState:
    return state._replace(
        locked=_latest(state.locked, fact.locked, fact.at_ms),
        differing=_latest(state.differing, fact.differing, fact.at_ms),
    )


def _latest(held: list[Any], yes: bool | None, at_ms: int) -> list[Any]:
    return held if yes is None or (held and at_ms < held[1]) else [yes, at_ms]


def _counted(state: RefundState, fact: GoodsCounted, key: str) -> RefundState:
    held, at_ms = state.counted.get(fact.refund_id), to_ms(fact.occurred_at)
    if held is not None and held <= at_ms:
        return state
    if held is None and len(state.counted) >= CASES_MOST:
        raise Undecidable(f"order {key}: goods of more than {CASES_MOST} refunds are counted")
    return state._replace(counted={**state.counted, fact.refund_id: at_ms})


def _refund(state: RefundState, fact: RefundReported, key: str) -> RefundState:
    received, version = to_ms(fact.observed_at), _version(fact)
    case = state.cases.get(fact.refund_id)
    if case is None and len(state.cases) >= CASES_MOST:
        raise Undecidable(
            f"order {key}: more than {CASES_MOST} refunds are told; check which field is the order number"
        )
    word = Word(
        received,
        str(fact.standard),
        [str(proof) for proof in fact.proofs],
        fact.done,
        fact.unknown,
        fact.amount_fen,
        fact.returns_goods,
        str(fact.platform),
        fact.shop,
        fact.mapping,
    )
    after = Case(version, received, [word]) if case is None else _told(case, version, word)
    if after == case:
        return state
    return state._replace(cases={**state.cases, fact.refund_id: after})


def _told(case: Case, version: int, word: Word) -> Case:
    first = min(case.first_ms, word.received_ms)
    if version < case.version:
        return case._replace(first_ms=first)
    if version > case.version:
        return case._replace(version=version, first_ms=first, words=[word])
    return case._replace(first_ms=first, words=_tied(case.words, word))


def _tied(words: list[Word], word: Word) -> list[Word]:
    """Of one version, what was first received last holds: a redelivery of an earlier word does not win."""
    same = next((known for known in words if known[1:] == word[1:]), None)
    if same is not None:
        if same.received_ms <= word.received_ms:
            return words
        words = [known for known in words if known is not same]
    return sorted([*words, word], key=_rank)[-RIVALS_MOST:]


def _rank(word: Word) -> tuple[bool, int, bool, bytes]:
    """Money that is out stays out in this version. Received at one instant, what does not pay holds; then
    anything, as long as it is always the same.
    """
    return word.done, word.received_ms, word.standard != RefundStandard.REFUNDABLE, orjson.dumps(tuple(word))
