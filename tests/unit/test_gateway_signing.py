"""Each way of signing: the official vectors, what is forged, what is told in another way."""

import hashlib
import hmac
import json
from base64 import b64encode
from dataclasses import replace
from typing import Any
from urllib.parse import quote, urlencode

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.gateway.accept import Accepted, Greeting, Refusal, accept
from pipeline.gateway.keyring import Keyring, Secret, SecretsWrong, parse_secrets
from pipeline.gateway.request import PushRequest, Reason
from pipeline.gateway.signing import sign
from pipeline.gateway.specs import PUSHES
from pipeline.gateway.wechat import WECHAT_AGE_S
from schemas.topics import RAW_OF

NOW = 1_714_036_510
OLD, KEY, TOKEN = Secret(b"old"), Secret(b"key", b"app"), Secret(b"AAAAA", is_token=True)
SECRETS = (OLD, KEY, TOKEN)
WAYS = [(source, scheme.name) for source, spec in PUSHES.items() for scheme in spec.schemes]
AS_RECEIVED = [way for way in WAYS if PUSHES[way[0]].keep is None]
DOCUMENTS = {"douyin-event": b'[{"tag":"101","msg_id":"7","data":"{}"}]',
             "wechat": b'{"ToUserName":"gh","MsgType":"event"}'}  # fmt: skip


def pushed(source: str, **told: Any) -> PushRequest:
    return PushRequest(source, "shop-a", **told)


def judged(request: PushRequest, now_s: float = NOW, secrets: tuple[Secret, ...] = SECRETS) -> Any:
    return accept(PUSHES[request.source], request, secrets, now_s)


def reason(request: PushRequest, now_s: float = NOW) -> Reason:
    found = judged(request, now_s)
    assert isinstance(found, Refusal), found
    return found.reason


def signed(source: str, way: str, document: bytes | None = None, **told: Any) -> PushRequest:
    said = DOCUMENTS.get(way, b'{"a":1}') if document is None else document
    return sign(PUSHES[source], said, (KEY, TOKEN), NOW, shop="shop-a", scheme=way, **told)


@pytest.mark.parametrize(("source", "way"), AS_RECEIVED)
def test_a_signed_delivery_is_taken_whole_and_lands_on_its_topic(source: str, way: str) -> None:
    request = signed(source, way, api="orders")
    found = judged(request)
    assert isinstance(found, Accepted), found
    assert found.topic == RAW_OF[source].name
    assert found.value == request.value
    assert found.document == DOCUMENTS.get(way, b'{"a":1}')
    headers = found.headers
    assert (headers.source, headers.shop, headers.api) == (source, "shop-a", "orders")
    assert headers.received_ms == NOW * 1000
    assert headers.delivery_id.encode() == found.key != b""


@pytest.mark.parametrize(("source", "way"), WAYS)
def test_a_delivery_signed_with_another_secret_is_forged(source: str, way: str) -> None:
    found = accept(PUSHES[source], signed(source, way), (OLD, Secret(b"BBBBB", is_token=True)), NOW)
    assert isinstance(found, Refusal)
    assert (found.reason, found.status) == (Reason.FORGED, 403)


@pytest.mark.parametrize(("source", "way"), [way for way in WAYS if way[1] != "wechat"])
def test_a_delivery_with_one_byte_changed_is_forged(source: str, way: str) -> None:
    request = signed(source, way, b'[{"a":"X"}]')
    changed = replace(request, body=request.body.replace(b"X", b"Y"), query=request.query.replace(b"X", b"Y"))
    assert changed != request
    assert reason(changed) is Reason.FORGED


@pytest.mark.parametrize("source", PUSHES)
@pytest.mark.parametrize("body", [b"", b"{}", b"a=1&b=2", b"\xff" * 9])
def test_a_delivery_without_a_signature_is_refused(source: str, body: bytes) -> None:
    found = judged(pushed(source, body=body))
    assert (found.reason, found.status) == (Reason.UNSIGNED, 401)


def test_a_source_without_secrets_takes_nothing() -> None:
    found = judged(signed("cs", "certainty"), secrets=())
    assert (found.reason, found.status) == (Reason.CLOSED, 404)


