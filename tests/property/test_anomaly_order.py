"""Laws of anomalies: neither order nor repetition of findings changes whether one is open in the end."""

from collections import Counter
from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from pipeline.domain.anomalies import AnomalyState, Finding, decide_anomaly
from pipeline.domain.policy import AnomalyPolicy
from schemas.anomaly import AnomalyEnded, AnomalyOpened, CodeMended, CodeParked
from schemas.base import Event

START = datetime(2026, 3, 1, 8, tzinfo=UTC)
SUBJECT = "code:tmall|status|MOON"


def at(minute: int) -> datetime:
    return START + timedelta(minutes=minute)


def parked(minute: int, record: int, mapping: int) -> CodeParked:
    return CodeParked.model_validate(
        {"event_id": f"p{record}-{minute}", "cause_id": f"r{record}", "subject": SUBJECT, "source": "tmall"}
        | {"occurred_at": START, "observed_at": at(minute), "field": "status", "code": "MOON"}
        | {"mapping": f"tmall@{mapping}", "origin_topic": "raw.tmall.v1", "origin_partition": 0}
        | {"origin_offset": record}
    )


def mended(minute: int, record: int) -> CodeMended:
    return CodeMended.model_validate(
        {
            "event_id": f"m{record}-{minute}",
            "cause_id": f"r{record}",
            "subject": SUBJECT,
            "mapping": "tmall@9",
        }
        | {"occurred_at": START, "observed_at": at(minute)}
    )


MINUTES = st.integers(0, 12)
FINDINGS = st.builds(parked, MINUTES, st.integers(0, 4), st.integers(1, 3)) | st.builds(
    mended, MINUTES, st.integers(0, 4)
)


def heard(findings: list[Finding]) -> tuple[AnomalyState | None, list[Event]]:
    state, events = None, []
    for finding in findings:
        outcome = decide_anomaly(state, finding, SUBJECT, 0, AnomalyPolicy())
        state = outcome.state
        events += outcome.events
    return state, events


def is_open(findings: list[Finding]) -> bool:
    """The rule, read plainly: something was noticed that is newer than the newest relief."""
    over = [finding.observed_at for finding in findings if isinstance(finding, CodeMended)]
    seen = [finding.observed_at for finding in findings if isinstance(finding, CodeParked)]
    return bool(seen) and (not over or max(seen) > max(over))


@given(st.lists(FINDINGS, max_size=12), st.randoms(use_true_random=False))
def test_in_any_order_and_however_often_the_end_is_the_same(findings: list[Finding], random: object) -> None:
    again = findings + findings[: len(findings) // 2]
    random.shuffle(again)  # type: ignore[attr-defined]
    for told in (findings, again):
        state, _ = heard(told)
        assert (state is not None and state.is_open) == is_open(findings)


@given(st.lists(FINDINGS, max_size=12))
def test_each_is_opened_once_and_ended_at_most_once_one_after_the_other(findings: list[Finding]) -> None:
    _, events = heard(findings)
    assert all(isinstance(event, AnomalyOpened) for event in events[::2])
    assert all(isinstance(event, AnomalyEnded) for event in events[1::2])
    ids = Counter((event.type, event.anomaly_id) for event in events)  # type: ignore[attr-defined]
    assert set(ids.values()) <= {1}
    for opened, ended in zip(events[::2], events[1::2], strict=False):
        assert opened.anomaly_id == ended.anomaly_id  # type: ignore[attr-defined]


@given(st.lists(FINDINGS, max_size=12))
def test_the_same_findings_once_more_change_nothing_that_is_settled(findings: list[Finding]) -> None:
    state, _ = heard(findings)
    if state is None or state.is_open:
        return
    after, events = state, []
    for finding in findings:
        outcome = decide_anomaly(after, finding, SUBJECT, 0, AnomalyPolicy())
        after = outcome.state  # type: ignore[assignment]
        events += outcome.events
    assert (after, events) == (state, [])
