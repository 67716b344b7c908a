"""Parking: what is said of a record whose code no map knows, and of one that is read again."""

from datetime import UTC, datetime, timedelta

from pipeline.domain.instants import to_ms
from pipeline.domain.parking import LONGEST_CODE, Origin, findings
from pipeline.domain.reading_result import Reading, UnknownCode
from schemas.anomaly import CodeMended, CodeParked, code_subject
from schemas.base import Event
from schemas.order import OrderReported
from schemas.raw import RawHeaders

SAID = datetime(2026, 3, 1, 8, tzinfo=UTC)
RECEIVED = SAID + timedelta(seconds=2)
LATER = RECEIVED + timedelta(days=1)
SUBJECT = "code:tmall|status|MOON"


def origin(offset: int = 41, appended: datetime = RECEIVED) -> Origin:
    return Origin("raw.tmall.v1", 2, offset, b"A-1", to_ms(appended))


def unknown(code: str = "MOON", field: str = "status", cause: str = "c1") -> UnknownCode:
    return UnknownCode("tmall", field, code, "tmall@1", SAID, RECEIVED, cause)


def fact(cause: str = "c1", mapping: str = "tmall@2") -> OrderReported:
    return OrderReported.model_validate(
        {"event_id": f"of {cause}", "cause_id": cause, "occurred_at": SAID, "observed_at": RECEIVED}
        | {"order_id": "A-1", "platform": "tmall", "shop": "s", "reporter": "platform", "mapping": mapping}
    )


def only(found: list[Event]) -> Event:
    (one,) = found
    return one


def test_an_unknown_code_parks_the_record_with_its_place_and_what_it_said() -> None:
    found = only(findings(Reading((fact(),), (unknown(),)), origin()))
    assert isinstance(found, CodeParked)
    assert (found.subject, found.source, found.field, found.code) == (SUBJECT, "tmall", "status", "MOON")
    assert (found.origin_topic, found.origin_partition, found.origin_offset) == ("raw.tmall.v1", 2, 41)
    assert (found.origin_key, found.mapping, found.cause_id) == ("A-1", "tmall@1", "c1")
    assert (found.occurred_at, found.observed_at) == (SAID, RECEIVED)


def test_read_again_in_vain_it_is_the_same_finding_at_its_new_place() -> None:
    first = only(findings(Reading((fact(),), (unknown(),)), origin()))
    again = only(findings(Reading((fact(),), (unknown(),), (SUBJECT,)), origin(70, LATER)))
    assert isinstance(again, CodeParked)
    assert (again.event_id, again.observed_at, again.origin_offset) == (first.event_id, RECEIVED, 70)


def test_two_codes_of_one_record_are_two_findings_and_the_same_twice_is_one() -> None:
    codes = (unknown(), unknown(field="refund.status"), unknown("SUN"), unknown())
    found = findings(Reading((fact(),), codes), origin())
    assert len({event.event_id for event in found}) == len(found) == 3


def test_a_record_read_again_whose_code_is_known_is_mended_as_of_its_second_reading() -> None:
    found = only(findings(Reading((fact(),), (), (SUBJECT,)), origin(70, LATER)))
    assert isinstance(found, CodeMended)
    assert (found.subject, found.mapping, found.cause_id) == (SUBJECT, "tmall@2", "c1")
    assert (found.occurred_at, found.observed_at) == (SAID, LATER)


def test_no_second_reading_is_before_the_record_was_first_received() -> None:
    """Simulated days are received in the future of the broker's clock."""
    found = only(findings(Reading((fact(),), (), (SUBJECT,)), origin(70, RECEIVED - timedelta(days=2))))
    assert found.observed_at == RECEIVED


def test_of_several_listed_codes_only_those_known_by_now_are_mended() -> None:
    listed = (SUBJECT, code_subject("tmall", "status", "SUN"), SUBJECT)
    found = findings(Reading((fact(),), (unknown(),), listed), origin(70, LATER))
    said = [(type(event), event.subject) for event in found]  # type: ignore[attr-defined]
    assert said == [(CodeParked, SUBJECT), (CodeMended, "code:tmall|status|SUN")]


def test_a_record_of_several_causes_is_mended_for_each_and_one_without_facts_by_its_place() -> None:
    several = findings(Reading((fact("c1"), fact("c2"), fact("c1")), (), (SUBJECT,)), origin(70, LATER))
    assert [event.cause_id for event in several] == ["c1", "c2"]
    none = only(findings(Reading((), (), (SUBJECT,)), origin(70, LATER)))
    assert (none.cause_id, none.occurred_at) == ("raw.tmall.v1-2-70", LATER)


def test_a_record_that_is_neither_says_nothing() -> None:
    assert findings(Reading((fact(),)), origin()) == []


def test_a_code_of_any_length_with_line_breaks_is_parked_and_found_again_in_the_header() -> None:
    for text in ("a\nb", "x" * 5_000, "\n", "未知|码", "\u2028"):
        code = unknown(text)
        parked = only(findings(Reading((fact(),), (code,)), origin()))
        assert isinstance(parked, CodeParked)
        assert len(parked.code) <= LONGEST_CODE
        sent = RawHeaders("tmall", "s", 1, "d", parked=f"{parked.subject}\n{SUBJECT}").to_headers()
        assert RawHeaders.from_headers(sent).parked.split("\n") == [code.subject, SUBJECT]
