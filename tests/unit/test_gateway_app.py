"""The gateway over HTTP: who is heard, what is refused, and that success means recorded."""

import asyncio
import contextlib
from collections.abc import AsyncIterator, Mapping, Sequence
from typing import Any

import httpx
import pytest
from aiokafka.errors import KafkaConnectionError
from hypothesis import given, settings
from hypothesis import strategies as st
from prometheus_client import REGISTRY

from pipeline.gateway import intake, memory, outbox
from pipeline.gateway.accept import Accepted
from pipeline.gateway.app import Push, application
from pipeline.gateway.keyring import Keyring, Secret
from pipeline.gateway.memory import Lately, Memory
from pipeline.gateway.outbox import Outbox
from pipeline.gateway.request import STATUS, PushRequest, Reason
from pipeline.gateway.signing import sign
from pipeline.gateway.specs import PUSHES
from pipeline.producer import MAX_RECORD_BYTES, Record
from pipeline.settings import Settings
from schemas.raw import RawHeaders
from schemas.topics import RAW_OF
from tests.examples import tries

SECRETS = (Secret(b"key", b"app"), Secret(b"token", is_token=True))
MOST = 5000


class FakeKafka:
    """A confirmed producer: `kept` is what it has confirmed; `mood` is what becomes of the next batches."""

    partitions = 4

    def __init__(self) -> None:
        self.kept: list[tuple[str, Record]] = []
        self.batches = 0
        self.away = False
        self.silent: asyncio.Event | None = None

    async def send(self, pending: Mapping[tuple[str, int], Sequence[Record]]) -> dict[tuple[str, int], int]:
        self.batches += 1
        if self.silent is not None:
            await self.silent.wait()
        if self.away:
            raise KafkaConnectionError("no broker")
        self.kept += [(topic, record) for (topic, _), records in pending.items() for record in records]
        return {}


class Gateway:
    """A running gateway with a fake Kafka and a clock that the test moves."""

    def __init__(self, places: Mapping[str, Any] | None = None) -> None:
        self.now_s = 1_714_036_510
        self.kafka = FakeKafka()
        self.outbox = Outbox(self.kafka)
        keyring = Keyring(dict.fromkeys(PUSHES, SECRETS) if places is None else places)
        self.push = Push(keyring, Memory(self._put), MOST, now_s=lambda: self.now_s)
        self.ailing = ""
        app = application(self.push, self._ailment)
        self.http = httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://gateway")

    async def _ailment(self) -> str:
        return self.ailing

    def _put(self, accepted: Accepted) -> "asyncio.Future[None]":
        headers = accepted.headers.to_headers()
        return self.outbox.put(accepted.topic, Record(accepted.key, accepted.value, 0, headers))

    async def send(self, request: PushRequest, **changed: Any) -> httpx.Response:
        path = f"/push/{request.source}/{request.shop}" + (f"/{request.api}" if request.api else "")
        told = {"method": request.method, "content": request.body, "headers": dict(request.headers)} | changed
        return await self.http.request(url=f"{path}?{request.query.decode()}", **told)

    def signed(self, source: str = "jd", document: bytes = b'{"a":1}', **told: Any) -> PushRequest:
        return sign(PUSHES[source], document, SECRETS, self.now_s, **{"shop": "shop-a"} | told)


@contextlib.asynccontextmanager
async def running(**told: Any) -> AsyncIterator[Gateway]:
    started = Gateway(**told)
    sending = asyncio.create_task(started.outbox.run())
    yield started
    sending.cancel()
    await asyncio.wait([sending])


@pytest.fixture
async def gateway() -> AsyncIterator[Gateway]:
    async with running() as started:
        yield started


def counted(source: str, reason: str) -> float:
    labels = {"source": source, "reason": reason}
    return REGISTRY.get_sample_value("certainty_gateway_refusals_total", labels) or 0.0


async def refused(gateway: Gateway, request: PushRequest, reason: Reason, **changed: Any) -> httpx.Response:
    """Send what must be refused for this reason, counted, and leave nothing behind."""
    before, kept = counted(request.source, reason), len(gateway.kafka.kept)
    answer = await gateway.send(request, **changed)
    assert (answer.status_code, answer.text != "") == (STATUS[reason], True), answer.text
    assert counted(request.source, reason) == before + 1
    assert len(gateway.kafka.kept) == kept
    return answer


async def test_a_delivery_is_answered_with_success_once_its_bytes_are_in_kafka(gateway: Gateway) -> None:
    answer = await gateway.send(gateway.signed("jd", api="orders", delivery_id="d-1"))
    assert (answer.status_code, answer.json()) == (200, {"result": "ok"})
    ((topic, record),) = gateway.kafka.kept
    assert (topic, record.key, record.value) == (RAW_OF["jd"].name, b"d-1", b'{"a":1}')
    assert RawHeaders.from_headers(record.headers) == RawHeaders(
        "jd", "shop-a", gateway.now_s * 1000, "d-1", api="orders"
    )


