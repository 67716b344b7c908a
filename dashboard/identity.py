"""Who looks at a screen, and what that person may see and do. Headers count from a trusted proxy only."""

import getpass
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import IntEnum
from ipaddress import ip_address, ip_network
from typing import TYPE_CHECKING, Any

from pipeline.settings import Settings

if TYPE_CHECKING:
    from starlette.types import ASGIApp, Receive, Scope, Send

LOOPBACK = ("127.0.0.1", "::1", "localhost")
LONGEST_NAME = 128


class Role(IntEnum):
    """What somebody may do; each may what those before it may."""

    VIEWER = 0
    AGENT = 1
    SUPERVISOR = 2


@dataclass(frozen=True, slots=True)
class Person:
    """Whoever is before the screen; `name` goes into every command of theirs."""

    name: str
    role: Role

    def may(self, role: Role) -> bool:
        """Tell whether this person has that role, or a higher one."""
        return self.role >= role

    @property
    def sees_personal(self) -> bool:
        """Tell whether places and phone tails are shown; viewers see them masked."""
        return self.may(Role.AGENT)


class LoginWrong(ValueError):
    """The settings would let strangers in."""


def check_login(settings: Settings) -> None:
    """Raise LoginWrong for settings that would open the board to a network without a login."""
    if settings.board_login == "off" and settings.board_host not in LOOPBACK:
        raise LoginWrong(
            f"CERTAINTY_BOARD_HOST is {settings.board_host}, which others can reach, and nobody would be"
            " asked who they are: set CERTAINTY_BOARD_LOGIN=proxy (docs/board.md), or listen on 127.0.0.1"
        )
    try:
        _networks(settings)
    except ValueError as error:
        raise LoginWrong(f"CERTAINTY_BOARD_PROXIES lists addresses or networks: {error}") from None


def person_of(headers: Mapping[str, str], settings: Settings) -> Person | None:
    """Return who speaks, None when nobody says so. Headers of strangers were dropped before (OnlyProxy)."""
    if settings.board_login == "off":
        return Person(_account(), Role.SUPERVISOR)
    told = {name.lower(): value for name, value in headers.items()}
    name = _decoded(told.get(settings.board_user_header.lower(), "")).strip()
    if not name or len(name) > LONGEST_NAME or not name.isprintable():
        return None
    groups = told.get(settings.board_groups_header.lower(), "").replace(";", ",").split(",")
    return Person(name, _role({group.strip() for group in groups}, settings))


def _role(groups: set[str], settings: Settings) -> Role:
    if settings.board_supervisor_group in groups:
        return Role.SUPERVISOR
    return Role.AGENT if settings.board_agent_group in groups else Role.VIEWER


def _decoded(text: str) -> str:
    """A header is Latin-1 on the wire; a Chinese name in it is UTF-8."""
    try:
        return text.encode("latin-1").decode("utf-8")
    except UnicodeError:
        return text


def _account() -> str:
    try:
        return getpass.getuser()
    except (KeyError, OSError):
        return "loopback"


def _networks(settings: Settings) -> list[Any]:  # IPv4Network | IPv6Network
    named = [part.strip() for part in settings.board_proxies.split(",")]
    return [ip_network(part, strict=False) for part in named if part]


class OnlyProxy:
    """Drops the headers that name a person unless the trusted proxy sent them; plain ASGI."""

    def __init__(self, app: "ASGIApp", settings: Settings) -> None:
        self._app = app
        self._trusted = _networks(settings)
        names = (settings.board_user_header, settings.board_groups_header)
        self._headers = {name.lower().encode() for name in names}

    async def __call__(self, scope: "Scope", receive: "Receive", send: "Send") -> None:
        """Pass the request on, without what a stranger claims."""
        if scope["type"] in ("http", "websocket") and not self._is_proxy(scope.get("client")):
            scope = {**scope, "headers": list(self._without(scope["headers"]))}
        await self._app(scope, receive, send)

    def _is_proxy(self, client: Any) -> bool:  # (host, port) or None
        try:
            address = ip_address(client[0])
        except (TypeError, ValueError, IndexError):
            return False
        return any(address in network for network in self._trusted)

    def _without(self, headers: Iterable[tuple[bytes, bytes]]) -> Iterable[tuple[bytes, bytes]]:
        return (pair for pair in headers if pair[0].lower() not in self._headers)
