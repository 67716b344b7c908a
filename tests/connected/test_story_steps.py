"""The steps of an order's story, from what the store says."""

import pytest

from dashboard.queries.story import read_story
from dashboard.view_models.steps import steps_of
from pipeline.domain.care.policy import CarePolicy
from schemas.order import ParcelReported
from tests.connected.shelf import HOUR, NOW, Asking, Shelf, account, clock, head

pytestmark = pytest.mark.connected


def test_the_steps_of_a_story_are_measured_by_the_event_clock(shelf: Shelf) -> None:
    assert read_story(Asking(shelf), "A").clock_at is None
    scanned = head("parcel", order_id="A", platform="jd", shop="east", mapping="k@1", waybill="W1")
    scanned |= {"phase": "shipped", "first_scan_at": NOW - 50 * HOUR, "last_scan_at": NOW - 49 * HOUR}
    shelf.put(
        clock(NOW),
        account("A", "open", is_open=True, outbound_at=NOW - 60 * HOUR, first_scan_at=NOW - 50 * HOUR),
        ParcelReported.model_validate(scanned),
    )
    story = read_story(Asking(shelf), "A")
    assert story.clock_at == NOW
    steps = steps_of(story.account, story.parts["parcels"], CarePolicy())
    assert {step.key: step.exceeded(NOW) for step in steps} == {
        "first_scan": False,
        "deliver": None,
        "silence": True,
    }
