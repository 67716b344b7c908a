"""How Hypothesis judges slowness, and which files come first."""

import pytest
from hypothesis import HealthCheck, settings

LONGEST = (
    "test_real_stack.py",
    "test_worker_faults.py",
    "test_board_browser.py",
    "test_behind_proxy.py",
    "test_worker_in_step.py",
    "test_gateway_fuzz.py",
)
"""Files that take minutes, mostly waiting: they begin first, so that none is left alone at the end."""

# Slowness is not judged at all, since other tests have the same processors at the same time.
# Of CI's own profile where CI is set: fixed examples and no database of earlier failures.
settings.register_profile(
    "shared", parent=settings(), deadline=None, suppress_health_check=[HealthCheck.too_slow]
)
settings.load_profile("shared")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Put the longest files first; the order within a file stays."""
    places = {name: place for place, name in enumerate(LONGEST)}
    items.sort(key=lambda item: places.get(item.path.name, len(LONGEST)))
