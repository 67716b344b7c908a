"""Reads rows of order files by a mapping document: pure, and the same for everybody who replays them."""

from pipeline.domain.mapping.document import MappingDocument, MappingError
from pipeline.domain.mapping.reading import ColumnNeed, Mapping, load_mapping, read_record, read_row
from pipeline.domain.mapping.rows import UnreadableRow

__all__ = [
    "ColumnNeed",
    "Mapping",
    "MappingDocument",
    "MappingError",
    "UnreadableRow",
    "load_mapping",
    "read_record",
    "read_row",
]
