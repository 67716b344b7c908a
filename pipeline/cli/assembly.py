"""Puts workers together: which agents run in which group, and what each is given."""

from importlib.resources import files

from agents import clickhouse_sink, normaliser, order_hub
from pipeline.clickhouse.writer import Writer
from pipeline.domain.policy import DAY_MS, HOUR_MS, OrderPolicy
from pipeline.domain.raw_sources import RawReader
from pipeline.domain.simulated_rules import load_simulated_rules
from pipeline.endpoints import store_address
from pipeline.runtime.app import Worker
from pipeline.runtime.worker import keep_time
from pipeline.settings import Settings

GROUPS = ("core", "sink")


def assemble(settings: Settings, group: str, index: int) -> Worker:
    """Return a worker of `group` with its agents attached; nothing is connected yet."""
    worker = Worker(settings, group, index)
    if group == "sink":
        clickhouse_sink.attach(worker, Writer(store_address(settings)))
        return worker
    normaliser.attach(worker, raw_reader())
    order_hub.attach(worker, order_policy(settings))
    if settings.clock == "wall":
        keep_time(worker)
    return worker


def raw_reader() -> RawReader:
    """Return the reader of raw records with the rules this version ships."""
    text = files("pipeline.rules").joinpath("simulated.toml").read_text(encoding="utf-8")
    return RawReader(load_simulated_rules(text))


def order_policy(settings: Settings) -> OrderPolicy:
    """Return the thresholds of the order hub."""
    return OrderPolicy(
        ship_promise_ms=round(settings.ship_promise_h * HOUR_MS),
        retention_ms=round(settings.retention_d * DAY_MS),
    )
