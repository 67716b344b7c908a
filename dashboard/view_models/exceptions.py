"""The supervisor's lists: who contradicts whom, what is open and whose it is, what healed. Pure."""

from collections.abc import Mapping, Sequence
from datetime import datetime

from dashboard.blocks import Cell, Column, Table, order, to
from dashboard.queries.exceptions import Act, Anomaly, Healing, Locked, Said
from dashboard.view_models.story import SEVERITY_LIGHT, taken_cell
from dashboard.words import Words, number

VOICES = ("erp", "wms", "cs")
END_LIGHT = {"healed": "green", "resolved": "green", "failed": "red", "cleared": "grey", "withdrawn": "grey"}
ENDS = tuple(END_LIGHT)
OPEN_COLUMNS = ("kind", "severity", "subject", "detected", "age", "sightings", "taken", "handed", "evidence")
LOCKED_COLUMNS = ("order", "shop", "locked_since", *VOICES)
REVIEW_COLUMNS = ("act_done", "order", "shop", "done", "noticed", "why", "amount")
ENDED_COLUMNS = ("kind", "subject", "detected", "ended", "end", "because", "taken", "handed")


def locked_table(rows: Sequence[Locked], words: Words) -> Table:
    """Return the locked orders with every reporter's word side by side; who stands alone is marked."""
    lines = []
    for row in rows:
        said = {one.reporter: one for one in row.evidence}
        age = words.duration(_age_s(row.clock_at, row.locked_at))
        lines.append(
            [
                Cell(row.order_id, order(row.order_id), code=True),
                Cell(row.shop or words("not_told")),
                Cell(
                    words("ago", time=age), note=words.stamp(row.locked_at), sort=-row.locked_at.timestamp()
                ),
                *(_word(said.get(voice), said, words) for voice in VOICES),
                Cell(words("decide"), to("exceptions", view="locked", decide=row.order_id)),
            ]
        )
    columns = [
        Column(words("col_order")),
        Column(words("col_shop")),
        Column(words("col_locked_since")),
        *(Column(words.term("reporter", voice)) for voice in VOICES),
        Column(words("col_decide")),
    ]
    return Table(
        "locked",
        words("view_locked"),
        columns,
        lines,
        words("locked_none"),
        hint=words("locked_help"),
        tall=True,
    )


def _age_s(clock: datetime | None, since: datetime) -> float:
    """By the event clock of the same answer; what is told ahead of it is of age zero."""
    return max(0.0, (clock - since).total_seconds()) if clock else 0.0


def _word(one: Said | None, said: Mapping[str, Said], words: Words) -> Cell:
    if one is None:
        return Cell(words("silent"))
    same = sum(other.phase == one.phase for other in said.values())
    light = "yellow" if same == 1 and len(said) > 1 else ""
    note = (
        f"{one.raw_code} · {words.stamp(one.said_at or one.since_at)}"
        if one.raw_code
        else words.stamp(one.said_at)
    )
    return Cell(words.term("phase", one.phase), light=light, note=note)


def open_table(rows: Sequence[Anomaly], words: Words, *, can_act: bool) -> Table:
    """Return what is open, the worst and oldest first."""
    lines = []
    for row in rows:
        age, now = _age_s(row.clock_at, row.detected_at), row.clock_at
        due = row.heal_deadline_at is not None and now is not None and now > row.heal_deadline_at
        cells = [
            Cell(words.term("kind", row.kind), light=SEVERITY_LIGHT.get(row.severity, ""),
                 note=words(f"severity_{row.severity}")),
            _subject(row, words),
            Cell(words("ago", time=words.duration(age)), note=words("asked_person") if due else "", sort=age),
            Cell(number(row.sightings), sort=row.sightings),
            taken_cell(row.taken_by, row.handed_by, words),
            Cell(evidence(row.evidence)),
        ]  # fmt: skip
        if can_act:
            cells.append(Cell(words("act"), to("exceptions", view="open", kind=row.kind, act=row.anomaly_id)))
        lines.append(cells)
    names = ("col_kind", "col_subject", "col_age", "col_sightings", "col_taken", "col_evidence")
    columns = [Column(words(name)) for name in names] + ([Column(words("col_act"))] if can_act else [])
    return Table(
        "open",
        words("view_open"),
        columns,
        lines,
        words("anomalies_none"),
        hint=words("open_list_help"),
        tall=True,
    )


def _subject(row: Anomaly, words: Words) -> Cell:
    if row.order_id:
        return Cell(row.order_id, order(row.order_id), code=True)
    kind, _, name = row.subject.partition(":")
    if kind == "sku":
        return Cell(name, to("sku", sku=name), code=True)
    return Cell(name or row.subject, note=words.term("subject", kind), code=True)


