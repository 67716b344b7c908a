"""Tells facts: each kind of fact from one item of a payload, by the fields that its document names."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Final

from pydantic import ValidationError

from pipeline.domain.adapters.codes import Code, Phases, Refunds, Unknown
from pipeline.domain.adapters.conditions import Condition, condition
from pipeline.domain.adapters.document import SourceDocument, Telling
from pipeline.domain.adapters.fields import Field
from pipeline.domain.adapters.goods import GoodsReader
from pipeline.domain.adapters.lines import Pair, Told, folded
from pipeline.domain.adapters.paths import Item, getter
from pipeline.domain.adapters.tracks import Entry, Tracks
from pipeline.domain.adapters.values import Unreadable, Values
from schemas.base import Event, derived_id
from schemas.inventory import StockCounted, StockMoved
from schemas.logistics import WaybillLinked, WaybillTracked
from schemas.order import (
    ClockTicked,
    InvoiceReported,
    OrderReported,
    Receiver,
    RefundReported,
    TicketReported,
)
from schemas.vocabulary import Platform, Reporter

CheckReceiver = Callable[[Mapping[str, str], bool], Receiver | None]
"""(province, city, district, town, detail, name, phone -> text; whether all empty means masked)."""
RECEIVER: Final = ("province", "city", "district", "town", "detail", "name", "phone")
MOST_ENTRIES: Final = 2000
"""Most entries of one track; real ones have a few dozen."""
HEAD: Final = ("event_id", "cause_id", "occurred_at", "observed_at")
WHOSE: Final = ("platform", "shop")
ENTRY_FIELDS: Final = ("at", "code", "text")
MODELS: Final[Mapping[str, type[Event]]] = {
    "order": OrderReported,
    "link": WaybillLinked,
    "track": WaybillTracked,
    "refund": RefundReported,
    "invoice": InvoiceReported,
    "ticket": TicketReported,
    "count": StockCounted,
    "movement": StockMoved,
    "tick": ClockTicked,
}


@dataclass(slots=True)
class Origin:
    """What every fact of one item shares. `digest` is of the item's content, `observed` ms since 1970 UTC."""

    digest: str
    observed: int
    shop: str
    unknown: dict[Unknown, None]


@dataclass(frozen=True, slots=True)
class Source:
    """A source document with its compiled code tables and readers; `check` judges receivers.

    `label` is the document's name and version, as every fact carries it.
    """

    document: SourceDocument
    label: str
    codes: Mapping[str, Code]
    values: Values
    check: CheckReceiver | None = None


