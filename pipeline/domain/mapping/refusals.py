"""Turns what pydantic and tomllib say about a mapping document into sentences a shop assistant can act on."""

import types
from typing import Any, get_args

from pydantic import BaseModel, ValidationError

from pipeline.domain.mapping.document import MappingDocument, line_of, nearest


def refusals(error: ValidationError, origin: str, text: str) -> str:
    """Return one sentence for each error, each naming the mapping, the line where known, and the key."""
    # An unknown key first: a missing one is often the same key, spelt wrongly.
    errors = sorted(error.errors(), key=lambda found: found["type"] != "extra_forbidden")
    return "\n".join(dict.fromkeys(_sentence(dict(found), origin, text) for found in errors))


def _sentence(error: dict[str, Any], origin: str, text: str) -> str:
    path = tuple(str(part) for part in error["loc"] if isinstance(part, str | int))
    line = line_of(text, path) if path else None
    where = f"{origin}, line {line}" if line else origin
    return f"{where}: {_what(error, path)}"


def _what(error: dict[str, Any], path: tuple[str, ...]) -> str:
    key, section = (path[-1] if path else ""), ".".join(path[:-1])
    place = f"[{section}]" if section else "the top of the mapping"
    match error["type"]:
        case "extra_forbidden":
            allowed = _allowed(path[:-1])
            return (
                f"unknown key `{key}` in {place}{nearest(key, allowed)} Allowed there: {', '.join(allowed)}"
            )
        case "missing":
            return f"the key `{key}` is missing in {place}"
        case "string_pattern_mismatch":
            return f'`{".".join(path)}` must be small letters, digits, "-" or "_", not "{error["input"]}"'
        case "model_type" | "model_attributes_type" | "dict_type":
            return f"`{'.'.join(path)}` must be a table, written as [{'.'.join(path)}]"
        case _:
            message = str(error["msg"]).removeprefix("Value error, ")
            message = message[:1].lower() + message[1:] if message.startswith("Input") else message
            named = f"`{'.'.join(path)}`: " if path else ""
            return f"{named}{message}"


def _allowed(path: tuple[str, ...]) -> list[str]:
    """Return the keys that the table at `path` knows."""
    model: type[BaseModel] = MappingDocument
    for part in path:
        by_key = {field.alias or name: field.annotation for name, field in model.model_fields.items()}
        inner = _model(by_key.get(part))
        if inner is None:
            break
        model = inner
    return [field.alias or name for name, field in model.model_fields.items()]


def _model(annotation: Any) -> type[BaseModel] | None:
    if isinstance(annotation, type) and not isinstance(annotation, types.GenericAlias):
        return annotation if issubclass(annotation, BaseModel) else None
    return next((found for inner in get_args(annotation) if (found := _model(inner))), None)
