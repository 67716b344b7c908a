"""The settings on the command line: no secret is shown, a mistyped name is told, the example is the model."""

import json
from pathlib import Path

import pytest
from pydantic import SecretStr
from typer.testing import CliRunner

from pipeline.cli import build
from pipeline.cli.config import example_file
from pipeline.settings import Settings, unknown_variables, variable

ROOT = Path(__file__).parents[2]
SECRETS = [name for name, field in Settings.model_fields.items() if field.annotation is SecretStr]


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder without a .env of anybody."""
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.mark.parametrize("form", [[], ["--json"]])
def test_no_secret_is_shown(form: list[str]) -> None:
    hidden = {variable(name): f"hidden-{at}" for at, name in enumerate(SECRETS)}
    told = CliRunner().invoke(build(), ["config", "show", *form], env=hidden)
    assert told.exit_code == 0
    assert len(SECRETS) >= 3
    assert "hidden" not in told.output
    assert told.stdout.count("********") == len(SECRETS)


def test_whatever_is_called_a_password_or_secret_is_one() -> None:
    named = {name for name in Settings.model_fields if "password" in name or "secret" in name}
    assert named - {"gateway_secrets_file"} == set(SECRETS)


def test_a_mistyped_variable_is_told_on_stderr_with_the_nearest_setting(folder: Path) -> None:
    (folder / ".env").write_text("CERTAINTY_WHATEVER=1\nOTHER=2\nCERTAINTY_WORKERS=2\n", encoding="utf-8")
    told = CliRunner().invoke(build(), ["config", "show", "--json"], env={"CERTAINTY_BORD_PORT": "1"})
    assert (
        "CERTAINTY_BORD_PORT is no setting and has no effect; did you mean CERTAINTY_BOARD_PORT?"
        in told.stderr
    )
    assert "CERTAINTY_WHATEVER is no setting and has no effect" in told.stderr
    assert "OTHER is" not in told.stderr
    assert json.loads(told.stdout)["CERTAINTY_WORKERS"] == "2"


def test_the_case_of_letters_does_not_matter_as_it_does_not_to_the_settings() -> None:
    wrong = unknown_variables({"certainty_bord_port": "1"})
    assert wrong == {"CERTAINTY_BORD_PORT": "CERTAINTY_BOARD_PORT"}
    assert unknown_variables({"certainty_board_port": "1", "CERTAINTY_WORKERS": "1", "PATH": ""}) == {}


def test_the_example_in_the_repository_is_what_the_command_prints() -> None:
    told = CliRunner().invoke(build(), ["config", "example"])
    assert told.stdout == example_file() == (ROOT / ".env.example").read_text(encoding="utf-8")


def test_the_example_with_every_mark_taken_away_is_the_default(folder: Path) -> None:
    lines = [
        line.removeprefix("# ") for line in example_file().splitlines() if line.startswith("# CERTAINTY_")
    ]
    (folder / "all.env").write_text("\n".join(lines), encoding="utf-8")
    assert len(lines) == len(Settings.model_fields)
    left_out = {name for name, field in Settings.model_fields.items() if field.default is None}
    read = Settings(_env_file=folder / "all.env", **dict.fromkeys(left_out)).model_dump()
    assert read == Settings(_env_file=None).model_dump()
