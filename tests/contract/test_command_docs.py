"""docs/commands.md tells of every command and every event, and its examples are right."""

import re
from datetime import UTC, datetime
from pathlib import Path
from typing import get_args

import click
import orjson
import pytest
import typer

from pipeline.cli import build
from pipeline.outside import OURS, SAYABLE, completed
from pipeline.settings import Settings
from schemas.base import type_of
from schemas.instruction import Command

DOCS = Path(__file__).parents[2] / "docs"
PAGE = (DOCS / "commands.md").read_text(encoding="utf-8")
EVERYWHERE = "".join(
    page.read_text(encoding="utf-8") for page in (*DOCS.glob("**/*.md"), DOCS.parent / "README.md")
)
KINDS = [type_of(kind) for kind in get_args(get_args(Command)[0])]


def commands(group: click.Command, path: str) -> list[str]:
    """Every command as it is typed."""
    if not isinstance(group, click.Group) and not hasattr(group, "commands"):
        return [path]
    return [found for name, one in group.commands.items() for found in commands(one, f"{path} {name}")]


ALL = commands(typer.main.get_command(build()), "certainty")


@pytest.mark.parametrize("command", ALL)
def test_every_command_is_documented(command: str) -> None:
    name = command.removeprefix("certainty ")
    assert re.search(rf"`(certainty )?{name}\b|certainty {name}\b", EVERYWHERE), command


@pytest.mark.parametrize(
    "command",
    [
        c
        for c in ALL
        if c.split()[1] in ("desk", "decide", "take", "resolve", "confirm-refund", "command", "order")
        or c == "certainty rules explain"
    ],
)
def test_every_command_of_a_person_is_on_the_page_with_its_exit_code(command: str) -> None:
    assert re.search(rf"^\| `{command} .*\|.*\|.*\|.+\|$", PAGE, re.MULTILINE)


@pytest.mark.parametrize("kind", KINDS)
def test_the_page_says_of_every_event_who_may_say_it(kind: str) -> None:
    (row,) = [line for line in PAGE.splitlines() if line.startswith("| `") and f"`{kind}`" in line
              and line.endswith(("| yes |", "| no |"))]  # fmt: skip
    assert row.endswith("| yes |") is (kind in SAYABLE)
    assert (kind in OURS) is not (kind in SAYABLE)


def test_every_example_of_an_outside_system_can_be_sent() -> None:
    examples = PAGE.split("```json\n")[1].split("```")[0].splitlines()
    now = datetime(2026, 3, 1, 5, tzinfo=UTC)
    told = [type_of(type(completed(orjson.loads(line), now))) for line in examples]
    assert sorted(told) == sorted(SAYABLE)


def test_the_page_tells_the_numbers_of_the_code() -> None:
    from pipeline.outbox.box import ANSWER_S, SIMULATED_EXPIRY
    from pipeline.outbox.listening import REPEATED_MS
    from pipeline.outside import AHEAD, LONGEST_ID

    assert f"`CERTAINTY_DESK_EXPIRY_S` ({Settings(_env_file=None).desk_expiry_s:g} s)" in PAGE
    assert f"within {REPEATED_MS // 60_000} minutes" in PAGE
    assert f"`--wait`, {ANSWER_S:g} s" in PAGE
    assert f"at most {AHEAD.seconds} s ahead" in PAGE
    assert f"at most {LONGEST_ID} characters" in PAGE
    assert SIMULATED_EXPIRY.total_seconds() == 3600
