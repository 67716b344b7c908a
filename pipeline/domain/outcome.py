"""The one shape in which every decision answers."""

from typing import Generic, NamedTuple, TypeVar

from schemas.base import Event

S = TypeVar("S")


class Outcome(NamedTuple, Generic[S]):
    """The state after the event, what happened because of it, and when to look again.

    `state` None forgets the key. `due_ms` is milliseconds since 1970 UTC: once the event clock has passed
    it, the decision is asked again with no event. None: nothing is awaited. `is_news` False: whoever
    describes the key would say the same as before. `view` is what the decision worked out and a description
    needs again; None: as before. It is never stored.
    """

    state: S | None
    events: tuple[Event, ...] = ()
    due_ms: int | None = None
    is_news: bool = True
    view: object = None


class Undecidable(ValueError):
    """This event can never be decided: it goes to the dead letter, its neighbours go on."""