@given(st.recursive(st.none() | st.booleans() | st.integers(-(2**53), 2**53) | st.text(),
                    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner)),
       st.sampled_from([way for way in AS_RECEIVED if way[1] not in DOCUMENTS]))  # fmt: skip
def test_what_is_signed_is_what_is_taken(said: Any, way: tuple[str, str]) -> None:
    document = json.dumps(said).encode()
    found = judged(signed(*way, document))
    assert isinstance(found, Accepted), found
    assert found.document == document


# --- Kuaidi100


def test_kuaidi100_signs_param_and_salt_and_does_not_care_for_capitals() -> None:
    param = '{"status":"polling","lastResult":{"nu":"圆通 1&2"}}'
    wanted = hashlib.md5((param + "key").encode()).hexdigest()
    for spelt in (wanted, wanted.upper()):
        body = urlencode({"sign": spelt, "param": param}).encode()
        found = judged(pushed("kuaidi100", body=body))
        assert found.reply.body == b'{"result":true,"returnCode":"200","message":"ok"}'
        assert found.value == body
    assert reason(pushed("kuaidi100", body=urlencode({"sign": "0" * 32, "param": param}).encode())) is (
        Reason.FORGED
    )


def test_a_form_that_names_a_field_twice_is_refused_since_nobody_knows_which_was_signed() -> None:
    body = signed("kuaidi100", "kuaidi100").body
    assert reason(pushed("kuaidi100", body=body + b"&param=%7B%7D")) is Reason.MALFORMED


def test_kuaidi100_is_told_of_a_refusal_in_its_own_words() -> None:
    found = judged(pushed("kuaidi100", body=b"param={}&sign=x"))
    assert json.loads(found.reply.body) == {
        "result": False, "returnCode": "500", "message": "the signature is wrong",
    }  # fmt: skip


# --- Kdniao


def test_kdniao_signs_the_hexadecimal_text_in_base64() -> None:
    told = '{"EBusinessID":"1237100","Data":[],"Count":"0"}'
    wanted = b64encode(hashlib.md5((told + "key").encode()).hexdigest().encode()).decode()
    body = urlencode({"RequestData": told, "RequestType": "102", "DataSign": wanted}).encode()
    found = judged(pushed("kdniao", body=body))
    assert json.loads(found.reply.body) == {
        "EBusinessID": "1237100", "UpdateTime": "2024-04-25 17:15:10", "Success": True, "Reason": "",
    }  # fmt: skip
    of_the_digest = b64encode(hashlib.md5((told + "key").encode()).digest()).decode()
    body = urlencode({"RequestData": told, "RequestType": "102", "DataSign": of_the_digest}).encode()
    refused = judged(pushed("kdniao", body=body))
    assert refused.reason is Reason.FORGED
    assert json.loads(refused.reply.body)["Success"] is False


# --- Douyin


def test_douyin_signs_the_raw_body_or_the_stripped_one() -> None:
    bare = b'[ {"tag": "100", "msg_id": "71", "data": "{}"}, {"tag": "101", "msg_id": "72", "data": "{}"} ]'
    sign_of_bare = hashlib.md5(b"app" + bare + b"key").hexdigest().encode()
    for body in (bare, b" " + bare + b"\r\n"):
        found = judged(pushed("douyin", body=body, headers={"event-sign": sign_of_bare}))
        assert found.reply.body == b'{"code":0,"msg":"success"}'
        assert (found.value, found.headers.delivery_id) == (body, "71,72")


def test_a_delivery_of_douyin_that_is_no_list_is_refused() -> None:
    assert reason(signed("douyin", "douyin-event", b'{"tag":"100"}')) is Reason.MALFORMED
    assert reason(signed("douyin", "douyin-event", b"[1]")) is Reason.MALFORMED


SPI_SAID = '{"order_id":"6","memo":"<a>&b","amount":1}'
SPI_SORTED = '{"amount":1,"memo":"<a>&b","order_id":"6"}'
ESCAPED = SPI_SORTED.replace("<", "\\u003c").replace(">", "\\u003e").replace("&", "\\u0026")


