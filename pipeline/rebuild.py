"""Throws away everything derived and lets the workers build it again from the raw topics."""

import shutil
import time
from collections.abc import Callable

from pipeline.clickhouse.client import connect, typed_errors
from pipeline.clickhouse.tables import COMPUTED, DEAD_LETTERS, TABLES
from pipeline.embedded.topics import admin, create_topics
from pipeline.endpoints import kafka_bootstrap, store_address
from pipeline.runtime.tables import CHANGELOGS, GROUPS
from pipeline.settings import Settings
from schemas.topics import DERIVED

LEAVE_S = 30.0
LOOK_S = 0.5


class WorkersAlive(RuntimeError):
    """Workers still hold the consumer groups: their state must not change under them."""


def rebuild(settings: Settings, say: Callable[[str], None]) -> None:
    """Forget offsets, derived topics, worker state and derived tables; raw topics and dead letters stay.

    Findings and anomalies are derived, too: the maps of today say anew what they do not know.

    Workers started afterwards replay every raw record. Dead letters are kept because those of imported
    files exist nowhere else; replayed ones have equal ids. Raises WorkersAlive, BrokerAway or StoreAway.
    """
    bootstrap = kafka_bootstrap(settings)
    _await_no_workers(bootstrap, say)
    derived = [topic.name for topic in DERIVED] + list(CHANGELOGS)
    # First: state that is ahead of its changelog stops a worker, if this is killed in between.
    for folder in (settings.data_dir / "state").glob("*"):
        shutil.rmtree(folder)
    with admin(bootstrap) as client:
        client.delete_groups(list(GROUPS.values()))
        known = set(client.list_topics())
        client.delete_topics([name for name in derived if name in known])
        _await_gone(client.list_topics, derived)
    create_topics(bootstrap, settings)
    say(f"{len(derived)} derived topics are empty again")
    _empty_tables(settings)
    say("derived tables are empty again; workers started from now on replay every raw record")


def _await_no_workers(bootstrap: str, say: Callable[[str], None]) -> None:
    deadline = time.monotonic() + LEAVE_S
    told = False
    while alive := _members(bootstrap):
        if time.monotonic() > deadline:
            raise WorkersAlive(f"{alive} workers are running: stop them first, then replay")
        if not told:
            say(f"waiting for {alive} workers to leave their group (at most {LEAVE_S:.0f} s)")
            told = True
        time.sleep(LOOK_S)


def _members(bootstrap: str) -> int:
    with admin(bootstrap) as client:
        known = {group["group_id"] for group in client.list_groups()}
        asked = [group for group in GROUPS.values() if group in known]
        described = client.describe_groups(asked) if asked else {}
        return sum(len(described[group]["members"]) for group in asked)


def _await_gone(list_topics: Callable[[], list[str]], names: list[str]) -> None:
    deadline = time.monotonic() + LEAVE_S
    while set(list_topics()) & set(names) and time.monotonic() < deadline:
        time.sleep(LOOK_S)


def _empty_tables(settings: Settings) -> None:
    client = connect(store_address(settings))
    with typed_errors():
        for name in (*TABLES, *COMPUTED):
            if name != DEAD_LETTERS.name:
                client.command("TRUNCATE TABLE {name:Identifier}", parameters={"name": name})
    client.close()
