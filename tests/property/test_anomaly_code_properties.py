"""Laws of unknown codes: neither order nor repetition of findings changes whether one is open in the end."""

from collections import Counter

from hypothesis import given
from hypothesis import strategies as st

from schemas.anomaly import AnomalyEnded, AnomalyOpened, CodeMended, CodeParked
from tests.life_builders import CODE, Keeper, mended, parked

MINUTES = st.integers(0, 12)
RECORDS = st.sampled_from("abcde")
MAPPINGS = st.sampled_from(["tmall@1", "tmall@2", "tmall@3"])
FINDINGS = st.lists(
    st.builds(parked, RECORDS, MINUTES, MAPPINGS) | st.builds(mended, RECORDS, MINUTES), max_size=12
)


def heard(findings: list[CodeParked | CodeMended]) -> Keeper:
    return Keeper(subject=CODE).hears(*findings)


def is_open(findings: list[CodeParked | CodeMended]) -> bool:
    """The rule, read plainly: of what each finding told first, a record is newer than the newest mending."""
    first: dict[str, CodeParked | CodeMended] = {}
    for finding in sorted(findings, key=lambda finding: finding.observed_at):
        first.setdefault(finding.event_id, finding)
    over = [finding.observed_at for finding in first.values() if isinstance(finding, CodeMended)]
    seen = [finding.observed_at for finding in first.values() if isinstance(finding, CodeParked)]
    return bool(seen) and (not over or max(seen) > max(over))


@given(FINDINGS, st.data())
def test_in_any_order_and_however_often_the_end_is_the_same(
    findings: list[CodeParked | CodeMended], data: st.DataObject
) -> None:
    again = data.draw(st.permutations([*findings, *findings[: len(findings) // 2]]))
    expected = ["unknown_code"] if is_open(findings) else []
    for told in (findings, again):
        assert heard(told).open == expected
    assert heard(again).stands == heard(findings).stands


@given(FINDINGS)
def test_each_is_opened_once_and_ended_at_most_once_after_that(
    findings: list[CodeParked | CodeMended],
) -> None:
    events = [e for e in heard(findings).events if isinstance(e, AnomalyOpened | AnomalyEnded)]
    assert set(Counter((event.type, event.anomaly_id) for event in events).values()) <= {1}
    opened = set()
    for event in events:
        if isinstance(event, AnomalyOpened):
            opened.add(event.anomaly_id)
        assert event.anomaly_id in opened


@given(FINDINGS)
def test_in_the_order_of_the_story_they_follow_one_another(findings: list[CodeParked | CodeMended]) -> None:
    story = sorted(findings, key=lambda one: (one.observed_at, isinstance(one, CodeMended)))
    events = heard(story).events
    assert all(isinstance(event, AnomalyOpened) for event in events[::2])
    assert all(isinstance(event, AnomalyEnded) for event in events[1::2])


@given(FINDINGS)
def test_the_same_findings_once_more_change_nothing(findings: list[CodeParked | CodeMended]) -> None:
    keeper = heard(findings)
    state, told = keeper.state, list(keeper.events)
    keeper.hears(*findings)
    assert (keeper.state, keeper.events) == (state, told)
