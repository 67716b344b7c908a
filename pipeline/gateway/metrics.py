"""Every metric of the gateway, declared once; no shop, order or waybill is ever a label."""

from prometheus_client import Counter, Gauge, Histogram

TAKEN = Counter(
    "certainty_gateway_deliveries_total", "Deliveries answered with success", ["source", "outcome"]
)
"""outcome: recorded; repeated (recorded before); greeted (a verification, nothing to record)."""
REFUSED = Counter("certainty_gateway_refusals_total", "Deliveries refused", ["source", "reason"])
"""source: "unknown" for one that is in no table."""
CONFIRM_SECONDS = Histogram("certainty_gateway_confirm_seconds", "One batch, from sending to confirmation")
WAITING = Gauge("certainty_gateway_waiting_records", "Records that wait to be sent")