class Teller:
    """Tells the facts of one `tells` of a message, in the words of `reporter`."""

    def __init__(self, number: int, telling: Telling, source: "Source", reporter: Reporter) -> None:
        document, codes, values = source.document, source.codes, source.values
        self.fact = telling.fact
        self.fields = [
            Field(name, spec, values, document.money)
            for name, spec in telling.fields.items()
            if telling.fact != "track" or name not in ENTRY_FIELDS
        ]
        self._reads = tuple((field.name, field.read) for field in self.fields)
        self._source = document.name
        self._number = number
        self._numbered = telling.fields["version"].number if "version" in telling.fields else False
        self._each = getter((telling.each,)) if telling.each else None
        self._when: Condition | None = condition(telling.when, values) if telling.when else None
        self._phases = Phases(document.phase[telling.phase], codes, values) if telling.phase else None
        self._refunds = Refunds(document.refund[telling.refund], codes) if telling.refund else None
        self._goods = GoodsReader(telling.goods, values) if telling.goods else None
        self._tracks = Tracks(document.track[telling.track], codes) if telling.track else None
        self._entries = getter((telling.entries,)) if telling.entries else None
        self._entry = {
            name: Field(name, telling.fields[name], values, document.money)
            for name in ENTRY_FIELDS
            if name in telling.fields
        }
        self._platform = document.platform or Platform.OTHER
        self._platforms = document.platforms
        self._empty_is_masked = telling.empty_is_masked
        self._has_receiver = any(field.name in RECEIVER for field in self.fields)
        self._check = source.check
        model = MODELS[telling.fact]
        self._valid: Callable[[Told], Event] = model.__pydantic_validator__.validate_python
        self._type: str = model.model_fields["type"].default
        self._of_shop = "shop" in model.model_fields
        self._pattern = _pattern(
            model,
            mapping=source.label,
            reporter=reporter,
            policy_promise=telling.policy_promise,
            version_is_time=not self._numbered,
            line="",
            source=document.name,
        )
        builds = {
            "order": self._order,
            "link": self._link,
            "track": self._track,
            "refund": self._refund,
            "tick": self._tick,
        }
        self._build = builds.get(telling.fact, self._plain)

    def parts(self, item: Item) -> list[Pair]:
        """Return (part, item around it): the item itself, or each part of it, where the condition holds."""
        when = self._when
        if self._each is None:
            return [(item, item)] if when is None or when(item, item) else []
        found = self._each(item, item)
        if found is None:
            return []
        if type(found) is list and len(found) != 1:
            return [(part, item) for part in found if when is None or when(part, item)]
        part = found[0] if type(found) is list else found
        return [(part, item)] if when is None or when(part, item) else []

    def tell(self, item: Item, origin: Origin, facts: list[Event]) -> None:
        """Add the facts of one item to `facts`; raises Unreadable, or KeyError for a missing field."""
        parts = self.parts(item)
        if not parts:
            return
        try:
            if len(parts) == 1:
                self._build(parts[0], self._told(*parts[0]), origin, 0, facts)
            else:
                self._tell_several(parts, origin, facts)
        except ValidationError as error:
            raise Unreadable(_first_fault(error)) from error

    def _tell_several(self, parts: list[Pair], origin: Origin, facts: list[Event]) -> None:
        tolds = [self._told(*pair) for pair in parts]
        if self.fact == "order":
            parts, tolds = folded(parts, tolds)
        for number, (pair, told) in enumerate(zip(parts, tolds, strict=True)):
            self._build(pair, told, origin, number, facts)

    def _told(self, item: Item, around: Item) -> Told:
        """What the fields tell, on top of what every fact of this teller says."""
        told = self._pattern.copy()
        for name, read in self._reads:
            value = read(item, around)
            if value is not None:
                told[name] = value
        if self._goods is not None:
            told["goods"] = self._goods.read(item, around)
        return told

    def _head(self, told: Told, origin: Origin, event_id: str) -> None:
        if told["occurred_at"] is None:
            at = None if self._numbered else told.get("version")
            told["occurred_at"] = origin.observed if at is None else at
        told["event_id"] = event_id
        told["cause_id"] = origin.digest
        told["observed_at"] = origin.observed

    def _own_id(self, origin: Origin, number: int) -> str:
        return derived_id(origin.digest, f"{self._type}|{number}|{self._number}")

    def _whose(self, told: Told, origin: Origin) -> None:
        word = told["platform"]
        told["platform"] = self._platform if word is None else self._platforms.get(word, Platform.OTHER)
        if not told["shop"]:
            told["shop"] = origin.shop

    def _order(self, pair: Pair, told: Told, origin: Origin, number: int, facts: list[Event]) -> None:
        self._head(told, origin, self._own_id(origin, number))
        self._whose(told, origin)
        if self._phases is not None:
            read = self._phases.read(*pair)
            told["phase"], told["raw_code"] = read.phase, read.raw_code
            if read.unknown:
                origin.unknown.update(dict.fromkeys(read.unknown))
        if self._has_receiver:
            fields: dict[str, str] = {name: str(told.pop(name)) for name in RECEIVER if name in told}
            if self._check and (fields or self._empty_is_masked):  # no part of it told: nothing said of it
                told["receiver"] = self._check(fields, self._empty_is_masked)
        if isinstance(told["line"], tuple):
            told["line"] = told["line"][0]
        facts.append(self._valid(told))

    def _link(self, pair: Pair, told: Told, origin: Origin, number: int, facts: list[Event]) -> None:
        waybills = told.get("waybill", ())
        if "order_id" not in told:
            return
        self._whose(told, origin)
        for waybill in (waybills,) if isinstance(waybills, str) else waybills:
            told["waybill"] = waybill
            event_id = derived_id(f"{self._source}|{waybill}", f"waybill.linked|{told['order_id']}")
            self._head(told, origin, event_id)
            facts.append(self._valid(told))

    def _track(self, pair: Pair, told: Told, origin: Origin, number: int, facts: list[Event]) -> None:
        assert self._tracks is not None
        read = self._tracks.read(self._tracks.state_of(*pair), self._entries_of(*pair))
        if read.phase is None:
            return
        origin.unknown.update(dict.fromkeys(read.unknown))
        if read.newest is not None:
            told["version"] = told["occurred_at"] = read.newest
        self._head(told, origin, self._own_id(origin, number))
        told |= {
            "phase": read.phase,
            "raw_code": read.raw_code,
            "flags": read.flags,
            "first_scan_at": read.first_scan,
            "last_scan_at": read.last_scan,
            "signed_at": read.signed,
        }
        facts.append(self._valid(told))

    def _entries_of(self, item: Item, around: Item) -> list[Entry]:
        assert self._entries is not None
        found = self._entries(item, around)
        if found is None:
            return []
        if not isinstance(found, list) or len(found) > MOST_ENTRIES:
            raise Unreadable(f"the track is no list of at most {MOST_ENTRIES} entries")
        at, code, text = (self._entry.get(name) for name in ENTRY_FIELDS)
        assert at is not None
        entries = []
        for entry in found:
            when = at.read(entry, item)
            if when is None:
                raise Unreadable("an entry of the track has no time")
            said = code.read(entry, item) if code else ""
            words = text.read(entry, item) if text else ""
            entries.append(Entry(when, said or "", words or ""))
        return entries

    def _refund(self, pair: Pair, told: Told, origin: Origin, number: int, facts: list[Event]) -> None:
        assert self._refunds is not None
        read = self._refunds.read(*pair)
        if read.standard is None:
            return
        origin.unknown.update(dict.fromkeys(read.unknown))
        self._head(told, origin, self._own_id(origin, number))
        self._whose(told, origin)
        told |= {
            "raw_codes": read.codes,
            "standard": read.standard,
            "proofs": read.proofs,
            "done": read.done,
            "unknown": bool(read.unknown),
        }
        facts.append(self._valid(told))

    def _plain(self, pair: Pair, told: Told, origin: Origin, number: int, facts: list[Event]) -> None:
        self._head(told, origin, self._own_id(origin, number))
        if self._of_shop and not told.get("shop"):
            told["shop"] = origin.shop
        facts.append(self._valid(told))

    def _tick(self, pair: Pair, told: Told, origin: Origin, number: int, facts: list[Event]) -> None:
        self._head(told, origin, derived_id(origin.digest, f"{self._type}|{self._number}"))
        facts.append(self._valid(told))


def _pattern(model: type[Event], **always: object) -> Told:
    """What every fact of a teller says, as far as the model has it, and None for what each one says anew.

    The latter is there from the start, so that a copy has room for it and need not grow.
    """
    anew = (*HEAD, *WHOSE) if "platform" in model.model_fields else HEAD
    return dict.fromkeys(anew) | {name: said for name, said in always.items() if name in model.model_fields}


def _first_fault(error: ValidationError) -> str:
    fault = error.errors(include_url=False, include_input=False)[0]
    return f"field {'.'.join(str(part) for part in fault['loc'])}: {fault['msg']}"
