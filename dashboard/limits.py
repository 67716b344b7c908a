"""The board's numbers that are promises: how often it looks, how long it waits, when data is old."""

from datetime import timedelta

REFRESH_S = 30
"""Seconds between two looks of one open page."""
CACHE_TTL_S = 25
"""Seconds a picture is shared by all viewers. Below REFRESH_S: equal would show every second picture old."""
QUERY_TIMEOUT_S = 5
"""Longest wait for one answer of the store."""
AGEING_S = 90
"""Data older than this is shown as ageing."""
STALE_S = 300
"""Data older than this turns the light grey."""
AT_RISK_SHARE = 0.05
"""More than this share of the open orders at risk is yellow."""
OVERDUE_RED = timedelta(hours=2)
"""An order overdue for more than this, in nobody's hands, is red. Counted by the store's view."""
LIST_CAP = 200
"""Most rows of the at-risk list on the screen."""
EXPORT_CAP = 100_000
"""Most rows of the at-risk list in one file."""
SMALL_SAMPLE = 30
"""A ratio over fewer promises than this carries its number of promises."""
BASELINE_PROMISE = 0.92
BASELINE_CREDIBILITY = 1.0
BASELINE_SELF_HEAL = 0.65
WINDOWS = ("1h", "24h", "7d", "30d", "all")
DEFAULT_WINDOW = "24h"
