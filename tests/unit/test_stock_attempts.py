"""Calibrations that did not last are tries of a healer: a leak goes to a person by the limit of tries."""

from datetime import timedelta
from typing import Any

from pipeline.domain.anomaly_life import decide_anomaly_life
from pipeline.domain.anomaly_state import LifePolicy, LifeState, open_anomalies
from pipeline.domain.instants import to_ms
from pipeline.domain.stock import StockPolicy
from pipeline.domain.stock.policy import Thresholds
from schemas.anomaly_life import ConditionGone, ConditionSeen, HandedOver, HealAttempted
from tests.builders import after
from tests.stock_builders import SKU, Sentinel, counted

CLOUD = "cloud-1"
SUBJECT = f"stock:{SKU}|{CLOUD}"


def drifting(*clouds: int, **limits: Any) -> Sentinel:
    """The ledger counted 100 once; the cloud counts at every full hour. Any: thresholds."""
    sentinel = Sentinel(StockPolicy(defaults=Thresholds(**limits))).hears(counted(100, warehouse=CLOUD))
    for hour, cloud in enumerate(clouds):
        sentinel.hears(counted(cloud, after(hour), CLOUD, "cloud"))
    return sentinel


def kept(sentinel: Sentinel, hours: float = 0) -> tuple[LifeState, list[HandedOver]]:
    """What the keeper of anomalies makes of it, as of so long after the last word."""
    state, told = LifeState(), list[HandedOver]()
    findings = [e for e in sentinel.events if isinstance(e, ConditionSeen | ConditionGone | HealAttempted)]
    for finding in [*findings, None]:
        now = sentinel.now + timedelta(hours=hours) if finding is None else finding.observed_at
        said = decide_anomaly_life(state, finding, SUBJECT, to_ms(now), LifePolicy())
        assert said.state is not None
        state = said.state
        told += [event for event in said.events if isinstance(event, HandedOver)]
    return state, told


def test_calibrations_in_one_direction_are_handed_over_as_tries_once_they_are_a_leak() -> None:
    state, handed = kept(drifting(99, 98, 97, 96))
    assert open_anomalies(state, SUBJECT) == {}
    assert handed == [], "each of four is healed"
    state, handed = kept(drifting(99, 98, 97, 96, 95))
    assert open_anomalies(state, SUBJECT)["stock_deviation"].attempts == 5
    assert [(one.because, one.attempts) for one in handed] == [("attempts_used_up", 3)], "once"


def test_fewer_tries_than_the_limit_wait_for_the_heal_deadline() -> None:
    sentinel = drifting(105, 109, 114, calibration_budget=9)
    assert [one.because for one in sentinel.all(HealAttempted)] == [
        "calibrated by +5, and it differs again", "calibrated by +4, and it differs again"
    ]  # fmt: skip
    assert kept(sentinel)[1] == []
    assert [(one.because, one.attempts) for one in kept(sentinel, hours=2.001)[1]] == [
        ("heal_deadline_passed", 2)
    ]


def test_what_was_tried_more_than_a_day_ago_is_no_try_of_this_leak_and_a_second_leak_has_its_own() -> None:
    sentinel = drifting(99, 98, 97, 96, 95)
    sentinel.hears(counted(95, after(5), CLOUD), counted(94, after(6), CLOUD, "cloud"))
    ids = [one.event_id for one in sentinel.all(HealAttempted)]
    assert len(ids) == len(set(ids)) == 11, "five of the first leak, six of the second"
    late = drifting(105, 100, 105, 100).hears(counted(105, after(24.5), CLOUD, "cloud"))
    assert late.all(HealAttempted) == []
    assert len(late.hears(counted(104, after(24.6), CLOUD, "cloud")).all(HealAttempted)) == 4
