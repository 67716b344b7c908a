"""Finds a mapping by name or path, and reads the keys set on the command line."""

import tomllib
from importlib.resources import files
from pathlib import Path
from typing import Any

from pipeline.domain.mapping import Mapping, MappingError, load_mapping
from pipeline.domain.mapping.document import nearest


def shipped() -> dict[str, Mapping]:
    """Return the mappings that come with the program, by name."""
    folder = files("pipeline.rules").joinpath("order_files")
    found = [entry for entry in folder.iterdir() if entry.name.endswith(".toml")]
    loaded = [load_mapping(entry.read_bytes(), origin=entry.name) for entry in found]
    return {mapping.name: mapping for mapping in sorted(loaded, key=lambda mapping: mapping.name)}


def find_mapping(wanted: str, settings: dict[str, Any] | None = None) -> Mapping:
    """Return the shipped mapping of that name, or the one in that file; raises MappingError."""
    path = Path(wanted)
    if path.suffix.lower() != ".toml" and "/" not in wanted and "\\" not in wanted:
        return _shipped(wanted, settings)
    try:
        text = path.read_bytes()
    except OSError as error:
        raise MappingError(f"the mapping {wanted} cannot be opened: {error.strerror}") from error
    return load_mapping(text, origin=wanted, settings=settings)


def setting(word: str) -> tuple[str, Any]:
    """Read KEY=VALUE; the value is TOML where it can be, else the text itself. Raises MappingError."""
    key, equals, value = word.partition("=")
    if not equals or not key.strip():
        raise MappingError(f'--set needs KEY=VALUE such as promise.sign.by=timestamp, not "{word}"')
    try:
        return key.strip(), tomllib.loads(f"value = {value}")["value"]
    except ValueError:
        return key.strip(), value.strip()


def _shipped(name: str, settings: dict[str, Any] | None) -> Mapping:
    entry = files("pipeline.rules").joinpath("order_files").joinpath(f"{name}.toml")
    if not name or not entry.is_file():
        known = list(shipped())
        raise MappingError(
            f"there is no mapping called {name}{nearest(name, known) or ';'} those that come with the program"
            f" are {', '.join(known)}; for one of your own give the path of its .toml file"
        )
    return load_mapping(entry.read_bytes(), origin=f"{name}.toml", settings=settings)
