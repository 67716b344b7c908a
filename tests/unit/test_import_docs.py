"""docs/importing.md says every key, option and refusal there is, and none that is gone."""

import re
from pathlib import Path

import pytest
import typer
from pydantic import BaseModel

from pipeline.cli.import_ import register
from pipeline.domain.mapping import MappingDocument, load_mapping
from pipeline.domain.mapping import document as sections
from pipeline.domain.mapping.document import Section

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "docs/importing.md").read_text(encoding="utf-8")
SOURCE = "".join(
    path.read_text(encoding="utf-8")
    for where in (
        "pipeline/importer/*.py",
        "pipeline/domain/mapping/*.py",
        "pipeline/domain/zones.py",
        "pipeline/cli/*.py",
    )
    for path in sorted(ROOT.glob(where))
)


def models() -> list[type[BaseModel]]:
    found = [model for model in vars(sections).values() if isinstance(model, type)]
    return [model for model in found if issubclass(model, Section) and model is not Section]


@pytest.mark.parametrize("model", models(), ids=lambda model: model.__name__)
def test_every_key_of_a_mapping_is_explained(model: type[BaseModel]) -> None:
    for name, field in model.model_fields.items():
        key = field.alias or name
        assert re.search(rf"\b{key}\b( =|\.|\]|`)", PAGE), key


def test_the_annotated_example_is_a_mapping() -> None:
    example = re.search(r"```toml\n(.*?)```", PAGE, re.DOTALL)
    assert example
    used = load_mapping(example.group(1).encode().replace(b"version = ", b"# "))
    assert set(used.document.model_fields_set) == set(MappingDocument.model_fields)


def test_every_option_is_explained() -> None:
    app = typer.Typer()
    register(app)
    command = typer.main.get_command(app)
    assert any("--as-of" in option.opts for option in command.params)
    for option in command.params:
        for name in option.opts:
            if name.startswith("--") and name not in ("--help", "--install-completion", "--show-completion"):
                assert f"`{name}" in PAGE, name


def test_every_refusal_on_the_page_is_one_the_program_says() -> None:
    tables = PAGE[PAGE.index("## What a refusal means") :]
    first_cells = [line.split(" | ")[0] for line in tables.splitlines() if line.startswith("| `")]
    said = [phrase for cell in first_cells for phrase in re.findall(r"`([^`]+)`", cell)]
    assert len(said) > 40
    pieces = [piece.strip() for phrase in said for piece in re.split(r'\.\.\.|"\.\.\."|\d+', phrase)]
    plain = re.sub(r'["\']\n\s+f?["\']', "", SOURCE)
    gone = [piece for piece in pieces if len(piece) > 6 and piece.strip('"') not in plain]
    known = {"the cells B", 'the column "', "an HTML or XML page"}
    assert [piece for piece in gone if piece not in known] == []
