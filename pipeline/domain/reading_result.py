"""What the reading of one raw record gives: its facts, and the codes in it that no table knows."""

from collections.abc import Sequence
from datetime import datetime
from typing import NamedTuple

from schemas.anomaly import code_subject
from schemas.base import Event


class UnknownCode(NamedTuple):
    """A code that no table of `mapping` knows; `source` names the table asked, `field` the code's place.

    Times and `cause_id` are those of the record's facts: by its cause a record is known again when it is read
    a second time.
    """

    source: str
    field: str
    code: str
    mapping: str
    occurred_at: datetime
    observed_at: datetime
    cause_id: str

    @property
    def subject(self) -> str:
        """What a finding or an anomaly about this code is about."""
        return code_subject(self.source, self.field, self.code)


class Reading(NamedTuple):
    """What one raw record says.

    `parked`: the record is read again because of these subjects (its header `parked`); empty as a rule.
    `refused`: why some items of a page cannot be read, while the others of it are.
    """

    facts: Sequence[Event]
    unknown: tuple[UnknownCode, ...] = ()
    parked: tuple[str, ...] = ()
    refused: tuple[str, ...] = ()
