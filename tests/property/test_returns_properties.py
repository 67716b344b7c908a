"""Laws of returns: in whatever order and however often facts come, no step is lost or done twice."""

from collections import Counter
from datetime import timedelta

from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule

from pipeline.domain.return_state import Case, ReturnState
from pipeline.domain.returns import ReturnInput
from schemas.returns import ReturnBegun, ReturnStep, StepCommand, StepHandedOver, StepSettled
from tests.builders import START
from tests.examples import tries
from tests.return_builders import DAY, POLICY, Returns, asked, confirmed, heard, lives_in, reports, stock

REFUNDS = ("R1", "R2")
MINUTE = timedelta(minutes=1)
FACTS: list[ReturnInput] = [
    lives_in("浙江省", "杭州市"),
    lives_in("上海市", "上海市", START + MINUTE),
    lives_in("", "", START + 6 * MINUTE),
    *(asked(START + age, refund) for refund in REFUNDS for age in (MINUTE, DAY)),
    *(asked(START + 2 * MINUTE, refund, goods=None) for refund in REFUNDS),
    *(reports(DAY, 31 * DAY, refund_id=refund) for refund in REFUNDS),
    *(stock(units, refund_id=refund) for refund, units in zip(REFUNDS, (3, 30), strict=True)),
]
EARLY = [fact for fact in FACTS if fact.occurred_at < START + 5 * MINUTE and fact is not FACTS[0]]
"""What arrives while steps still wait, and says one thing each."""
ACKNOWLEDGED = [confirmed(step, START, refund) for refund in REFUNDS for step in ReturnStep]


class AnyReturn(RuleBasedStateMachine):
    """Facts in any order, late and repeated, with the clock running between them."""

    def __init__(self) -> None:
        super().__init__()
        self.returns = Returns()

    @rule(fact=st.sampled_from(FACTS))
    def a_fact_comes(self, fact: ReturnInput) -> None:
        self.returns.hears(fact)

    @rule(fact=st.sampled_from(ACKNOWLEDGED))
    def a_step_is_confirmed(self, fact: ReturnInput) -> None:
        self.returns.hears(fact)

    @rule(minutes=st.sampled_from([1, 2, 6, 11, 31, 120]))
    def time_passes(self, minutes: int) -> None:
        self.returns.waits(minutes * MINUTE)

    @invariant()
    def every_step_is_settled_once_handed_over_once_and_begun_once(self) -> None:
        for kind in (StepSettled, StepHandedOver):
            said = Counter((event.refund_id, event.step) for event in self.returns.of(kind))
            assert all(times == 1 for times in said.values())
        begun = Counter(event.refund_id for event in self.returns.of(ReturnBegun))
        assert all(times == 1 for times in begun.values())

    @invariant()
    def attempts_are_counted_from_one_and_stop_at_the_limit_the_hand_over_or_the_confirmation(self) -> None:
        attempts: dict[str, int] = {}
        over: set[str] = set()
        for event in self.returns.events:
            match event:
                case StepCommand():
                    assert event.command_id not in over
                    assert event.attempt == attempts.get(event.command_id, 0) + 1 <= POLICY.attempts
                    attempts[event.command_id] = event.attempt
                case StepSettled() | StepHandedOver():
                    over.add(event.command_id)

    @invariant()
    def no_event_id_is_used_twice(self) -> None:
        assert all(times == 1 for times in Counter(event.event_id for event in self.returns.events).values())

    def teardown(self) -> None:
        """In the end every step of every return is confirmed, not needed, or with a person."""
        self.returns.waits(DAY)
        for begun in self.returns.of(ReturnBegun):
            ended = {
                event.step
                for event in self.returns.events
                if isinstance(event, StepSettled | StepHandedOver) and event.refund_id == begun.refund_id
            }
            assert ended == set(ReturnStep)


AnyReturn.TestCase.settings = settings(max_examples=tries(150), stateful_step_count=25)
test_any_history_keeps_the_laws = AnyReturn.TestCase


def outcome(returns: Returns) -> tuple[dict[str, Case], set[tuple[str, str, str]], set[str]]:
    """What stands in the end: the cases but for when they began, and how each step ended."""
    state = returns.state or ReturnState()
    cases = {refund: case._replace(begun_ms=None) for refund, case in state.cases.items()}
    ended = {
        (event.refund_id, str(event.step), getattr(event, "how", "handed_over"))
        for event in returns.events
        if isinstance(event, StepSettled | StepHandedOver)
    }
    return cases, ended, {event.warehouse for event in returns.events if hasattr(event, "warehouse")}


@settings(max_examples=tries(200))
@given(
    st.permutations([*EARLY, *EARLY[:4]]),
    st.lists(st.sampled_from(ACKNOWLEDGED)),
)
def test_shuffled_and_repeated_facts_end_in_the_same_state(
    facts: list[ReturnInput], answers: list[ReturnInput]
) -> None:
    """All of it arrives within the time that steps wait; answers come after what they answer."""
    told_once = [fact for fact in ACKNOWLEDGED if fact in answers]
    assert outcome(heard([*facts, *answers]).waits(DAY)) == outcome(heard([*EARLY, *told_once]).waits(DAY))


@given(st.permutations([asked(), reports(DAY), stock(3), *(confirmed(step) for step in ReturnStep)]))
def test_confirmations_that_overtake_their_request_end_in_the_same_state(facts: list[ReturnInput]) -> None:
    returns = heard(facts).waits(DAY)
    assert set(returns.settled.values()) == {"confirmed"}
    assert returns.handed_over == {}
    assert len(returns.of(StepSettled)) == 4
