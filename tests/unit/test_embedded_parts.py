"""What the embedded parts need of files, ports and locks."""

import asyncio
import json
import os
import stat
from pathlib import Path
from typing import Any

import pytest
from pydantic import SecretStr, ValidationError

from pipeline.embedded.jars import JarsWrong, expected_jars, verify
from pipeline.embedded.process import (
    ANY_PORT,
    AlreadyRunning,
    BoundedLog,
    PortTaken,
    free_port,
    listening_socket,
    owned,
)
from pipeline.embedded.supervisor import Kept, Part
from pipeline.endpoints import (
    SecretsDamaged,
    endpoints_file,
    ensure_passwords,
    known_endpoint,
    secrets_file,
    store_address,
    write_endpoint,
)
from pipeline.settings import Settings

CONTENT = b"a jar"


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return Settings(data_dir=tmp_path, _env_file=None)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "a.jar").write_bytes(CONTENT)
    return tmp_path


def digest() -> dict[str, str]:
    """Return the right list for `folder`."""
    import hashlib

    return {"a.jar": hashlib.sha256(CONTENT).hexdigest()}


def test_the_shipped_list_names_forty_five_jars_with_their_checksums() -> None:
    assert len(expected_jars()) == 45
    assert all(len(value) == 64 for value in expected_jars().values())


def test_a_changed_jar_is_refused_by_name(folder: Path) -> None:
    verify(folder, digest())
    (folder / "a.jar").write_bytes(b"another jar")
    with pytest.raises(JarsWrong, match=r"wrong checksum: a\.jar"):
        verify(folder, digest())


def test_a_jar_changed_before_the_first_start_is_refused(folder: Path) -> None:
    with pytest.raises(JarsWrong, match="wrong checksum"):
        verify(folder, {"a.jar": "0" * 64})


def test_a_missing_and_an_extra_jar_are_refused(folder: Path) -> None:
    with pytest.raises(JarsWrong, match=r"missing: b\.jar"):
        verify(folder, digest() | {"b.jar": "0" * 64})
    (folder / "extra.jar").write_bytes(b"")
    with pytest.raises(JarsWrong, match=r"do not belong there: extra\.jar"):
        verify(folder, digest())


def test_a_lock_is_owned_by_one_and_free_again_after_it(tmp_path: Path) -> None:
    lock = tmp_path / "x.lock"
    with (
        owned(lock, "a broker"),
        pytest.raises(AlreadyRunning, match="a broker already runs"),
        owned(lock, "a broker"),
    ):
        pytest.fail("two own one lock")
    with owned(lock, "a broker"):
        assert lock.read_text()


def test_a_remembered_port_is_kept_while_it_is_free() -> None:
    with listening_socket(0) as bound:
        bound.listen()
        port = bound.getsockname()[1]
        assert port in ANY_PORT
        assert free_port(0, port) != port
        with pytest.raises(PortTaken, match=f"port {port} "):
            free_port(port)
    assert free_port(0, port) == port


def test_a_log_is_bounded_and_keeps_its_end(tmp_path: Path) -> None:
    log = BoundedLog(tmp_path / "x.log", most=1000)
    for number in range(1000):
        log.write(b"line %d\n" % number)
    log.close()
    assert sum(file.stat().st_size for file in tmp_path.iterdir()) <= 2000
    assert log.tail(2) == ["line 998", "line 999"]


def full_disk() -> Any:  # a file, unbuffered as the log's own
    return Path("/dev/full").open("ab", buffering=0)


def test_a_log_goes_on_without_what_a_full_disk_refused_and_says_so(tmp_path: Path) -> None:
    log = BoundedLog(tmp_path / "x.log")
    kept, log._file = log._file, full_disk()
    log.write(b"lost\n")
    log._file.close()
    log._file = kept
    log.write(b"kept\n")
    assert (tmp_path / "x.log").read_text() == "... 5 bytes could not be written here\nkept\n"


async def test_a_part_is_kept_though_its_log_has_no_room(tmp_path: Path) -> None:
    part = Part("config", ("config", "show"), 5, once=True)
    kept = Kept(part, tmp_path, {**os.environ, "CERTAINTY_DATA_DIR": str(tmp_path)}, lambda _: None)
    kept.log._file.close()
    kept.log._file = full_disk()
    await asyncio.wait_for(kept.keep(), 60)
    assert kept.answers.is_set()
    assert kept.restarts == 0


async def test_a_part_that_cannot_be_started_is_tried_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    said: list[str] = []
    kept = Kept(Part("x", ("config", "show"), 5, once=True), tmp_path, dict(os.environ), said.append)
    starts = iter([OSError(12, "Cannot allocate memory")])
    run = kept._run

    async def refused_once() -> int:
        for error in starts:
            raise error
        return await run()

    monkeypatch.setattr(kept, "_run", refused_once)
    await asyncio.wait_for(kept.keep(), 60)
    assert said == [
        "x cannot be started: [Errno 12] Cannot allocate memory",
        "x ended with exit code 71; restart 1 in 0.5 s",
    ]


def test_damaged_addresses_are_none_and_damaged_secrets_are_told(settings: Settings) -> None:
    for damaged in ("", "{", "[1]"):
        endpoints_file(settings).write_text(damaged)
        assert known_endpoint(settings, "kafka") == ""
        secrets_file(settings).write_text(damaged)
        with pytest.raises(SecretsDamaged, match=r"secrets\.json is damaged"):
            ensure_passwords(settings)
    write_endpoint(settings, "kafka", "127.0.0.1:1")
    assert known_endpoint(settings, "kafka") == "127.0.0.1:1"


@pytest.mark.parametrize(
    ("name", "value", "told"),
    [
        ("business_zone", "Asia/Nowhere", '"Asia/Nowhere" is no time zone'),
        ("business_zone", "../etc/passwd", "is no time zone"),
        ("business_zone", "", "is no time zone"),
        ("kafka_bootstrap", "localhost", "'localhost' is no host:port"),
        ("kafka_bootstrap", "a:9092,b", "'b' is no host:port"),
        ("clickhouse_url", "localhost:8123", "is no http://host:port"),
    ],
)
def test_a_setting_that_cannot_be_used_is_told_in_words(name: str, value: str, told: str) -> None:
    with pytest.raises(ValidationError, match=told):
        Settings(_env_file=None, **{name: value})


def test_addresses_are_written_beside_each_other(settings: Settings) -> None:
    write_endpoint(settings, "kafka", "127.0.0.1:1")
    write_endpoint(settings, "board", "http://127.0.0.1:2")
    assert known_endpoint(settings, "kafka") == "127.0.0.1:1"
    assert known_endpoint(settings, "board") == "http://127.0.0.1:2"


def test_generated_passwords_stay_the_same_and_are_for_the_owner_only(settings: Settings) -> None:
    first = ensure_passwords(settings)
    assert ensure_passwords(settings) == first
    assert len(set(first.values())) == 2
    assert stat.S_IMODE(secrets_file(settings).stat().st_mode) == 0o600
    write_endpoint(settings, "clickhouse", "http://127.0.0.1:3")
    assert store_address(settings, read_only=True).password == first["analyst"]


def test_a_password_of_the_settings_is_used_and_never_written_down(tmp_path: Path) -> None:
    settings = Settings(data_dir=tmp_path, clickhouse_password=SecretStr("chosen"), _env_file=None)
    assert ensure_passwords(settings)["certainty"] == "chosen"
    assert "chosen" not in json.dumps(secrets_file(settings).read_text())
