"""The phases of one reporter over time: the short way for a single line says what the long way says."""

from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from pipeline.domain.conflict.words import UNTOLD, _is_gift, _runs_of_lines, runs_of
from schemas.vocabulary import Reporter, ShippingPhase

STEPS = st.tuples(
    st.sampled_from([phase.value for phase in ShippingPhase]),
    st.integers(-2, 3),
    st.integers(0, 5),
    st.sampled_from((UNTOLD, 0, 1)),
)


def told(steps: list[Any]) -> list[list[Any]]:
    """Words of rising versions, each some time after (or before) the last."""
    at, words = 0, []
    for version, (phase, later, received, units) in enumerate(steps):
        at += later
        words.append([phase, version, received, at, "raw", "map@1", units])
    return words


@settings(deadline=None)
@given(st.lists(STEPS, min_size=1, max_size=6), st.sampled_from((Reporter.ERP, Reporter.WMS)))
def test_a_single_line_is_read_the_short_way_with_the_same_result(
    steps: list[Any], reporter: Reporter
) -> None:
    words = {reporter: {"": told(steps)}}
    lines = {name: line for name, line in words[reporter].items() if not _is_gift(line)}
    assert runs_of(words, reporter) == _runs_of_lines(lines, reporter)