async def test_no_success_before_the_confirmation(gateway: Gateway) -> None:
    gateway.kafka.silent = asyncio.Event()
    waiting = asyncio.create_task(gateway.send(gateway.signed()))
    while not gateway.kafka.batches:
        await asyncio.sleep(0)
    assert not waiting.done()
    gateway.kafka.silent.set()
    assert (await waiting).status_code == 200


async def test_a_repeated_delivery_is_answered_again_and_recorded_once(gateway: Gateway) -> None:
    first = gateway.signed(delivery_id="d-1")
    for request in (first, first):
        assert (await gateway.send(request)).status_code == 200
    gateway.now_s += 60  # the relay signs its second attempt anew
    assert (await gateway.send(gateway.signed(delivery_id="d-1"))).status_code == 200
    assert len(gateway.kafka.kept) == 1


async def test_copies_that_come_together_wait_for_one_record(gateway: Gateway) -> None:
    request = gateway.signed()
    answers = await asyncio.gather(*[gateway.send(request) for _ in range(20)])
    assert {answer.status_code for answer in answers} == {200}
    assert len(gateway.kafka.kept) == 1


@pytest.mark.parametrize("changed", [{"shop": "shop-b"}, {"api": "stock"}, {"delivery_id": "d-2"}])
async def test_a_signature_that_came_before_does_not_speak_for_another_delivery(
    gateway: Gateway, changed: dict[str, str]
) -> None:
    told = {"shop": "shop-a", "api": "orders", "delivery_id": "d-1"}
    assert (await gateway.send(gateway.signed(**told))).status_code == 200
    await refused(gateway, gateway.signed(**told | changed), Reason.REPLAYED)


async def test_wechats_plain_signature_serves_one_body_only(gateway: Gateway) -> None:
    first = gateway.signed("own-shop", b'{"ToUserName":"gh","MsgType":"event"}', scheme="wechat")
    assert (await gateway.send(first)).text == "success"
    await refused(gateway, first, Reason.REPLAYED, content=b'{"ToUserName":"gh","MsgType":"text"}')


async def test_an_old_delivery_is_refused_and_counted(gateway: Gateway) -> None:
    request = gateway.signed()
    gateway.now_s += 301
    await refused(gateway, request, Reason.STALE)


async def test_many_deliveries_go_in_few_batches(gateway: Gateway) -> None:
    requests = [gateway.signed("cs", b'{"n":%d}' % number) for number in range(300)]
    answers = await asyncio.gather(*map(gateway.send, requests))
    assert {answer.status_code for answer in answers} == {200}
    assert len(gateway.kafka.kept) == 300
    assert gateway.kafka.batches < 30


async def test_forged_unsigned_and_misplaced_deliveries_are_refused(gateway: Gateway) -> None:
    good = gateway.signed()
    await refused(gateway, good, Reason.FORGED, content=b'{"a":2}')
    await refused(gateway, good, Reason.UNSIGNED, headers={})
    answer = await refused(gateway, good, Reason.METHOD, method="GET", content=b"")
    assert answer.headers["allow"] == "POST"
    await refused(gateway, good, Reason.METHOD, method="DELETE")
    await refused(gateway, gateway.signed(shop="shop a"), Reason.UNKNOWN)
    await refused(gateway, gateway.signed(shop="x" * 65), Reason.UNKNOWN)
    assert (await gateway.send(gateway.signed(shop="x" * 64))).status_code == 200


async def test_an_unknown_source_has_one_label_whatever_its_name(gateway: Gateway) -> None:
    before = counted("unknown", Reason.UNKNOWN)
    answer = await gateway.http.post("/push/ebay/shop-a", content=b"{}")
    assert (answer.status_code, answer.json()["error"]) == (404, "unknown")
    assert counted("unknown", Reason.UNKNOWN) == before + 1
    assert counted("ebay", Reason.UNKNOWN) == 0
    assert (await gateway.http.get("/else")).json()["error"] == "unknown"


async def test_only_the_shops_that_have_secrets_are_open() -> None:
    async with running(places={"jd/shop-a": SECRETS}) as gateway:
        assert (await gateway.send(gateway.signed())).status_code == 200
        await refused(gateway, gateway.signed(shop="shop-b"), Reason.CLOSED)
        await refused(gateway, gateway.signed("cs"), Reason.CLOSED)


