"""Reads the simulator's payloads, source by source, into facts; the code tables are rules/simulated.toml."""

from collections.abc import Callable
from dataclasses import dataclass
from hashlib import blake2b

import orjson
from pydantic import ValidationError

from pipeline.domain.simulated_fields import Payload, Unreadable, at_ms, optional_time, required_time
from pipeline.domain.simulated_rules import SimulatedRules, SourceRules, load_simulated_rules
from schemas.base import derived_id
from schemas.inventory import SkuOrdered, StockCounted, StockMoved
from schemas.order import ClockTicked, OrderReported, RefundReported, TicketReported
from schemas.raw import RawHeaders
from schemas.vocabulary import Phase, Reporter

__all__ = ["Fact", "SimulatedRules", "Unreadable", "load_simulated_rules", "read_simulated"]

Fact = OrderReported | RefundReported | TicketReported | ClockTicked | StockCounted | StockMoved | SkuOrdered


@dataclass(slots=True)
class _Delivery:
    """One payload with what every fact of it shares."""

    payload: Payload
    rules: SourceRules | None
    mapping: str
    digest: str
    observed_at: int

    def origin(self, what: str, at: str) -> Payload:
        """Return the four fields of every event; `at` names the field of the source's own time."""
        return {
            "event_id": derived_id(self.digest, what),
            "cause_id": self.digest,
            "occurred_at": required_time(self.payload, at),
            "observed_at": self.observed_at,
        }


def read_simulated(
    rules: SimulatedRules, source: str, value: bytes, headers: RawHeaders, key: bytes
) -> list[Fact]:
    """Return the facts one raw record tells; equal content gives equal ids, whenever it is delivered.

    Raises Unreadable. A code that no table knows gives Phase.UNKNOWN with the code kept.
    """
    try:
        payload = orjson.loads(value)
    except orjson.JSONDecodeError as error:
        raise Unreadable(f"{source}: the payload is no JSON: {error}") from error
    if not isinstance(payload, dict):
        raise Unreadable(f"{source}: the payload is no JSON object")
    kind = payload.get("kind")
    reader = READERS.get((_FAMILY.get(source, source), kind)) if isinstance(kind, str) else None
    if reader is None:
        raise Unreadable(f"{source}: nothing is known of kind {kind!r:.40}")
    try:
        return reader(
            _delivery(rules, source, payload, content=(key, value), received_ms=headers.received_ms)
        )
    except Unreadable as error:
        raise Unreadable(f"{source}: {error}") from error
    except ValidationError as error:
        raise Unreadable(f"{source}: {_first_fault(error)}") from error
    except KeyError as error:
        raise Unreadable(f"{source}: field {error} is missing") from error
    except UnicodeError as error:
        raise Unreadable(f"{source}: a field holds text that is no UTF-8: {error}") from error


def _delivery(
    rules: SimulatedRules, source: str, payload: Payload, *, content: tuple[bytes, bytes], received_ms: int
) -> _Delivery:
    key, value = content
    table = f"carrier-{payload.get('aggregator')}" if source == "carrier" else source
    known = rules.sources.get(table)
    if known is None and source in {"carrier", *_FAMILY}:
        raise Unreadable(f"no table [source.{table}] in rules/simulated.toml")
    digest = blake2b(b"%s|%d|%s|%s" % (source.encode(), len(key), key, value), digest_size=16).hexdigest()
    observed = at_ms(received_ms, "received_ms")
    return _Delivery(payload, known, f"simulated-{table}@{rules.version}", digest, observed)


def _first_fault(error: ValidationError) -> str:
    fault = error.errors(include_url=False, include_input=False)[0]
    return f"field {'.'.join(str(part) for part in fault['loc'])}: {fault['msg']}"


def _phase(rules: SourceRules, code: object) -> tuple[Phase, str]:
    if not isinstance(code, str | int) or isinstance(code, bool) or code == "":
        raise Unreadable(f"field status: {code!r:.40} is no code")
    text = str(code)
    return rules.phases.get(text, Phase.UNKNOWN), text


def _order(
    delivery: _Delivery, *, at: str, code: str, line: str = "", **said: object
) -> tuple[OrderReported, Phase]:
    """Return what one reporter said of one order; `at` and `code` name the fields of its time and status."""
    payload, rules = delivery.payload, delivery.rules
    if rules is None:
        raise Unreadable("no table says what this source's codes mean")
    phase, raw_code = _phase(rules, payload.get(code))
    return OrderReported(
        **delivery.origin("order.reported", at),
        order_id=payload["order_id"],
        platform=rules.platform or payload["platform"],
        shop=payload["shop"],
        reporter=rules.reporter,
        mapping=delivery.mapping,
        phase=phase,
        raw_code=raw_code,
        version=payload[at],
        line=line,
        **said,
    ), phase


def _platform_order(delivery: _Delivery) -> list[Fact]:
    payload, rules = delivery.payload, delivery.rules
    report, _ = _order(
        delivery,
        at="updated_at",
        code="status",
        units=payload.get("units"),
        ordered_at=optional_time(payload, "created_at"),
        paid_at=optional_time(payload, "paid_at"),
        promised_ship_at=optional_time(payload, "ship_by"),
        promised_sign_at=optional_time(payload, "sign_by"),
        closed_at=optional_time(payload, "closed_at"),
        policy_promise=rules is not None and rules.policy_promise,
        paid_fen=payload.get("paid_fen"),
    )
    return [report, *_demand(delivery, report)]


