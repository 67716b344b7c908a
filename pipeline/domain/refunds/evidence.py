"""What a refund is judged by, taken from everything heard of its order: the facts of the catalogue."""

from pipeline.domain.policy import RefundPolicy
from pipeline.domain.refunds.catalogue import Value
from pipeline.domain.refunds.state import Case, RefundState
from schemas.vocabulary import RefundStandard


def evidence(state: RefundState, refund_id: str, now_ms: int, policy: RefundPolicy) -> dict[str, Value]:
    """Return every fact about one refund of the order, at `now_ms`.

    `order_known` is None while the order may still come (domain.md section 14: for `order_wait_s`).
    """
    case = state.cases[refund_id]
    word, signed, paid = case.word, state.signed_ms, state.paid_fen
    claimed = word.amount_fen + others_fen(state, refund_id)
    known = True if paid is not None else False if now_ms - case.first_ms > policy.order_wait_ms else None
    return {
        "standard": standard(state, refund_id),
        "unknown_code": word.unknown,
        "done": word.done,
        "locked": state.is_locked,
        "differing": state.is_differing,
        "order_known": known,
        "amount_exceeds_paid": None if paid is None else claimed > paid,
        "invoice_issued": any(issued for _, issued in state.invoices.values()),
        "days_since_signed": None if signed is None else now_ms - signed,
        "has_gift": state.gift[1] if state.gift else None,
        "cs_answer": state.answer(refund_id),
        "phase": state.account[1] if state.account else None,
        "amount_fen": word.amount_fen,
        "returns_goods": word.returns_goods,
        "platform": word.platform,
    }


def afterthought(state: RefundState, refund_id: str, policy: RefundPolicy) -> dict[str, Value]:
    """Return the facts by which a refund that was sent is judged again: was it right to send it?

    Days are those of the sending. A contradiction of reporters that came later does not make it wrong, nor
    do other requests that nobody has paid or sent, nor that the order was then closed unshipped.
    """
    case, paid = state.cases[refund_id], state.paid_fen
    gone = case.word.amount_fen + others_fen(state, refund_id, gone_only=True)
    return {
        **evidence(state, refund_id, case.sent_ms, policy),
        "standard": standard(state, refund_id, proven=state.closed_unshipped),
        "locked": False,
        "differing": False,
        "amount_exceeds_paid": None if paid is None else gone > paid,
    }


def standard(state: RefundState, refund_id: str, *, proven: bool = False) -> str:
    """What codes and proofs amount to: one of the proofs that pending waits for makes it refundable.

    An unknown code never does, and money that is out is not paid twice. `proven`: take the proof as given.
    """
    word = state.cases[refund_id].word
    if word.unknown:
        return RefundStandard.PENDING.value
    if word.done:
        return RefundStandard.NOT_REFUNDABLE.value
    shown = bool(word.proofs) and (proven or any(state.has_proof(p, refund_id) for p in word.proofs))
    if word.standard == RefundStandard.PENDING and shown:
        return RefundStandard.REFUNDABLE.value
    return word.standard


def others_fen(state: RefundState, refund_id: str, *, gone_only: bool = False) -> int:
    """What the order's other refunds amount to: running ones, those paid before, and differences granted.

    `gone_only`: only those whose money is out or was sent to finance. A refund whose id is the key of a press
    at the desk is the difference that was granted by it.
    """
    refunds = sum(
        _claimed_fen(state, other, case, gone_only)
        for other, case in state.cases.items()
        if other != refund_id
    )
    return refunds + sum(fen for key, fen in state.granted.items() if key not in state.cases)


def _runs(state: RefundState, refund_id: str, case: Case) -> bool:
    return case.word.is_running and state.answer(refund_id) != "no"


def _claimed_fen(state: RefundState, refund_id: str, case: Case, gone_only: bool) -> int:
    """What one refund takes of the money: what was sent stays sent, whatever is said of the request later."""
    if case.word.done:
        return case.word.amount_fen
    counts = _runs(state, refund_id, case) and (case.sent is not None or not gone_only)
    return max(case.sent_fen, case.word.amount_fen if counts else 0)
