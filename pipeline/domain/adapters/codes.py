"""Reads status codes: each through its table, exceptions by rules, what no table knows set apart."""

import re
from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final, NamedTuple

from pipeline.domain.adapters.document import (
    ABSENT,
    FILTER,
    NEUTRAL,
    CodeTable,
    PhaseSet,
    RefundSet,
    SourceDocument,
    When,
)
from pipeline.domain.adapters.paths import Getter, Item, getter
from pipeline.domain.adapters.values import Unreadable, Values
from schemas.vocabulary import Phase, Proof, RefundStandard

MOST_CODE: Final = 256
Unknown = tuple[str, str]
"""(name of the code table, the code)."""


class Code:
    """One status field of one source."""

    def __init__(self, name: str, table: CodeTable, values: Values) -> None:
        self.name = name
        self.means = dict(table.means)
        self._find: Getter = getter(table.at)
        self._values = values
        self._parent = re.compile(table.parent) if table.parent else None
        self._families = self._shared() if self._parent else {}

    def of(self, item: Item, around: Item) -> str:
        """Return the code as text, "" when the field says nothing; a 0 is a code, never nothing.

        A list of parts says what all of them say; where they differ, an unknown one's code or nothing.
        """
        value = self._find(item, around)
        if value is None or value == "":
            return ""
        if type(value) is str:
            return value.strip()[:MOST_CODE]
        if type(value) is int:
            return str(value)
        if type(value) is list:
            return self._common(self._texts(value))
        text = self._values.text(value)
        return text[:MOST_CODE] if text else ""

    def all_of(self, item: Item, around: Item) -> list[str]:
        """Return the codes of every part, for a path with []."""
        value = self._find(item, around)
        return self._texts(value) if type(value) is list else []

    @staticmethod
    def _texts(values: list[Item]) -> list[str]:
        return [str(value).strip()[:MOST_CODE] for value in values if isinstance(value, str | int)]

    def _common(self, codes: list[str]) -> str:
        said = dict.fromkeys(code for code in codes if code)
        strange = [code for code in said if self.word(code) is None]
        return next(iter(strange or said)) if strange or len(said) == 1 else ""

    def word(self, code: str) -> str | None:
        """Return what a code means; None for an unknown one and for one that is no state."""
        word = self.means.get(code)
        return None if word == FILTER else word

    def family(self, code: str) -> str | None:
        """Return the family of a detailed code; None for a basic one."""
        match = self._parent.fullmatch(code) if self._parent else None
        return match.group(1) if match else None

    def family_word(self, code: str) -> str | None:
        """Return what the family's own code and all its known children mean, if they mean the same."""
        family = self.family(code)
        return None if family is None else self._families.get(family)

    def _shared(self) -> dict[str, str]:
        words: dict[str, set[str]] = defaultdict(set)
        for code, word in self.means.items():
            family = self.family(code)
            if family is not None and word != FILTER:
                words[family].update(w.split("+")[0] for w in (word, self.means.get(family, word)))
        return {family: word.pop() for family, word in words.items() if len(word) == 1}


class PhaseRead(NamedTuple):
    """A phase, the codes it was read from, and those that no table knows."""

    phase: Phase | None
    raw_code: str
    unknown: tuple[Unknown, ...] = ()


class Phases:
    """Reads a phase by one set."""

    def __init__(self, chosen: PhaseSet, codes: Mapping[str, Code], values: Values) -> None:
        self._leads = [codes[name] for name in chosen.lead]
        self._parts = codes[chosen.parts] if chosen.parts else None
        self._rules = [
            (_conditions(rule.when, codes), Phase(rule.is_), _same(rule.same)) for rule in chosen.rule
        ]
        named = {name: codes[name] for rule in chosen.rule for name in rule.when}
        self._others = [code for code in named.values() if code not in self._leads]
        self._values = values
        self._known = {
            lead.name: {code: _by_table(lead, code) for code in lead.means} for lead in self._leads
        }

    def read(self, item: Item, around: Item) -> PhaseRead:
        """Return the phase; None when no field says anything, UNKNOWN when one says an unknown code."""
        for lead in self._leads:
            code = lead.of(item, around)
            if code:
                break
        else:
            return self._derived(item, around)
        if not self._rules:
            return self._known[lead.name].get(code) or _by_table(lead, code)
        said = {lead.name: code} | {other.name: other.of(item, around) for other in self._others}
        unknown = [
            (o.name, said[o.name])
            for o in (lead, *self._others)
            if said[o.name] and o.word(said[o.name]) is None
        ]
        if unknown:
            return PhaseRead(Phase.UNKNOWN, code, tuple(unknown))
        for conditions, phase, same in self._rules:
            if _holds(conditions, said) and (same is None or self._equal(same, item, around)):
                return PhaseRead(phase, _spoken(code, lead.name, conditions, said))
        return self._known[lead.name].get(code) or _by_table(lead, code)

    def _derived(self, item: Item, around: Item) -> PhaseRead:
        """The main state from the sub-orders': platforms.md section 0.2."""
        codes = self._parts.all_of(item, around) if self._parts else []
        if self._parts is None or not codes:
            return PhaseRead(None, "")
        raw = ",".join(dict.fromkeys(codes))[:MOST_CODE]
        unknown = tuple(
            (self._parts.name, code) for code in dict.fromkeys(codes) if self._parts.word(code) is None
        )
        if unknown:
            return PhaseRead(Phase.UNKNOWN, raw, unknown)
        return PhaseRead(_joined({Phase(self._parts.means[code]) for code in codes}), raw)

    def _equal(self, same: tuple[Getter, Getter], item: Item, around: Item) -> bool:
        left, right = (self._values.yuan(find(item, around)) for find in same)
        return left is not None and left == right


