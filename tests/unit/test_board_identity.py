"""Who may do what: by a trusted proxy's headers only, and never open to a network without a login."""

from typing import Any

import pytest

from dashboard import masking
from dashboard.identity import LoginWrong, OnlyProxy, Person, Role, check_login, person_of
from pipeline.settings import Settings


def settings(**changes: Any) -> Settings:
    return Settings(_env_file=None, **{"board_login": "proxy"} | changes)


@pytest.mark.parametrize(
    ("groups", "role"),
    [
        ("", Role.VIEWER),
        ("sales", Role.VIEWER),
        ("sales, certainty-agent", Role.AGENT),
        ("certainty-agent;certainty-supervisor", Role.SUPERVISOR),
        ("certainty-supervisors", Role.VIEWER),
    ],
)
def test_the_groups_that_the_proxy_names_give_the_role(groups: str, role: Role) -> None:
    told = {"x-forwarded-user": "li.na", "x-forwarded-groups": groups}
    assert person_of(told, settings()) == Person("li.na", role)


@pytest.mark.parametrize("name", ["", "   ", "x" * 129, "a\x00b"])
def test_without_a_usable_name_nobody_is_there(name: str) -> None:
    assert person_of({"X-Forwarded-User": name}, settings()) is None


def test_a_chinese_name_comes_through_the_header() -> None:
    wire = "李娜".encode().decode("latin-1")
    found = person_of({"X-Forwarded-User": wire}, settings())
    assert found is not None
    assert found.name == "李娜"


def test_on_loopback_without_login_headers_are_nobodys() -> None:
    found = person_of({"X-Forwarded-User": "mallory"}, settings(board_login="off"))
    assert found is not None
    assert (found.name != "mallory", found.role) == (True, Role.SUPERVISOR)


@pytest.mark.parametrize("host", ["0.0.0.0", "10.1.2.3", "board.example.cn"])
def test_a_board_that_others_can_reach_needs_a_login(host: str) -> None:
    with pytest.raises(LoginWrong, match="CERTAINTY_BOARD_LOGIN=proxy"):
        check_login(settings(board_login="off", board_host=host))
    check_login(settings(board_host=host))
    check_login(settings(board_login="off", board_host="127.0.0.1"))


def test_a_proxy_list_that_cannot_be_read_is_named() -> None:
    with pytest.raises(LoginWrong, match="CERTAINTY_BOARD_PROXIES"):
        check_login(settings(board_proxies="the proxy"))


@pytest.mark.parametrize(
    ("client", "kept"), [("10.0.0.7", True), ("10.0.1.7", False), ("127.0.0.1", False), (None, False)]
)
@pytest.mark.parametrize("kind", ["http", "websocket"])
async def test_headers_count_from_the_proxy_alone(client: str | None, kept: bool, kind: str) -> None:
    seen: list[Any] = []

    async def app(scope: Any, _receive: Any, _send: Any) -> None:
        seen.extend(scope["headers"])

    headers = [
        (b"X-Forwarded-User", b"li.na"),
        (b"x-forwarded-groups", b"certainty-supervisor"),
        (b"host", b"x"),
    ]
    scope = {"type": kind, "headers": headers, "client": client and (client, 1)}
    await OnlyProxy(app, settings(board_proxies="10.0.0.0/24"))(scope, None, None)  # type: ignore[arg-type]
    assert (len(seen) == 3) is kept
    assert (b"host", b"x") in seen


def test_what_a_viewer_may_not_see_is_masked_wherever_it_stands() -> None:
    viewer, agent = Person("w", Role.VIEWER), Person("m", Role.AGENT)
    assert masking.place(viewer, "江苏省", "苏州市", "姑苏区") == "江苏省 •••"
    assert masking.place(agent, "江苏省", "苏州市", "姑苏区") == "江苏省 苏州市 姑苏区"
    assert masking.tail(viewer, "4711") == "•••"
    nested = '{"why":"late","addresses":[{"spot":{"city":"苏州市"}}],"deep":[{"phone_tail":"4711"}]}'
    shown = masking.details(viewer, nested)
    assert "late" in shown
    assert not [word for word in ("苏州市", "4711") if word in shown]
    assert masking.details(agent, nested) == nested
    assert "苏州市" not in str(masking.masked({"timeline": [{"detail": nested}]}))
    assert masking.details(viewer, "no json {") == "no json {"
