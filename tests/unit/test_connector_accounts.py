"""The accounts file: what is refused, in which words, and that no secret is ever told."""

from pathlib import Path

import pytest
from typer.testing import CliRunner

from pipeline.cli import build
from pipeline.connectors.accounts import AccountsRefused, load_accounts

GOOD = """
[[account]]
name = "pdd-main"
source = "pdd"
shop = "my-shop"
app_key = "key-1"
app_secret_env = "PDD_SECRET"
access_token = "t0ken"
"""
ENVIRON = {"PDD_SECRET": "s3cret"}
DOCUMENT = Path(__file__).parents[2] / "docs" / "connectors.md"


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "accounts.toml"
    path.write_text(GOOD)
    return path


def refused(file: Path, text: str, environ: dict[str, str] = ENVIRON) -> str:
    file.write_text(text)
    with pytest.raises(AccountsRefused) as refusal:
        load_accounts(file, environ)
    said = str(refusal.value)
    assert said.startswith(str(file))
    assert "s3cret" not in said
    assert "t0ken" not in said
    return said


def test_a_secret_comes_from_the_environment_or_the_file_and_is_never_shown(file: Path) -> None:
    (one,) = load_accounts(file, ENVIRON)
    assert (one.secret, one.token) == ("s3cret", "t0ken")
    assert "s3cret" not in repr(one)
    assert "t0ken" not in f"{one} {one.model_dump_json()}"
    assert [pull.name for pull in one.chosen] == ["orders", "orders-concluded", "refunds"]


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        (("app_key", "app_kee"), "account 1 (pdd-main): there is no key app_kee; did you mean app_key?"),
        (('access_token = "t0ken"', ""), "access_token or access_token_env is missing"),
        (('shop = "my-shop"', ""), "the key shop is missing: add it"),
        (('source = "pdd"', 'source = "ebay"'), "source must be one of jd, pdd, douyin, wangdiantong"),
        (('source = "pdd"', 'source = "wangdiantong"'), "sid is missing"),
        (("[[account]]", "[[accounts]]"), "there is no key accounts; did you mean account?"),
        (('app_key = "key-1"', "app_key = 7"), "key app_key: Input should be a valid string"),
        (('"t0ken"', '"t0ken"\nevery_s = 4'), "key every_s: Input should be greater than or equal to 5"),
        (('"t0ken"', '"t0ken"\npulls = ["parcels"]'), "pdd has orders, orders-concluded, refunds"),
        (('"t0ken"', '"t0ken"\nbase_url = "http://a.example"'), "base_url must begin with https://"),
        (('"t0ken"', '"t0ken"\nsince = 2026-03-01T08:00:00'), "key since: Input should have timezone info"),
        (('"t0ken"', '"t0ken"\napp_secret = "s3cret"'), "app_secret and app_secret_env are both there"),
        (('"t0ken"', '"t0ken'), "this is no TOML file"),
    ],
)  # fmt: skip
def test_a_file_that_cannot_be_used_is_refused_with_place_and_cure(
    file: Path, change: tuple[str, str], sentence: str
) -> None:
    assert sentence in refused(file, GOOD.replace(*change))


def test_a_variable_that_is_not_set_a_name_used_twice_and_an_empty_or_absent_file_are_refused(
    file: Path,
) -> None:
    assert "PDD_SECRET, which is not set" in refused(file, GOOD, {})
    assert "the name pdd-main is there twice" in refused(file, GOOD + GOOD)
    assert "account" in refused(file, "")
    with pytest.raises(AccountsRefused, match="No such file"):
        load_accounts(file.with_name("absent.toml"), ENVIRON)


def test_loopback_may_go_without_https_and_wangdiantong_if_it_is_written_down(file: Path) -> None:
    file.write_text(GOOD + 'base_url = "http://127.0.0.1:8000/"\n')
    assert load_accounts(file, ENVIRON)[0].address == "http://127.0.0.1:8000"
    plain = GOOD.replace('source = "pdd"', 'source = "wangdiantong"\nsid = "seller"')
    file.write_text(plain + 'base_url = "http://wdt.example/openapi"\n')
    (one,) = load_accounts(file, {"PDD_SECRET": "s3cret:salt"})
    assert one.address == "http://wdt.example/openapi"


def test_the_command_checks_the_file_only(file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CERTAINTY_CONNECTORS_FILE", str(file))
    monkeypatch.setenv("PDD_SECRET", "s3cret")
    told = CliRunner().invoke(build(), ["connectors", "--check"])
    assert (told.exit_code, "1 accounts can be used" in told.output) == (0, True)
    file.write_text(GOOD.replace("shop", "shopp"))
    told = CliRunner().invoke(build(), ["connectors", "--check"])
    assert told.exit_code == 2
    assert "s3cret" not in told.output
    monkeypatch.setenv("CERTAINTY_CONNECTORS_FILE", "")
    told = CliRunner().invoke(build(), ["connectors", "--check"])
    assert told.exit_code == 2
    assert "CERTAINTY_CONNECTORS_FILE" in told.output


def test_the_file_in_the_document_can_be_used(file: Path) -> None:
    text = DOCUMENT.read_text(encoding="utf-8")
    file.write_text(text.split("```toml\n")[1].split("```")[0])
    names = {"JD_SECRET", "JD_TOKEN", "PDD_SECRET", "PDD_TOKEN", "DOUYIN_SECRET", "DOUYIN_TOKEN"}
    names |= {"WANGDIANTONG_SECRET", "JUSHUITAN_SECRET", "JUSHUITAN_TOKEN"}
    accounts = load_accounts(file, dict.fromkeys(names, "secret:salt"))
    assert [one.source for one in accounts] == ["jd", "pdd", "douyin", "wangdiantong", "jushuitan"]
    for one in accounts:
        for pull in one.platform.pulls:
            assert pull.api in text, "every API that is pulled is documented"
    for key in type(accounts[0]).model_fields:
        assert f"`{key}`" in text, "every key is documented"