def _by_table(lead: Code, code: str) -> PhaseRead:
    word = lead.word(code)
    if word is None:
        return PhaseRead(Phase.UNKNOWN, code, ((lead.name, code),))
    return PhaseRead(None if word == NEUTRAL else Phase(word), code)


_ADVANCED = (Phase.SHIPPED, Phase.SIGNED, Phase.FINISHED)


def _joined(phases: set[Phase]) -> Phase:
    """Closed parts do not count; some gone and some not is part_shipped; else the least advanced."""
    live = phases - {Phase.CLOSED} or phases
    gone = live & {*_ADVANCED, Phase.PART_SHIPPED}
    if gone and live - gone:
        return Phase.PART_SHIPPED
    order = (Phase.HOLD, Phase.UNPAID, Phase.TO_SHIP, Phase.PART_SHIPPED, *_ADVANCED, Phase.CLOSED)
    return next(phase for phase in order if phase in live)


class RefundRead(NamedTuple):
    """A refund's standard; None: there is no request. `codes`: every field that said something."""

    standard: RefundStandard | None
    codes: dict[str, str]
    proofs: tuple[Proof, ...] = ()
    done: bool = False
    unknown: tuple[Unknown, ...] = ()


@dataclass(frozen=True, slots=True)
class _Line:
    conditions: "Conditions"
    word: str
    proofs: tuple[Proof, ...] = field(default=())


class Refunds:
    """Reads a refund request by one set."""

    def __init__(self, chosen: RefundSet, codes: Mapping[str, Code]) -> None:
        self._leads = [codes[name] for name in chosen.lead]
        named = dict.fromkeys((*chosen.lead, *chosen.fields, *(n for rule in chosen.rule for n in rule.when)))
        self._fields = [codes[name] for name in named]
        self._lines = {
            step: [_Line(_conditions(r.when, codes), r.is_, r.proofs) for r in chosen.rule if r.step == step]
            for step in ("lead", "raise", "lower")
        }

    def read(self, item: Item, around: Item) -> RefundRead:
        """Return the standard, in the order of platforms.md section 0: lead, raise, lower."""
        said = {code.name: code.of(item, around) for code in self._fields}
        told = {name: code for name, code in said.items() if code}
        unknown = tuple(
            (c.name, said[c.name]) for c in self._fields if said[c.name] and c.word(said[c.name]) is None
        )
        if unknown:
            return RefundRead(RefundStandard.PENDING, told, unknown=unknown)
        word = self._word(said)
        proofs: tuple[Proof, ...] = ()
        if word == "pending":
            for line in self._hits("raise", said):
                if not line.proofs:
                    word, proofs = "refundable", ()
                    break
                proofs = tuple(dict.fromkeys((*proofs, *line.proofs)))
        if word not in ("none", "refunded"):
            for line in self._hits("lower", said):
                word, proofs = line.word, ()
                break
        return _standard(word, told, proofs)

    def _word(self, said: Mapping[str, str]) -> str:
        for line in self._hits("lead", said):
            return line.word
        lead = next((lead for lead in self._leads if said[lead.name]), None)
        if lead is None:
            return "none"
        word = lead.means[said[lead.name]]
        return "pending" if word == NEUTRAL else word

    def _hits(self, step: str, said: Mapping[str, str]) -> list[_Line]:
        return [line for line in self._lines[step] if _holds(line.conditions, said)]


def _standard(word: str, told: dict[str, str], proofs: tuple[Proof, ...]) -> RefundRead:
    match word:
        case "none":
            return RefundRead(None, told)
        case "refunded":
            return RefundRead(RefundStandard.NOT_REFUNDABLE, told, done=True)
    return RefundRead(RefundStandard(word), told, proofs)


Conditions = tuple[tuple[str, frozenset[str]], ...]


def _conditions(when: When, codes: Mapping[str, Code]) -> Conditions:
    return tuple(
        (codes[name].name, frozenset("" if c == ABSENT else c for c in allowed))
        for name, allowed in when.items()
    )


def _holds(conditions: Conditions, said: Mapping[str, str]) -> bool:
    return all(said[name] in allowed for name, allowed in conditions)


def _spoken(code: str, lead: str, conditions: Conditions, said: Mapping[str, str]) -> str:
    """The lead's code and, behind it, the other fields that decided: 1/confirm_status=2."""
    others = [f"{name}={said[name]}" for name, _ in conditions if name != lead and said[name]]
    return "/".join((code, *others))[:MOST_CODE]


def _same(paths: tuple[str, str] | None) -> tuple[Getter, Getter] | None:
    return None if paths is None else (getter((paths[0],)), getter((paths[1],)))


def compiled_codes(document: SourceDocument, values: Values) -> dict[str, Code]:
    """Return every code table of a document, ready to read."""
    return {name: Code(name, table, values) for name, table in document.codes.items()}


__all__ = ["Code", "PhaseRead", "Phases", "RefundRead", "Refunds", "Unknown", "Unreadable", "compiled_codes"]
