"""What people and outside systems answer in our own words: the events that raw.command.v1 carries."""

from collections.abc import Mapping
from typing import Any

from pipeline.simulator.voices.writing import Payload, moment
from schemas.anomaly_life import Taken, order_subject
from schemas.base import Event, derived_id
from schemas.conflict import ConflictDecided
from schemas.inventory import StockCommandConfirmed
from schemas.refund import ConfirmationAnswered
from schemas.returns import (
    QualityReport,
    QualityReportsTold,
    StepConfirmed,
    StockLevel,
    StockTold,
    step_command_id,
)
from schemas.stock import sale_command_id


def _said(
    told: Payload, what: str, **whose: str
) -> dict[str, Any]:  # fields of an event, which validates them
    """Fields of every event; `what` tells it from all others about the order."""
    event_id = derived_id(told["order_id"], what)
    at = moment(told["at"])
    return {"event_id": event_id, "cause_id": event_id, "occurred_at": at, "observed_at": at, **whose}


def _of_return(told: Payload, what: str) -> dict[str, Any]:  # likewise
    refund_id = told["refund_id"]
    return _said(told, f"{what}|{refund_id}", order_id=told["order_id"], refund_id=refund_id)


def _json(event: Event) -> Payload:
    return event.model_dump(mode="json", exclude_none=True)


def decided(told: Payload) -> Payload:
    """Return a supervisor's decision on who is right about an order."""
    said = _said(told, "decided", order_id=told["order_id"])
    return _json(
        ConflictDecided(
            **said,
            command_id=said["event_id"],
            right=told["right"],
            decided_by="supervisor",
            why="the parcel has left the warehouse",
        )
    )


def taken(told: Payload) -> Payload:
    """Return that a person takes care of one anomaly of an order."""
    said = _said(told, "taken", subject=order_subject(told["order_id"]))
    return _json(Taken(**said, kind=told["kind"], by="supervisor"))


def answered(told: Payload) -> Payload:
    """Return customer service's answer to a second confirmation."""
    said = _of_return(told, "answered")
    return _json(
        ConfirmationAnswered(
            **said, refund_version=told["refund_version"], answer=told["answer"], who="customer-service"
        )
    )


def reports_told(told: Payload) -> Payload:
    """Return the quality reports of returned goods."""
    reports = [_report(report) for report in told["reports"]]
    return _json(QualityReportsTold(**_of_return(told, "reports"), reports=tuple(reports)))


def _report(report: Mapping[str, Any]) -> QualityReport:
    sku, at = report["sku"], report["reported_at"]
    return QualityReport(sku=sku, report_id=f"QR-{sku}-{at}", reported_at=moment(at))


def stock_told(told: Payload) -> Payload:
    """Return the stock of returned goods."""
    levels = [StockLevel(**level) for level in told["levels"]]
    return _json(StockTold(**_of_return(told, "stock"), levels=tuple(levels)))


def stock_confirmed(told: Payload) -> Payload:
    """Return that a storefront carried out a command about a SKU."""
    sku, front = told["sku"], told["storefront"]
    command_id = sale_command_id(sku, told["command"], front, told["number"])
    event_id = derived_id(command_id, "confirmed")
    at = moment(told["at"])
    said = {"event_id": event_id, "cause_id": event_id, "occurred_at": at, "observed_at": at}
    return _json(StockCommandConfirmed(**said, sku=sku, storefront=front, command_id=command_id))


def confirmed(told: Payload) -> Payload:
    """Return that one step of a return is done."""
    command_id = step_command_id(told["order_id"], told["refund_id"], told["step"])
    said = _of_return(told, f"confirmed|{told['step']}")
    return _json(StepConfirmed(**said, step=told["step"], command_id=command_id))
