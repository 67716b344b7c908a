"""The board's numbers that are promises: how often it looks, how long it waits, when data is old."""

from datetime import timedelta

REFRESH_S = 30
"""Most seconds between two looks of one open page."""
SOONEST = 0.85
"""Of REFRESH_S: the shortest time between two looks. Each session has its own between the two."""
SOON_S = 2
"""Seconds between early looks of a page after a press."""
EARLY_LOOKS = 3
"""How many there are: on a busy machine the first may come before the store has what came of the press."""
CACHE_TTL_S = 25
"""Seconds a picture is shared by all viewers. Below the soonest look: else every second picture is old."""
FAILED_TTL_S = 5
"""Seconds a failure is shared: so long nobody asks the store again."""
PRESS_S = 5.0
"""Longest wait for the answer to a press."""
SAME_PRESS_S = 20.0
"""The same press again within this is a double click: it is answered, not sent."""
WARM_EVERY_S = 2
"""Seconds between two looks for answers that are getting old."""
WARM_AFTER_S = 18
"""An answer older than this is asked again in the background: well before CACHE_TTL_S, so nobody waits."""
WARM_WHILE_S = 70
"""An answer that nobody asked for so long is left to age: two refreshes of an open page."""
ORDER_TTL_S = 4
"""Seconds the story of one order, or what a search found, is shared."""
KEPT_ANSWERS = 256
"""Most answers kept in memory."""
QUERY_TIMEOUT_S = 5
"""Longest wait for one answer of the store."""
BUDGET_TARGET = 0.92
"""Promises that must be kept; the rest is the budget of broken ones."""
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
BASELINE_PROMISE = BUDGET_TARGET
BASELINE_CREDIBILITY = 1.0
BASELINE_SELF_HEAL = 0.65
CRITICAL_SHARE = 0.9
"""Below its baseline a part of the index is at risk; below this share of its baseline it is critical."""
WINDOWS = ("1h", "24h", "7d", "30d", "all")
DEFAULT_WINDOW = "24h"
