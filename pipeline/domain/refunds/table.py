"""The rules and their facts as a person reads them: for the command line and for docs/refunds.md."""

from collections.abc import Iterable, Iterator
from typing import NamedTuple

from pipeline.domain.refunds.catalogue import CATALOGUE, FactSpec, Kind
from pipeline.domain.refunds.rules import Rule, Rules, validity


class Row(NamedTuple):
    """One rule in words."""

    number: str
    rule: str
    verdict: str
    when: str
    zh: str
    en: str
    valid: str


HEAD = Row("#", "rule", "verdict", "when", "原因", "reason", "valid")
FACT_HEAD = ("fact", "asked as", "what it says", "含义")


def rows(rules: Rules) -> list[Row]:
    """Return every rule in its order; one that is not enabled says so."""
    return [
        Row(str(number), rule.id, rule.verdict, when(rule), rule.zh, rule.en, _valid(rule))
        for number, rule in enumerate(rules.rules, 1)
    ]


def when(rule: Rule) -> str:
    """Return the condition: alternatives joined by "or", what must hold together by "and"."""
    told = [" and ".join(check.said() for check in alternative) for alternative in rule.alternatives]
    return "; or ".join(text or "always" for text in told)


def _valid(rule: Rule) -> str:
    return validity(rule) if rule.enabled else "not enabled"


def fact_rows() -> list[tuple[str, str, str, str]]:
    """Return every fact of the catalogue: name, how a rule asks for it, what it says in two languages."""
    return [(name, _asked(spec), spec.en, spec.zh) for name, spec in CATALOGUE.items()]


def _asked(spec: FactSpec) -> str:
    match spec.kind:
        case Kind.YES_NO:
            return "true, false"
        case Kind.WORD:
            return ", ".join(spec.words)
        case Kind.DAYS:
            return "gt, ge: days"
        case Kind.FEN:
            return "gt, ge: fen"


def markdown(head: Iterable[str], body: Iterable[Iterable[str]]) -> str:
    """Return a table of Markdown."""
    return "\n".join(_lines(tuple(head), body)) + "\n"


def _lines(head: tuple[str, ...], body: Iterable[Iterable[str]]) -> Iterator[str]:
    yield _line(head)
    yield _line("---" for _ in head)
    for row in body:
        yield _line(row)


def _line(cells: Iterable[str]) -> str:
    return f"| {' | '.join(cell.replace('|', '/') for cell in cells)} |"
