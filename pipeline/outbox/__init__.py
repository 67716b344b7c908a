"""Sends commands of people and outside systems, confirmed by the broker, and waits for their answers."""

from pipeline.outbox.answers import Answer, KeyReused
from pipeline.outbox.box import KafkaAway, Outbox, press
from pipeline.outbox.wishes import (
    Wish,
    ask_may_ship,
    change_address,
    confirm_refund,
    decide,
    refund_difference,
    resolve,
    take,
    track,
)

__all__ = [
    "Answer",
    "KafkaAway",
    "KeyReused",
    "Outbox",
    "Wish",
    "ask_may_ship",
    "change_address",
    "confirm_refund",
    "decide",
    "press",
    "refund_difference",
    "resolve",
    "take",
    "track",
]
