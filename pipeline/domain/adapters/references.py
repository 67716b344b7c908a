"""Checks that the parts of a source document fit: every table, code, set and field that is named exists."""

from collections.abc import Iterator

from pipeline.domain.adapters.document import ABSENT, SourceDocument, Telling, When

FIELDS: dict[str, tuple[frozenset[str], frozenset[str]]] = {
    "order": (
        frozenset({"order_id"}),
        frozenset(
            ("platform", "shop", "line", "version", "occurred_at", "units", "ordered_at", "paid_at",
             "promised_ship_at", "promised_sign_at", "outbound_at", "first_scan_at", "signed_at", "closed_at",
             "paid_fen", "has_gift", "is_customised", "is_parent", "cash_on_delivery", "cannot_supply",
             "province", "city", "district", "town", "detail", "name", "phone", "raw_code", "warehouse")
        ),
    ),
    "link": (frozenset({"waybill", "order_id"}), frozenset({"platform", "shop", "occurred_at"})),
    "track": (frozenset({"waybill", "at"}), frozenset({"carrier", "occurred_at", "code", "text"})),
    "refund": (
        frozenset({"order_id", "refund_id", "amount_fen"}),
        frozenset({"platform", "shop", "version", "occurred_at", "returns_goods"}),
    ),
    "invoice": (
        frozenset({"order_id", "invoice_id"}),
        frozenset({"shop", "version", "occurred_at", "red_lettered"}),
    ),
    "ticket": (
        frozenset({"order_id", "ticket_id", "topic", "complaint", "open"}),
        frozenset({"shop", "version", "occurred_at"}),
    ),
    "count": (
        frozenset({"sku", "warehouse", "counter", "units", "occurred_at"}),
        frozenset({"version"}),
    ),
    "movement": (
        frozenset({"sku", "warehouse", "units", "reason", "movement_id", "occurred_at"}),
        frozenset({"order_id"}),
    ),
    "tick": (frozenset({"occurred_at"}), frozenset()),
}  # fmt: skip
"""Fields of each kind of fact: those it needs, those it may have."""


def faults(document: SourceDocument) -> Iterator[str]:
    """Give a sentence for each reference that leads nowhere."""
    yield from _of_sets(document)
    for message in document.message:
        for number, telling in enumerate(message.tells):
            where = f"message {message.name}, tells {number + 1} ({telling.fact})"
            for fault in (*_of_fields(telling), *_of_references(document, telling)):
                yield f"{where}: {fault}"


def _of_sets(document: SourceDocument) -> Iterator[str]:
    for name, phases in document.phase.items():
        for table in (*phases.lead, *((phases.parts,) if phases.parts else ())):
            yield from _of_table(document, f"phase.{name}", table, "phase")
        for number, rule in enumerate(phases.rule):
            yield from _of_when(document, f"phase.{name}, rule {number + 1}", rule.when)
    for name, refunds in document.refund.items():
        for table in refunds.lead:
            yield from _of_table(document, f"refund.{name}", table, "refund")
        for table in refunds.fields:
            yield from _of_table(document, f"refund.{name}", table, "")
        for number, line in enumerate(refunds.rule):
            yield from _of_when(document, f"refund.{name}, rule {number + 1}", line.when)
    for name, track in document.track.items():
        for table in filter(None, (track.codes, track.state)):
            yield from _of_table(document, f"track.{name}", table, "track")
        known = {
            code
            for t in (track.codes, track.state)
            if t in document.codes
            for code in document.codes[t].means
        }
        for code in (*track.ambiguous, *track.waiting):
            if code not in known:
                yield f"track.{name}: none of its tables knows the code {code}"


def _of_table(document: SourceDocument, where: str, name: str, kind: str) -> Iterator[str]:
    table = document.codes.get(name)
    if table is None:
        yield f"{where}: there is no table [codes.{name}]"
    elif kind and table.kind != kind:
        yield f"{where}: [codes.{name}] is of kind {table.kind}, not {kind}"


def _of_when(document: SourceDocument, where: str, when: When) -> Iterator[str]:
    for name, codes in when.items():
        table = document.codes.get(name)
        if table is None:
            yield f"{where}: there is no table [codes.{name}]"
            continue
        for code in codes:
            if code != ABSENT and code not in table.means:
                yield f"{where}: [codes.{name}] does not know the code {code}"


def _of_fields(telling: Telling) -> Iterator[str]:
    needed, possible = FIELDS[telling.fact]
    for name in sorted(needed - telling.fields.keys()):
        yield f"the field {name} is missing"
    for name in sorted(telling.fields.keys() - needed - possible):
        yield f"there is no field {name}; a fact of this kind has {', '.join(sorted(needed | possible))}"


def _of_references(document: SourceDocument, telling: Telling) -> Iterator[str]:
    for kind, name, sets in (
        ("phase", telling.phase, document.phase),
        ("refund", telling.refund, document.refund),
        ("track", telling.track, document.track),
    ):
        if name and name not in sets:
            yield f"there is no [{kind}.{name}]"
    if telling.fact in ("refund", "track") and not getattr(telling, telling.fact):
        yield f'a {telling.fact} needs {telling.fact} = "...", the name of its set'
    if telling.phase and telling.fact != "order":
        yield "only an order has a phase"
    if telling.fact == "track" and telling.entries is None:
        yield 'a track needs entries = "...", the path of its list'
    if telling.goods and telling.fact != "order":
        yield "only an order has goods"
    if telling.phase and "raw_code" in telling.fields:
        yield "the raw_code of a fact with a phase is the code that its phase was read from"
    if telling.fact == "order" and document.platform is None and "platform" not in telling.fields:
        yield "the source has no platform of its own, so the field platform is needed"
