"""How Hypothesis judges slowness: not at all, since other tests have the same processors at the same time."""

from hypothesis import HealthCheck, settings

# Of CI's own profile where CI is set: fixed examples and no database of earlier failures.
settings.register_profile(
    "shared", parent=settings(), deadline=None, suppress_health_check=[HealthCheck.too_slow]
)
settings.load_profile("shared")
