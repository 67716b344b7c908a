"""What a worker holds is not looked through again and again, and what it works off leaves no garbage."""

import gc
import json
from collections.abc import Iterator
from urllib.parse import urlencode

import pytest

from pipeline.rules.adapters import shipped_adapters
from pipeline.runtime.garbage import LOOK_EVERY, Looks, collect_all, spare_what_stays
from pipeline.runtime.salvage import guarded
from schemas.raw import RawHeaders


class Circle:
    """Refers to itself: only a look for garbage frees it."""

    def __init__(self) -> None:
        self.me = self


@pytest.fixture
def as_before() -> Iterator[None]:
    """Python collects as it did, whatever the test changed."""
    thresholds, callbacks = gc.get_threshold(), list(gc.callbacks)
    yield
    gc.set_threshold(*thresholds)
    gc.callbacks[:] = callbacks
    gc.unfreeze()


@pytest.fixture
def no_looks() -> Iterator[None]:
    """Nothing is collected but by the test."""
    gc.collect()
    gc.disable()
    yield
    gc.enable()


def circles() -> int:
    return sum(type(one) is Circle for one in gc.get_objects())


@pytest.mark.usefixtures("as_before")
def test_what_a_look_finds_in_use_is_not_looked_at_again_until_everything_is() -> None:
    spare_what_stays()
    held = [Circle() for _ in range(3)]
    gc.collect(0)
    assert circles() == 0, "not among what the next look goes through"
    held.clear()
    gc.collect()
    frozen = gc.get_freeze_count()
    collect_all()
    assert gc.get_freeze_count() < frozen
    assert circles() == 0


@pytest.mark.usefixtures("as_before", "no_looks")
def test_what_is_new_is_looked_at_every_so_many_records_however_they_come() -> None:
    looks = Looks()
    Circle()
    for _ in range(LOOK_EVERY // 100 - 1):
        looks.worked_off(100)
    assert circles() == 1
    looks.worked_off(100)
    assert circles() == 0
    Circle()
    looks.worked_off(LOOK_EVERY - 1)
    assert circles() == 1
    looks.worked_off(1)
    assert circles() == 0


@pytest.mark.usefixtures("no_looks")
def test_looking_at_everything_freezes_nothing_where_nothing_was_frozen() -> None:
    Circle()
    collect_all()
    assert (circles(), gc.get_freeze_count()) == (0, 0)


@pytest.mark.usefixtures("no_looks")
async def test_a_batch_that_is_through_leaves_no_garbage() -> None:
    """It would keep its records and all that came of them until the next look, or for good."""

    async def body() -> None:
        pass

    await guarded("agent", "place", body, lambda: None)
    gc.collect()
    gc.disable()
    await guarded("agent", "place", body, lambda: None)
    assert gc.collect() == 0


@pytest.mark.usefixtures("no_looks")
def test_a_push_that_is_opened_only_at_the_second_try_leaves_no_garbage() -> None:
    adapter = shipped_adapters()["kuaidi100"]
    headers = RawHeaders("kuaidi100", "", 1, "d")
    result = {"nu": "W1", "com": "x", "state": "3", "data": []}
    push = urlencode({"param": json.dumps({"lastResult": result})}).encode()
    assert adapter.read(push, headers).facts
    gc.collect()
    adapter.read(push, headers)
    assert gc.collect() == 0
