"""When a promise was at risk and how that ended: read from the hub's account alone.

So an account that comes late, or that a fast replay tells only once, gives the same alarms as a live one.
"""

from collections.abc import Iterator
from typing import Final, Literal, NamedTuple

from pipeline.domain.care.policy import CarePolicy
from pipeline.domain.registers import Fields
from schemas.vocabulary import AnomalyEnd, ShippingPhase, Verdict

Kind = Literal["ship", "sign"]
KINDS: Final[tuple[tuple[Kind, str, str], ...]] = (
    ("ship", "promised_ship_at", "outbound_at"),
    ("sign", "promised_sign_at", "signed_at"),
)


class Risk(NamedTuple):
    """A promise whose risk window began at `begins_ms`. `end` None: it is at risk still.

    `is_due` False: the window has not begun. `in_hindsight`: an alarm that was never raised is told anyway.
    """

    kind: Kind
    deadline_ms: int
    begins_ms: int
    end: AnomalyEnd | None = None
    ended_ms: int | None = None
    is_due: bool = True
    in_hindsight: bool = False


def read_risks(account: Fields, now_ms: int, policy: CarePolicy) -> Iterator[Risk]:
    """Give each promise of the account. An import --as-of an instant is read at that instant."""
    at = now_ms if account["as_of"] is None else account["as_of"]
    if account["lines"] > 1:
        if account["next_deadline_at"] is not None:
            kind: Kind = "sign" if account["owed"] == "sign" else "ship"
            yield _open(kind, account["next_deadline_at"], at, policy)
        return
    for kind, promise, milestone in KINDS:
        if account[promise] is not None:
            risk = _ended(kind, account[promise], account[milestone], account, policy)
            yield risk or _open(kind, account[promise], at, policy)


def _ended(kind: Kind, deadline: int, done: int | None, account: Fields, policy: CarePolicy) -> Risk | None:
    """The promise with its end, if it was fulfilled or passed unmet; `done`: when it was fulfilled."""
    begins = deadline - policy.risk_window_ms
    if done is not None:
        end = _fulfilled(done, deadline, begins)
    elif _is_passed(deadline, account):
        end = AnomalyEnd.FAILED
    else:
        return None
    ended = deadline if end is AnomalyEnd.FAILED else done
    return Risk(kind, deadline, begins, end, ended, is_due=True, in_hindsight=not account["by_file"])


def _open(kind: Kind, deadline: int, at: int, policy: CarePolicy) -> Risk:
    begins = deadline - policy.risk_window_ms
    return Risk(kind, deadline, begins, is_due=at > begins)


def _fulfilled(done: int, deadline: int, begins: int) -> AnomalyEnd:
    if done <= begins:
        return AnomalyEnd.WITHDRAWN
    return AnomalyEnd.HEALED if done <= deadline else AnomalyEnd.FAILED


def _is_passed(deadline: int, account: Fields) -> bool:
    """The hub says that it passed unmet: broken, and no deadline ahead but later ones."""
    ahead = account["next_deadline_at"]
    return account["verdict"] == Verdict.BROKEN and (ahead is None or deadline < ahead)


def gone(deadline: int, begins: int, account: Fields) -> AnomalyEnd:
    """The end of an alarm whose promise the account no longer tells: moved, held, closed, or one line's."""
    if account["phase"] == ShippingPhase.CLOSED:
        closed = account["closed_at"]
        return AnomalyEnd.WITHDRAWN if closed is not None and closed <= begins else AnomalyEnd.CLEARED
    if account["lines"] > 1:
        broken = account["verdict"] == Verdict.BROKEN and account["deadline_at"] == deadline
        return AnomalyEnd.FAILED if broken else AnomalyEnd.HEALED
    return AnomalyEnd.CLEARED
