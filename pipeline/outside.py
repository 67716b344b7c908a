"""What an outside system may say in our own words: completed with ids and times, or refused."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Annotated, Any, Final, get_args

import orjson
from pydantic import Field, TypeAdapter, ValidationError

from schemas.base import Event, derived_id, type_of
from schemas.desk import AddressesTold
from schemas.instruction import Command
from schemas.inventory import StockCommandConfirmed
from schemas.refund import ConfirmationAnswered, GoodsCounted
from schemas.returns import QualityReportsTold, StepConfirmed, StockTold

Outside = Annotated[
    ConfirmationAnswered
    | GoodsCounted
    | AddressesTold
    | QualityReportsTold
    | StockTold
    | StepConfirmed
    | StockCommandConfirmed,
    Field(discriminator="type"),
]
_READ: Final[TypeAdapter[Any]] = TypeAdapter(Outside)  # Any: the union that Outside names


def _kinds(union: Any) -> tuple[type[Event], ...]:  # an Annotated union of events
    return get_args(get_args(union)[0])


SAYABLE: Final = tuple(type_of(kind) for kind in _kinds(Outside))
"""The types of events that an outside system may say."""
OURS: Final = frozenset(type_of(kind) for kind in _kinds(Command)) - frozenset(SAYABLE)
"""Those that name a person or a judgement of ours: they come from our own screens only."""

LONGEST_ID: Final = 128
AHEAD: Final = timedelta(seconds=300)
"""How far ahead of our clock an outside clock may be: the latest of several answers holds, so one that is
dated into the future would hold against every later one."""


class NotSayable(ValueError):
    """What an outside system must not say, although it can be understood."""


class NotUnderstood(ValueError):
    """What says nothing: no event, or one with a fault that the text names."""


def completed(document: Any, now: datetime, delivery: str = "") -> Event:  # whatever the JSON said
    """Return what was said as an event: received now, with an id that derives from what it says.

    Its id derives from its own `event_id` if it has one, else from the `delivery` it came by, else from
    everything it says: the same said again is the same event. Raises NotSayable and NotUnderstood.
    """
    if not isinstance(document, dict):
        raise NotUnderstood("it is no JSON object")
    kind = document.get("type")
    if isinstance(kind, str) and kind in OURS:
        raise NotSayable(f"{kind} comes from our own screens and command line only")
    if kind not in SAYABLE:
        raise NotUnderstood(f"type is none of {', '.join(SAYABLE)}")
    said = {name: value for name, value in document.items() if name not in ("cause_id", "observed_at")}
    told_id = said.pop("event_id", "")
    if not isinstance(told_id, str) or len(told_id) > LONGEST_ID:
        raise NotUnderstood(f"event_id: it is no text of at most {LONGEST_ID} characters")
    cause_id = told_id or delivery or orjson.dumps(said, option=orjson.OPT_SORT_KEYS).decode()
    event_id = derived_id(f"{said.get('order_id', said.get('sku'))}|{cause_id}", str(kind))
    return _read({**said, "event_id": event_id, "observed_at": now}, told_id or delivery)


def _read(said: Mapping[str, Any], cause_id: str) -> Event:
    try:
        event: Event = _READ.validate_python({**said, "cause_id": cause_id or said["event_id"]})
    except ValidationError as error:
        raise NotUnderstood(fault(error)) from None
    if event.occurred_at - event.observed_at > AHEAD:
        raise NotUnderstood(f"occurred_at: it is more than {AHEAD.seconds} s ahead of now")
    return event


def fault(error: ValidationError) -> str:
    """Return the first fault of an event as "field: what is wrong", without the value."""
    first = error.errors(include_url=False, include_input=False)[0]
    place = ".".join(str(part) for part in first["loc"] if part not in SAYABLE)
    return f"{place or 'the event'}: {first['msg']}"