def spi(said: str, over: str, timestamp: str = "2024-04-25 17:15:10", **changed: str) -> PushRequest:
    """A call that sends `said` and signed `over`, by MD5."""
    text = f"keyapp_keyappparam_json{over}timestamp{timestamp}key".encode()
    query = {"app_key": "app", "param_json": said, "timestamp": timestamp,
             "sign": hashlib.md5(text).hexdigest(), "sign_method": "md5"}  # fmt: skip
    return pushed("douyin", method="GET", query=urlencode(query | changed).encode())


@pytest.mark.parametrize("over", [SPI_SAID, SPI_SORTED, ESCAPED])
@pytest.mark.parametrize("said", [SPI_SAID, ESCAPED])
def test_an_spi_call_is_signed_over_sorted_parameters_with_or_without_html_escapes(
    said: str, over: str
) -> None:
    if (said, over) == (ESCAPED, SPI_SAID):
        return  # nobody signs in an order that it did not send
    request = spi(said, over)
    found = judged(request)
    assert isinstance(found, Accepted), found
    assert found.value == request.query


def test_an_spi_call_may_be_signed_by_hmac_and_posted() -> None:
    text = f"keyapp_keyappparam_json{SPI_SORTED}timestamp{NOW}key".encode()
    sign_v2 = hmac.new(b"key", text, hashlib.sha256).hexdigest()
    query = f"app_key=app&timestamp={NOW}&sign_method=hmac-sha256&sign_v2={sign_v2}".encode()
    found = judged(pushed("douyin", query=query, body=SPI_SAID.encode()))
    assert found.value == SPI_SAID.encode()
    assert reason(pushed("douyin", query=query, body=b'{"order_id":"7"}')) is Reason.FORGED
    unsigned = f"&param_json={quote(SPI_SAID)}".encode()
    assert reason(pushed("douyin", query=query + unsigned, body=b'{"order_id":"7"}')) is Reason.FORGED


@pytest.mark.parametrize(("seconds", "taken"), [(-300, True), (-301, False), (300, True), (301, False)])
def test_an_spi_call_is_at_most_300_seconds_old(seconds: int, taken: bool) -> None:
    found = judged(spi(SPI_SAID, SPI_SAID), NOW - seconds)
    assert isinstance(found, Accepted) == taken


def test_an_spi_call_with_a_wrong_time_or_a_monstrous_number_is_refused() -> None:
    assert reason(spi(SPI_SAID, SPI_SAID, "yesterday")) is Reason.MALFORMED
    assert reason(spi("9" * 5000, "9" * 5000)) is Reason.NOT_JSON
    assert reason(spi(SPI_SAID, SPI_SAID, sign="0" * 32)) is Reason.FORGED


def test_the_event_signature_does_not_open_a_get() -> None:
    headers = {"event-sign": hashlib.md5(b"appkey").hexdigest().encode()}
    assert reason(pushed("douyin", method="GET", query=b"x=1", headers=headers)) is Reason.UNSIGNED


# --- WeChat: the examples of its documentation, token AAAAA

VERIFICATION = (
    b"signature=f464b24fc39322e44b38aa78f5edd27bd1441696&echostr=4375120948345356249"
    b"&timestamp=1714036504&nonce=1514711492"
)
ENCRYPTED = "ELGduP2YcVatjqIS+eZbp80MNLoAUWvzzyJxgGzxZO/5sAvd070Bs6qrLARC9nVHm48Y4hyRbtzve1L32tmxSQ=="


def test_wechats_official_verification_is_answered_with_its_bare_echo() -> None:
    found = judged(pushed("own-shop", method="GET", query=VERIFICATION))
    assert isinstance(found, Greeting)
    assert found.reply.body == b"4375120948345356249"
    forged = VERIFICATION.replace(b"nonce=1", b"nonce=2")
    assert reason(pushed("own-shop", method="GET", query=forged)) is Reason.FORGED
    assert reason(pushed("own-shop", method="GET", query=VERIFICATION.replace(b"echostr", b"echo"))) is (
        Reason.MALFORMED
    )


def secure(msg_signature: str, encrypted: str = ENCRYPTED) -> PushRequest:
    plain = hashlib.sha1(b"1713424427" + b"415670741" + b"AAAAA").hexdigest()
    query = f"signature={plain}&timestamp=1713424427&nonce=415670741&msg_signature={msg_signature}"
    body = json.dumps({"ToUserName": "gh", "Encrypt": encrypted}).encode()
    return pushed("own-shop", query=query.encode(), body=body)


