"""Finds values in a decoded payload: `order.lines[].num`, with `^` for the item around a line."""

import re
from collections.abc import Callable, Iterator
from typing import Any

Item = Any  # decoded JSON of unknown shape; every value is checked by the reader of its field
Getter = Callable[[Item, Item], Item]
"""(item, the item around it) -> the value, None where there is none."""

EITHER = "|"
"""Between paths of which the first that holds something counts."""
_STEP = re.compile(r"[^.\[\]^]+(\[\])?")


def check_path(path: str) -> str:
    """Return the path; raises ValueError with a sentence when it cannot be read."""
    steps = path.removeprefix("^.").split(".")
    if path != "." and not all(_STEP.fullmatch(step) for step in steps):
        raise ValueError(
            f'path "{path}" cannot be read: names with dots between, [] behind a list, ^. in front for the'
            ' item around a line, "." for the item itself'
        )
    return path


def getter(paths: tuple[str, ...]) -> Getter:
    """Return what finds the first path that holds something; a list is given for a path with []."""
    found = [_one(path) for path in paths]
    if len(found) == 1:
        return found[0]

    def first(item: Item, around: Item) -> Item:
        for get in found:
            value = get(item, around)
            if value is not None and value not in ("", []):
                return value
        return None

    return first


def _one(path: str) -> Getter:
    if path == ".":
        return lambda item, around: item
    outer = path.startswith("^.")
    steps = path.removeprefix("^.").split(".")
    if len(steps) == 1 and not outer and not steps[0].endswith("[]"):
        return _plain(steps[0])
    if any(step.endswith("[]") for step in steps):
        return _many(steps, outer)
    return _nested(steps, outer)


def _plain(name: str) -> Getter:
    def get(item: Item, around: Item) -> Item:
        return item.get(name) if type(item) is dict else None

    return get


def _nested(steps: list[str], outer: bool) -> Getter:
    def get(item: Item, around: Item) -> Item:
        value = around if outer else item
        for step in steps:
            if type(value) is not dict:
                return None
            value = value.get(step)
        return value

    return get


def _many(steps: list[str], outer: bool) -> Getter:
    def get(item: Item, around: Item) -> Item:
        return list(_walk(around if outer else item, steps))

    return get


def _walk(value: Item, steps: list[str]) -> Iterator[Item]:
    if not steps:
        if value is not None:
            yield value
        return
    name, rest = steps[0], steps[1:]
    if type(value) is not dict:
        return
    inner = value.get(name.removesuffix("[]"))
    if not name.endswith("[]"):
        yield from _walk(inner, rest)
    elif type(inner) is list:
        for element in inner:
            yield from _walk(element, rest)
    elif inner is not None:
        yield from _walk(inner, rest)  # a list of one that the sender wrote without brackets
