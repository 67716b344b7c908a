"""Every metric of the connectors, declared once; no order id or shop is ever a label."""

from prometheus_client import Counter, Gauge

LAG = Gauge("certainty_connector_lag_seconds", "Age of what was pulled last", ["account", "pull"])
PAGES = Counter(
    "certainty_connector_pages_total",
    "Pages: appended, repeated, empty or oversized",
    ["account", "pull", "fate"],
)
RETRIES = Counter("certainty_connector_retries_total", "Requests tried again", ["account", "pull", "why"])
STOPPED_WINDOWS = Counter(
    "certainty_connector_stopped_windows_total", "Windows given up until later", ["account", "pull", "why"]
)
STOPPED = Gauge("certainty_connector_stopped", "1: the account waits for a person", ["account"])
