"""An adapter: a checked source document, and what it understands of a raw record."""

import tomllib
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from hashlib import blake2b, sha256
from itertools import chain, groupby
from typing import Final, NamedTuple

import orjson
from pydantic import ValidationError

from pipeline.domain.adapters.codes import Code, compiled_codes
from pipeline.domain.adapters.conditions import Condition, condition
from pipeline.domain.adapters.document import Message, SourceDocument
from pipeline.domain.adapters.facts import CheckReceiver, Origin, Source, Teller
from pipeline.domain.adapters.opening import Done, Opener, Unopened, opener
from pipeline.domain.adapters.paths import Item
from pipeline.domain.adapters.references import faults
from pipeline.domain.adapters.values import Unreadable, Values
from pipeline.domain.instants import from_ms
from schemas.base import Event
from schemas.raw import RawHeaders

MOST_REASONS: Final = 5
MOST_ITEMS: Final = 5000
"""Most items of one record; a platform's page has a hundred."""


class DocumentError(ValueError):
    """The source document cannot be used; the text is one sentence a line, each with table and field."""


class UnknownSaid(NamedTuple):
    """A code that no table knows: its field's table, and cause and time of the item that said it."""

    field: str
    code: str
    cause_id: str
    occurred_at: datetime


class Understood(NamedTuple):
    """What one raw record tells. `parked`: what no table knows; `silent`: why items of a known kind tell
    nothing; `refused`: why an item cannot be read, while others of the record can."""

    facts: list[Event]
    parked: tuple[UnknownSaid, ...] = ()
    silent: tuple[str, ...] = ()
    refused: tuple[str, ...] = ()

    @property
    def unknown(self) -> tuple[tuple[str, str], ...]:
        """(field, code) that no table knows, each once."""
        return tuple(dict.fromkeys((said.field, said.code) for said in self.parked))


@dataclass(frozen=True, slots=True)
class Kind:
    """One kind of message, ready to read."""

    message: Message
    open: Opener
    when: Condition
    tellers: tuple[Teller, ...]