def test_wechats_official_msg_signature_opens_its_encrypted_text_and_no_other() -> None:
    official = "1b9339964ed2e271e7c7b6ff2b0ef902fc94dea1"
    found = judged(secure(official), now_s=1_713_424_430)
    assert isinstance(found, Accepted), found
    assert found.reply.body == b"success"
    assert judged(secure(official, "A" + ENCRYPTED[1:]), 1_713_424_430).reason is Reason.FORGED
    assert judged(secure(""), 1_713_424_430).reason is Reason.UNSIGNED


def test_wechats_plain_signature_opens_its_own_messages_and_not_the_shops_orders() -> None:
    query = VERIFICATION
    message = b'{"ToUserName":"gh","MsgType":"event","Event":"trade_manage_order_settlement","MsgId":"31"}'
    assert judged(pushed("own-shop", query=query, body=message)).headers.delivery_id == "31"
    assert reason(pushed("own-shop", query=query, body=b'{"order_id":"1"}')) is Reason.UNSIGNED
    assert reason(pushed("own-shop", query=query, body=b"<xml></xml>")) is Reason.NOT_JSON


@pytest.mark.parametrize(("late_s", "taken"), [(WECHAT_AGE_S, True), (WECHAT_AGE_S + 1, False),
                                               (-300, True), (-301, False)])  # fmt: skip
def test_a_message_of_wechats_may_be_as_old_as_its_last_retry(late_s: int, taken: bool) -> None:
    found = judged(signed("own-shop", "wechat"), NOW + late_s)
    assert isinstance(found, Accepted) == taken


def test_a_token_does_not_open_the_contract_nor_a_secret_wechats_door() -> None:
    as_contract = sign(PUSHES["own-shop"], b"{}", (Secret(b"AAAAA"),), NOW, shop="a", scheme="certainty")
    assert reason(as_contract) is Reason.FORGED
    as_token = sign(
        PUSHES["own-shop"], DOCUMENTS["wechat"], (Secret(b"key", is_token=True),), NOW, shop="a",
        scheme="wechat",
    )  # fmt: skip
    assert reason(as_token) is Reason.FORGED


# --- AfterShip


def test_aftership_signs_the_body_in_base64() -> None:
    body = b'{"event":"tracking_update","event_id":"e-1","msg":{}}'
    wanted = b64encode(hmac.new(b"key", body, hashlib.sha256).digest())
    found = judged(pushed("aftership", body=body, headers={"aftership-hmac-sha256": wanted}))
    assert found.headers.delivery_id == "e-1"
    assert reason(
        pushed("aftership", body=body, headers={"aftership-hmac-sha256": wanted[:-4] + b"AAA="})
    ) is (Reason.FORGED)


# --- our own contract


def contract(body: bytes = b'{"a":1}', timestamp: str = str(NOW), **headers: bytes) -> PushRequest:
    wanted = hmac.new(b"key", timestamp.encode() + b"." + body, hashlib.sha256).hexdigest().encode()
    told = {"x-certainty-timestamp": timestamp.encode(), "x-certainty-signature": wanted,
            "x-certainty-delivery": b"d-1"}  # fmt: skip
    return pushed("jd", body=body, headers=told | {name.replace("_", "-"): v for name, v in headers.items()})


def test_the_contract_signs_timestamp_and_raw_body() -> None:
    assert judged(contract()).headers.delivery_id == "d-1"
    assert reason(contract(x_certainty_timestamp=str(NOW - 1).encode())) is Reason.FORGED
    assert reason(contract(x_certainty_timestamp=b"")) is Reason.UNSIGNED
    assert reason(contract(x_certainty_delivery=b"")) is Reason.MALFORMED


@pytest.mark.parametrize(("seconds", "taken"), [(-300, True), (-301, False), (300, True), (301, False)])
def test_a_delivery_under_the_contract_is_at_most_300_seconds_old_or_ahead(seconds: int, taken: bool) -> None:
    found = judged(contract(), NOW - seconds)
    assert isinstance(found, Accepted) == taken
    assert taken or (found.reason, found.status) == (Reason.STALE, 403)


