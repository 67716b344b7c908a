"""Who runs the keyed-state job: how each is started, and where its durable result is read."""

import json
import pickle
import sqlite3
import struct
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

Accounts = dict[str, tuple[int, int]]
CERTAINTY_HEAD = struct.Struct(">qq")
"""In front of a state: when it is due, and the last applied offset of its one input topic."""


@dataclass(frozen=True, slots=True)
class Contestant:
    """One runtime. `share`: part of the events it gets, so that a slow one ends in a similar time.

    `changelog` holds {name} and {topic}; empty: its result is read from snapshots on disk. `creates`: the
    harness creates that topic first. `group` is the consumer group whose commits must reach the end.
    """

    name: str
    module: str
    own_environment: bool
    share: float
    changelog: str
    creates: bool
    group: str
    account: Callable[[bytes, bytes], tuple[str, int, int] | None]
    peer: bool = True
    note: str = ""


def _json_account(key: bytes, value: bytes) -> tuple[str, int, int]:
    count, units = json.loads(value)
    return key.decode(), count, units


def _certainty_account(key: bytes, value: bytes) -> tuple[str, int, int] | None:
    if key.startswith(b"\x00"):
        return None
    return _json_account(key, value[CERTAINTY_HEAD.size :])


def _faust_account(key: bytes, value: bytes) -> tuple[str, int, int]:
    return _json_account(json.loads(key).encode(), value)


def _quix_account(key: bytes, value: bytes) -> tuple[str, int, int]:
    return _json_account(key.partition(b"|")[0], value)


CONTESTANTS = (
    Contestant(
        name="certainty",
        module="bench.jobs.on_certainty",
        own_environment=False,
        share=1.0,
        changelog="certainty-{name}-accounts-changelog",
        creates=True,
        group="certainty-{name}",
        account=_certainty_account,
        peer=False,
    ),
    Contestant(
        name="faust",
        module="bench.jobs.on_faust",
        own_environment=False,
        share=0.04,
        changelog="{name}-accounts-changelog",
        creates=False,
        group="{name}",
        account=_faust_account,
    ),
    Contestant(
        name="quix",
        module="bench.jobs.on_quix",
        own_environment=True,
        share=0.4,
        changelog="changelog__{name}--{topic}--default",
        creates=False,
        group="{name}",
        account=_quix_account,
    ),
    Contestant(
        name="bytewax",
        module="bench.jobs.on_bytewax",
        own_environment=True,
        share=1.0,
        changelog="{name}-changelog",
        creates=True,
        group="",
        account=_json_account,
    ),
    # Beside, not compared: the same job with the batch size that was found fastest here by hand.
    Contestant(
        name="bytewax_tuned",
        module="bench.jobs.on_bytewax",
        own_environment=True,
        share=1.0,
        changelog="{name}-changelog",
        creates=True,
        group="",
        account=_json_account,
        peer=False,
        note="20,000 a poll",
    ),
    # Not the same job: snapshots on the worker's own disk, nothing in the log. Shown beside, not compared.
    Contestant(
        name="bytewax_snapshots",
        module="bench.jobs.on_bytewax",
        own_environment=True,
        share=1.0,
        changelog="",
        creates=False,
        group="",
        account=_json_account,
        peer=False,
        note="20,000 a poll, no changelog",
    ),
)


def accounts_of(contestant: Contestant, changelog: Mapping[bytes, bytes | None]) -> Accounts:
    """Return what a changelog's last values say per SKU."""
    accounts: Accounts = {}
    for key, value in changelog.items():
        found = contestant.account(key, value) if value is not None else None
        if found is not None:
            accounts[found[0]] = found[1:]
    return accounts


def snapshot_accounts(state: Path) -> Accounts:
    """Return what Bytewax's recovery store holds per SKU, the latest snapshot of each."""
    accounts: Accounts = {}
    for part in sorted(state.glob("part-*.sqlite3")):
        with sqlite3.connect(part) as store:
            rows = store.execute(
                "SELECT state_key, ser_change FROM snaps WHERE step_id LIKE '%.account' ORDER BY snap_epoch"
            )
            for sku, change in rows:
                accounts[sku] = pickle.loads(change)  # noqa: S301  (our own process wrote it a moment ago)
    return accounts
