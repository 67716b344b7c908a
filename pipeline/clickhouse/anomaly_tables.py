"""The tables of what was noticed: findings, the life of anomalies, and each subject as it stands."""

from pipeline.clickhouse.columns import (
    EVENT,
    INT_OR_NULL,
    INTS,
    MAP,
    STRING,
    TEXTS,
    TIME_OR_NULL,
    TIMES,
    TIMES_OR_NULL,
    UINT_OR_NULL,
    WORD,
    WORDS,
    Column,
    table,
)

FINDINGS = table(
    "findings",
    *EVENT,
    ("type", WORD),
    ("subject", STRING),
    ("source", WORD),
    ("field", WORD),
    ("code", STRING),
    ("mapping", WORD),
    ("origin_topic", WORD),
    ("origin_partition", UINT_OR_NULL),
    ("origin_offset", INT_OR_NULL),
    ("origin_key", STRING),
    ("kind", WORD),
    ("severity", WORD),
    ("evidence", MAP),
    ("heal_deadline_at", TIME_OR_NULL),
    ("how", WORD),
    ("because", STRING),
    ("healer", WORD),
    ("by", STRING),
    ("handed_by", STRING),
)

ANOMALIES = table(
    "anomalies",
    *EVENT,
    ("type", WORD),
    ("anomaly_id", STRING),
    ("kind", WORD),
    ("subject", STRING),
    ("severity", WORD),
    ("evidence", MAP),
    ("end", WORD),
    ("because", STRING),
    ("corrects", WORD),
    ("attempts", INT_OR_NULL),
)

STANDINGS: tuple[Column, ...] = (
    ("anomaly_id", TEXTS),
    ("kind", WORDS),
    ("severity", WORDS),
    ("detected_at", TIMES),
    ("last_seen_at", TIMES),
    ("heal_deadline_at", TIMES),
    ("sightings", INTS),
    ("attempts", INTS),
    ("taken_by", TEXTS),
    ("handed_by", TEXTS),
    ("end", WORDS),
    ("ended_at", TIMES_OR_NULL),
)
"""One array a field of AnomalyStanding; the same place in each is the same anomaly."""

ANOMALIES_CURRENT = table("anomalies_current", *EVENT, ("subject", STRING), *STANDINGS)
