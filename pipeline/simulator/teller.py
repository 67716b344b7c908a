"""Collects what is told of one order: payloads with the moment at which they reach us."""

from random import Random
from typing import Any, NamedTuple

import orjson

from pipeline.simulator.model import Order

REDELIVERED = 0.01
DELAYED = 0.02


class Step(NamedTuple):
    """One delivery. Times are milliseconds since 1970 UTC."""

    deliver_ms: int
    source: str
    key: bytes
    value: bytes
    shop: str


class Teller:
    """Speaks for every source about one order; every payload names the order, its platform and its shop."""

    def __init__(self, rng: Random, order: Order) -> None:
        self.rng = rng
        self.order = order
        self.steps: list[Step] = []
        self._whose = {"order_id": order.order_id, "platform": order.front.platform, "shop": order.shop}

    def say(self, source: str, kind: str, at: int, told: int | None = None, /, **fields: Any) -> None:
        """Tell `fields` of the order; they reach us at `told`, or soon after `at`, rarely later or twice."""
        payload = {"kind": kind, **self._whose, **fields}
        self._send(source, payload["order_id"].encode(), payload, at, told)

    def say_of_sku(self, source: str, kind: str, sku: str, at: int, /, **fields: Any) -> None:
        """Tell `fields` of a SKU."""
        self._send(source, sku.encode(), {"kind": kind, "sku": sku, **fields}, at, None)

    def _send(self, source: str, key: bytes, payload: dict[str, Any], at: int, told: int | None) -> None:
        chance = self.rng.random()
        if told is None:
            told = at + 200 + int(chance * 2_800)
            if chance < DELAYED:
                told += int(chance / DELAYED * 30_000)
        # orjson's buffer keeps its spare room (4 KiB): a copy is as small as its text.
        value = memoryview(orjson.dumps(payload)).tobytes()
        self.steps.append(Step(told, source, key, value, self.order.shop))
        if chance > 1 - REDELIVERED:
            later = told + 1_000 + int((1 - chance) / REDELIVERED * 600_000)
            self.steps.append(Step(later, source, key, value, self.order.shop))