async def test_a_body_over_the_limit_is_refused_and_the_very_limit_is_taken(gateway: Gateway) -> None:
    largest = b'"' + b"x" * (MOST - 2) + b'"'
    assert (await gateway.send(gateway.signed(document=largest))).status_code == 200
    answer = await refused(gateway, gateway.signed(document=largest + b" "), Reason.TOO_LARGE)
    assert answer.headers["connection"] == "close"


async def test_a_body_of_untold_length_is_read_no_further_than_the_limit(gateway: Gateway) -> None:
    read = 0

    async def endless() -> AsyncIterator[bytes]:
        nonlocal read
        while True:
            read += 1000
            yield b"x" * 1000

    await refused(gateway, gateway.signed(), Reason.TOO_LARGE, content=endless())
    assert read <= MOST + 2000


async def test_nothing_is_read_of_who_may_not_deliver() -> None:
    async def body() -> AsyncIterator[bytes]:
        raise AssertionError("the body was read")
        yield b""

    async with running(places={}) as gateway:
        await refused(gateway, gateway.signed(), Reason.CLOSED, content=body())
        await refused(gateway, gateway.signed(), Reason.METHOD, content=body(), method="PUT")


@pytest.mark.parametrize("declared", ["6", "8"])
async def test_a_body_of_another_length_than_declared_is_refused(gateway: Gateway, declared: str) -> None:
    request = gateway.signed()
    headers = {**request.headers, "content-length": declared}
    await refused(gateway, request, Reason.TRUNCATED, headers=headers)


async def test_a_body_that_is_cut_off_is_refused() -> None:
    async def gone() -> dict[str, Any]:
        return {"type": "http.disconnect"}

    with pytest.raises(intake.Refused) as told:
        await intake.read_body(gone, b"", MOST)
    assert told.value.reason is Reason.TRUNCATED


