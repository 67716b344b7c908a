"""Watches what the customer's app shows of one order: another phase than ours for too long is told."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Final, NamedTuple

import orjson

from pipeline.domain.instants import from_ms
from pipeline.domain.outcome import Outcome
from schemas.anomaly_life import ConditionGone, ConditionSeen, order_subject
from schemas.base import Event, derived_id
from schemas.vocabulary import AnomalyEnd, AnomalyKind, ShippingPhase

KIND: Final = AnomalyKind.CREDIBILITY_MISMATCH
FAR: Final = tuple(ShippingPhase)
"""The phases by how far an order has come."""


@dataclass(frozen=True, slots=True)
class CredibilityPolicy:
    """`grace_ms`: how long the two may differ, by the times of both (credibility_grace_s, domain.md 14).

    `settle_ms`: how long we wait, by the event clock, for what may still be on its way to us before we say
    so (300 s, as long as reporters may differ, domain.md section 2). `ahead_ms`: the same where the app is
    further than we are: then ours is on its way, and a carrier's word comes by way of the parcel linker
    (CERTAINTY_STEP_S, as far as topics of a backlog are read apart).
    """

    grace_ms: int = 60_000
    settle_ms: int = 300_000
    ahead_ms: int = 1_800_000

    def due_ms(self, compared: "Compared", now_ms: int) -> int:
        """The last instant at which this difference, known since `now_ms`, is not to be told yet."""
        is_ahead = compared.ours is not None and FAR.index(compared.app) > FAR.index(compared.ours)
        wait_ms = self.ahead_ms if is_ahead else self.settle_ms
        return max(compared.both_ms + self.grace_ms, now_ms + wait_ms)


class Compared(NamedTuple):
    """What the app shows and what we say, each with the instant since which (ms since 1970 UTC).

    `app_code`: the word on the screen. `ours` None: the order is forgotten, nobody speaks of it any more.
    """

    app: ShippingPhase
    app_ms: int
    app_code: str
    ours: ShippingPhase | None
    ours_ms: int

    @property
    def both_ms(self) -> int:
        """Since when both have been as they are."""
        return max(self.app_ms, self.ours_ms)


class CredibilityState(NamedTuple):
    """The two differ; where they do not, there is no state.

    `compared` as it stands; `since_ms`: since when they differ, by the times at which screen and phase
    changed; `due_ms`: when that is to be told; `seen_id`: the finding that told it, "" before.
    """

    compared: Compared
    since_ms: int
    due_ms: int
    seen_id: str = ""

    def to_bytes(self) -> bytes:
        """The state as JSON."""
        return orjson.dumps([*self.compared, self.since_ms, self.due_ms, self.seen_id])

    @classmethod
    def from_bytes(cls, raw: bytes) -> "CredibilityState":
        """Read `to_bytes` back."""
        app, app_ms, code, ours, ours_ms, *rest = orjson.loads(raw)
        return cls(Compared(ShippingPhase(app), app_ms, code, ShippingPhase(ours), ours_ms), *rest)


def decide_credibility(
    state: CredibilityState | None, heard: Compared | None, key: str, now_ms: int, policy: CredibilityPolicy
) -> Outcome[CredibilityState]:
    """Take how the two stand, or (None) the passing of time, at `now_ms` of the event clock.

    What is too long goes by the times at which screen and phase changed; a report that comes late is no fault
    of the screen, so it is told only when there was time to hear of its end. The wait is not begun anew while
    they differ. An end in time that comes later still withdraws it; an end that shows, before it was told,
    that it was too long tells both at once.
    """
    if heard is None:
        if state is None or state.seen_id or now_ms <= state.due_ms:
            return Outcome(state, (), None if state is None or state.seen_id else state.due_ms)
        seen = _seen(state, key, state.due_ms)
        return Outcome(state._replace(seen_id=seen.event_id), (seen,))
    if heard.app == heard.ours or heard.ours is None:
        return Outcome(None, () if state is None else tuple(_over(state, heard, key, now_ms, policy)))
    if state is None:
        due_ms = policy.due_ms(heard, now_ms)
        return Outcome(CredibilityState(heard, heard.both_ms, due_ms), (), due_ms)
    return Outcome(state._replace(compared=heard), (), None if state.seen_id else state.due_ms)


def _over(
    state: CredibilityState, heard: Compared, key: str, now_ms: int, policy: CredibilityPolicy
) -> Iterator[Event]:
    is_forgotten = heard.ours is None
    too_long = not is_forgotten and heard.both_ms - state.since_ms > policy.grace_ms
    seen_id = state.seen_id
    if not seen_id:
        if not too_long:
            return
        seen = _seen(state, key, now_ms)
        yield seen
        seen_id = seen.event_id
    if is_forgotten:
        how, because = AnomalyEnd.CLEARED, "nobody speaks of the order any more"
    elif too_long:
        how, because = AnomalyEnd.HEALED, f"both say {heard.app} again"
    else:
        how, because = AnomalyEnd.WITHDRAWN, "a late report: they agreed in time"
    at_ms = now_ms if is_forgotten else heard.both_ms
    told = _told(seen_id, f"gone|{KIND}|{how}", key, at_ms, now_ms)
    yield ConditionGone.model_validate({**told, "kind": KIND, "how": how, "because": because})


def _seen(state: CredibilityState, key: str, noticed_ms: int) -> ConditionSeen:
    app, app_ms, code, ours, ours_ms = state.compared
    evidence = {
        "order_id": key,
        "app_phase": app,
        "app_code": code,
        "app_since_at": from_ms(app_ms).isoformat(),
        "phase": ours,
        "phase_since_at": from_ms(ours_ms).isoformat(),
        "differs_since_at": from_ms(state.since_ms).isoformat(),
    }
    return ConditionSeen.model_validate(
        {
            **_told(key, f"seen|{KIND}|{state.since_ms}|{state.due_ms}", key, state.since_ms, noticed_ms),
            "kind": KIND,
            "severity": "warning",
            "evidence": evidence,
        }
    )


def _told(
    cause_id: str, what: str, key: str, at_ms: int, noticed_ms: int
) -> dict[str, Any]:  # fields of a finding, which validates them
    return {
        "event_id": derived_id(cause_id, what),
        "cause_id": cause_id,
        "occurred_at": from_ms(at_ms),
        "observed_at": from_ms(noticed_ms),
        "subject": order_subject(key),
    }
