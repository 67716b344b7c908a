"""Which secrets a source (or one shop of it) signs with, several at once so that they can be rotated."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import orjson

from pipeline.endpoints import ensure_secrets
from pipeline.settings import Settings

DEMO_APP_KEY = "certainty-demo"
"""The app key that goes with a generated secret of a source that needs one."""
NEED_APP_KEY = ("douyin",)
KNOW_TOKENS = ("own-shop",)
"""WeChat's token signs WeChat's messages only, a secret the shop's own events only."""


class SecretsWrong(ValueError):
    """The secrets cannot be used; the sentence shows none of them."""


@dataclass(frozen=True, slots=True)
class Secret:
    """One secret. `app_key` is public and stands beside it on Douyin; `is_token`: it is WeChat's token."""

    secret: bytes = field(repr=False)
    app_key: bytes = b""
    is_token: bool = False


Secrets = Sequence[Secret]


@dataclass(frozen=True, slots=True)
class Keyring:
    """The secrets by "source" or "source/shop"; a shop that has its own signs with these alone."""

    places: Mapping[str, Secrets] = field(repr=False)

    def of(self, source: str, shop: str) -> Secrets:
        """Return the secrets of a shop; none: it may not deliver."""
        return self.places.get(f"{source}/{shop}") or self.places.get(source, ())

    def opens(self, source: str) -> bool:
        """Say whether any shop of the source may deliver."""
        return any(place.partition("/")[0] == source for place in self.places)


def parse_secrets(text: str, sources: Sequence[str]) -> Keyring:
    """Read {"source" or "source/shop": [secret, {"app_key", "secret"} or {"token"}, ...]}.

    Raises SecretsWrong, also for a source that is none of `sources`.
    """
    try:
        told = orjson.loads(text)
    except orjson.JSONDecodeError:
        raise SecretsWrong("the gateway's secrets are no JSON") from None
    if not isinstance(told, dict):
        raise SecretsWrong("the gateway's secrets must be a JSON object: source -> list of secrets")
    places = {}
    for place, entries in told.items():
        source = place.partition("/")[0]
        if source not in sources:
            raise SecretsWrong(f"the gateway's secrets name {place!r}; the sources are {', '.join(sources)}")
        if not isinstance(entries, list) or not entries:
            raise SecretsWrong(f"the gateway's secrets of {place!r} must be a list of at least one")
        places[place] = tuple(_secret(place, source, entry) for entry in entries)
    return Keyring(places)


def _secret(place: str, source: str, entry: Any) -> Secret:  # whatever JSON may say
    told = {"secret": entry} if isinstance(entry, str) else entry
    if not isinstance(told, dict) or not all(isinstance(one, str) and one for one in told.values()):
        raise SecretsWrong(f"a secret of {place!r} must be a text or an object of texts, none of them empty")
    if set(told) == {"token"} and source in KNOW_TOKENS:
        return Secret(told["token"].encode(), is_token=True)
    wanted = {"app_key", "secret"} if source in NEED_APP_KEY else {"secret"}
    if set(told) != wanted:
        raise SecretsWrong(f"a secret of {place!r} must have {' and '.join(sorted(wanted))}, nothing else")
    return Secret(told["secret"].encode(), told.get("app_key", "").encode())


def load_keyring(settings: Settings, sources: Sequence[str]) -> Keyring:
    """Return the secrets of the settings or of the file they name; with an embedded Kafka, generated ones.

    Generated secrets are kept in secrets.json (mode 0600). Raises SecretsWrong.
    """
    if text := settings.gateway_secrets.get_secret_value():
        return parse_secrets(text, sources)
    if settings.gateway_secrets_file:
        try:
            text = Path(settings.gateway_secrets_file).read_text(encoding="utf-8")
        except (OSError, UnicodeDecodeError) as error:
            raise SecretsWrong(f"CERTAINTY_GATEWAY_SECRETS_FILE cannot be read: {error}") from None
        return parse_secrets(text, sources)
    return Keyring({}) if settings.kafka_bootstrap else _generated(settings, sources)


def _generated(settings: Settings, sources: Sequence[str]) -> Keyring:
    names = [f"gateway {source}" for source in sources]
    tokens = {source: f"gateway {source} token" for source in sources if source in KNOW_TOKENS}
    found = ensure_secrets(settings, [*names, *tokens.values()])
    places = {}
    for source, name in zip(sources, names, strict=True):
        app_key = DEMO_APP_KEY if source in NEED_APP_KEY else ""
        places[source] = [Secret(found[name].encode(), app_key.encode())]
        if source in tokens:
            places[source].append(Secret(found[tokens[source]].encode(), is_token=True))
    return Keyring(places)
