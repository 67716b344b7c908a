"""The source documents: one TOML file a source, shipped in rules/sources or put into the shop's folder."""

from importlib.resources import files
from pathlib import Path

from pipeline.domain.adapters import Adapter, DocumentError, load_adapter
from pipeline.domain.adapters.facts import CheckReceiver

RESERVED = ("clock", "order_file", "order-file")
"""Names that no shop's document may bear: the clock is ours, files carry their own mappings."""


def source_names() -> list[str]:
    """Return the names of the shipped sources."""
    folder = files("pipeline.rules").joinpath("sources")
    return sorted(file.name.removesuffix(".toml") for file in folder.iterdir() if file.name.endswith(".toml"))


def source_text(name: str) -> str:
    """Return the document of a shipped source; raises FileNotFoundError."""
    return files("pipeline.rules").joinpath("sources", f"{name}.toml").read_text(encoding="utf-8")


def shipped_adapters(check: CheckReceiver | None = None) -> dict[str, Adapter]:
    """Return every shipped adapter by its source; raises DocumentError for a document that cannot be used."""
    return {name: load_adapter(source_text(name), check, origin=f"{name}.toml") for name in source_names()}


def all_adapters(folder: Path | None, check: CheckReceiver | None = None) -> dict[str, Adapter]:
    """Return the shipped adapters and those of a folder; one of the same name goes before the shipped one.

    Raises DocumentError for a document that cannot be used, or a folder that is not there.
    """
    return shipped_adapters(check) | own_adapters(folder, check)


def own_adapters(folder: Path | None, check: CheckReceiver | None = None) -> dict[str, Adapter]:
    """Return the adapters of a folder of the shop's; none for None. Raises DocumentError."""
    if folder is None:
        return {}
    if not folder.is_dir():
        raise DocumentError(f"CERTAINTY_SOURCES_DIR: there is no folder {folder}")
    found = {}
    for file in sorted(folder.glob("*.toml")):
        adapter = load_adapter(_text(file), check, origin=str(file))
        name = adapter.document.name
        if name in RESERVED:
            raise DocumentError(f"{file}: the name {name} is the product's own; give the source another one")
        found[name] = adapter
    return found


def _text(file: Path) -> str:
    try:
        return file.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise DocumentError(f"{file} cannot be read: {error}") from error


def own_source_names(folder: Path | None) -> list[str]:
    """Return the names of the shop's own sources; raises DocumentError."""
    return list(own_adapters(folder))
