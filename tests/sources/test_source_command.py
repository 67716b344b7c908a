"""`certainty source`: a newcomer sees field by field what a document understands, and what it does not."""

import json
from pathlib import Path

import pytest
import typer
from click.testing import Result
from typer.testing import CliRunner

from pipeline.cli.source import register
from pipeline.rules.adapters import source_names

PAYLOAD = {
    "orders": [
        {
            "order_no": "A1",
            "status": "new",
            "updated": "2026-03-01 10:00:00",
            "created": 1772330000,
            "amount": "12.5",
            "lines": [{"sku": "x", "quantity": "2"}, {"sku": "y", "quantity": 1}],
        }
    ]
}


def source(*arguments: str) -> Result:
    app = typer.Typer()
    app.callback()(lambda: None)
    register(app)
    return CliRunner().invoke(app, ["source", *arguments])


@pytest.fixture
def document(tmp_path: Path) -> Path:
    file = tmp_path / "my-shop.toml"
    file.write_text(source("new", "my-shop").stdout, encoding="utf-8")
    return file


@pytest.fixture
def payload(tmp_path: Path) -> Path:
    file = tmp_path / "payload.json"
    file.write_text(json.dumps(PAYLOAD), encoding="utf-8")
    return file


def test_the_skeleton_is_a_working_document(document: Path, payload: Path) -> None:
    told = source("check", str(payload), "--source", str(document), "--json")
    assert told.exit_code == 0, told.output
    (item,) = json.loads(told.stdout)
    assert [(f["type"], f["units"], f["goods"]) for f in item["facts"]] == [
        ("order.reported", 3, {"x": 2, "y": 1})
    ]
    (read,) = [f for f in item["fields"] if f["field"] == "paid_fen"]
    assert (read["path"], read["raw"], read["read"]) == ("amount", "12.5", 1250)
    (read,) = [f for f in item["fields"] if f["field"] == "ordered_at"]
    assert read["read"] == "2026-03-01T01:53:20+00:00"


def test_an_unknown_code_is_named_and_the_exit_code_says_so(document: Path, payload: Path) -> None:
    payload.write_text(payload.read_text().replace('"new"', '"odd"'))
    told = source("check", str(payload), "--source", str(document))
    assert told.exit_code == 3
    assert "unknown code: status = odd" in told.stderr


def test_a_field_that_cannot_be_read_is_shown_with_its_reason(document: Path, payload: Path) -> None:
    payload.write_text(payload.read_text().replace("2026-03-01 10:00:00", "soon"))
    told = source("check", str(payload), "--source", str(document))
    assert told.exit_code == 3
    assert "field version (updated): 'soon' is no time such as 2026-03-01 12:30:00" in told.stderr


def test_a_payload_of_no_known_kind_is_refused_in_one_sentence(document: Path, payload: Path) -> None:
    payload.write_text("{}")
    told = source("check", str(payload), "--source", str(document))
    assert (told.exit_code, told.stderr.count("\n")) == (3, 1)
    assert "nothing in it is one of the known kinds of message (order)" in told.stderr


@pytest.mark.parametrize(
    ("old", "new", "sentence"),
    [
        ('sku = "sku"', 'skuu = "sku"', "message.0.tells.0.goods.sku: Field required"),
        (
            'ordered_at = "created"',
            'ordered = "created"',
            "message order, tells 1 (order): there is no field ordered",
        ),
        ('lead = "status"', 'lead = "state"', "phase.order: there is no table [codes.state]"),
        ('sent = "shipped"', 'sent = "posted"', '"posted" is no word of a table of kind phase'),
        (
            "schema_version = 1",
            "schema_version = 1\nnonsense = 2",
            "nonsense: Extra inputs are not permitted",
        ),
        ('zone = "Asia/Shanghai"', 'zone = "Mars/Base"', '"Mars/Base" is no time zone'),
        ("schema_version = 1", "schema_version = ", "is no TOML"),
    ],
)
def test_a_wrong_document_is_refused_with_table_and_field(
    document: Path, payload: Path, old: str, new: str, sentence: str
) -> None:
    document.write_text(document.read_text().replace(old, new, 1))
    told = source("check", str(payload), "--source", str(document))
    assert told.exit_code == 2
    assert sentence in told.stderr


def test_an_unknown_source_is_said_with_the_known_ones(payload: Path) -> None:
    told = source("check", str(payload), "--source", "nobody")
    assert told.exit_code == 2
    assert "known are" in told.stderr


def test_every_shipped_source_is_listed_and_can_be_shown() -> None:
    listed = json.loads(source("list", "--json").stdout)
    assert sorted(listed) == source_names()
    for name in source_names():
        shown = json.loads(source("show", name, "--json").stdout)
        assert shown["name"] == name
        assert source("show", name).exit_code == 0


@pytest.mark.parametrize("name", ["clock", "order-file"])
def test_a_shops_document_cannot_take_a_name_of_the_products_own(
    document: Path, name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    document.write_text(document.read_text().replace('name = "my-shop"', f'name = "{name}"'))
    monkeypatch.setenv("CERTAINTY_SOURCES_DIR", str(document.parent))
    told = source("list")
    assert told.exit_code == 2
    assert f"the name {name} is the product's own" in told.stderr
