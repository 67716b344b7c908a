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
            if value or not says_nothing(value):
                return value
        return None

    return first


def says_nothing(value: Item) -> bool:
    """Tell whether a place is empty: nothing, an empty text or an empty list. A 0 is something."""
    return value is None or (not value and type(value) in (str, list))


def single_name(path: str) -> tuple[str, bool] | None:
    """Return (name, is it of the item around) of a path of one plain name; None for any other path."""
    name = path.removeprefix("^.")
    return None if "." in name or name.endswith("[]") else (name, path.startswith("^."))


def _one(path: str) -> Getter:
    if path == ".":
        return lambda item, around: item
    single = single_name(path)
    if single is not None:
        return _plain(*single)
    outer = path.startswith("^.")
    steps = path.removeprefix("^.").split(".")
    if len(steps) == 2 and steps[0].endswith("[]") and not steps[1].endswith("[]"):
        return _column(steps[0].removesuffix("[]"), steps[1], outer)
    if any(step.endswith("[]") for step in steps):
        return _many(steps, outer)
    return _nested(steps, outer)


def _plain(name: str, outer: bool) -> Getter:
    def get(item: Item, around: Item) -> Item:
        holder = around if outer else item
        return holder.get(name) if type(holder) is dict else None

    return get


def _column(rows: str, name: str, outer: bool) -> Getter:
    """`rows[].name`, the commonest path of several values, as `_many` finds it."""

    def get(item: Item, around: Item) -> Item:
        holder = around if outer else item
        found = holder.get(rows) if type(holder) is dict else None
        if type(found) is not list:
            found = (found,)
        return [value for row in found if type(row) is dict and (value := row.get(name)) is not None]

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
