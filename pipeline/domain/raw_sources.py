"""From a raw record to what it says: picks the adapter of the source and keeps the mappings it has seen."""

from collections.abc import Mapping as Table
from typing import Any, Final

from pydantic import TypeAdapter, ValidationError

from pipeline.domain.adapters import Adapter, Understood, Unreadable
from pipeline.domain.instants import from_ms
from pipeline.domain.mapping import Mapping, MappingError, UnreadableRow, load_mapping, read_record
from pipeline.domain.outcome import Undecidable
from pipeline.domain.reading_result import Reading, UnknownCode
from schemas.base import Event
from schemas.instruction import Command
from schemas.raw import Headers, RawHeaders

MAPPINGS_MOST: Final = 256
ORDER_FILE: Final = "order_file"
COMMAND: Final = "command"
_COMMANDS: Final[TypeAdapter[Any]] = TypeAdapter(Command)  # Any: the union that Command names


class RawReader:
    """Reads raw records of every source. Pure but for a cache of parsed mapping documents, 256 at most."""

    def __init__(self, adapters: Table[str, Adapter]) -> None:
        self._adapters = adapters
        self._mappings: dict[bytes, Mapping] = {}

    def read(self, value: bytes, headers: Headers) -> Reading:
        """Return what one record says; raises Undecidable with a sentence when it says nothing."""
        try:
            told = RawHeaders.from_headers(headers)
        except (KeyError, ValueError) as error:
            raise Undecidable(f"the raw record lacks a readable header: {error}") from error
        try:
            reading = self._read(value, told)
        except (Unreadable, UnreadableRow, MappingError) as error:
            raise Undecidable(str(error)) from error
        if told.parked:
            return reading._replace(parked=tuple(told.parked.split("\n")))
        return reading

    def _read(self, value: bytes, told: RawHeaders) -> Reading:
        if told.source == ORDER_FILE:
            # Nothing of a file is parked: its mapping travels along, so reading it again changes nothing.
            return Reading((read_record(self._mapping(told.mapping), value, told),))
        if told.source == COMMAND:
            return Reading((_command(value),))
        adapter = self._adapters.get(told.source)
        if adapter is None:
            raise Unreadable(
                f"there is no document of the source {told.source!r:.80}: add one to CERTAINTY_SOURCES_DIR"
            )
        understood = adapter.read(value, told)
        unknown = _unknown(adapter, understood, told) if understood.parked else ()
        return Reading(understood.facts, unknown, refused=understood.refused)

    def _mapping(self, document: bytes) -> Mapping:
        found = self._mappings.get(document)
        if found is None:
            if len(self._mappings) >= MAPPINGS_MOST:
                self._mappings.clear()
            found = self._mappings[document] = load_mapping(document, origin="the record's mapping")
        return found


def _unknown(adapter: Adapter, understood: Understood, told: RawHeaders) -> tuple[UnknownCode, ...]:
    received = from_ms(told.received_ms)
    return tuple(
        UnknownCode(
            source=told.source,
            field=said.field,
            code=said.code,
            mapping=adapter.label,
            occurred_at=said.occurred_at,
            observed_at=received,
            cause_id=said.cause_id,
        )
        for said in understood.parked
    )


def _command(value: bytes) -> Event:
    """A command travels in our own words; raises Unreadable with its first fault."""
    try:
        command: Event = _COMMANDS.validate_json(value)
    except ValidationError as error:
        fault = error.errors(include_url=False, include_input=False)[0]
        place = ".".join(str(part) for part in fault["loc"]) or "the command"
        raise Unreadable(f"command: {place}: {fault['msg']}") from error
    return command
