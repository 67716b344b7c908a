"""What a supervisor works down: locked orders, open anomalies, what the system healed, acts to review."""

from datetime import datetime
from typing import Any

from dashboard.limits import EXPORT_CAP, LIST_CAP
from dashboard.queries.chosen import EVERYTHING, Chosen
from dashboard.queries.narrowing import ORDER_OF_PLATFORM, PACKED, SUBJECT_THERE, since
from dashboard.queries.rows import Moment, Reader, Row, read

LOCKED_SQL = f"""
SELECT order_id, shop, conflict_id, locked_at, differs_since_at, evidence,
       (SELECT clock_at FROM v_clock) AS clock_at, count() OVER () AS total
FROM v_orders_locked
WHERE ({{shop:String}} = '' OR shop = {{shop:String}})
  AND {ORDER_OF_PLATFORM}
  AND {PACKED}
  AND {since("locked_at")}
ORDER BY locked_at, order_id
LIMIT {{cap:UInt32}}
"""  # noqa: S608  (parts of ours)

OPEN_SQL = f"""
SELECT anomaly_id, kind, subject, order_id, severity, evidence, detected_at, last_seen_at, heal_deadline_at,
       sightings, attempts, taken_by, handed_by, handed_over_at,
       (SELECT clock_at FROM v_clock) AS clock_at, count() OVER () AS total
FROM v_anomalies
WHERE is_open
  AND ({{kind:String}} = '' OR kind = {{kind:String}})
  AND multiIf({{whose:String}} = 'nobody', taken_by = '', {{whose:String}} = 'somebody', taken_by != '', true)
  AND {ORDER_OF_PLATFORM}
  AND {SUBJECT_THERE}
  AND {since("detected_at")}
ORDER BY indexOf(['critical', 'warning', 'notice'], severity), detected_at, anomaly_id
LIMIT {{cap:UInt32}}
"""  # noqa: S608  (parts of ours)

ENDED_SQL = f"""
SELECT anomaly_id, kind, subject, order_id, severity, evidence, detected_at, end, because, ended_at, taken_by,
       handed_by, sightings, count() OVER () AS total
FROM v_anomalies
WHERE end = {{end:String}} AND ({{kind:String}} = '' OR kind = {{kind:String}})
  AND {ORDER_OF_PLATFORM}
  AND {SUBJECT_THERE}
  AND {since("ended_at")}
ORDER BY ended_at DESC, anomaly_id
LIMIT {{cap:UInt32}}
"""  # noqa: S608  (parts of ours)

REVIEW_SQL = f"""
SELECT act, act_id, order_id, shop, done_at, noticed_at, why, verdict, amount_fen, count() OVER () AS total
FROM v_acts_to_review
WHERE true
  AND {ORDER_OF_PLATFORM}
  AND {PACKED}
  AND {since("noticed_at")}
ORDER BY noticed_at
LIMIT {{cap:UInt32}}
"""  # noqa: S608  (parts of ours)

HEALING_SQL = """
SELECT window, healed, resolved, failed, open_past_deadline, counted
FROM v_self_heal
WHERE shop = '' AND window = {window:String}
"""


class Said(Row):
    """What one reporter says of a locked order."""

    reporter: str
    phase: str
    raw_code: str
    since_at: Moment
    said_at: Moment


class Locked(Row):
    """One locked order with everybody's word."""

    order_id: str
    shop: str
    conflict_id: str
    locked_at: datetime
    differs_since_at: Moment
    evidence: tuple[Said, ...]
    clock_at: Moment = None
    total: int


class Anomaly(Row):
    """One anomaly, open or ended."""

    anomaly_id: str
    kind: str
    subject: str
    order_id: str
    severity: str
    evidence: dict[str, str]
    detected_at: datetime
    last_seen_at: Moment = None
    heal_deadline_at: Moment = None
    sightings: int
    attempts: int = 0
    taken_by: str
    handed_by: str = ""
    handed_over_at: Moment = None
    end: str = ""
    because: str = ""
    ended_at: Moment = None
    clock_at: Moment = None
    total: int


class Act(Row):
    """Something that was done, and that a later report made wrong."""

    act: str
    act_id: str
    order_id: str
    shop: str
    done_at: Moment
    noticed_at: datetime
    why: str
    verdict: str
    amount_fen: int | None
    total: int


class Healing(Row):
    """How anomalies ended in one window."""

    healed: int
    resolved: int
    failed: int
    open_past_deadline: int
    counted: int


def read_locked(
    reader: Reader, shop: str = "", chosen: Chosen = EVERYTHING, cap: int = LIST_CAP
) -> tuple[Locked, ...]:
    """Return the locked orders, longest locked first."""
    found = reader.rows(LOCKED_SQL, chosen.asked() | {"shop": shop, "cap": min(cap, EXPORT_CAP)})
    return tuple(
        Locked.model_validate({**row, "evidence": [_said(one) for one in row["evidence"]]}) for row in found
    )


def _said(one: Any) -> Any:  # the driver gives named tuples as dicts, or as plain tuples
    if isinstance(one, dict):
        return one
    return dict(zip(("reporter", "phase", "raw_code", "mapping", "since_at", "said_at"), one, strict=True))


def read_open(
    reader: Reader, kind: str, whose: str, chosen: Chosen = EVERYTHING, cap: int = LIST_CAP
) -> tuple[Anomaly, ...]:
    """Return open anomalies, the worst and oldest first."""
    asked = chosen.asked() | {"kind": kind, "whose": whose, "cap": min(cap, EXPORT_CAP)}
    return read(reader, Anomaly, OPEN_SQL, **asked)


def read_ended(
    reader: Reader, end: str, kind: str, chosen: Chosen = EVERYTHING, cap: int = LIST_CAP
) -> tuple[Anomaly, ...]:
    """Return anomalies that ended like that, the newest end first."""
    asked = chosen.asked() | {"end": end, "kind": kind, "cap": min(cap, EXPORT_CAP)}
    return read(reader, Anomaly, ENDED_SQL, **asked)


def read_review(reader: Reader, chosen: Chosen = EVERYTHING, cap: int = LIST_CAP) -> tuple[Act, ...]:
    """Return what was done and has turned out wrong."""
    return read(reader, Act, REVIEW_SQL, cap=min(cap, EXPORT_CAP), **chosen.asked())


def read_healing(reader: Reader, window: str) -> Healing | None:
    """Return how anomalies ended in a window; None: nothing counted."""
    return next(iter(read(reader, Healing, HEALING_SQL, window=window)), None)
