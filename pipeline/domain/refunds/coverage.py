"""What the order of the rules does: which rule can never hit, what no rule decides, what money could reach.

Facts are cut into atoms at every word and every limit that a rule names; a box is a set of atoms for each
fact. Taking the boxes of a rule away from what is left is exact, whatever the numbers.
"""

from bisect import bisect_left
from collections.abc import Iterable, Iterator
from typing import Final, NamedTuple

from pipeline.domain.refunds.catalogue import CATALOGUE, UNKNOWN, Kind, fact_text
from pipeline.domain.refunds.rules import Check, Rule, Rules, RulesError
from schemas.vocabulary import RefundVerdict

TODAY: Final = "today"
"""The one dimension that is no fact: rules have days of validity."""
MOST_BOXES: Final = 20_000
Atom = str | int
Box = dict[str, frozenset[Atom]]
Cut = tuple[int, int]
"""(limit, 0): from it on; (limit, 1): beyond it."""


class NeverHits(NamedTuple):
    """A rule that cannot hit, because of these earlier ones."""

    rule: str
    because_of: tuple[str, ...]


class Space:
    """The atoms of every fact that these rules name."""

    def __init__(self, rules: Iterable[Rule]) -> None:
        self.rules = [rule for rule in rules if rule.enabled]
        self.cuts: dict[str, list[Cut]] = {TODAY: []}
        for rule in self.rules:
            for check in (check for alternative in rule.alternatives for check in alternative):
                self.cuts.setdefault(check.fact, [])
                if check.op != "is":
                    self.cuts[check.fact].append(_cut(check))
            self.cuts[TODAY] += [(ms, 0) for ms in (rule.from_ms, rule.until_ms) if ms is not None]
        self.cuts = {name: sorted(set(cuts)) for name, cuts in self.cuts.items()}
        self.whole: Box = {name: self._atoms(name) for name in self.cuts}

    def _atoms(self, name: str) -> frozenset[Atom]:
        spec = CATALOGUE.get(name)
        if spec is None or spec.kind in (Kind.FEN, Kind.DAYS):
            ranges: frozenset[Atom] = frozenset(range(len(self.cuts[name]) + 1))
            return ranges if spec is None else ranges | {UNKNOWN}
        words = ("true", "false") if spec.kind is Kind.YES_NO else spec.words
        return frozenset(str(word) for word in words) | (
            frozenset() if spec.default is not None else {UNKNOWN}
        )

    def boxes(self, rule: Rule) -> list[Box]:
        """Return what a rule hits, one box an alternative."""
        days = self._days(rule)
        return [
            {TODAY: days} | {check.fact: self._admitted(check) for check in alternative}
            for alternative in rule.alternatives
        ]

    def _days(self, rule: Rule) -> frozenset[Atom]:
        cuts = self.cuts[TODAY]
        first = 0 if rule.from_ms is None else bisect_left(cuts, (rule.from_ms, 0)) + 1
        end = len(cuts) + 1 if rule.until_ms is None else bisect_left(cuts, (rule.until_ms, 0)) + 1
        return frozenset(range(first, end))

    def _admitted(self, check: Check) -> frozenset[Atom]:
        if check.op == "is":
            return frozenset(fact_text(check.fact, word) for word in check.words)
        cuts = self.cuts[check.fact]
        return frozenset(range(bisect_left(cuts, _cut(check)) + 1, len(cuts) + 1))


def _cut(check: Check) -> Cut:
    return (check.limit, 1 if check.op == "gt" else 0)


def never_hit(rules: Rules) -> list[NeverHits]:
    """Return the enabled rules that an earlier one, or several together, always forestall."""
    space = Space(rules.rules)
    found = []
    for place, rule in enumerate(space.rules):
        left, by = [space.whole | box for box in space.boxes(rule)], []
        for earlier in space.rules[:place]:
            after = _without(left, space.boxes(earlier))
            if after != left:
                by.append(earlier.id)
            left = after
        if not left:
            found.append(NeverHits(rule.id, tuple(by)))
    return found


def undecided(rules: Rules) -> dict[str, str] | None:
    """Return an example of a case that no rule decides, as facts; None when there is none."""
    space = Space(rules.rules)
    left = [space.whole]
    for rule in space.rules:
        left = _without(left, space.boxes(rule))
    if not left:
        return None
    box = left[0]
    return {
        name: min(map(str, atoms))
        for name, atoms in box.items()
        if atoms != space.whole[name] and not space.cuts[name]
    }


def money_leaves_a_locked_order(rules: Rules) -> list[str]:
    """Return the rules that would send money although the order is locked, or its reporters differ."""
    space = Space(rules.rules)
    left = [space.whole]
    found = []
    for rule in space.rules:
        boxes = space.boxes(rule)
        if rule.verdict is RefundVerdict.FINANCE and any(_reach(left, boxes)):
            found.append(rule.id)
        left = _without(left, boxes)
    return found


def _reach(left: list[Box], boxes: list[Box]) -> Iterator[bool]:
    for fact in ("locked", "differing"):
        for box in boxes:
            barred = {**box, fact: box.get(fact, frozenset({"true"})) & {"true"}}
            yield any(_meet(region, barred) for region in left)


def _meet(region: Box, box: Box) -> bool:
    return all(region.get(name, atoms) & atoms for name, atoms in box.items())


def _without(left: list[Box], boxes: list[Box]) -> list[Box]:
    for box in boxes:
        left = [piece for region in left for piece in _cut_away(region, box)]
        if len(left) > MOST_BOXES:
            raise RulesError(
                "the rules are too entangled to tell what their order does: use fewer alternatives"
            )
    return left


def _cut_away(region: Box, box: Box) -> Iterator[Box]:
    if not _meet(region, box):
        yield region
        return
    for name, atoms in box.items():
        rest = region[name] - atoms
        if rest:
            yield {**region, name: rest}
        region = {**region, name: region[name] & atoms}
