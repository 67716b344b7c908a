"""Seven real tracks: the adapters see the events that were told, at their times, and no others.

`tests/fixtures/carrier_traces.json` holds the events of each track as they were written down by hand.
"""

import json
from pathlib import Path

import pytest

from pipeline.domain.adapters import Unreadable
from pipeline.domain.adapters.tracks import Entry, TrackRead, Tracks
from pipeline.domain.adapters.values import Values
from pipeline.rules.adapters import shipped_adapters
from schemas.logistics import WaybillTracked
from schemas.raw import RawHeaders

FIXTURES = Path(__file__).parents[1] / "fixtures"
TRACES = json.loads((FIXTURES / "carrier_traces.json").read_text(encoding="utf-8"))
EVENTS = {trace["tracking_no"]: trace["events"] for trace in TRACES}
ADAPTERS = shipped_adapters()
CHINA = Values(frozenset({""}), "Asia/Shanghai")
READ = {
    "kuaidi100/push_jd.form": ("JD0076810060555", "shipped", "304", ["station"], False),
    "kuaidi100/relayed_push_jd.json": ("JD0076810060555", "shipped", "304", ["station"], False),
    "kuaidi100/relayed_push_shunfeng.json": ("933346116516", "shipped", "5", [], False),
    "kuaidi100/query_yuantong.json": ("YT5555508965056", "signed", "3", ["unproven"], True),
    "kuaidi100/wrapped_query_yuantong.json": ("YT5555508965056", "signed", "3", ["unproven"], True),
    "kdniao/query_htky.json": ("557020683421114", "signed", "3", ["unproven"], True),
    "kdniao/query_yto.json": ("YT4318407829600", "shipped", "3", ["station"], False),
}
"""Body -> waybill, phase, raw code, flags, whether it is signed."""
REFUSED = {
    "kuaidi100/lookalike_fuqing_jd.json": "JD0076810087472",
    "kdniao/lookalike_zto.json": "73190553102532",
}


def headers(name: str) -> tuple[str, bytes, RawHeaders]:
    source = name.partition("/")[0]
    return source, (FIXTURES / "sources" / name).read_bytes(), RawHeaders(source, "", 1, "d")


@pytest.mark.parametrize("name", list(READ))
def test_a_real_track_has_the_events_that_were_told(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    waybill, phase, code, flags, is_signed = READ[name]
    seen: list[Entry] = []
    read = Tracks.read

    def listening(tracks: Tracks, state: str, entries: list[Entry]) -> TrackRead:
        seen.extend(entries)
        return read(tracks, state, entries)

    monkeypatch.setattr(Tracks, "read", listening)
    source, body, told = headers(name)
    [fact] = ADAPTERS[source].read(body, told).facts
    assert isinstance(fact, WaybillTracked)
    events = [(CHINA.moment(at), text) for at, text in EVENTS[waybill]]
    assert sorted((entry.at, entry.text) for entry in seen) == sorted(events)
    assert (fact.waybill, fact.phase, fact.raw_code, list(fact.flags)) == (waybill, phase, code, flags)
    first, last = events[0][0], events[-1][0]
    assert fact.version == last
    assert [CHINA.moment(at.isoformat()) for at in (fact.first_scan_at, fact.last_scan_at) if at] == [
        first,
        last,
    ]
    assert (CHINA.moment(fact.signed_at.isoformat()) if fact.signed_at else None) == (
        last if is_signed else None
    )


@pytest.mark.parametrize("name", list(REFUSED))
def test_a_look_alike_whose_codes_mean_something_else_is_refused_and_not_guessed(name: str) -> None:
    source, body, told = headers(name)
    with pytest.raises(Unreadable, match=f"{source}: nothing in it is one of the known kinds of message"):
        ADAPTERS[source].read(body, told)


def test_every_real_track_is_read_or_refused() -> None:
    assert {waybill for waybill, *_ in READ.values()} | set(REFUSED.values()) == set(EVENTS)
