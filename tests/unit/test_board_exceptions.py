"""The file of the open anomalies says of each its severity, its age, whose it is and who gave it to them."""

import csv
import io
from datetime import UTC, datetime, timedelta

from dashboard.queries.exceptions import Act, Anomaly
from dashboard.view_models.exceptions import (
    ENDED_COLUMNS,
    OPEN_COLUMNS,
    REVIEW_COLUMNS,
    anomaly_records,
    review_records,
)
from dashboard.view_models.lists import csv_of
from dashboard.words import Words

NOW = datetime(2026, 11, 11, 8, 0, tzinfo=UTC)
EN = Words("en", "Asia/Shanghai")
ONE = Anomaly(
    anomaly_id="a1",
    kind="stalled",
    subject="order:O1",
    order_id="O1",
    severity="warning",
    evidence={"hours": "30"},
    detected_at=NOW - timedelta(hours=3, minutes=5),
    sightings=2,
    taken_by="mei",
    handed_by="li",
    clock_at=NOW,
    total=1,
)


def filed(columns: tuple[str, ...], one: Anomaly) -> dict[str, str]:
    return read(csv_of(columns, anomaly_records([one], EN), EN))


def read(written: bytes) -> dict[str, str]:
    head, row = csv.reader(io.StringIO(written.decode("utf-8-sig"), newline=""))
    return dict(zip(head, row, strict=True))


def test_the_file_of_open_anomalies_has_severity_and_age_apart() -> None:
    told = filed(OPEN_COLUMNS, ONE)
    assert (told["Severity"], told["Age"]) == ("warning", "3 h 05 min")
    assert (told["Taken by"], told["Handed over by"]) == ("mei", "li")


def test_the_file_of_what_ended_says_whose_it_was() -> None:
    told = filed(
        ENDED_COLUMNS, ONE.model_copy(update={"end": "resolved", "because": "called", "ended_at": NOW})
    )
    assert (told["Taken by"], told["Handed over by"]) == ("mei", "li")


def test_the_file_of_acts_to_review_says_when_and_why_each_is_in_doubt() -> None:
    act = Act(act="refund", act_id="R1", order_id="O1", shop="east", done_at=None, noticed_at=NOW,
              why="promise_not_broken", verdict="", amount_fen=1250, total=1)  # fmt: skip
    told = read(csv_of(REVIEW_COLUMNS, review_records([act], EN), EN))
    assert (told["What was done"], told["Amount"], told["Done"]) == ("refund sent", "¥12.50", "")
    assert told["Noticed"] == "2026-11-11T16:00:00+08:00"
    assert told["Why it is in doubt"] == "the promise was not broken"
