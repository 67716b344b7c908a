"""Reads a rules document: checked, compiled, and refused where it could send money from a locked order."""

import tomllib
from collections.abc import Iterator
from datetime import date, datetime, timedelta
from hashlib import sha256
from zoneinfo import ZoneInfo

from pydantic import ValidationError

from pipeline.domain.instants import to_ms
from pipeline.domain.refunds.catalogue import CATALOGUE, Kind, days_ms
from pipeline.domain.refunds.coverage import money_leaves_a_locked_order
from pipeline.domain.refunds.document import RulesDocument, RuleSection, Test
from pipeline.domain.refunds.rules import Check, Rule, Rules, RulesError


def load_rules(text: str, *, origin: str) -> Rules:
    """Return the rules of a document; `origin` names it in refusals. Raises RulesError.

    Whatever the table says, no rule may send money while the order is locked or its reporters differ.
    """
    try:
        document = RulesDocument.model_validate(tomllib.loads(text))
    except tomllib.TOMLDecodeError as error:
        raise RulesError(f"{origin} is no TOML: {error}") from error
    except ValidationError as error:
        raise RulesError("\n".join(_refusals(error, origin))) from error
    version = sha256(text.encode()).hexdigest()[:8]
    rules = Rules(version, document.zone, tuple(_compiled(rule, document.zone) for rule in document.rule))
    unsafe = money_leaves_a_locked_order(rules)
    if unsafe:
        raise RulesError(
            f"{origin}: rule {', '.join(unsafe)} would send money although the order is locked or its"
            ' reporters differ: an enabled rule before it must hold standard = "refundable" with'
            " locked = true, and with differing = true"
        )
    return rules


def _refusals(error: ValidationError, origin: str) -> Iterator[str]:
    for fault in error.errors(include_url=False, include_input=False):
        place = ".".join(str(part) for part in fault["loc"]) or "the document"
        yield f"{origin}: {place}: {fault['msg'].removeprefix('Value error, ')}"


def _compiled(section: RuleSection, zone: str) -> Rule:
    always = section.when == "always"
    return Rule(
        id=section.id,
        verdict=section.verdict,
        zh=section.zh,
        en=section.en,
        enabled=section.enabled,
        alternatives=((),)
        if always
        else tuple(
            tuple(_check(name, test) for name, test in alternative.items())
            for alternative in section.when
            if isinstance(alternative, dict)
        ),
        from_ms=_day_start_ms(section.from_, zone),
        until_ms=_day_start_ms(section.until, zone, days=1),
        from_day=section.from_,
        until_day=section.until,
    )


def _day_start_ms(day: date | None, zone: str, days: int = 0) -> int | None:
    """The first instant of the day so many days later, in the zone."""
    if day is None or day > date.max - timedelta(days=days + 1):
        return None
    later = day + timedelta(days=days)
    return to_ms(datetime(later.year, later.month, later.day, tzinfo=ZoneInfo(zone)))


def _check(name: str, test: Test) -> Check:
    if test.words is not None:
        return Check(name, "is", words=tuple(test.words))
    op, limit = ("gt", test.gt) if test.gt is not None else ("ge", test.ge or 0)
    days = CATALOGUE[name].kind is Kind.DAYS
    return Check(name, op, limit=days_ms(limit or 0) if days else int(limit or 0))
