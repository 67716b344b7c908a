"""Opens what was received: from bytes to the items in it, step by step as the source's document says."""

from collections.abc import Callable
from typing import Any

import orjson

from pipeline.domain.adapters.paths import EITHER, Item, check_path, getter

MOST_FIELDS = 1000
"""Most fields of a form; a platform's has a dozen."""

_Step = Callable[[Item], list[Item]]


class Unopened(ValueError):
    """The bytes are not what the step says; the text says which step and why."""


Done = dict[tuple[str, ...], list[Item] | str]
"""The first steps taken -> what they gave for one record's bytes, or why they gave nothing.

No exceptions: each refers to where it was raised, which refers to this, and such circles pile up."""
Opener = Callable[[bytes, Done], list[Item]]


def check_step(step: str) -> str:
    """Return the step; raises ValueError with a sentence for an unknown one."""
    name, _, path = step.partition(":")
    if step in ("json", "form"):
        return step
    if name in ("get", "each") and path:
        for one in path.split(EITHER):
            check_path(one)
        return step
    raise ValueError(
        f'step "{step}" is not known: json, form, get:PATH or each:PATH are, with {EITHER} between paths of'
        " which the first that holds something counts"
    )


def opener(steps: tuple[str, ...]) -> Opener:
    """Return what opens bytes by these steps; it raises Unopened.

    `done` keeps what each row of steps gave for these bytes, so that kinds which begin alike share the work
    and the very items.
    """
    compiled = [(steps[: number + 1], _compiled(step)) for number, step in enumerate(steps)]

    def open_bytes(value: bytes, done: Done) -> list[Item]:
        opened = done.get(steps)
        if type(opened) is list:
            return opened
        items: list[Item] = [value]
        for row, step in compiled:
            found = done.get(row)
            if found is None:
                try:
                    items = step(items[0]) if len(items) == 1 else _of_all(step, items)
                except Unopened as error:
                    done[row] = str(error)
                    raise
                done[row] = items
            elif isinstance(found, str):
                raise Unopened(found)
            else:
                items = found
        return items

    return open_bytes


def _of_all(step: _Step, items: list[Item]) -> list[Item]:
    return [inner for item in items for inner in step(item)]


def _compiled(step: str) -> _Step:
    name, _, path = step.partition(":")
    match name:
        case "json":
            return _json
        case "form":
            return _form
        case "get":
            return _get(path)
        case _:
            return _each(path)


def _json(value: Item) -> list[Item]:
    if type(value) is not bytes and not isinstance(value, bytes | str):
        return [value]  # some senders put an object where others put its text
    try:
        return [orjson.loads(value)]
    except orjson.JSONDecodeError as error:
        raise Unopened(f"the payload is no JSON: {error}") from error


def _form(value: Item) -> list[Item]:
    """As urllib's parse_qsl but for a broken escape, in a sixth of the time for Chinese text."""
    body = value if isinstance(value, bytes) else str(value).encode()
    pairs = body.split(b"&", MOST_FIELDS)
    if len(pairs) > MOST_FIELDS:
        raise Unopened(f"the payload is no form: it has more than {MOST_FIELDS} fields")
    try:
        fields = (pair.partition(b"=") for pair in pairs if pair)
        return [{_unquoted(name): _unquoted(text) for name, _, text in fields}]
    except UnicodeDecodeError as error:
        raise Unopened(f"the payload is no form: {error}") from error


def _unquoted(text: bytes) -> str:
    """%E4 is written as \\xE4, which Python's own escapes decode without a loop."""
    if b"%" not in text:
        return text.replace(b"+", b" ").decode()
    escaped = text.replace(b"+", b" ").replace(b"\\", rb"\\").replace(b"%", rb"\x")
    return escaped.decode("unicode_escape").encode("latin-1").decode()


def _get(path: str) -> _Step:
    find = getter(tuple(path.split(EITHER)))

    def step(value: Item) -> list[Item]:
        found = find(value, None)
        return [] if found is None else [found]

    return step


def _each(path: str) -> _Step:
    find = getter(tuple(path.split(EITHER)))

    def step(value: Item) -> list[Any]:
        found = find(value, None)
        if found is None:
            return []
        return found if isinstance(found, list) else [found]

    return step
