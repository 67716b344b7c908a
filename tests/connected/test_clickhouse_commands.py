"""The commands on the real store: migrate, report and sql, and the dictionary that the docs repeat."""

import re
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import uuid4

import orjson
import pytest
import typer
from typer.testing import CliRunner, Result

from pipeline.cli import migrate as migrate_command
from pipeline.cli import report as report_command
from pipeline.cli import sql as sql_command
from pipeline.clickhouse import migrate
from pipeline.clickhouse.client import StoreRefused, connect_read_only, typed_errors
from pipeline.clickhouse.dictionary import BEGIN, END, dictionary
from pipeline.clickhouse.reader import Reader
from pipeline.endpoints import store_address
from pipeline.settings import Settings
from schemas.promise import ClockAdvanced, OrderAccount
from tests.connected.shelf import Shelf

pytestmark = pytest.mark.connected

NOW = datetime(2026, 11, 11, 8, 0, tzinfo=UTC)
HOUR = timedelta(hours=1)
DOCS = Path(__file__).parents[2] / "docs" / "sql.md"
SAID = {"cause_id": "c", "occurred_at": NOW, "observed_at": NOW}
CLOCK = ClockAdvanced.model_validate(SAID | {"event_id": "clock", "agent": "order_hub", "partition": 0})


def account(order_id: str, verdict: str, settled_at: datetime | None = None, **more: Any) -> OrderAccount:
    base = SAID | {"event_id": order_id, "order_id": order_id, "platform": "jd", "shop": "east"}
    base |= {"phase": "shipped", "platform_phase": "shipped", "is_open": False, "rule": "a rule"}
    return OrderAccount.model_validate(base | {"verdict": verdict, "settled_at": settled_at} | more)


def test_risk_window_and_business_zone_are_the_settings_of_the_last_migration(shelf: Shelf) -> None:
    due = NOW + 3 * HOUR
    shelf.put(CLOCK, account("A", "open", is_open=True, next_deadline_at=due, owed="ship"))
    assert shelf.one("SELECT at_risk_orders AS n FROM v_board")["n"] == 0
    migrate.migrate_up(shelf.address, risk_window_s=4 * 3600)
    assert shelf.one("SELECT at_risk_orders AS n FROM v_board")["n"] == 1
    migrate.migrate_up(shelf.address, risk_window_s=4 * 3600, business_zone="UTC")
    assert shelf.one("SELECT business_zone AS zone FROM v_constants")["zone"] == "UTC"


def test_migrating_again_changes_nothing_and_everything_is_applied(shelf: Shelf) -> None:
    assert migrate.migrate_up(shelf.address, shelf.settings.risk_window_s) == []
    states = migrate.migration_status(shelf.address)
    assert [state.version for state in states] == list(range(1, len(states) + 1))
    assert {state.state for state in states} == {"applied"}
    assert shelf.one("SELECT count() AS n FROM constants")["n"] == 3