def evidence(told: Mapping[str, str]) -> str:
    """Return what was seen, in one line."""
    hidden = ("order_id", "conflict_id", "alarm_id", "shop")
    return " · ".join(f"{name}: {value}" for name, value in told.items() if name not in hidden and value)


def ended_table(rows: Sequence[Anomaly], end: str, words: Words) -> Table:
    """Return what ended like that, the newest first."""
    lines = [
        [
            Cell(words.term("kind", row.kind), light=END_LIGHT[end]),
            _subject(row, words),
            Cell(words.stamp(row.ended_at), sort=row.ended_at.timestamp() if row.ended_at else None),
            Cell(words.duration((row.ended_at - row.detected_at).total_seconds()) if row.ended_at else "–",
                 sort=(row.ended_at - row.detected_at).total_seconds() if row.ended_at else None),
            Cell(row.because or "–"),
        ]
        for row in rows
    ]  # fmt: skip
    names = ("col_kind", "col_subject", "col_ended", "col_took", "col_because")
    return Table(
        "ended",
        words(f"end_{end}"),
        [Column(words(name)) for name in names],
        lines,
        words("ended_none"),
        tall=True,
    )


def healing_table(found: Healing | None, window: str, words: Words) -> Table:
    """Return how anomalies ended in the window, and so what the self-heal rate is made of."""
    if found is None or not found.counted:
        return Table("healing", words("healing"), [], [], words("no_data"), words(f"window_{window}"))
    parts = ("healed", "resolved", "failed", "open_past_deadline")
    row = [
        Cell(number(getattr(found, part)), note=words.percent(getattr(found, part) / found.counted))
        for part in parts
    ]
    columns = [Column(words(f"heal_{part}"), is_number=True) for part in parts]
    return Table(
        "healing",
        words("healing"),
        columns,
        [row],
        note=words(f"window_{window}"),
        hint=words("healing_help"),
    )


def review_table(rows: Sequence[Act], words: Words) -> Table:
    """Return what was done and has turned out wrong; nothing of it is ever reversed by itself."""
    lines = [
        [
            Cell(words.term("act", row.act), note=row.act_id),
            Cell(row.order_id, order(row.order_id), code=True),
            Cell(words.stamp(row.done_at)),
            Cell(words.stamp(row.noticed_at), sort=row.noticed_at.timestamp()),
            Cell(words.term("why", row.why), note=words.term("refund", row.verdict) if row.verdict else ""),
            Cell(words.yuan(row.amount_fen), sort=row.amount_fen),
        ]
        for row in rows
    ]
    names = ("col_act_done", "col_order", "col_done", "col_noticed", "col_why", "col_amount")
    return Table(
        "review", words("view_review"), [Column(words(name)) for name in names], lines, words("review_none"),
        hint=words("review_help"), tall=True,
    )  # fmt: skip


def review_records(rows: Sequence[Act], words: Words) -> list[dict[str, object]]:
    """Return one record an act, by REVIEW_COLUMNS."""
    return [
        {
            "act_done": words.term("act", row.act),
            "order": row.order_id,
            "shop": row.shop,
            "done": row.done_at,
            "noticed": row.noticed_at,
            "why": words.term("why", row.why),
            "amount": words.yuan(row.amount_fen),
        }
        for row in rows
    ]


def locked_records(rows: Sequence[Locked], words: Words) -> list[dict[str, object]]:
    """Return one record a locked order, by LOCKED_COLUMNS."""
    return [
        {"order": row.order_id, "shop": row.shop, "locked_since": row.locked_at}
        | {voice: _said_text(row, voice, words) for voice in VOICES}
        for row in rows
    ]


def _said_text(row: Locked, voice: str, words: Words) -> str:
    said = next((one for one in row.evidence if one.reporter == voice), None)
    return f"{words.term('phase', said.phase)} ({said.raw_code})" if said else ""


def anomaly_records(rows: Sequence[Anomaly], words: Words) -> list[dict[str, object]]:
    """Return one record an anomaly, by OPEN_COLUMNS or ENDED_COLUMNS."""
    return [
        {
            "kind": words.term("kind", row.kind),
            "subject": row.order_id or row.subject,
            "detected": row.detected_at,
            "severity": words(f"severity_{row.severity}"),
            "age": words.duration(_age_s(row.clock_at, row.detected_at)),
            "sightings": row.sightings,
            "taken": row.taken_by,
            "handed": row.handed_by,
            "evidence": evidence(row.evidence),
            "ended": row.ended_at,
            "end": words(f"end_{row.end}") if row.end else "",
            "because": row.because,
        }
        for row in rows
    ]
