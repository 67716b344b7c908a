"""Collects what is told of one order: payloads with the moment at which they reach us."""

from random import Random
from typing import Any, NamedTuple

from pipeline.simulator.model import Order
from pipeline.simulator.voices import Spoken, speak

REDELIVERED = 0.01
DELAYED = 0.02


class Step(NamedTuple):
    """One delivery. Times are milliseconds since 1970 UTC. `pushed`: it comes through the gateway."""

    deliver_ms: int
    source: str
    key: bytes
    document: bytes
    shop: str
    api: str = ""
    pushed: bool = False


def step_of(deliver_ms: int, key: str, spoken: Spoken, shop: str = "main") -> Step:
    """Return the delivery of what was spoken."""
    return Step(deliver_ms, spoken.source, key.encode(), spoken.document, shop, spoken.api, spoken.pushed)


class Teller:
    """Speaks for every source about one order; every payload names the order, its platform and its shop."""

    def __init__(self, rng: Random, order: Order, receiver: dict[str, Any]) -> None:
        self.rng = rng
        self.order = order
        self.receiver = receiver
        self.steps: list[Step] = []
        self._whose = {"order_id": order.order_id, "platform": order.front.platform, "shop": order.shop}

    def say(self, speaker: str, kind: str, at: int, told: int | None = None, /, **fields: Any) -> None:
        """Tell `fields` of the order; they reach us at `told`, or soon after `at`, rarely later or twice."""
        said = {**self._whose, **fields}
        spoken = speak(speaker, kind, said)
        chance = self.rng.random()
        if told is None:
            told = at + 200 + int(chance * 2_800)
            if chance < DELAYED:
                told += int(chance / DELAYED * 30_000)
        step = step_of(told, said["order_id"], spoken, self.order.shop)
        self.steps.append(step)
        if chance > 1 - REDELIVERED:
            later = told + 1_000 + int((1 - chance) / REDELIVERED * 600_000)
            self.steps.append(step._replace(deliver_ms=later))
