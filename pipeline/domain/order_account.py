"""An order's current account, for the store and the screens: a function of the words and of the clock."""

from collections.abc import Callable
from datetime import datetime
from hashlib import blake2b
from typing import Any, Final

import orjson

from pipeline.domain.instants import LATEST_MS, from_ms
from pipeline.domain.milestones import Milestones, Ms, last_phase, platform_word, read_milestones
from pipeline.domain.order_hub import back_end_phase, judging_ms
from pipeline.domain.order_state import OrderState, file_run
from pipeline.domain.policy import OrderPolicy
from pipeline.domain.promise import Judgement, judge
from pipeline.domain.registers import LARGEST, Fields, Register
from schemas.base import derived_id
from schemas.promise import OrderAccount
from schemas.vocabulary import Phase, Reporter

_validated: Final[Callable[[dict[str, Any]], OrderAccount]] = (
    OrderAccount.__pydantic_validator__.validate_python
)

READ_AS_MS_FROM: Final = 20_000_000_000
"""Whole numbers beyond this are milliseconds to pydantic, smaller ones seconds."""


def describe_order(
    state: OrderState, key: str, now_ms: int, policy: OrderPolicy, view: Any = None
) -> OrderAccount:
    """Return the order's current account, a function of the words alone and of the clock it is judged by.

    `view` is the decision's (milestones, judgement), where it has just been made.
    """
    if view is None:
        milestones = read_milestones(state, policy)
        judgement = judge(milestones, judging_ms(state, now_ms))
    else:
        milestones, judgement = view
    account = _account(state, key, milestones, judgement)
    digest = blake2b(orjson.dumps(account), digest_size=16).hexdigest()
    account["event_id"] = derived_id(key, digest)
    return _validated(account)


def beside(state: OrderState) -> tuple[object, ...]:
    """What an account says that neither milestones nor judgement do, and other judges go by."""
    platform = platform_word(state)
    as_of_ms, files = file_run(state.words)
    voices = _voices(platform, files)
    return state.platform, state.shop, _phase(voices), _paid_fen(voices), None if platform else as_of_ms


def _account(
    state: OrderState, key: str, milestones: Milestones, judgement: Judgement
) -> dict[str, Any]:  # fields of OrderAccount, which validates them
    platform = platform_word(state)
    as_of_ms, files = file_run(state.words)
    voices = _voices(platform, files)
    said = _stamp(milestones.ordered_ms or milestones.paid_ms or 0)
    return {
        "cause_id": key,
        "occurred_at": said,
        "observed_at": said,
        "order_id": key,
        "platform": state.platform,
        "shop": state.shop,
        "phase": back_end_phase(milestones),
        "platform_phase": _phase(voices),
        "is_open": judgement.is_open,
        "verdict": judgement.verdict,
        "rule": judgement.rule,
        "ordered_at": _stamp(milestones.ordered_ms),
        "paid_at": _stamp(milestones.paid_ms),
        "promised_ship_at": _stamp(_promised(milestones, "ship")),
        "first_promised_ship_at": _stamp(milestones.first_promised_ship_ms),
        "promised_sign_at": _stamp(_promised(milestones, "sign")),
        "outbound_at": _stamp(milestones.outbound_ms),
        "first_scan_at": _stamp(milestones.first_scan_ms),
        "signed_at": _stamp(milestones.signed_ms),
        "closed_at": _stamp(milestones.closed_ms),
        "deadline_at": _stamp(judgement.deadline_ms),
        "settled_at": _stamp(judgement.settled_ms),
        "overdue_since_at": _stamp(judgement.overdue_ms),
        "next_deadline_at": _stamp(judgement.next_due_ms),
        "owed": judgement.owed,
        "paid_fen": _paid_fen(voices),
        "lines": milestones.lines,
        "as_of": None if platform else _stamp(as_of_ms),
        "words": _words(state, files),
    }


def _voices(platform: Fields, files: dict[str, Fields]) -> list[Fields]:
    """Who speaks of the order as a whole: its platform, else each line of the newest file."""
    return [platform] if platform else [files[line] for line in sorted(files)]


def _phase(voices: list[Fields]) -> Phase:
    return next((phase for phase in map(last_phase, voices) if phase), Phase.UNKNOWN)


def _stamp(ms: Ms) -> int | datetime | None:
    """A time for pydantic, which takes whole numbers beyond 2e10 as milliseconds and builds it itself."""
    if ms is None or READ_AS_MS_FROM < ms <= LATEST_MS:
        return ms
    return from_ms(ms)


def _promised(milestones: Milestones, kind: str) -> Ms:
    return min([o.deadline_ms for o in milestones.obligations if o.kind == kind], default=None)


def _paid_fen(voices: list[Fields]) -> int | None:
    paid = [fields["paid_fen"][0] for fields in voices if "paid_fen" in fields]
    return min(sum(paid), LARGEST) if paid else None


def _words(state: OrderState, files: dict[str, Fields]) -> tuple[dict[str, Any], ...]:
    """Each reporter's last word, as fields of Word; of several imports that of the newest."""
    spoken = {name: lines for name, lines in state.words.items() if not name.startswith(Reporter.FILE)}
    spoken[Reporter.FILE] = files
    return tuple(
        [
            _word(reporter, line, spoken[reporter][line]["phase"][0])
            for reporter in sorted(spoken)
            for line in sorted(spoken[reporter])
            if "phase" in spoken[reporter][line]
        ]
    )


def _word(reporter: str, line: str, spoken: Register) -> dict[str, Any]:
    phase, raw_code, mapping, said_ms = spoken
    return {
        "reporter": reporter,
        "line": line,
        "phase": phase,
        "raw_code": raw_code,
        "mapping": mapping,
        "said_at": _stamp(said_ms or None),
    }
