"""From a raw record to facts: picks the adapter of the source and keeps the mappings it has seen."""

from typing import Final

from pipeline.domain.mapping import Mapping, MappingError, UnreadableRow, load_mapping, read_record
from pipeline.domain.outcome import Undecidable
from pipeline.domain.simulated_rules import SimulatedRules
from pipeline.domain.simulated_sources import Fact, Unreadable, read_simulated
from schemas.raw import Headers, RawHeaders

MAPPINGS_MOST: Final = 256
ORDER_FILE: Final = "order_file"


class RawReader:
    """Reads raw records of every source. Pure but for a cache of parsed mapping documents, 256 at most."""

    def __init__(self, simulated: SimulatedRules) -> None:
        self._simulated = simulated
        self._mappings: dict[bytes, Mapping] = {}

    def read(self, value: bytes, headers: Headers, key: bytes) -> list[Fact]:
        """Return the facts of one record; raises Undecidable with a sentence when it tells none."""
        try:
            told = RawHeaders.from_headers(headers)
        except (KeyError, ValueError) as error:
            raise Undecidable(f"the raw record lacks a readable header: {error}") from error
        try:
            if told.source == ORDER_FILE:
                return [read_record(self._mapping(told.mapping), value, told)]
            return read_simulated(self._simulated, told.source, value, told, key)
        except (Unreadable, UnreadableRow, MappingError) as error:
            raise Undecidable(str(error)) from error

    def _mapping(self, document: bytes) -> Mapping:
        found = self._mappings.get(document)
        if found is None:
            if len(self._mappings) >= MAPPINGS_MOST:
                self._mappings.clear()
            found = self._mappings[document] = load_mapping(document, origin="the record's mapping")
        return found
