"""`certainty sku` speaks in words: no raw flag, no empty place where data is missing."""

import json
from datetime import UTC, datetime
from typing import Any

import pytest
from typer.testing import CliRunner

from pipeline.cli import build
from pipeline.cli.parts import print_json, print_parts
from pipeline.cli.sku import TITLES
from pipeline.cli.sku_words import FLAGS, in_words
from pipeline.clickhouse import reader
from pipeline.clickhouse.one_sku import PARTS

PLACE: dict[str, Any] = {
    "warehouse": "cloud-1", "ledger_units": 4, "ledger_counted_at": None, "cloud_units": None,
    "cloud_counted_at": None, "deviation": None, "trust": None, **dict.fromkeys(FLAGS, False),
}  # fmt: skip
ACCOUNT: dict[str, Any] = {
    **dict.fromkeys(("on_hand", "sellable", "available"), 4), "suspended": False, "suspended_since": None,
    "velocity_per_h": None, "velocity_last_h": None, "hours_of_cover": None,
}  # fmt: skip


def shown(capsys: pytest.CaptureFixture[str], place: Any = None, account: Any = None) -> str:
    parts = {"account": [ACCOUNT | (account or {})], "places": [PLACE | (place or {})]}
    print_parts("SKU-1", TITLES, in_words(parts), "Asia/Shanghai")
    return capsys.readouterr().out


@pytest.mark.parametrize("flag", FLAGS)
def test_what_holds_of_a_warehouse_is_said_in_words_and_what_does_not_is_not_said(
    flag: str, capsys: pytest.CaptureFixture[str]
) -> None:
    told = shown(capsys, {flag: True})
    assert FLAGS[flag] in told
    assert not [words for name, words in FLAGS.items() if name != flag and words in told]
    assert "nothing to report" not in told
    for name in FLAGS:
        assert f"{name}=" not in told


def test_nothing_wrong_is_said_too_and_several_things_all_are(
    capsys: pytest.CaptureFixture[str],
) -> None:
    assert "state=nothing to report 正常" in shown(capsys)
    told = shown(capsys, {"silent": True, "held_back": True, "trust": 0.0})
    assert "state=its count aged 盘点过期; held back from sale 暂不出售" in told
    assert "trust=0%" in told


def test_a_count_that_nobody_made_is_no_data_and_not_left_out(capsys: pytest.CaptureFixture[str]) -> None:
    assert "cloud_units=no data 无数据  deviation=no data 无数据" in shown(capsys)
    assert "deviation=0" in shown(capsys, {"cloud_units": 4, "deviation": 0})


@pytest.mark.parametrize(
    ("account", "lines"),
    [
        ({}, ["velocity_per_h: no data 无数据", "velocity_last_h: no data 无数据",
              "hours_of_cover: no data 无数据", "suspended: for sale 在售"]),
        ({"velocity_per_h": 0.0, "velocity_last_h": 0.0},
         ["velocity_per_h: 0.00", "velocity_last_h: 0.00", "hours_of_cover: nothing is sold 没有销售"]),
        ({"velocity_per_h": 2.5, "velocity_last_h": 1.0, "hours_of_cover": 1.6, "suspended": True},
         ["velocity_per_h: 2.50", "hours_of_cover: 1.6", "suspended: suspended 已暂停销售"]),
        ({"on_hand": None, "sellable": None, "available": None, "velocity_per_h": 0.0},
         ["on_hand: unknown: no ledger ever counted it 未知", "hours_of_cover: no data 无数据"]),
    ],
)  # fmt: skip
def test_the_account_says_pace_cover_and_sale_in_words(
    account: dict[str, Any], lines: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    told = shown(capsys, account=account).splitlines()
    assert {f"  {line}" for line in lines} <= set(told)


class Store:
    """Answers two of the questions of one SKU."""

    def __init__(self, _address: object) -> None:
        self.answers = {PARTS["account"]: [ACCOUNT], PARTS["places"]: [PLACE | {"leaking": True}]}

    def __enter__(self) -> "Store":
        return self

    def __exit__(self, *_: object) -> None:
        pass

    def query(self, sql: str, _about: dict[str, str]) -> list[dict[str, Any]]:
        return self.answers.get(sql, [])


def test_the_command_says_it_in_words_and_in_json_as_it_is(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CERTAINTY_CLICKHOUSE_URL", "http://nobody.invalid:8123")
    monkeypatch.setattr(reader, "Reader", Store)
    told = CliRunner().invoke(build(), ["sku", "SKU-1"]).output
    assert FLAGS["leaking"] in told
    assert "True" not in told
    assert '"leaking":true' in CliRunner().invoke(build(), ["sku", "SKU-1", "--json"]).output


def test_times_are_those_of_the_merchants_zone_and_the_heading_says_which(
    capsys: pytest.CaptureFixture[str],
) -> None:
    parts = {"account": [ACCOUNT | {"suspended_since": datetime(2026, 3, 1, 20, 30, tzinfo=UTC)}]}
    print_parts("SKU-1", TITLES, in_words(parts), "Asia/Shanghai")
    told = capsys.readouterr().out
    assert told.startswith("SKU-1; times in Asia/Shanghai 时间为 Asia/Shanghai\n")
    assert "suspended_since: 2026-03-02 04:30:00" in told


def test_json_has_the_figures_and_flags_as_they_are(capsys: pytest.CaptureFixture[str]) -> None:
    print_json({"sku": "SKU-1"}, {"places": [PLACE]})
    assert json.loads(capsys.readouterr().out)["places"][0]["leaking"] is False
    assert in_words({}) == {"account": [], "places": []}
