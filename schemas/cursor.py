"""How far a connector has pulled one API of one account."""

from typing import Annotated, ClassVar, Literal

from pydantic import AwareDatetime, Field, NonNegativeInt

from schemas.base import Message

Word = Annotated[str, Field(min_length=1, max_length=128)]


class Cursor(Message):
    """Everything modified before `until_at` is in the raw topic: the connector goes on from there.

    `cursor_id` is account|pull. `moved_at` is when it moved there; `pages` counts what the window appended.
    """

    KEY: ClassVar[str] = "cursor_id"
    type: Literal["cursor.moved"] = "cursor.moved"
    cursor_id: Annotated[str, Field(min_length=1, max_length=257)]
    account: Word
    source: Word
    pull: Word
    until_at: AwareDatetime
    moved_at: AwareDatetime
    pages: NonNegativeInt = 0
