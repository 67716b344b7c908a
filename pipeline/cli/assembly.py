"""Puts workers together: which agents run in which group, and what each is given."""

from collections.abc import Mapping
from functools import lru_cache, partial
from pathlib import Path

from agents import anomaly_healer, inventory_sentinel, normaliser, order_hub, parcel_linker
from pipeline.cli.policies import case_policies, life_policy, parcel_policy, stock_policy
from pipeline.domain.adapters.facts import CheckReceiver
from pipeline.domain.addresses import AddressFields, check_receiver
from pipeline.domain.raw_sources import RawReader
from pipeline.rules.adapters import all_adapters
from pipeline.rules.divisions import shipped_divisions
from pipeline.runtime.app import Worker
from pipeline.runtime.worker import keep_time
from pipeline.settings import Settings
from schemas.order import Receiver

GROUPS = ("core", "sink")
RECEIVERS_MOST = 4096
"""Most judged receivers that are remembered: a platform tells an order's address again with every change."""


def assemble(settings: Settings, group: str, index: int) -> Worker:
    """Return a worker of `group` with its agents attached; nothing is connected yet."""
    worker = Worker(settings, group, index)
    if group == "sink":
        _attach_sink(worker)
        return worker
    normaliser.attach(worker, raw_reader(settings.sources_dir))
    parcel_linker.attach(worker, parcel_policy(settings))
    order_hub.attach(worker, case_policies(settings))
    inventory_sentinel.attach(worker, stock_policy(settings))
    anomaly_healer.attach(worker, life_policy(settings))
    if settings.clock == "wall":
        keep_time(worker)
    return worker


def _attach_sink(worker: Worker) -> None:
    # The store's driver takes half a second to load: not in the group that decides.
    from agents import clickhouse_sink  # noqa: PLC0415
    from pipeline.clickhouse.writer import Writer  # noqa: PLC0415
    from pipeline.endpoints import store_address  # noqa: PLC0415

    clickhouse_sink.attach(worker, partial(Writer, store_address(worker.settings)))


def raw_reader(sources_dir: Path | None = None) -> RawReader:
    """Return the reader of raw records: the shipped sources, and those of a folder, which go before.

    Raises DocumentError, one sentence a line, for a document that cannot be used.
    """
    return RawReader(all_adapters(sources_dir, receiver_check()))


def receiver_check() -> CheckReceiver:
    """Return what judges receivers by the shipped table of divisions."""
    divisions = shipped_divisions()

    @lru_cache(maxsize=RECEIVERS_MOST)
    def judged(fields: tuple[tuple[str, str], ...], empty_is_masked: bool) -> Receiver:
        return check_receiver(AddressFields(**dict(fields)), divisions, empty_is_masked=empty_is_masked)

    def check(fields: Mapping[str, str], empty_is_masked: bool) -> Receiver:
        return judged(tuple(fields.items()), empty_is_masked)

    return check
