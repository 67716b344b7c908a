"""The style rules that a machine can check: sizes, docstrings, no print, no naive time."""

import ast
from collections.abc import Iterator
from pathlib import Path
from statistics import median

import pytest

ROOT = Path(__file__).parents[2]
FOLDERS = ("schemas", "pipeline", "agents", "dashboard")
FILES = sorted(file for folder in FOLDERS for file in (ROOT / folder).rglob("*.py"))
LONGEST_FILE = 300
LONGEST_FUNCTION = 50
MEDIAN_FUNCTION = 10
NAIVE = {"utcnow", "utcfromtimestamp", "today"}
ZONED = {"now", "fromtimestamp"}


def faults(path: Path, source: str) -> Iterator[str]:
    """Give a sentence for each rule that a file breaks."""
    tree = ast.parse(source)
    lines = len(source.splitlines())
    if lines > LONGEST_FILE:
        yield f"{path}: {lines} lines; the most is {LONGEST_FILE}"
    if lines and not ast.get_docstring(tree):
        yield f"{path}: no module docstring"
    for node in ast.walk(tree):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            if length(node) > LONGEST_FUNCTION:
                yield f"{path}:{node.lineno}: {node.name} has {length(node)} lines"
        elif isinstance(node, ast.Call):
            yield from faults_of_call(path, node)


def faults_of_call(path: Path, call: ast.Call) -> Iterator[str]:
    """Give a sentence for a print, and for a time without a zone."""
    match call.func:
        case ast.Name(id="print"):
            yield f"{path}:{call.lineno}: print"
        case ast.Attribute(value=ast.Name(id="datetime" | "date"), attr=name) if name in NAIVE:
            yield f"{path}:{call.lineno}: {name} gives a time without a zone"
        case ast.Attribute(value=ast.Name(id="datetime"), attr=name) if name in ZONED:
            given = len(call.args) + sum(keyword.arg == "tz" for keyword in call.keywords)
            if given < (1 if name == "now" else 2):
                yield f"{path}:{call.lineno}: {name} without a zone"


def length(function: ast.FunctionDef | ast.AsyncFunctionDef) -> int:
    """Lines of a function, from `def` to its last."""
    return (function.end_lineno or function.lineno) - function.lineno + 1


@pytest.mark.parametrize("file", FILES, ids=lambda file: str(file.relative_to(ROOT)))
def test_a_file_keeps_the_style_rules(file: Path) -> None:
    assert list(faults(file.relative_to(ROOT), file.read_text(encoding="utf-8"))) == []


def test_half_of_all_functions_have_at_most_ten_lines() -> None:
    found = [
        length(node)
        for file in FILES
        for node in ast.walk(ast.parse(file.read_text(encoding="utf-8")))
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
    ]
    assert median(found) <= MEDIAN_FUNCTION


DOC = '"""A file."""\n'


@pytest.mark.parametrize(
    "source",
    [
        "x = 1\n",
        DOC + "print(1)\n",
        DOC + "datetime.now()\n",
        DOC + "datetime.utcnow()\n",
        DOC + "datetime.fromtimestamp(1)\n",
        DOC + "\n" * 300,
        DOC + "def f():\n" + "    a = 1\n" * 50,
    ],
)
def test_each_rule_sees_what_breaks_it(source: str) -> None:
    assert len(list(faults(Path("planted.py"), source))) == 1


@pytest.mark.parametrize(
    "source",
    [
        DOC + "datetime.now(UTC)\n",
        DOC + "datetime.fromtimestamp(1, tz=UTC)\n",
        DOC + "\n" * 299,
        DOC + "def f():\n" + "    a = 1\n" * 49,
    ],
)
def test_each_rule_lets_pass_what_keeps_it(source: str) -> None:
    assert list(faults(Path("planted.py"), source)) == []