async def test_a_body_that_does_not_come_is_waited_for_no_longer_than_its_time(
    gateway: Gateway, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(intake, "BODY_S", 0.01)

    async def never() -> AsyncIterator[bytes]:
        yield b"{"
        await asyncio.Event().wait()

    await refused(gateway, gateway.signed(), Reason.SLOW, content=never())


async def test_what_cannot_be_read_is_refused(gateway: Gateway) -> None:
    await refused(gateway, gateway.signed(document=b"\xff\xfe"), Reason.CHARSET)
    await refused(gateway, gateway.signed(document=b'{"a":'), Reason.NOT_JSON)
    await refused(gateway, gateway.signed(document=b"[" * 65 + b"]" * 65), Reason.TOO_DEEP)


async def test_while_kafka_is_away_nothing_is_acknowledged_and_it_comes_back_by_itself(
    gateway: Gateway,
) -> None:
    gateway.kafka.away = True
    answer = await refused(gateway, gateway.signed(), Reason.KAFKA_AWAY)
    assert answer.headers["retry-after"] == "5"
    gateway.kafka.away = False
    assert (await gateway.send(gateway.signed())).status_code == 200
    assert len(gateway.kafka.kept) == 1


async def test_a_kafka_that_is_silent_is_waited_for_no_longer_than_its_time(
    gateway: Gateway, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(memory, "PATIENCE_S", 0.01)
    gateway.kafka.silent = asyncio.Event()
    await refused(gateway, gateway.signed(), Reason.KAFKA_AWAY)
    gateway.kafka.silent.set()
    # It was recorded after all: the sender's next attempt hears so, and makes no second record.
    assert (await gateway.send(gateway.signed())).status_code == 200
    assert len(gateway.kafka.kept) == 1


async def test_what_waited_too_long_is_forgotten_unsent(
    gateway: Gateway, monkeypatch: pytest.MonkeyPatch
) -> None:
    gateway.kafka.silent = asyncio.Event()
    first = asyncio.create_task(gateway.send(gateway.signed("cs", b"[0]")))
    while not gateway.kafka.batches:
        await asyncio.sleep(0)
    with monkeypatch.context() as impatient:
        impatient.setattr(memory, "PATIENCE_S", 0.01)
        impatient.setattr(outbox, "PATIENCE_S", -1.0)
        for number in (1, 2):
            await refused(gateway, gateway.signed("cs", b"[%d]" % number), Reason.KAFKA_AWAY)
    gateway.kafka.silent.set()
    assert (await first).status_code == 200
    assert (await gateway.send(gateway.signed("cs", b"[3]"))).status_code == 200
    assert [record.value for _, record in gateway.kafka.kept] == [b"[0]", b"[3]"]


async def test_more_than_may_wait_is_refused_at_once_and_memory_stays_bounded(
    gateway: Gateway, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(outbox, "MOST_WAITING", 10)
    monkeypatch.setattr(memory, "PATIENCE_S", 0.05)
    gateway.kafka.silent = asyncio.Event()
    requests = [gateway.signed("cs", b"[%d]" % number) for number in range(50)]
    answers = await asyncio.gather(*map(gateway.send, requests))
    assert {answer.status_code for answer in answers} == {503}
    assert sum(answer.json()["error"] == "busy" for answer in answers) >= 30
    gateway.kafka.silent.set()


@pytest.mark.parametrize(("requests", "size"), [(0, MOST), (1, 6)])
async def test_more_than_may_be_handled_at_a_time_is_refused(
    gateway: Gateway, requests: int, size: int
) -> None:
    gateway.push._admission = intake.Admission(requests, size)
    answer = await refused(gateway, gateway.signed(), Reason.BUSY)
    assert answer.headers["retry-after"] == "5"
    gateway.push._admission = intake.Admission(1, 7)
    for number in range(3):  # a place that was held is free again
        request = gateway.signed(delivery_id=str(number), document=b'{"a":%d}' % number)
        assert (await gateway.send(request)).status_code == 200


async def test_a_sender_that_ends_leaves_nobody_waiting(gateway: Gateway) -> None:
    class Broken(FakeKafka):
        async def send(self, pending: Any) -> Any:
            raise ZeroDivisionError

    box = Outbox(Broken())
    sending = asyncio.create_task(box.run())
    waiting = box.put("raw.cs.v1", Record(b"k", b"v", 0))
    with pytest.raises(intake.Refused):
        await waiting
    with pytest.raises(ZeroDivisionError):
        await sending


def test_what_was_used_least_lately_is_forgotten_first() -> None:
    lately = Lately(2)
    lately.put(b"a", b"1")
    lately.put(b"b", b"2")
    assert lately.get(b"a") == b"1"
    lately.put(b"c", b"3")
    assert (lately.get(b"a"), lately.get(b"b"), lately.get(b"c")) == (b"1", None, b"3")


async def test_health_tells_what_ails_it(gateway: Gateway) -> None:
    assert (await gateway.http.get("/health")).status_code == 200
    gateway.ailing = "Kafka does not answer"
    answer = await gateway.http.get("/health")
    assert (answer.status_code, answer.json()["message"]) == (503, gateway.ailing)


async def test_metrics_count_deliveries_and_refusals_without_naming_shops(gateway: Gateway) -> None:
    await gateway.send(gateway.signed(shop="secret-shop"))
    text = (await gateway.http.get("/metrics")).text
    assert 'certainty_gateway_deliveries_total{outcome="recorded",source="jd"}' in text
    assert "secret-shop" not in text


def test_the_largest_delivery_fits_a_record() -> None:
    assert Settings(_env_file=None).gateway_body_bytes == MAX_RECORD_BYTES


def among(words: str) -> st.SearchStrategy[str]:
    return st.sampled_from(words.split())


PATHS = st.sampled_from([*PUSHES, "", "x", "%00", "%FF", "..", "kdniao/a", "订"])
VALUES = st.binary(max_size=40) | st.sampled_from([b"0", b"9" * 30, b"application/json; charset=\xff"])
NAMES = among("event-sign aftership-hmac-sha256 x-certainty-signature x-certainty-timestamp"
              " x-certainty-delivery content-type content-length app-id")  # fmt: skip
PARTS = among("param sign RequestData DataSign signature timestamp nonce echostr msg_signature sign_v2"
              " param_json % & = +")  # fmt: skip
FORMS = st.lists(st.tuples(PARTS, st.text(max_size=9)), max_size=6)
BODIES = st.binary() | FORMS.map(lambda pairs: "&".join(f"{a}={b}" for a, b in pairs).encode())


@settings(max_examples=tries(300))
@given(PATHS, among("POST GET PUT HEAD"), FORMS, st.dictionaries(NAMES, VALUES), BODIES)
async def test_no_bytes_on_any_endpoint_give_a_500(
    path: str, method: str, query: list[tuple[str, str]], headers: dict[str, bytes], body: bytes
) -> None:
    async with running() as gateway:
        url = f"/push/{path}/a"
        answer = await gateway.http.request(method, url, params=query, headers=headers, content=body)
        assert answer.status_code in {200, *STATUS.values()}


@settings(max_examples=tries(200))
@given(among(" ".join(PUSHES)), st.integers(0, 1), BODIES, st.dictionaries(NAMES, VALUES))
async def test_no_bytes_that_are_rightly_signed_give_a_500(
    source: str, way: int, body: bytes, changed: dict[str, bytes]
) -> None:
    schemes = [scheme for scheme in PUSHES[source].schemes if scheme.name != "wechat"]
    async with running() as gateway:
        blank = PushRequest(source, "a")
        made = schemes[way % len(schemes)].make(blank, body, SECRETS[0], gateway.now_s)
        answer = await gateway.send(made, headers={**made.headers, **changed})
        assert answer.status_code in {200, *STATUS.values()}
