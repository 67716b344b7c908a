"""Parks records with unknown codes, and says of those read again which of their codes are known by now."""

from typing import Final, NamedTuple

from pipeline.domain.instants import from_ms
from pipeline.domain.reading_result import Reading, UnknownCode
from schemas.anomaly import CodeMended, CodeParked
from schemas.base import Event, derived_id

LONGEST_CODE: Final = 256
"""Most characters of a code that are kept: what is longer is no code."""


class Origin(NamedTuple):
    """Where a raw record lies, and when it was appended there (milliseconds since 1970 UTC, UTC)."""

    topic: str
    partition: int
    offset: int
    key: bytes
    appended_ms: int


def findings(reading: Reading, origin: Origin) -> list[Event]:
    """Return what is to be said of a record's codes; nothing for one without any that is or was unknown.

    The ids derive from the record's content: read again, wherever it lies by then, it parks the same finding.
    """
    parked = {found.event_id: found for found in (_parked(code, origin) for code in reading.unknown)}
    unknown = {code.subject for code in reading.unknown}
    mended = [subject for subject in dict.fromkeys(reading.parked) if subject not in unknown]
    return [*parked.values(), *(found for subject in mended for found in _mended(subject, reading, origin))]


def _parked(code: UnknownCode, origin: Origin) -> CodeParked:
    return CodeParked(
        event_id=derived_id(code.cause_id, f"code.parked|{code.field}|{code.code}"),
        cause_id=code.cause_id,
        occurred_at=code.occurred_at,
        observed_at=code.observed_at,
        subject=code.subject,
        source=code.source,
        field=code.field,
        code=code.code[:LONGEST_CODE],
        mapping=code.mapping,
        origin_topic=origin.topic,
        origin_partition=origin.partition,
        origin_offset=origin.offset,
        origin_key=origin.key.decode("utf-8", "replace"),
    )


def _mended(subject: str, reading: Reading, origin: Origin) -> list[CodeMended]:
    """One for each cause of the record's facts, as a rule there is one; of no facts, one by its place.

    Observed when the record was read again, which is never before it was first received.
    """
    appended_at = from_ms(max(origin.appended_ms, 0))
    causes = {fact.cause_id: (fact.occurred_at, max(appended_at, fact.observed_at)) for fact in reading.facts}
    place = f"{origin.topic}-{origin.partition}-{origin.offset}"
    return [
        CodeMended(
            event_id=derived_id(cause_id, f"code.mended|{subject}"),
            cause_id=cause_id,
            occurred_at=occurred_at,
            observed_at=observed_at,
            subject=subject,
            mapping=getattr(reading.facts[0], "mapping", "") if reading.facts else "",
        )
        for cause_id, (occurred_at, observed_at) in (causes or {place: (appended_at, appended_at)}).items()
    ]
