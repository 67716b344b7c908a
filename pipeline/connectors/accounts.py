"""The accounts file: which shops are pulled, with whose keys; every refusal names the key and the cure."""

import tomllib
from collections.abc import Mapping
from difflib import get_close_matches
from pathlib import Path
from typing import Annotated, Any, Self

from pydantic import (
    AwareDatetime,
    BaseModel,
    ConfigDict,
    Field,
    SecretStr,
    ValidationError,
    ValidationInfo,
    model_validator,
)

from pipeline.connectors.platforms import PLATFORMS
from pipeline.connectors.spec import Platform, Pull

SECRETS = ("app_secret", "access_token")
LEAST_EVERY_S = 5.0
Word = Annotated[str, Field(min_length=1, max_length=128)]


class AccountsRefused(ValueError):
    """The file cannot be used; the text says where, why and what to do, and holds no secret."""


class Account(BaseModel):
    """One shop or ERP account. Secrets never leave by `repr`, logs or errors."""

    model_config = ConfigDict(frozen=True, extra="forbid", hide_input_in_errors=True)

    name: str = Field(pattern=r"^[a-z0-9][a-z0-9_-]{0,63}$")
    source: str
    shop: Word
    app_key: Word
    app_secret: SecretStr
    app_secret_env: str = ""
    access_token: SecretStr = SecretStr("")
    access_token_env: str = ""
    sid: str = ""
    base_url: str = ""
    pulls: tuple[str, ...] = ()
    since: AwareDatetime | None = None
    every_s: float = Field(60.0, ge=LEAST_EVERY_S, le=86400)
    requests_per_s: float = Field(2.0, gt=0, le=100)
    burst: int = Field(4, ge=1, le=100)
    slow_codes: frozenset[str] = frozenset()
    expired_codes: frozenset[str] = frozenset()
    again_codes: frozenset[str] = frozenset()

    @model_validator(mode="before")
    @classmethod
    def _take_from_environment(cls, said: Any, info: ValidationInfo) -> Any:  # Any: not validated yet
        if not isinstance(said, dict):
            return said
        environ, taken = (info.context or {}).get("environ", {}), dict(said)
        for secret in SECRETS:
            variable = said.get(f"{secret}_env")
            if not variable:
                continue
            if secret in said:
                raise ValueError(f"{secret} and {secret}_env are both there: keep one of them")
            if not environ.get(variable):
                raise ValueError(
                    f"{secret}_env names the environment variable {variable}, which is not set: set it, or"
                    f" write {secret} into the file"
                )
            taken[secret] = environ[variable]
        return taken

    @model_validator(mode="after")
    def _fit_the_platform(self) -> Self:
        if self.source not in PLATFORMS:
            raise ValueError(f"source must be one of {', '.join(PLATFORMS)}")
        needs = self.platform.needs
        if "sid" in needs and not self.sid:
            raise ValueError("sid is missing: the seller's account at Wangdiantong")
        if "sid" in needs and ":" not in self.secret:
            raise ValueError('app_secret must be "secret:salt", as Wangdiantong hands it out')
        if "access_token" in needs and not self.token:
            raise ValueError("access_token or access_token_env is missing: the token of this shop")
        known = [pull.name for pull in self.platform.pulls]
        for name in self.pulls:
            if name not in known:
                raise ValueError(f"pulls names {name}, but {self.source} has {', '.join(known)}")
        self._refuse_plain_text()
        return self

    def _refuse_plain_text(self) -> None:
        loopback = self.base_url.startswith(("http://127.0.0.1:", "http://localhost:"))
        # Wangdiantong's own document gives an http address: whoever needs it writes it into the file.
        plain = self.base_url.startswith("http://") and self.source == "wangdiantong"
        if self.base_url and not self.base_url.startswith("https://") and not loopback and not plain:
            raise ValueError("base_url must begin with https://, for orders and tokens travel there")

    @property
    def platform(self) -> Platform:
        """The platform this account belongs to."""
        return PLATFORMS[self.source]

    @property
    def chosen(self) -> tuple[Pull, ...]:
        """The pulls of this account: those named, or all."""
        return tuple(pull for pull in self.platform.pulls if not self.pulls or pull.name in self.pulls)

    @property
    def address(self) -> str:
        """Where requests go, without a slash at the end."""
        return (self.base_url or self.platform.address).rstrip("/")

    @property
    def secret(self) -> str:
        """The key of signatures."""
        return self.app_secret.get_secret_value()

    @property
    def token(self) -> str:
        """The access token, "" where the platform has none."""
        return self.access_token.get_secret_value()

    def without_secrets(self, text: str) -> str:
        """Return what a platform said, short, with our secrets taken out should it have repeated them."""
        for hidden in (self.secret, *self.secret.split(":"), self.token):
            text = text.replace(hidden, "***") if hidden else text
        return text[:200]


class _File(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", hide_input_in_errors=True)

    account: tuple[Account, ...] = Field(min_length=1)


def load_accounts(path: Path, environ: Mapping[str, str]) -> tuple[Account, ...]:
    """Return every account of the file; raises AccountsRefused."""
    try:
        said = tomllib.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise AccountsRefused(f"{path}: {error.strerror}; CERTAINTY_CONNECTORS_FILE names it") from None
    except ValueError as error:
        raise AccountsRefused(f"{path}: this is no TOML file: {error}") from None
    try:
        accounts = _File.model_validate(said, context={"environ": environ}).account
    except ValidationError as error:
        sentences = [
            _sentence(said, tuple(each["loc"]), each["type"], each["msg"]) for each in error.errors()
        ]
        raise AccountsRefused(f"{path}: " + "; ".join(sentences)) from None
    names = [account.name for account in accounts]
    twice = sorted({name for name in names if names.count(name) > 1})
    if twice:
        raise AccountsRefused(f"{path}: the name {twice[0]} is there twice: each account needs its own")
    return accounts


def _sentence(said: dict[str, Any], where: tuple[int | str, ...], kind: str, why: str) -> str:
    """Say what is wrong with one key; never what stands there, for it may be a secret."""
    place, key = _place(said, where), ".".join(str(part) for part in where[2:]) or "account"
    if where[:1] != ("account",) or len(where) == 1:
        place, key = "the file", str(where[0])
    if kind == "extra_forbidden":
        known = list(Account.model_fields) if len(where) > 1 else ["account"]
        near = get_close_matches(key, known, 1)
        meant = f"; did you mean {near[0]}?" if near else f"; there are {', '.join(known)}"
        return f"{place}: there is no key {key}{meant}"
    if kind == "missing":
        also = f" or {key}_env" if key in SECRETS else ""
        return f"{place}: the key {key}{also} is missing: add it (docs/connectors.md)"
    return f"{place}, key {key}: {why.removeprefix('Value error, ')}"


def _place(said: dict[str, Any], where: tuple[int | str, ...]) -> str:
    if len(where) < 2 or not isinstance(where[1], int):
        return "the file"
    account = said["account"][where[1]]
    name = account.get("name", "without a name") if isinstance(account, dict) else "no table"
    return f"account {where[1] + 1} ({str(name)[:64]})"