def _demand(delivery: _Delivery, report: OrderReported) -> list[Fact]:
    """Return what the lines ask for; only the message of the creation carries them."""
    lines = delivery.payload.get("lines") or []
    if not isinstance(lines, list) or not all(isinstance(line, dict) for line in lines):
        raise Unreadable("field lines: must be a list of objects")
    return [
        SkuOrdered(
            **delivery.origin(f"sku.ordered.{number}", "created_at"),
            sku=line["sku"],
            order_id=report.order_id,
            platform=report.platform,
            shop=report.shop,
            units=line["units"],
            mapping=delivery.mapping,
        )
        for number, line in enumerate(lines)
    ]


def _refund(delivery: _Delivery) -> list[Fact]:
    payload, rules = delivery.payload, delivery.rules
    refund = RefundReported(
        **delivery.origin("refund.reported", "updated_at"),
        order_id=payload["order_id"],
        platform=(rules and rules.platform) or payload["platform"],
        shop=payload["shop"],
        refund_id=payload["refund_id"],
        mapping=delivery.mapping,
        raw_codes=payload["codes"],
        amount_fen=payload["amount_fen"],
        version=payload["updated_at"],
    )
    return [refund]


def _status(delivery: _Delivery) -> list[Fact]:
    return [_order(delivery, at="updated_at", code="status")[0]]


def _invoice(delivery: _Delivery) -> list[Fact]:
    """An issued invoice says nothing of the phase; it is carried until the refund centre reads it."""
    payload, rules = delivery.payload, delivery.rules
    report = OrderReported(
        **delivery.origin("order.reported", "issued_at"),
        order_id=payload["order_id"],
        platform=payload["platform"],
        shop=payload["shop"],
        reporter=rules.reporter if rules else Reporter.ERP,
        mapping=delivery.mapping,
        version=payload["issued_at"],
        extra={"invoice_id": payload["invoice_id"]},
    )
    return [report]


def _parcel(delivery: _Delivery) -> list[Fact]:
    payload = delivery.payload
    report, _ = _order(
        delivery,
        at="updated_at",
        code="status",
        line=payload["waybill"],
        units=payload.get("units"),
        outbound_at=optional_time(payload, "outbound_at"),
    )
    return [report]


def _scan(delivery: _Delivery) -> list[Fact]:
    payload, rules = delivery.payload, delivery.rules
    code, at = str(payload.get("code")), optional_time(payload, "at")
    signed = rules is not None and rules.phases.get(code) is Phase.SIGNED
    report, _ = _order(
        delivery,
        at="at",
        code="code",
        line=payload["waybill"],
        first_scan_at=at if rules is not None and code in rules.first_scan else None,
        signed_at=at if signed else None,
    )
    return [report]


def _shown(delivery: _Delivery) -> list[Fact]:
    return [_order(delivery, at="at", code="shown")[0]]


def _ticket(delivery: _Delivery) -> list[Fact]:
    payload = delivery.payload
    ticket = TicketReported(
        **delivery.origin("ticket.reported", "updated_at"),
        order_id=payload["order_id"],
        shop=payload["shop"],
        ticket_id=payload["ticket_id"],
        mapping=delivery.mapping,
        topic=payload["topic"],
        complaint=payload["complaint"],
        open=payload["open"],
        version=payload["updated_at"],
    )
    return [ticket]


def _count(delivery: _Delivery) -> list[Fact]:
    payload = delivery.payload
    count = StockCounted(
        **delivery.origin("stock.counted", "counted_at"),
        sku=payload["sku"],
        warehouse=payload["warehouse"],
        counter=payload["counter"],
        units=payload["units"],
        mapping=delivery.mapping,
        version=payload.get("version"),
    )
    return [count]


def _movement(delivery: _Delivery) -> list[Fact]:
    payload = delivery.payload
    movement = StockMoved(
        **delivery.origin("stock.moved", "moved_at"),
        sku=payload["sku"],
        warehouse=payload["warehouse"],
        units=payload["units"],
        reason=payload["reason"],
        movement_id=payload["movement_id"],
        mapping=delivery.mapping,
    )
    return [movement]


def _tick(delivery: _Delivery) -> list[Fact]:
    return [ClockTicked(**delivery.origin("clock.ticked", "at"), source="simulated-clock")]


PLATFORM = "platform"
_FAMILY = {"tmall": PLATFORM, "jd": PLATFORM, "pdd": PLATFORM, "douyin": PLATFORM, "own-shop": PLATFORM}

READERS: dict[tuple[str, str], Callable[[_Delivery], list[Fact]]] = {
    (PLATFORM, "order"): _platform_order,
    (PLATFORM, "refund"): _refund,
    ("erp", "order"): _status,
    ("erp", "invoice"): _invoice,
    ("erp", "count"): _count,
    ("wms", "parcel"): _parcel,
    ("wms", "count"): _count,
    ("wms", "movement"): _movement,
    ("cloud-warehouse", "count"): _count,
    ("carrier", "scan"): _scan,
    ("cs", "order"): _status,
    ("cs", "ticket"): _ticket,
    ("app", "view"): _shown,
    ("clock", "tick"): _tick,
}
"""What each source can say. A further kind of payload is one line here and one function above."""
