"""Tells facts: each kind of fact from one item of a payload, by the fields that its document names."""

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final

from pydantic import ValidationError

from pipeline.domain.adapters.codes import Code, Phases, Refunds, Unknown
from pipeline.domain.adapters.conditions import Condition, condition
from pipeline.domain.adapters.document import SourceDocument, Telling
from pipeline.domain.adapters.fields import Field
from pipeline.domain.adapters.paths import Item, getter
from pipeline.domain.adapters.tracks import Entry, Tracks
from pipeline.domain.adapters.values import Unreadable, Values
from schemas.base import Event, derived_id
from schemas.inventory import SkuOrdered, StockCounted, StockMoved
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

Told = dict[str, Any]  # field of a fact -> its value; the fact's own model validates it
CheckReceiver = Callable[[Mapping[str, str], bool], Receiver | None]
"""(province, city, district, town, detail, name, phone -> text; whether all empty means masked)."""
RECEIVER: Final = ("province", "city", "district", "town", "detail", "name", "phone")
MOST_ENTRIES: Final = 2000
"""Most entries of one track; real ones have a few dozen."""
ENTRY_FIELDS: Final = ("at", "code", "text")


@dataclass(slots=True)
class Origin:
    """What every fact of one item shares. `digest` is of the item's content, `observed` ms since 1970 UTC."""

    source: str
    digest: str
    observed: int
    shop: str
    mapping: str
    reporter: Reporter
    unknown: dict[Unknown, None]


@dataclass(frozen=True, slots=True)
class Source:
    """A source document with its compiled code tables and readers; `check` judges receivers."""

    document: SourceDocument
    codes: Mapping[str, Code]
    values: Values
    check: CheckReceiver | None = None


