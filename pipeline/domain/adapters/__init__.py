"""Adapters as data: one document a source says what its payloads mean; this engine reads by it."""

from pipeline.domain.adapters.adapter import Adapter, DocumentError, Understood, load_adapter
from pipeline.domain.adapters.values import Unreadable

__all__ = ["Adapter", "DocumentError", "Understood", "Unreadable", "load_adapter"]
