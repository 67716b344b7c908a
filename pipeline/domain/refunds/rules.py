"""The refund rules, ready to judge: facts in, the first rule that hits out, with everything it looked at."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date
from typing import Final, NamedTuple

from pipeline.domain.refunds.catalogue import CATALOGUE, Facts, Kind, Value, fact_text
from schemas.vocabulary import RefundVerdict

NO_RULE: Final = "no_rule"
"""The rule id of a case that no rule decides: a person does."""
Op = str
"""is (one of these words), gt, ge."""


class RulesError(ValueError):
    """The rules document cannot be used; the text is one sentence a line, each with rule and field."""


class Check(NamedTuple):
    """What is asked of one fact. `words` for "is"; `limit` for "gt" and "ge": milliseconds, fen."""

    fact: str
    op: Op
    words: tuple[Value, ...] = ()
    limit: int = 0

    def holds(self, value: Value) -> bool:
        """Tell whether it does; of what nobody said nothing holds."""
        if value is None:
            return False
        match self.op:
            case "gt":
                return int(value) > self.limit
            case "ge":
                return int(value) >= self.limit
        return value in self.words

    def said(self) -> str:
        """Return it as a person reads it: days_since_signed > 7."""
        sign = {"gt": ">", "ge": ">="}.get(self.op)
        if sign:
            return f"{self.fact} {sign} {fact_text(self.fact, self.limit)}"
        return f"{self.fact} = {' or '.join(fact_text(self.fact, word) for word in self.words)}"


Alternatives = tuple[tuple[Check, ...], ...]


@dataclass(frozen=True, slots=True)
class Rule:
    """One rule; valid from `from_ms` until just before `until_ms` (milliseconds since 1970 UTC)."""

    id: str
    verdict: RefundVerdict
    zh: str
    en: str
    enabled: bool
    alternatives: Alternatives
    from_ms: int | None = None
    until_ms: int | None = None
    from_day: date | None = None
    until_day: date | None = None

    def is_in_force(self, now_ms: int) -> bool:
        """Tell whether the rule exists at this instant."""
        begun = self.from_ms is None or now_ms >= self.from_ms
        return self.enabled and begun and (self.until_ms is None or now_ms < self.until_ms)


FALLBACK: Final = Rule(
    NO_RULE,
    RefundVerdict.MANUAL,
    "没有规则适用，需人工处理",
    "no rule applies: a person decides",
    enabled=True,
    alternatives=((),),
)


class Hit(NamedTuple):
    """The rule that decides, and every fact that it and the rules before it looked at."""

    rule: Rule
    facts: dict[str, str]


class Step(NamedTuple):
    """One rule of an explanation: whether it hits, and why it does not (one sentence an alternative)."""

    rule: Rule
    hits: bool
    why: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Rules:
    """A checked table of rules. `version` is the first eight hex digits of the text's SHA-256."""

    version: str
    zone: str
    rules: tuple[Rule, ...]

    def judge(self, facts: Facts, now_ms: int) -> Hit:
        """Return the first rule in force that hits; NO_RULE, to a person, when none does."""
        used: dict[str, str] = {}
        for rule in self.in_force(now_ms):
            if _hits(rule, facts, used):
                return Hit(rule, used)
        return Hit(FALLBACK, used)

    def in_force(self, now_ms: int) -> list[Rule]:
        """Return the rules that exist at this instant, in their order."""
        return [rule for rule in self.rules if rule.is_in_force(now_ms)]

    def explain(self, facts: Facts, now_ms: int) -> Iterator[Step]:
        """Give every rule up to the one that hits, each with the reason why it does not."""
        for rule in self.rules:
            why = tuple(_why_not(rule, facts, now_ms))
            yield Step(rule, not why, why)
            if not why:
                return
        yield Step(FALLBACK, hits=True, why=())

    def may_decide(self, known: Facts, now_ms: int) -> list[Rule]:
        """Return each rule that may be the first to hit, where facts that are not in `known` may be anything.

        One alone is certain. A fact that is asked of twice may be something else each time: so it can name a
        rule too many, and never one too few.
        """
        found: list[Rule] = []
        for rule in self.in_force(now_ms):
            answers = [_answer(alternative, known) for alternative in rule.alternatives]
            if True in answers:
                return [*found, rule]
            if None in answers:
                found.append(rule)
        return [*found, FALLBACK]

    def due_ms(self, signed_ms: int | None, now_ms: int) -> int | None:
        """Return the last instant at which the verdict cannot yet have changed by time alone; None: never.

        What changes then: the days since signing pass a limit, a rule comes into force or ends.
        """
        return min((due for due in self._turns(signed_ms) if due >= now_ms), default=None)

    def _turns(self, signed_ms: int | None) -> Iterator[int]:
        for rule in self.rules:
            if not rule.enabled:
                continue
            yield from (ms - 1 for ms in (rule.from_ms, rule.until_ms) if ms is not None)
            if signed_ms is None:
                continue
            for check in (check for alternative in rule.alternatives for check in alternative):
                if CATALOGUE[check.fact].kind is Kind.DAYS:
                    yield signed_ms + check.limit - (check.op == "ge")


def _hits(rule: Rule, facts: Facts, used: dict[str, str]) -> bool:
    for alternative in rule.alternatives:
        for check in alternative:
            value = facts[check.fact]
            used[check.fact] = fact_text(check.fact, value)
            if not check.holds(value):
                break
        else:
            return True
    return False


def _answer(alternative: tuple[Check, ...], known: Facts) -> bool | None:
    """Tell whether all of it holds; None: that depends on a fact that is not known."""
    told = [check.holds(known[check.fact]) for check in alternative if check.fact in known]
    if not all(told):
        return False
    return True if len(told) == len(alternative) else None


def _why_not(rule: Rule, facts: Facts, now_ms: int) -> Iterator[str]:
    if not rule.enabled:
        yield "it is not enabled"
    elif not rule.is_in_force(now_ms):
        yield f"it is valid {validity(rule)} only"
    else:
        failing = [_first_failing(alternative, facts) for alternative in rule.alternatives]
        if None not in failing:
            yield from (
                f"{c.said()} does not hold: it is {fact_text(c.fact, facts[c.fact])}" for c in failing if c
            )


def _first_failing(alternative: Iterable[Check], facts: Facts) -> Check | None:
    return next((check for check in alternative if not check.holds(facts[check.fact])), None)


def validity(rule: Rule) -> str:
    """Return the days a rule is valid: from 2026-01-01 until 2026-12-31; "always" without any."""
    days = (("from", rule.from_day), ("until", rule.until_day))
    return " ".join(f"{word} {day}" for word, day in days if day) or "always"
