"""Laws of anomalies: whatever order findings arrive in, one story stands, and each anomaly ends once."""

from collections import Counter
from datetime import timedelta

from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule

from pipeline.domain.anomaly_state import LifeFinding, all_anomalies
from schemas.anomaly import AnomalyEnded, AnomalyOpened
from schemas.anomaly_life import HandedOver
from schemas.base import Event
from schemas.vocabulary import AnomalyEnd, AnomalyKind
from tests.examples import tries
from tests.life_builders import AT_RISK, SUBJECT, Keeper, attempted, gone, kept, resolved, seen, taken

KINDS = (AT_RISK, AnomalyKind.STALLED)
MINUTES = st.integers(0, 8)
"""Few and colliding: the same instants meet again and again."""
NAMES = st.sampled_from("abcdefgh")
HOWS = st.sampled_from(["healed", "failed", "cleared", "withdrawn"])
FINDINGS = st.one_of(
    st.builds(seen, NAMES, MINUTES, st.sampled_from(KINDS)),
    st.builds(seen, NAMES, MINUTES, st.sampled_from(KINDS)),
    st.builds(gone, NAMES, MINUTES, HOWS, st.sampled_from(KINDS)),
    st.builds(attempted, NAMES, MINUTES, st.sampled_from(KINDS)),
    st.builds(taken, NAMES, MINUTES, st.sampled_from((*KINDS, None))),
    st.builds(resolved, NAMES, MINUTES, st.sampled_from(KINDS)),
)


def once_each(events: list[Event], kind: type[Event]) -> bool:
    said = Counter(event.anomaly_id for event in events if isinstance(event, kind))  # type: ignore[attr-defined]
    return all(times == 1 for times in said.values())


class AnyLife(RuleBasedStateMachine):
    """Findings in any order, late and repeated, with the clock running between them."""

    def __init__(self) -> None:
        super().__init__()
        self.keeper = Keeper()
        self.heard: list[LifeFinding] = []

    @rule(finding=FINDINGS)
    def a_finding_comes(self, finding: LifeFinding) -> None:
        self.keeper.hears(finding)
        self.heard.append(finding)

    @rule(place=st.integers(0, 30))
    def a_finding_comes_again(self, place: int) -> None:
        if self.heard:
            self.keeper.hears(self.heard[place % len(self.heard)])

    @rule(minutes=st.sampled_from([1, 60, 119, 121]))
    def time_passes(self, minutes: int) -> None:
        self.keeper.waits_until(self.keeper.now + timedelta(minutes=minutes))

    @invariant()
    def each_anomaly_is_opened_once_ended_once_and_handed_over_once(self) -> None:
        for kind in (AnomalyOpened, AnomalyEnded, HandedOver):
            assert once_each(self.keeper.events, kind)

    @invariant()
    def nothing_is_said_of_an_anomaly_before_it_was_opened(self) -> None:
        opened = set()
        for event in self.keeper.events:
            if isinstance(event, AnomalyOpened):
                opened.add(event.anomaly_id)
            assert event.anomaly_id in opened  # type: ignore[attr-defined]

    @invariant()
    def at_most_one_anomaly_of_a_kind_is_open(self) -> None:
        if self.keeper.state is not None:
            stand = all_anomalies(self.keeper.state, SUBJECT)
            assert all(times == 1 for times in Counter(kind for kind, one in stand if not one.end).values())

    @invariant()
    def what_was_announced_is_what_stands(self) -> None:
        if self.keeper.state is not None:
            stand = all_anomalies(self.keeper.state, SUBJECT)
            truth = {(one.anomaly_id, one.end) for _, one in stand if one.end != AnomalyEnd.WITHDRAWN}
            assert self.keeper.stands == truth

    @invariant()
    def no_event_id_is_used_twice(self) -> None:
        said = Counter(event.event_id for event in self.keeper.events)
        assert all(times == 1 for times in said.values())

    def teardown(self) -> None:
        """In the end nothing is open that nobody was asked about, and the story is that of its findings."""
        self.keeper.waits_until(self.keeper.now + timedelta(hours=3))
        handed = {event.anomaly_id for event in self.keeper.events if isinstance(event, HandedOver)}
        if self.keeper.state is not None:
            for _, one in all_anomalies(self.keeper.state, SUBJECT):
                assert one.end or one.taken_by or one.anomaly_id in handed


AnyLife.TestCase.settings = settings(max_examples=tries(200), stateful_step_count=25)
test_any_history_keeps_the_laws = AnyLife.TestCase


@settings(max_examples=tries(300))
@given(st.data(), st.lists(FINDINGS, max_size=14, unique_by=lambda finding: finding.event_id))
def test_shuffled_and_repeated_findings_end_in_the_same_state(
    data: st.DataObject, findings: list[LifeFinding]
) -> None:
    again = findings[: len(findings) // 3]
    shuffled = kept(data.draw(st.permutations([*findings, *again])))
    in_order = kept(sorted(findings, key=lambda finding: finding.observed_at))
    if findings:
        assert shuffled.standing == in_order.standing
        assert shuffled.state is not None
        assert in_order.state is not None
        marks = [
            {name: kind.marks for name, kind in one.kinds.items()} for one in (shuffled.state, in_order.state)
        ]
        assert marks[0] == marks[1]
    assert shuffled.stands == in_order.stands
