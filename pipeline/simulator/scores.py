"""Compares what the system found with the answer sheet, kind by kind."""

from collections.abc import Mapping
from dataclasses import dataclass

from pipeline.simulator.sheet import Sheet


@dataclass(frozen=True, slots=True)
class Score:
    """`found` is None where nothing judges this kind yet; ratios are 0..1, None where nothing was found."""

    planted: int
    found: int | None = None
    precision: float | None = None
    recall: float | None = None

    @property
    def is_perfect(self) -> bool:
        """Everything planted was found and nothing else, or nobody looks for it yet."""
        return self.found is None or (self.precision == 1.0 and self.recall == 1.0)


def score(planted: set[str], found: set[str], excused: set[str]) -> Score:
    """Return the score of one kind. Nothing planted and nothing found is perfect."""
    found = found - (excused - planted)
    right = len(planted & found)
    return Score(
        planted=len(planted),
        found=len(found),
        precision=right / len(found) if found else 1.0,
        recall=right / len(planted) if planted else 1.0,
    )


def merged(sheets: list[Sheet]) -> Sheet:
    """Return one sheet of several days; their subjects differ."""
    first = sheets[0]
    whole = Sheet(first.seed, first.orders, first.start, first.tag)
    for sheet in sheets:
        whole.verdicts |= sheet.verdicts
        for kind, planted in sheet.kinds.items():
            whole.kinds.setdefault(kind, []).extend(planted)
        for kind, subjects in sheet.excused.items():
            whole.excused.setdefault(kind, []).extend(subjects)
        for verdict, number in sheet.promise.items():
            whole.promise[verdict] = whole.promise.get(verdict, 0) + number
    return whole


def score_all(sheet: Sheet, found: Mapping[str, set[str]]) -> dict[str, Score]:
    """Return the score of every kind of the sheet; `found` has the kinds which the system judges."""
    planted = {kind: sheet.subjects(kind) for kind in sheet.kinds}
    for verdict in ("kept", "broken", "none"):
        planted[f"promise_{verdict}"] = {order for order, v in sheet.verdicts.items() if v == verdict}
    return {
        kind: score(subjects, found[kind], set(sheet.excused.get(kind, [])))
        if kind in found
        else Score(len(subjects))
        for kind, subjects in sorted(planted.items())
    }