class Teller:
    """Tells the facts of one `tells` of a message."""

    def __init__(self, number: int, telling: Telling, source: "Source") -> None:
        document, codes, values = source.document, source.codes, source.values
        self.fact = telling.fact
        self.number = number
        self.fields = [
            Field(name, spec, values, document.money)
            for name, spec in telling.fields.items()
            if telling.fact != "track" or name not in ENTRY_FIELDS
        ]
        self._numbered = telling.fields["version"].number if "version" in telling.fields else False
        self._each = getter((telling.each,)) if telling.each else None
        self._when: Condition | None = condition(telling.when, values) if telling.when else None
        self._phases = Phases(document.phase[telling.phase], codes, values) if telling.phase else None
        self._refunds = Refunds(document.refund[telling.refund], codes) if telling.refund else None
        self._tracks = Tracks(document.track[telling.track], codes) if telling.track else None
        self._entries = getter((telling.entries,)) if telling.entries else None
        self._entry = {
            name: Field(name, telling.fields[name], values, document.money)
            for name in ENTRY_FIELDS
            if name in telling.fields
        }
        self._platform = document.platform
        self._platforms = document.platforms
        self._policy_promise = telling.policy_promise
        self._empty_is_masked = telling.empty_is_masked
        self._has_receiver = any(field.name in RECEIVER for field in self.fields)
        self._check = source.check
        self._build: Callable[[Item, Item, Told, Origin, int], Iterator[Event]] = getattr(
            self, f"_{telling.fact}"
        )

    def parts(self, item: Item) -> list[tuple[Item, Item]]:
        """Return (part, item around it): the item itself, or each part of it, where the condition holds."""
        if self._each is None:
            pairs = [(item, item)]
        else:
            found = self._each(item, item)
            several = found if isinstance(found, list) else [] if found is None else [found]
            pairs = [(part, item) for part in several]
        if self._when is None:
            return pairs
        return [pair for pair in pairs if self._when(*pair)]

    def tell(self, item: Item, origin: Origin) -> Iterator[Event]:
        """Give the facts of one item; raises Unreadable."""
        parts = self.parts(item)
        tolds = [self._told(part, around) for part, around in parts]
        if self.fact == "order" and len(parts) > 1:
            parts, tolds = _folded(parts, tolds)
        numbers: Iterable[int] = _among_equals(tolds) if self.fact == "demand" else range(len(tolds))
        for number, (part, around), told in zip(numbers, parts, tolds, strict=True):
            try:
                yield from self._build(part, around, told, origin, number)
            except ValidationError as error:
                raise Unreadable(_first_fault(error)) from error

    def _told(self, item: Item, around: Item) -> Told:
        told = {}
        for field in self.fields:
            value = field.read(item, around)
            if value is not None:
                told[field.name] = value
        return told

    def _head(self, told: Told, origin: Origin, what: str) -> Told:
        at = told.pop("occurred_at", None)
        if at is None:
            at = None if self._numbered else told.get("version")
        return {
            "event_id": derived_id(origin.digest, f"{what}|{self.number}"),
            "cause_id": origin.digest,
            "occurred_at": origin.observed if at is None else at,
            "observed_at": origin.observed,
            "mapping": origin.mapping,
        }

    def _whose(self, told: Told, origin: Origin) -> Told:
        word = told.pop("platform", None)
        platform = self._platform if word is None else self._platforms.get(word, Platform.OTHER)
        return {"platform": platform or Platform.OTHER, "shop": told.pop("shop", None) or origin.shop}

    def _order(self, item: Item, around: Item, told: Told, origin: Origin, number: int) -> Iterator[Event]:
        head = self._head(told, origin, f"order.reported|{number}") | self._whose(told, origin)
        if self._phases is not None:
            read = self._phases.read(item, around)
            head |= {"phase": read.phase, "raw_code": read.raw_code}
            origin.unknown.update(dict.fromkeys(read.unknown))
        if self._has_receiver:
            fields: dict[str, str] = {name: str(told.pop(name)) for name in RECEIVER if name in told}
            head["receiver"] = self._check(fields, self._empty_is_masked) if self._check else None
        lines = told.pop("line", "")
        if isinstance(lines, tuple):
            lines = lines[0]
        yield OrderReported(
            reporter=origin.reporter,
            policy_promise=self._policy_promise,
            version_is_time=not self._numbered,
            line=lines,
            **head,
            **told,
        )

    def _demand(self, item: Item, around: Item, told: Told, origin: Origin, number: int) -> Iterator[Event]:
        """Every snapshot of an order repeats its lines; of one line the fact is always the same."""
        head = self._head(told, origin, "sku.ordered") | self._whose(told, origin)
        cause = f"{origin.source}|{told['order_id']}"
        head["event_id"] = derived_id(cause, f"sku.ordered|{number}|{told['sku']}|{told['units']}")
        yield SkuOrdered(**head, **told)

    def _link(self, item: Item, around: Item, told: Told, origin: Origin, number: int) -> Iterator[Event]:
        head = self._head(told, origin, "waybill.linked") | self._whose(told, origin)
        waybills = told.pop("waybill", ())
        if "order_id" not in told:
            return
        for waybill in (waybills,) if isinstance(waybills, str) else waybills:
            cause = f"{origin.source}|{waybill}"
            head["event_id"] = derived_id(cause, f"waybill.linked|{told['order_id']}")
            yield WaybillLinked(waybill=waybill, reporter=origin.reporter, **head, **told)

    def _track(self, item: Item, around: Item, told: Told, origin: Origin, number: int) -> Iterator[Event]:
        assert self._tracks is not None
        read = self._tracks.read(self._tracks.state_of(item, around), self._entries_of(item, around))
        if read.phase is None:
            return
        origin.unknown.update(dict.fromkeys(read.unknown))
        if read.newest is not None:
            told["version"] = told["occurred_at"] = read.newest
        yield WaybillTracked(
            **self._head(told, origin, f"waybill.tracked|{number}"),
            **told,
            phase=read.phase,
            raw_code=read.raw_code,
            flags=read.flags,
            first_scan_at=read.first_scan,
            last_scan_at=read.last_scan,
            signed_at=read.signed,
        )

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

    def _refund(self, item: Item, around: Item, told: Told, origin: Origin, number: int) -> Iterator[Event]:
        assert self._refunds is not None
        read = self._refunds.read(item, around)
        if read.standard is None:
            return
        origin.unknown.update(dict.fromkeys(read.unknown))
        yield RefundReported(
            **self._head(told, origin, f"refund.reported|{number}"),
            **self._whose(told, origin),
            **told,
            raw_codes=read.codes,
            standard=read.standard,
            proofs=read.proofs,
            done=read.done,
            unknown=bool(read.unknown),
        )

    def _plain(self, kind: type[Event], told: Told, origin: Origin, number: int) -> Iterator[Event]:
        what = f"{kind.model_fields['type'].default}|{number}"
        head = self._head(told, origin, what)
        if "shop" in kind.model_fields:
            head["shop"] = told.pop("shop", None) or origin.shop
        yield kind(**head, **told)

    def _invoice(self, item: Item, around: Item, told: Told, origin: Origin, number: int) -> Iterator[Event]:
        return self._plain(InvoiceReported, told, origin, number)

    def _ticket(self, item: Item, around: Item, told: Told, origin: Origin, number: int) -> Iterator[Event]:
        return self._plain(TicketReported, told, origin, number)

    def _count(self, item: Item, around: Item, told: Told, origin: Origin, number: int) -> Iterator[Event]:
        return self._plain(StockCounted, told, origin, number)

    def _movement(self, item: Item, around: Item, told: Told, origin: Origin, number: int) -> Iterator[Event]:
        return self._plain(StockMoved, told, origin, number)

    def _tick(self, item: Item, around: Item, told: Told, origin: Origin, number: int) -> Iterator[Event]:
        head = self._head(told, origin, "clock.ticked")
        del head["mapping"]
        yield ClockTicked(**head, source=origin.source)


def _folded(parts: list[tuple[Item, Item]], tolds: list[Told]) -> tuple[list[tuple[Item, Item]], list[Told]]:
    """Lines of one order (and parcel) in one message are one word about it: their units add up."""
    kept: dict[tuple[object, object], int] = {}
    out_parts: list[tuple[Item, Item]] = []
    out_tolds: list[Told] = []
    for pair, told in zip(parts, tolds, strict=True):
        key = (told.get("order_id"), told.get("line"))
        at = kept.get(key)
        if at is None:
            kept[key] = len(out_tolds)
            out_parts.append(pair)
            out_tolds.append(told)
        elif "units" in told:
            out_tolds[at]["units"] = out_tolds[at].get("units", 0) + told["units"]
    return out_parts, out_tolds


def _among_equals(tolds: list[Told]) -> Iterator[int]:
    """Number lines among those of their SKU and units: a snapshot may list them in another order."""
    seen: Counter[tuple[object, object]] = Counter()
    for told in tolds:
        line = (told.get("sku"), told.get("units"))
        yield seen[line]
        seen[line] += 1


def _first_fault(error: ValidationError) -> str:
    fault = error.errors(include_url=False, include_input=False)[0]
    return f"field {'.'.join(str(part) for part in fault['loc'])}: {fault['msg']}"
