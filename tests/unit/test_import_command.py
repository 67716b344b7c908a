"""`certainty import` at the command line: sentences and exit codes, and nothing half-done."""

import json
from pathlib import Path

import pytest
import typer
from click.testing import Result
from typer.testing import CliRunner

from pipeline.cli.import_ import register

EXCERPT = Path(__file__).parents[1] / "fixtures/order_files/olist-excerpt.csv"


@pytest.fixture
def run(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> object:
    """Run the command in a folder where no broker is known."""
    monkeypatch.setenv("CERTAINTY_DATA_DIR", str(tmp_path / "nothing"))
    monkeypatch.delenv("CERTAINTY_KAFKA_BOOTSTRAP", raising=False)
    monkeypatch.chdir(tmp_path)
    app = typer.Typer()
    register(app)
    app.command()(other)

    def command(*words: str) -> Result:
        return CliRunner().invoke(app, ["import", *words])

    return command


def other() -> None:
    """A second command, so that the first keeps its name."""


def test_a_dry_run_checks_all_and_ends_with_one_json_object(run) -> None:  # type: ignore[no-untyped-def]
    result = run(str(EXCERPT), "--mapping", "olist", "--dry-run", "--json")
    assert result.exit_code == 0
    told = json.loads(result.stdout)
    assert (told["files"], told["rows"], told["imported"], told["orders"]) == (1, 30, 30, 30)
    assert (told["duplicates"], told["conflicts"], told["unreadable"]) == (0, 0, 0)
    assert (told["unknown_status"], told["skipped_after_as_of"], told["sent"]) == ({}, 0, False)


def test_without_a_broker_nothing_is_imported_and_the_cure_is_named(run) -> None:  # type: ignore[no-untyped-def]
    result = run(str(EXCERPT), "--mapping", "olist")
    assert result.exit_code == 4
    assert "certainty up" in result.stderr


def test_rows_set_aside_end_with_3_and_are_listed(run, tmp_path: Path) -> None:  # type: ignore[no-untyped-def]
    lines = EXCERPT.read_text().splitlines()
    broken = [line.replace("2017-", "last year-") for line in lines[1:]]
    (tmp_path / "bad.csv").write_text("\n".join([*lines, *broken]))
    result = run("bad.csv", "-m", "olist", "--dry-run", "--errors", "errors.csv", "--json")
    assert result.exit_code == 3
    told = json.loads(result.stdout)
    assert told["unreadable"] == len(told["errors"]) > 0
    assert f"bad.csv, line {told['errors'][0]['line']}: column" in result.stderr
    written = (tmp_path / "errors.csv").read_text(encoding="utf-8-sig").splitlines()
    assert written[0] == "file,line,kind,reason"
    assert len(written) == 1 + len(told["errors"])


def test_errors_are_never_written_over_what_is_read_nor_found_unwritable_after_sending(
    run, tmp_path: Path
) -> None:  # type: ignore[no-untyped-def]
    (tmp_path / "mine.csv").write_bytes(EXCERPT.read_bytes())
    for errors, why in (
        ("mine.csv", "this file is read"),
        ("no/x.csv", "cannot be written"),
        (".", "cannot"),
    ):
        for more in ((), ("--dry-run",)):
            result = run("mine.csv", "-m", "olist", "--errors", errors, *more)
            assert result.exit_code == 2
            assert why in result.stderr
            assert "Nothing was imported" in result.stderr
    assert (tmp_path / "mine.csv").read_bytes() == EXCERPT.read_bytes()


def test_an_empty_as_of_is_refused_and_not_passed_over(run) -> None:  # type: ignore[no-untyped-def]
    result = run(str(EXCERPT), "-m", "olist", "--dry-run", "--as-of", "")
    assert result.exit_code == 2
    assert "--as-of needs a time" in result.stderr


def test_an_order_shipped_in_the_future_is_set_aside_by_the_clock_of_the_import(run, tmp_path: Path) -> None:  # type: ignore[no-untyped-def]
    (tmp_path / "fut.csv").write_text(
        "订单编号,下单时间,承诺发货时间,发货时间,订单状态\n"
        "F1,2026-01-01 08:00,2199-01-05 08:00,,待发货\n"
        "F2,2026-01-01 08:00,2199-01-05 08:00,2198-12-25 10:00,待发货\n"
    )
    result = run("fut.csv", "-m", "chinese-export", "--dry-run")
    assert result.exit_code == 3
    assert 'fut.csv, line 3: column "发货时间": "2198-12-25 10:00" is later than the time of' in result.stderr
    assert "1 of 2" in result.stdout


@pytest.mark.parametrize(
    ("words", "said"),
    [
        ((), "name at least one file"),
        (("empty.csv", "-m", "olist"), "empty.csv: the file is empty"),
        (("absent.csv", "-m", "olist"), "absent.csv: no such file"),
        ((str(EXCERPT),), "say with --mapping which column means what: one of chinese-export, olist"),
        ((str(EXCERPT), "-m", "olits"), "did you mean `olist`?"),
        ((str(EXCERPT), "-m", "chinese-export"), 'olist-excerpt.csv, line 1: the column "订单编号"'),
        ((str(EXCERPT), "-m", "olist", "--set", "promise.sign.buy=x"), "unknown key `buy` in [promise"),
        ((str(EXCERPT), "-m", "olist", "--set", "promise"), "--set needs KEY=VALUE"),
        ((str(EXCERPT), "-m", "olist", "--as-of", "yesterday"), "--as-of needs a time such as"),
        ((str(EXCERPT), "empty.csv", "-m", "olist"), "empty.csv: the file is empty"),
    ],
)  # fmt: skip
def test_what_cannot_be_used_is_refused_with_2_before_anything_is_sent(
    run,
    tmp_path: Path,
    words: tuple[str, ...],
    said: str,  # type: ignore[no-untyped-def]
) -> None:
    (tmp_path / "empty.csv").touch()
    result = run(*words)
    assert result.exit_code == 2
    assert said in result.stderr
    assert "Traceback" not in result.output


def test_the_mappings_are_listed(run) -> None:  # type: ignore[no-untyped-def]
    result = run("--list-mappings")
    assert [line.split()[0] for line in result.stdout.splitlines()] == ["chinese-export", "olist"]


def test_a_suggestion_is_printed(run) -> None:  # type: ignore[no-untyped-def]
    result = run(str(EXCERPT), "--suggest")
    assert result.exit_code == 0
    assert 'signed_at = "order_delivered_customer_date"' in result.stdout
