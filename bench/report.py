"""What a run found: as tables on the terminal, as one JSON object, as a page of the documentation."""

import platform
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from datetime import UTC, datetime
from typing import Any

from rich.console import Console
from rich.table import Table

from bench.keyed_state import Standing
from bench.processes import ROOT

PAGE = ROOT / "docs" / "benchmarks.md"
BEGIN, END = "<!-- figures: begin -->", "<!-- figures: end -->"
Found = Mapping[str, Any]  # "cores", "quick", and per benchmark its results
Rows = list[tuple[str, ...]]

KEYED_HEAD = (
    "runtime",
    "events/s",
    "slowest - fastest",
    "CPU us/event",
    "peak MiB",
    "events",
    "certainty is",
)
SYSTEM = {
    "end_to_end": "end to end",
    "peak_day": "peak day",
    "refunds": "refund verdicts",
    "burst": "burst",
    "webhooks": "webhooks",
}


def summary(found: Found) -> dict[str, Any]:
    """Return the JSON object of `--json`."""
    standings: Sequence[Standing] = found.get("keyed_state", ())
    result: dict[str, Any] = {
        "keyed_state": {s.name: round(s.events_per_s) for s in standings if s.peer or s.name == "certainty"},
        "end_to_end": found.get("end_to_end", {}),
        "peak_day": found.get("peak_day", {}),
        "refunds": found.get("refunds", {}),
        "burst": found.get("burst", {}),
        "webhooks": found.get("webhooks", {}),
        "details": {
            "cores": found["cores"],
            "quick": found["quick"],
            "keyed_state": {s.name: _rounded(asdict(s)) for s in standings},
        },
    }
    ratio = ratio_to_best_peer(standings)
    if ratio is not None:
        result["details"]["ratio_to_best_peer"] = round(ratio, 2)
    return result


def ratio_to_best_peer(standings: Sequence[Standing]) -> float | None:
    """Return this runtime's events/s over the best peer's; None when either did not run."""
    ours = [s.events_per_s for s in standings if s.name == "certainty"]
    peers = [s.events_per_s for s in standings if s.peer]
    return ours[0] / max(peers) if ours and peers else None


def _rounded(values: dict[str, Any]) -> dict[str, Any]:
    return {name: round(value, 1) if isinstance(value, float) else value for name, value in values.items()}


def keyed_rows(standings: Sequence[Standing]) -> Rows:
    """Return one row of text per contestant."""
    ours = next((s.events_per_s for s in standings if s.name == "certainty"), None)
    return [
        (
            f"({s.name}: {s.note})" if s.note else s.name,
            f"{s.events_per_s:,.0f}",
            f"{s.slowest:,.0f} - {s.fastest:,.0f}",
            f"{s.cpu_us_per_event:.1f}",
            f"{s.peak_rss_mb:.0f}",
            f"{s.events:,}",
            "" if ours is None or s.name == "certainty" else f"{ours / s.events_per_s:.1f} x",
        )
        for s in standings
    ]


def system_rows(result: Mapping[str, Any]) -> Rows:
    """Return the end-to-end figures as rows of text."""
    rows: Rows = []
    for name, value in result.items():
        if isinstance(value, Mapping):
            rows += [(f"{name} {inner}", _text(one)) for inner, one in value.items()]
        else:
            rows.append((name, _text(value)))
    return rows


def _text(value: Any) -> str:  # a figure of any kind
    return (
        f"{value:,.1f}"
        if isinstance(value, float)
        else f"{value:,}"
        if isinstance(value, int)
        else str(value)
    )


def show(found: Found) -> None:
    """Draw the tables on standard output."""
    console = Console()
    for title, head, rows in _tables(found):
        table = Table(*head, title=title)
        for row in rows:
            table.add_row(*row)
        console.print(table)


def _tables(found: Found) -> list[tuple[str, tuple[str, ...], Rows]]:
    tables: list[tuple[str, tuple[str, ...], Rows]] = []
    if "keyed_state" in found:
        tables.append(("keyed state", KEYED_HEAD, keyed_rows(found["keyed_state"])))
    for name, title in SYSTEM.items():
        if name in found:
            tables.append((title, (title, "value"), system_rows(found[name])))
    return tables


def write_docs(found: Found) -> None:
    """Replace the figures between the two marks of docs/benchmarks.md by those of this run."""
    lines = [
        f"Measured {datetime.now(UTC):%Y-%m-%d} on {found['cores']} cores"
        f" ({platform.machine()}, {platform.system()}, Python {platform.python_version()})"
        f"{', a quick run: too short to compare' if found['quick'] else ''}."
    ]
    for title, head, rows in _tables(found):
        lines += ["", f"**{title}**", "", _line(head), _line(("---",) * len(head)), *map(_line, rows)]
    page = PAGE.read_text(encoding="utf-8")
    before, _, rest = page.partition(BEGIN)
    _, _, after = rest.partition(END)
    PAGE.write_text(f"{before}{BEGIN}\n{chr(10).join(lines)}\n{END}{after}", encoding="utf-8")


def _line(cells: Sequence[str]) -> str:
    return "| " + " | ".join(cells) + " |"
