"""What the embedded parts need of files, ports and locks."""

import json
import stat
from pathlib import Path

import pytest
from pydantic import SecretStr

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
from pipeline.endpoints import ensure_passwords, known_endpoint, secrets_file, store_address, write_endpoint
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
