"""What an import found: counts that add up, and every row that was set aside."""

from collections import Counter
from dataclasses import asdict, dataclass, field
from typing import Any, Literal


@dataclass(frozen=True, slots=True)
class Problem:
    """A row that was not imported. `line` is what an editor or the spreadsheet shows."""

    file: str
    line: int
    kind: Literal["unreadable", "conflict", "incomplete"]
    reason: str


@dataclass(slots=True)
class Summary:
    """Counts of an import. rows = imported + duplicates + skipped_after_as_of and the three kinds of problem.

    `conflicts`: rows that contradict another row about the same order. `incomplete`: readable rows of an
    order that is judged as a whole while another of its rows cannot be read.
    """

    mapping: str
    files: int = 0
    rows: int = 0
    imported: int = 0
    orders: int = 0
    duplicates: int = 0
    conflicts: int = 0
    unreadable: int = 0
    incomplete: int = 0
    skipped_after_as_of: int = 0
    unknown_status: Counter[str] = field(default_factory=Counter)
    sent: bool = False
    errors: list[Problem] = field(default_factory=list)

    @property
    def set_aside(self) -> int:
        """Rows that went, or would go, to the dead letter."""
        return self.conflicts + self.unreadable + self.incomplete

    def to_json(self) -> dict[str, Any]:
        """Return the summary as one JSON object."""
        told = asdict(self)
        told["unknown_status"] = dict(self.unknown_status.most_common())
        return told

    def sentences(self) -> list[str]:
        """Return the summary for people, one line each; nothing is said of what did not happen."""
        verb = "imported" if self.sent else "would be imported (nothing was sent)"
        said = [f"rows {verb}: {self.imported} of {self.rows}; orders: {self.orders}; mapping {self.mapping}"]
        for count, what in (
            (self.duplicates, "repeats another row in every column that the mapping reads: left out"),
            (self.skipped_after_as_of, "ordered after the moment of --as-of: left out"),
            (self.unreadable, "cannot be read: set aside"),
            (self.conflicts, "contradicts another row about the same order: none of them was taken"),
            (self.incomplete, "belongs to an order of which another row cannot be taken: set aside"),
        ):
            if count:
                said.append(f"rows: {count}; each {what}")
        if self.unknown_status:
            words = ", ".join(f"{word} ({count})" for word, count in self.unknown_status.most_common(20))
            said.append(
                f"status words the mapping does not know, kept as unknown: {words};"
                " add them to [status.words]"
            )
        return said
