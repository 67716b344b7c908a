"""Where the parts are: addresses from the settings, or what the embedded parts wrote down."""

import fcntl
import json
import os
import secrets
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from pipeline.settings import Settings

ENDPOINTS: Final = "endpoints.json"


class SecretsDamaged(RuntimeError):
    """The file of generated secrets cannot be read."""


class NotRunning(RuntimeError):
    """An embedded part was asked for, but none has written down its address."""


@dataclass(frozen=True, slots=True)
class StoreAddress:
    """How to reach ClickHouse as one user."""

    url: str
    database: str
    user: str
    password: str


def endpoints_file(settings: Settings) -> Path:
    """The file in which the embedded parts write down their addresses: {"kafka": "host:port", ...}."""
    return settings.data_dir / ENDPOINTS


def secrets_file(settings: Settings) -> Path:
    """The file (mode 0600) of generated secrets: {"clickhouse_password": ..., "gateway SOURCE": ...}."""
    return settings.data_dir / "secrets.json"


def kafka_bootstrap(settings: Settings) -> str:
    """Return host:port of Kafka; raises NotRunning."""
    return settings.kafka_bootstrap or _written(settings, "kafka", "broker")


def store_address(settings: Settings, *, read_only: bool = False) -> StoreAddress:
    """Return how to reach ClickHouse as the writing or the read-only user; raises NotRunning."""
    url = settings.clickhouse_url or _written(settings, "clickhouse", "store")
    if read_only:
        user, secret, name = settings.analyst_user, settings.analyst_password, "analyst_password"
    else:
        user, secret, name = settings.clickhouse_user, settings.clickhouse_password, "clickhouse_password"
    password = secret.get_secret_value() or _read(secrets_file(settings)).get(name, "")
    return StoreAddress(url, settings.clickhouse_database, user, password)


def write_endpoint(settings: Settings, name: str, address: str) -> None:
    """Write down where an embedded part is ("kafka": host:port, the others: URL)."""
    with _locked(settings):
        known = _read(endpoints_file(settings))
        _replace(endpoints_file(settings), known | {name: address}, mode=0o644)


def known_endpoint(settings: Settings, name: str) -> str:
    """Return what was last written down under a name, "" if nothing was."""
    return _read(endpoints_file(settings)).get(name, "")


def ensure_passwords(settings: Settings) -> dict[str, str]:
    """Return user -> password of both users of the embedded store; generates what is not set."""
    names = ("clickhouse_password", "analyst_password")
    known = ensure_secrets(settings, names)
    return {
        settings.clickhouse_user: settings.clickhouse_password.get_secret_value() or known[names[0]],
        settings.analyst_user: settings.analyst_password.get_secret_value() or known[names[1]],
    }


def ensure_secrets(settings: Settings, names: Iterable[str]) -> dict[str, str]:
    """Return what secrets.json (mode 0600) holds; what is missing of `names` is generated into it."""
    with _locked(settings):
        known = _read(secrets_file(settings))
        wanted = {name: secrets.token_urlsafe(24) for name in names} | known
        if wanted != known:
            _replace(secrets_file(settings), wanted, mode=0o600)
    return wanted


@contextmanager
def _locked(settings: Settings) -> Iterator[None]:
    settings.data_dir.mkdir(parents=True, exist_ok=True)
    with (settings.data_dir / "endpoints.lock").open("a") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield


def _replace(path: Path, content: dict[str, str], *, mode: int) -> None:
    fresh = path.with_name(f"{path.name}.{os.getpid()}.tmp")
    with os.fdopen(
        os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, mode), "w", encoding="utf-8"
    ) as file:
        json.dump(content, file, indent=2)
        file.flush()
        os.fsync(file.fileno())
    fresh.replace(path)


def _written(settings: Settings, name: str, command: str) -> str:
    found = _read(endpoints_file(settings)).get(name, "")
    if not found:
        raise NotRunning(
            f"no {command} is known under {settings.data_dir}: start one with `certainty up`"
            f" (or `certainty {command}`), or set CERTAINTY_{_SETTING[name]} to an outside one"
        )
    return found


_SETTING = {"kafka": "KAFKA_BOOTSTRAP", "clickhouse": "CLICKHOUSE_URL"}


def _read(path: Path) -> dict[str, str]:
    """What a file of ours holds. Damaged addresses are written anew, damaged secrets must not be."""
    try:
        return dict(json.loads(path.read_text(encoding="utf-8")))
    except FileNotFoundError:
        return {}
    except (TypeError, ValueError) as error:
        if path.name == ENDPOINTS:
            return {}
        raise SecretsDamaged(
            f"{path} is damaged ({error}): restore it from a backup; or delete it: new passwords and push"
            " secrets are drawn at the next start, and whoever pushes needs theirs anew"
        ) from None