def test_a_migration_that_was_changed_after_it_ran_is_refused(
    shelf: Shelf, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for path in migrate.MIGRATIONS.iterdir():
        (tmp_path / path.name).write_text(path.read_text(encoding="utf-8"), encoding="utf-8")
    first = min(tmp_path.iterdir())
    first.write_text(first.read_text(encoding="utf-8") + "\n-- touched", encoding="utf-8")
    monkeypatch.setattr(migrate, "MIGRATIONS", tmp_path)
    assert migrate.migration_status(shelf.address)[0].state == "md5-mismatch"
    with pytest.raises(migrate.MigrationFailed):
        migrate.migrate_up(shelf.address, 7200)


def test_rows_of_a_version_before_are_there_after_the_migration(
    stack: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Columns that did not exist when a row was written say that nothing was told."""
    settings = stack.model_copy(update={"clickhouse_database": f"t_{uuid4().hex}"})
    address, newest = store_address(settings), migrate.MIGRATIONS
    for path in sorted(newest.iterdir())[:10]:
        (tmp_path / path.name).write_text(path.read_text(encoding="utf-8"), encoding="utf-8")
    monkeypatch.setattr(migrate, "MIGRATIONS", tmp_path)
    monkeypatch.setattr(migrate, "_write_constant", lambda *_: None)  # that of today needs a column of today
    migrate.migrate_up(address, 7200)
    with Reader(address) as reader:
        reader.query("INSERT INTO order_reports (event_id, order_id, phase) VALUES ('r', 'A', 'to_ship')")
        reader.query("INSERT INTO refund_reports (event_id, order_id, amount_fen) VALUES ('f', 'A', 5)")
        monkeypatch.setattr(migrate, "MIGRATIONS", newest)
        assert migrate.migrate_up(address, 7200)[0] == 11
        (report,) = reader.query("SELECT has_gift, is_parent, address_quality, city FROM order_reports FINAL")
        assert tuple(report.values()) == (None, False, "", "")
        (refund,) = reader.query("SELECT standard, proofs, done, returns_goods FROM refund_reports FINAL")
        assert tuple(refund.values()) == ("", [], False, None)
        told = reader.query("SELECT detail FROM v_order_timeline WHERE order_id = 'A' ORDER BY detail")
        assert [row["detail"] for row in told] == ["refund , 5 fen", "to_ship"]
        reader.query(f"DROP DATABASE {settings.clickhouse_database}")


def test_a_database_that_does_not_exist_has_everything_pending(stack: Settings) -> None:
    nowhere = store_address(stack.model_copy(update={"clickhouse_database": f"t_{uuid4().hex}"}))
    assert {state.state for state in migrate.migration_status(nowhere)} == {"pending"}


def test_the_analyst_reads_and_never_writes(shelf: Shelf) -> None:
    client = connect_read_only(store_address(shelf.settings, read_only=True))
    assert client.query("SELECT count() FROM v_orders").result_rows == [(0,)]
    for statement in ("DROP TABLE orders_current", "INSERT INTO constants (name, value) VALUES ('a', 1)"):
        with pytest.raises(StoreRefused), typed_errors():
            client.command(statement)
    client.close()


def test_the_dictionary_in_the_docs_is_the_one_of_the_database(shelf: Shelf) -> None:
    text = DOCS.read_text(encoding="utf-8")
    written = text[text.index(BEGIN) : text.index(END) + len(END)] + "\n"
    assert written == dictionary(shelf.reader), (
        "run `certainty migrate dictionary` and put it into docs/sql.md"
    )
    assert "| |" not in written, "a column or table has no COMMENT"


def test_every_question_in_the_docs_can_be_asked_by_the_analyst(shelf: Shelf) -> None:
    client = connect_read_only(store_address(shelf.settings, read_only=True))
    blocks = re.findall(r"```sql\n(.*?)```", DOCS.read_text(encoding="utf-8"), re.S)
    questions = [part for block in blocks for part in block.split(";") if "SELECT" in part]
    assert len(questions) >= 4
    for question in questions:
        client.query(question)
    client.close()


def run(settings: Settings, *arguments: str) -> Result:
    app = typer.Typer()
    for command in (migrate_command, report_command, sql_command):
        command.register(app)
    names = {"DATA_DIR": str(settings.data_dir), "CLICKHOUSE_DATABASE": settings.clickhouse_database}
    environment = {f"CERTAINTY_{name}": value for name, value in names.items()}
    return CliRunner(env=environment).invoke(app, list(arguments))


def test_the_report_counts_verdicts_and_says_null_where_there_is_no_data(shelf: Shelf) -> None:
    promised = {"promised_sign_at": NOW - HOUR}
    shelf.put(
        CLOCK,
        account("kept", "kept", NOW - 2 * HOUR, signed_at=NOW - 2 * HOUR, **promised),
        account("late", "broken", NOW - HOUR, signed_at=NOW, **promised),
        account("never", "broken", NOW - HOUR, shop="west", **promised),
        account("cancelled", "none", shop="west"),
    )
    result = run(shelf.settings, "report", "--json", "--window", "1h")
    assert result.exit_code == 0, result.output
    content = orjson.loads(result.stdout)
    assert content["promise"] == {"kept": 1, "broken": 2, "none": 1, "open": 0}
    assert content["broken_detail"] == {"late": 1, "never_fulfilled": 1}
    assert content["by_shop"]["west"] == {"kept": 0, "broken": 1, "none": 1, "open": 0}
    assert content["as_of"] == "2026-11-11T08:00:00.000Z"
    assert content["csdi"]["promise"] is None, "at the very beginning of the window is outside"
    assert content["csdi"]["windows"]["24h"]["index"] == pytest.approx(100 / 3)
    west = orjson.loads(run(shelf.settings, "report", "--json", "--shop", "west").stdout)
    assert west["promise"] == {"kept": 0, "broken": 1, "none": 1, "open": 0}
    drawn = run(shelf.settings, "report").stdout
    assert "no data" in drawn
    assert "2026-11-11 16:00:00 Asia/Shanghai" in drawn


def test_wrong_questions_end_with_a_sentence_and_exit_code_2(shelf: Shelf) -> None:
    for arguments in (
        ("report", "--window", "5h"),
        ("report", "--shop", "nobody"),
        ("sql", "SELECT * FROM nowhere"),
        ("sql", "DROP TABLE constants"),
        ("sql", " ; "),
        ("sql", "--json", "--csv", "SELECT 1"),
    ):
        result = run(shelf.settings, *arguments)
        assert (result.exit_code, result.stderr.startswith("certainty: ")) == (2, True), result.output
        assert "Traceback" not in result.output


@pytest.mark.parametrize("question", ["SELEC 1", "DROP TABLE constants"])
def test_what_is_no_question_is_told_what_a_question_begins_with(shelf: Shelf, question: str) -> None:
    told = run(shelf.settings, "sql", question).stderr
    assert "SELECT, SHOW, DESCRIBE, EXPLAIN or WITH" in told
    assert "mistyped" in told
    assert "mistyped" not in run(shelf.settings, "sql", "SELECT * FROM nowhere").stderr


def test_sql_answers_in_the_format_that_was_asked_for(shelf: Shelf) -> None:
    shelf.put(account("订单", "open"))
    question = "SELECT order_id, settled_at FROM v_orders;"
    assert run(shelf.settings, "sql", question).stdout == "order_id\tsettled_at\n订单\t\\N\n"
    assert run(shelf.settings, "sql", "--csv", question).stdout == '"order_id","settled_at"\n"订单",\\N\n'
    found = orjson.loads(run(shelf.settings, "sql", "--json", question).stdout)
    assert found == {"order_id": "订单", "settled_at": None}


def test_without_a_store_the_commands_end_with_exit_code_4(tmp_path: Path) -> None:
    nowhere = Settings(data_dir=tmp_path, _env_file=None)  # type: ignore[call-arg]
    for arguments in (("report",), ("sql", "SELECT 1"), ("migrate", "up"), ("migrate", "status")):
        result = run(nowhere, *arguments)
        assert (result.exit_code, "certainty up" in result.stderr) == (4, True), result.output
