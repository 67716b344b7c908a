"""The story of one order: where it stands, what everybody says, and one time line of all of it. Pure."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any, Final

from dashboard import masking
from dashboard.blocks import Block, Cell, Column, Entry, Facts, Say, Table, Timeline, to
from dashboard.identity import Person
from dashboard.queries.story import STORY_CAP, Account, Story, Told
from dashboard.view_models.answers import CATALOGUE, Wording
from dashboard.view_models.details import detail_of, value_of
from dashboard.view_models.repeats import said_before
from dashboard.view_models.steps import Step, allowed_from, step_table
from dashboard.words import Words, number

MILESTONES: Final = (
    ("ordered_at", ""),
    ("paid_at", ""),
    ("outbound_at", "promised_ship_at"),
    ("first_scan_at", ""),
    ("signed_at", "promised_sign_at"),
)
VERDICT_LIGHT: Final = {"kept": "green", "broken": "red", "open": "", "none": ""}
REFUND_LIGHT: Final = {
    "finance": "green",
    "hold": "red",
    "manual": "yellow",
    "cs_confirm": "yellow",
    "pending": "grey",
    "not_refundable": "grey",
}
SEVERITY_LIGHT: Final = {"critical": "red", "warning": "yellow", "notice": "grey"}
ALARMS: Final = (
    "order.locked",
    "promise.at_risk",
    "promise.broken",
    "parcel.",
    "order.signed",
    "act.",
    "refund.mis",
)
COMMANDS: Final = ("coupon.", "correction.", "confirmation.asked", "refund.sent", "return.")
LATE_S: Final = 300
NO_WORDING: Final[Wording] = {}


def story_blocks(
    story: Story, person: Person, words: Words, steps: Sequence[Step] = ()
) -> tuple[list[Block], list[Block], list[Block]]:
    """Return what stands above, beside each other, and below."""
    above: list[Block] = [_standing(story, words)]
    beside: list[Block] = [_milestones(story, words), _order(story, person, words), _words(story, words)]
    rest = (
        step_table(steps, story.clock_at, words),
        _parcels(story, words),
        _refunds(story, words),
        _anomalies(story, words),
        _returns(story, words),
    )
    return above, beside, [block for block in rest if isinstance(block, Table) and block.rows]


def _standing(story: Story, words: Words) -> Block:
    account = story.account
    if account is None:
        return Say("standing", words("story_no_account"), "grey", words("light_grey"))
    light = "red" if account.is_open and account.verdict == "broken" else VERDICT_LIGHT[account.verdict]
    word = f"{words.term('phase', account.phase)} · {words.term('verdict', account.verdict)}"
    lock = _lock(story, words)
    text = words("story_locked", since=lock) if lock else _promise_line(account, words)
    return Say("standing", text, "red" if lock else light, words("locked") if lock else word)


def _promise_line(account: Account, words: Words) -> str:
    if account.verdict == "none":
        return words("story_none")
    if account.is_open and account.deadline_at:
        owed = words.term("promise", account.owed)
        return words("story_open", promise=owed, deadline=words.clock(account.deadline_at))
    settled = words.clock(account.settled_at) if account.settled_at else "–"
    return words(f"story_{account.verdict}", settled=settled, rule=words.term("rule", account.rule))


def _lock(story: Story, words: Words) -> str:
    """Since when it is locked; empty: it is not."""
    rows = story.parts.get("lock", ())
    if not rows or rows[-1]["type"] != "order.locked":
        return ""
    return words.clock(_aware(rows[-1]["occurred_at"]))


def _milestones(story: Story, words: Words) -> Facts:
    account = story.account
    pairs = []
    for name, promised in MILESTONES:
        told: datetime | None = getattr(account, name) if account else None
        by: datetime | None = getattr(account, promised) if account and promised else None
        note = words("promised_by", time=words.stamp(by)) if by else ""
        light = "" if by is None or told is None else "green" if told <= by else "red"
        pairs.append((words(f"mile_{name}"), Cell(words.stamp(told), light=light, note=note)))
    return Facts("milestones", words("milestones"), pairs, hint=words("milestones_help"))


def _order(story: Story, person: Person, words: Words) -> Facts:
    account = story.account
    items = ", ".join(f"{row['sku']} × {row['units']}" for row in story.parts["items"])
    pairs = [
        (words("col_platform"), Cell(words.term("platform", account.platform) if account else "–")),
        (words("col_shop"), Cell((account.shop if account else "") or words("not_told"))),
        (words("paid"), Cell(words.yuan(account.paid_fen if account else None))),
        (words("items"), Cell(items or words("not_told"))),
    ]
    for row in story.parts["place"]:
        where = masking.place(person, row["province"], row["city"], row["district"])
        quality = words.term("address", row["quality"])
        pairs.append((words("goes_to"), Cell(where or words("not_told"), note=quality)))
        pairs.append(
            (words("phone_tail"), Cell(masking.tail(person, row["phone_tail"]) or words("not_told")))
        )
    return Facts("order", words("order_facts"), pairs)


def _words(story: Story, words: Words) -> Table:
    lines = []
    for row in story.parts["words"]:
        said = _parsed(row["said_at"])
        lines.append(
            [
                Cell(words.term("reporter", row["reporter"])),
                Cell(words.term("phase", row["phase"]) or "–"),
                Cell(row["raw_code"] or "–", code=True),
                Cell(words.stamp(said), sort=said.timestamp() if said else None),
            ]
        )
    columns = [Column(words(key)) for key in ("col_reporter", "col_phase", "col_code", "col_said")]
    return Table(
        "words", words("last_words"), columns, lines, words("no_data"), hint=words("last_words_help")
    )


def _parcels(story: Story, words: Words) -> Table:
    lines = [
        [
            Cell(row["waybill"], code=True),
            Cell(row["carrier"] or words("not_told")),
            Cell(
                words.term("phase", row["phase"]), note=" ".join(words.term("flag", f) for f in row["flags"])
            ),
            Cell(words.stamp(_moment(row["first_scan_at"]))),
            Cell(words.stamp(_moment(row["last_scan_at"]))),
            Cell(words.stamp(_moment(row["signed_at"]))),
        ]
        for row in story.parts["parcels"]
    ]
    names = ("col_waybill", "col_carrier", "col_phase", "col_first_scan", "col_last_scan", "col_signed")
    return Table("parcels", words("parcels"), [Column(words(name)) for name in names], lines)


def _refunds(story: Story, words: Words) -> Table:
    lines = [
        [
            Cell(row["refund_id"], code=True),
            Cell(
                words.term("refund", row["verdict"]),
                light=REFUND_LIGHT[row["verdict"]],
                note=words.term("rule", row["rule"]),
            ),
            Cell(row[_reason(words)]),
            Cell(_facts(row["facts"], words)),
            Cell(words.yuan(row["amount_fen"]), sort=row["amount_fen"]),
            Cell(words.stamp(_moment(row["decided_at"]))),
        ]
        for row in story.parts["refunds"]
    ]
    names = ("col_refund", "col_verdict", "col_reason", "col_facts", "col_amount", "col_decided")
    return Table("refunds", words("refunds"), [Column(words(name)) for name in names], lines)


def taken_cell(taken_by: str, handed_by: str, words: Words) -> Cell:
    """Return who takes care of it, and below it who gave it to them."""
    note = words("taken_from", who=handed_by) if handed_by else ""
    return Cell(taken_by or words("nobody_took"), light="green" if taken_by else "", note=note)


def _anomalies(story: Story, words: Words) -> Table:
    lines = [
        [
            Cell(words.term("kind", row["kind"]), light=SEVERITY_LIGHT.get(row["severity"], "")),
            Cell(words.stamp(_moment(row["detected_at"]))),
            Cell(number(row["sightings"]), sort=row["sightings"]),
            taken_cell(row["taken_by"], row["handed_by"], words),
            Cell(words("look"), to("exceptions", view="open", kind=row["kind"])),
        ]
        for row in story.parts["anomalies"]
    ]
    names = ("col_kind", "col_detected", "col_sightings", "col_taken", "col_more")
    return Table("anomalies", words("open_anomalies"), [Column(words(name)) for name in names], lines)


def _returns(story: Story, words: Words) -> Table:
    steps = ("freeze_commission", "attach_quality_reports", "push_return_address", "notify_restock")
    lines = [
        [Cell(row["refund_id"], code=True), *(Cell(words.term("step", row[step])) for step in steps)]
        for row in story.parts["returns"]
    ]
    columns = [Column(words("col_refund")), *(Column(words(f"return_{step}")) for step in steps)]
    return Table("returns", words("returns"), columns, lines)


def timeline(
    story: Story, person: Person, words: Words, steps: Sequence[Step] = (), wording: Wording = NO_WORDING
) -> Timeline:
    """Return everything that was said and decided, by the time at which it happened."""
    entries = []
    sentences = {row["reason_en"]: row[_reason(words)] for row in story.parts.get("reasons", ())}
    sentences |= {reason: told[CATALOGUE[words.language]] for reason, told in wording.items()}
    before: datetime | None = None
    for told, first in zip(story.told, said_before(story.told), strict=True):
        entry = _entry(told, before, person, words, sentences)
        if first is not None:
            entry = replace(entry, again=words("said_again", time=words.stamp(first)))
        if told.at != before:  # of several words of one instant the first begins the step
            allowed, over = allowed_from(told.at, steps, story.clock_at, words)
            entry = replace(entry, allowed=allowed, over=over)
        entries.append(entry)
        before = told.at
    cut = len(story.told) >= STORY_CAP
    note = (
        words("timeline_cut", shown=number(STORY_CAP)) if cut else words("timeline_all", total=len(entries))
    )
    return Timeline("timeline", words("timeline"), entries, words("no_data"), note, words("timeline_help"))


def _reason(words: Words) -> str:
    return f"reason_{CATALOGUE[words.language]}"


def _entry(
    told: Told, before: datetime | None, person: Person, words: Words, sentences: Mapping[str, str]
) -> Entry:
    gap = (told.at - before).total_seconds() if before else 0.0
    lag = (told.observed_at - told.at).total_seconds()
    heard = words("heard_late", time=words.duration(lag)) if lag > LATE_S else ""
    return Entry(
        at=words.stamp(told.at),
        gap=words("gap", time=words.duration(gap)) if gap >= 1 else "",
        who=words.term("reporter", told.source),
        what=words.term("event", told.what.replace(".", "_")),
        detail=detail_of(told, person, words, sentences),
        code=told.raw_code,
        rule=words.term("rule", told.mapping),
        late=heard,
        light=_light(told),
        voice=_voice(told),
    )


def _light(told: Told) -> str:
    if told.what in ("order.locked", "promise.broken", "order.signed_not_received"):
        return "red" if "ended:" not in told.detail else "green"
    if told.what == "promise.judged":
        return {"kept": "green", "broken": "red"}.get(told.detail.split(",")[0], "")
    if told.what.startswith(("promise.at_risk", "parcel.late", "parcel.stalled", "act.")):
        return "yellow" if "ended:" not in told.detail else "green"
    return "green" if told.what == "order.unlocked" else ""


def _voice(told: Told) -> str:
    if told.source == "person" or told.what == "desk.command_answered":
        return "person"
    if told.source != "order_hub":
        return "report"
    if told.what.startswith(ALARMS):
        return "alarm"
    return "command" if told.what.startswith(COMMANDS) else "decision"


def _facts(facts: Mapping[str, Any], words: Words) -> str:
    return ", ".join(
        f"{words.term('key', name)}: {value_of(name, value, words)}" for name, value in facts.items()
    )


def _parsed(text: str) -> datetime | None:
    try:
        return _aware(datetime.fromisoformat(text)) if text else None
    except ValueError:
        return None


def _aware(moment: datetime) -> datetime:
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)


def _moment(value: datetime | None) -> datetime | None:
    return None if value is None or value.year <= 1970 else _aware(value)