@pytest.mark.parametrize("timestamp", ["now", "-1", "1e9", " 1", "1_0", "9" * 13, "١٧"])
def test_a_timestamp_that_is_no_plain_number_is_refused(timestamp: str) -> None:
    assert reason(contract(timestamp=timestamp)) is Reason.MALFORMED


@pytest.mark.parametrize("told", [b"x" * 129, "订单".encode(), b"a\x01"])
def test_a_delivery_id_that_cannot_be_kept_is_replaced_by_the_digest(told: bytes) -> None:
    found = judged(contract(x_certainty_delivery=told))
    assert found.headers.delivery_id == hashlib.sha256(b'{"a":1}').hexdigest()[:32]
    assert judged(contract(x_certainty_delivery=b"x" * 128)).headers.delivery_id == "x" * 128


def test_a_signature_with_strange_bytes_is_forged_and_breaks_nothing() -> None:
    assert reason(contract(x_certainty_signature=b"\xe9" * 64)) is Reason.FORGED


# --- what is inside


@pytest.mark.parametrize(
    ("body", "wanted"),
    [
        (b'{"a":"\xff"}', Reason.CHARSET),
        ('{"a":"订单"}'.encode("gbk"), Reason.CHARSET),
        (b'{"a":1', Reason.NOT_JSON),
        (b"", Reason.NOT_JSON),
        (b"[" * 65 + b"]" * 65, Reason.TOO_DEEP),
        (b'{"a":' * 65 + b"1" + b"}" * 65, Reason.TOO_DEEP),
        (b"[" * 100_000, Reason.NOT_JSON),
        (b"[" * 100_000 + b"]" * 100_000, Reason.NOT_JSON),
    ],
)
def test_a_signed_body_that_cannot_be_read_is_refused(body: bytes, wanted: Reason) -> None:
    found = judged(contract(body))
    assert (found.reason, found.status) == (wanted, 400)


@pytest.mark.parametrize("body", [b"[" * 64 + b"]" * 64, b'{"a":' * 64 + b"1" + b"}" * 64,
                                  b"[" + b"[[]]," * 70 + b"1]"])  # fmt: skip
def test_a_body_of_64_levels_is_taken(body: bytes) -> None:
    assert isinstance(judged(contract(body)), Accepted)


@pytest.mark.parametrize(("named", "taken"), [(b"application/json; charset=gbk", False),
                                              (b"application/json;charset=UTF-8", True),
                                              (b"text/plain", True)])  # fmt: skip
def test_another_charset_than_utf_8_is_refused(named: bytes, taken: bool) -> None:
    assert isinstance(judged(contract(content_type=named)), Accepted) == taken


# --- secrets


def test_secrets_are_read_by_source_and_shop() -> None:
    ring = parse_secrets(
        '{"cs":["a","b"],"cs/shop-b":["c"],"douyin":[{"app_key":"k","secret":"s"}],'
        '"own-shop":["x",{"token":"t"}]}',
        tuple(PUSHES),
    )
    assert [one.secret for one in ring.of("cs", "shop-a")] == [b"a", b"b"]
    assert [one.secret for one in ring.of("cs", "shop-b")] == [b"c"]
    assert ring.of("douyin", "any")[0].app_key == b"k"
    assert [one.is_token for one in ring.of("own-shop", "any")] == [False, True]
    assert ring.of("jd", "any") == ()
    assert (ring.opens("cs"), ring.opens("jd")) == (True, False)


@pytest.mark.parametrize("text", ["hush", "[]", '{"cs":"hush"}', '{"cs":[]}', '{"cs":[""]}',
                                  '{"cs":["hush",1]}', '{"douyin":["hush"]}', '{"cs":[{"token":"hush"}]}',
                                  '{"taobao":["hush"]}',
                                  '{"cs":[{"secret":"hush","app_key":"hush"}]}'])  # fmt: skip
def test_secrets_that_cannot_be_used_are_refused_without_showing_them(text: str) -> None:
    with pytest.raises(SecretsWrong) as refused:
        parse_secrets(text, tuple(PUSHES))
    assert "hush" not in str(refused.value)


def test_no_secret_is_in_any_text_of_the_objects_that_hold_it() -> None:
    assert "AAAAA" not in f"{TOKEN!r} {Keyring({'cs': SECRETS})!r}"
