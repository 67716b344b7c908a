"""Judges where an order goes from what the platform tells of it: good, masked or bad, and why."""

from pipeline.domain.addresses.checking import NO_PLACE, check_receiver, heal, place_of, shows_another
from pipeline.domain.addresses.divisions import Divisions
from pipeline.domain.addresses.fields import AddressFields
from pipeline.domain.addresses.free_text import split_free_text
from pipeline.domain.addresses.loading import load_divisions
from pipeline.domain.addresses.reasons import PLACE_REASONS, Reason

__all__ = [
    "NO_PLACE",
    "PLACE_REASONS",
    "AddressFields",
    "Divisions",
    "Reason",
    "check_receiver",
    "heal",
    "load_divisions",
    "place_of",
    "shows_another",
    "split_free_text",
]
