"""How Hypothesis judges slowness, which files come first, and which are run by one process."""

from typing import Any

import pytest
from hypothesis import HealthCheck, settings
from xdist.scheduler import LoadFileScheduling

EARLY = (
    "test_worker_faults.py",
    "test_real_stack.py",
    "property",
    "sources",
    "test_worker_in_step.py",
    "test_board_browser.py",
    "test_behind_proxy.py",
    "test_gateway_fuzz.py",
)
"""Files that take minutes, mostly waiting: they begin early, so that none is left alone at the end. Folders
between them are pure computing: they keep the processors busy meanwhile."""

ALONE = ("test_gateway.py", "test_gateway_fuzz.py", "test_import.py", "test_up.py", "test_commands.py")
"""Connected files that start what they need themselves; the others share a broker and a store."""

KILLING = ("test_worker_faults.py", "test_worker_parcels.py")
"""Files about workers that are run by one process; another has the other ones."""

# Slowness is not judged at all, since other tests have the same processors at the same time.
# Of CI's own profile where CI is set: fixed examples and no database of earlier failures.
settings.register_profile(
    "shared", parent=settings(), deadline=None, suppress_health_check=[HealthCheck.too_slow]
)
settings.load_profile("shared")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Put the longest files early; the order within a file stays."""
    places = {name: place for place, name in enumerate(EARLY)}

    def place(item: pytest.Item) -> int:
        return places.get(item.path.name, places.get(item.path.parent.name, len(EARLY)))

    items.sort(key=place)


def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> LoadFileScheduling:
    """Give whole files to a process, and those that share a broker and a store to the same one."""
    return ByStack(config, log)


class ByStack(LoadFileScheduling):
    """Whole files, some of them together: a broker and a store cost 10 s of processor time, and more idle."""

    def _split_scope(self, nodeid: str) -> str:
        path = str(super()._split_scope(nodeid))
        folder, _, name = path.rpartition("/")
        if not folder.startswith("tests/connected") or name in ALONE:
            return path
        if folder.endswith("workers"):
            return "workers killed" if name in KILLING else "workers"
        return "a store"