class Adapter:
    """Reads the raw records of one source. Pure; equal bytes give equal facts."""

    def __init__(self, document: SourceDocument, version: str, check: CheckReceiver | None) -> None:
        self.document = document
        self.label = f"{document.name}@{version}"
        self.values = Values(frozenset(document.empty), document.zone)
        self.codes: dict[str, Code] = compiled_codes(document, self.values)
        source = Source(document, self.label, self.codes, self.values, check)
        self.kinds = tuple(self._kind(message, source) for message in document.message)
        apis = {api for message in document.message for api in message.api}
        self._kinds_by = {api: self._alike(api) for api in ("", *apis)}
        self._kinds_by_others = self._alike(None)

    def _kind(self, message: Message, source: Source) -> Kind:
        reporter = message.reporter or self.document.reporter
        return Kind(
            message=message,
            open=opener(message.open),
            when=condition(message.when, self.values),
            tellers=tuple(
                Teller(number, tells, source, reporter) for number, tells in enumerate(message.tells)
            ),
        )

    def _alike(self, api: str | None) -> tuple[tuple[Kind, ...], ...]:
        """The kinds that come by this api (None: by one that no kind names), in rows opened alike."""
        kinds = [kind for kind in self.kinds if not kind.message.api or api == "" or api in kind.message.api]
        return tuple(tuple(row) for _, row in groupby(kinds, key=lambda kind: kind.message.open))

    def read(self, value: bytes, headers: RawHeaders) -> Understood:
        """Return what a record tells; raises Unreadable, with source, message and field, when it is nothing.

        Each item is read by the first kind of message whose conditions it fulfils; one that cannot be read
        costs none of its neighbours on the page.
        """
        facts: list[Event] = []
        parked: list[UnknownSaid] = []
        silent: dict[str, None] = {}
        refused: list[str] = []
        items = self.items(value, headers)
        for kind, item in items:
            if kind.message.silent:
                silent[kind.message.silent] = None
                continue
            try:
                facts += self.tell(kind, item, headers, parked)
            except Unreadable as error:
                refused.append(str(error))
        if refused and len(refused) == len(items):
            raise Unreadable("; ".join(dict.fromkeys(refused[:MOST_REASONS])))
        return Understood(facts, tuple(parked), tuple(silent), tuple(refused))

    def tell(self, kind: Kind, item: Item, headers: RawHeaders, parked: list[UnknownSaid]) -> list[Event]:
        """Return the facts of one item; adds to `parked`. Raises Unreadable."""
        origin = self._origin(kind, item, headers)
        facts: list[Event] = []
        for teller in kind.tellers:
            try:
                teller.tell(item, origin, facts)
            except (Unreadable, KeyError) as error:
                raise Unreadable(f"{self._place(kind, teller)}: {_sentence(error)}") from error
        if origin.unknown:
            at = facts[0].occurred_at if facts else from_ms(origin.observed)
            parked += [UnknownSaid(field, code, origin.digest, at) for field, code in origin.unknown]
        return facts

    def items(self, value: bytes, headers: RawHeaders) -> list[tuple[Kind, Item]]:
        """Return the items of a record with their kind; raises Unreadable when there is none."""
        done: Done = {}
        refused: dict[tuple[str, ...], str] = {}
        found: list[tuple[Kind, Item]] = []
        claimed: set[int] = set()
        rows = self._kinds_by.get(headers.api, self._kinds_by_others)
        for kinds in rows:
            try:
                items = kinds[0].open(value, done)
            except Unopened as error:
                refused[kinds[0].message.open] = str(error)
                continue
            for kind in kinds:
                for item in items:
                    if id(item) not in claimed and kind.when(item, item):
                        claimed.add(id(item))
                        found.append((kind, item))
        if not found:
            kinds = tuple(chain.from_iterable(rows))
            raise Unreadable(f"{self.document.name}: {_refusal(kinds, headers.api, refused)}")
        if len(found) > MOST_ITEMS:
            raise Unreadable(
                f"{self.document.name}: {len(found)} items in one record, the most is {MOST_ITEMS}"
            )
        return found

    def _origin(self, kind: Kind, item: Item, headers: RawHeaders) -> Origin:
        try:
            content = orjson.dumps(item, option=orjson.OPT_SORT_KEYS)
        except orjson.JSONEncodeError as error:  # JSON may be read deeper than written
            raise Unreadable(f"{self.document.name}, message {kind.message.name}: {error}") from error
        head = f"{self.document.name}|{headers.shop}|{kind.message.name}|".encode()
        return Origin(
            digest=blake2b(head + content, digest_size=16).hexdigest(),
            observed=headers.received_ms,
            shop=headers.shop,
            unknown={},
        )

    def _place(self, kind: Kind, teller: Teller) -> str:
        return f"{self.document.name}, message {kind.message.name}, {teller.fact}"


def _refusal(kinds: tuple[Kind, ...], api: str, refused: dict[tuple[str, ...], str]) -> str:
    if not kinds:
        return f"no kind of message comes by {api!r:.80}"
    if all(kind.message.open in refused for kind in kinds):
        return refused[kinds[0].message.open]
    names = ", ".join(kind.message.name for kind in kinds)
    return f"nothing in it is one of the known kinds of message ({names})"


def _sentence(error: Exception) -> str:
    return f"field {error} is missing" if isinstance(error, KeyError) else str(error)


def load_adapter(text: str, check: CheckReceiver | None = None, *, origin: str) -> Adapter:
    """Return the adapter of a source document; `origin` names it in refusals. Raises DocumentError."""
    try:
        document = SourceDocument.model_validate(tomllib.loads(text))
    except tomllib.TOMLDecodeError as error:
        raise DocumentError(f"{origin} is no TOML: {error}") from error
    except ValidationError as error:
        raise DocumentError("\n".join(_refusals(error, origin))) from error
    wrong = list(faults(document))
    if wrong:
        raise DocumentError("\n".join(f"{origin}: {fault}" for fault in wrong))
    return Adapter(document, sha256(text.encode()).hexdigest()[:8], check)


def _refusals(error: ValidationError, origin: str) -> Iterator[str]:
    for fault in error.errors(include_url=False, include_input=False):
        place = ".".join(str(part) for part in fault["loc"]) or "the document"
        yield f"{origin}: {place}: {fault['msg'].removeprefix('Value error, ')}"
