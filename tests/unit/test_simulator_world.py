"""The simulated merchant's world: when orders arrive, and where customers live."""

from datetime import UTC, datetime

from pipeline.simulator.arrivals import curve_from
from pipeline.simulator.catalogue import DAY_MS
from pipeline.simulator.places import places

START = datetime(2026, 3, 1, 16, tzinfo=UTC)


def test_arrivals_stay_within_the_day() -> None:
    curve = curve_from(START)
    moments = [curve.arrival_ms(number / 1000) for number in range(1001)]
    assert moments == sorted(moments)
    assert moments[0] >= 0
    assert moments[-1] < DAY_MS


def test_only_the_four_cities_without_districts_have_none() -> None:
    assert len({(place.province, place.city) for place in places()}) == len(places()) >= 40
    assert {place.city for place in places() if not place.districts} == {
        "东莞市",
        "中山市",
        "儋州市",
        "嘉峪关市",
    }
    assert all(3 <= len(place.districts) <= 6 for place in places() if place.districts)
