"""The benchmarks' own arithmetic: percentiles, medians, shares, result checks and the JSON line."""

import json
from collections import Counter
from types import SimpleNamespace

import pytest

from bench import webhooks
from bench.contestants import CONTESTANTS, accounts_of
from bench.end_to_end import EVENTS
from bench.keyed_state import Round, Standing, share_of, standings
from bench.measure import JobFigures, percentile
from bench.orders import KEYS, differences, order
from bench.processes import BenchFailed
from bench.report import keyed_rows, ratio_to_best_peer, summary


def _round(name: str, seconds: float) -> Round:
    return Round(name, JobFigures(events=1000, seconds=seconds, cpu_s=0.01, peak_rss_mb=100.0))


def test_a_percentile_is_the_nearest_rank_of_unsorted_values() -> None:
    values = [float(value) for value in range(100, 0, -1)]
    assert percentile(values, 0.5) == 50.0
    assert percentile(values, 0.99) == 99.0
    assert percentile(values, 1.0) == 100.0
    assert percentile([3.0], 0.01) == 3.0


def test_no_values_have_no_percentile() -> None:
    with pytest.raises(ValueError, match="no values"):
        percentile([], 0.5)


def test_a_standing_is_the_median_of_its_rounds_and_shows_the_extremes() -> None:
    (found,) = standings([_round("quix", seconds) for seconds in (1.0, 2.0, 4.0)])
    assert (found.events_per_s, found.slowest, found.fastest) == (500.0, 250.0, 1000.0)
    assert found.cpu_us_per_event == pytest.approx(10.0)


def test_the_ratio_is_taken_to_the_best_peer_and_leaves_out_the_run_without_changelog() -> None:
    runs = [
        _round("certainty", 1.0),
        _round("faust", 100.0),
        _round("quix", 4.0),
        _round("bytewax", 2.0),
        _round("bytewax_snapshots", 0.5),
    ]
    assert ratio_to_best_peer(standings(runs)) == 2.0


def test_the_json_line_names_the_four_runtimes_and_nothing_else() -> None:
    runs = [_round(contestant.name, 1.0) for contestant in CONTESTANTS]
    line = json.loads(json.dumps(summary({"cores": 2, "quick": True, "keyed_state": standings(runs)})))
    assert line["keyed_state"] == {"certainty": 1000, "faust": 1000, "quix": 1000, "bytewax": 1000}
    assert line["end_to_end"] == {}
    assert line["details"]["keyed_state"]["bytewax_snapshots"]["peer"] is False


def test_the_run_without_changelog_is_marked_in_the_table() -> None:
    shown: list[Standing] = standings([_round("certainty", 1.0), _round("bytewax_snapshots", 2.0)])
    assert [row[0] for row in keyed_rows(shown)] == [
        "certainty",
        "(bytewax_snapshots: 20,000 a poll, no changelog)",
    ]
    assert keyed_rows(shown)[1][-1] == "2.0 x"


def test_a_slow_runtime_gets_fewer_events_but_never_too_few() -> None:
    faust = next(contestant for contestant in CONTESTANTS if contestant.name == "faust")
    assert share_of(faust, 2_000_000) == 80_000
    assert share_of(faust, 100_000) == 10_000
    assert share_of(faust, 5_000) == 5_000


def test_an_event_is_made_from_its_number_alone_and_says_what_is_expected() -> None:
    sku, units, value = order(41)
    event = json.loads(value)
    assert (event["sku"], event["units"]) == (sku, units)
    assert order(41) == (sku, units, value)
    assert 150 < len(value) < 210
    assert len({order(number)[0] for number in range(5_000)}) > min(KEYS, 5_000) // 2


def test_one_wrong_missing_or_surplus_account_is_a_difference() -> None:
    expected = {"a": (1, 2), "b": (3, 4)}
    assert differences(expected, dict(expected)) == []
    assert len(differences(expected, {"a": (1, 3), "c": (1, 1)})) == 3


@pytest.mark.parametrize(
    ("name", "key", "value"),
    [
        ("certainty", b"SKU-1", b"\xff" * 8 + b"\x00" * 8 + b"[2,7]"),
        ("faust", b'"SKU-1"', b"[2,7]"),
        ("quix", b'SKU-1|"account"', b"[2,7]"),
        ("bytewax", b"SKU-1", b"[2,7]"),
    ],
)
def test_each_runtimes_changelog_is_read_back(name: str, key: bytes, value: bytes) -> None:
    contestant = next(one for one in CONTESTANTS if one.name == name)
    assert accounts_of(contestant, {key: value, b"\x00clock" if name == "certainty" else key: value}) == {
        "SKU-1": (2, 7)
    }


def test_the_backlog_is_as_large_as_the_target_asks_for() -> None:
    assert EVENTS >= 300_000


def test_in_every_round_of_pushes_others_drift() -> None:
    drifting = [number % webhooks.SKUS for number in range(3 * webhooks.SKUS) if webhooks._drifts(number)]
    assert len(drifting) == len(set(drifting)) == 3 * webhooks.SKUS // webhooks.ONE_DRIFTS_IN


def test_a_suspension_that_is_missing_makes_the_run_invalid() -> None:
    load = SimpleNamespace(
        waits_ms=[1.0, 2.0], accepted_ms={"C1": 1000.0, "C2": 2000.0}, statuses=Counter({200: 2})
    )
    found = webhooks._figures(load, {"A": "C1", "B": "C2"}, {"A": 1100, "B": 2300})
    assert (found["suspended_p50_ms"], found["suspended_max_ms"]) == (100.0, 300.0)
    with pytest.raises(BenchFailed, match="1 of 2 SKUs not suspended"):
        webhooks._figures(load, {"A": "C1", "B": "C2"}, {"A": 1100})
    load.statuses[429] = 1
    with pytest.raises(BenchFailed, match="1 pushes refused"):
        webhooks._figures(load, {"A": "C1"}, {"A": 1100})
