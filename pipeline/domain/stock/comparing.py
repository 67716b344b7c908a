"""Compares a cloud warehouse's count with the ledger: large deviations alarm, small ones are calibrated.

A deviation that a late movement explains takes the calibration back that it had brought about. Calibrations
beyond their budget, or always in one direction, are no noise but a leak: a person must look.
"""

from typing import Final

from pipeline.domain.policy import DAY_MS
from pipeline.domain.stock.ledger import Place
from pipeline.domain.stock.policy import Thresholds
from pipeline.domain.stock.turn import Turn
from pipeline.domain.stock.windows import DEVIATION_MAX
from schemas.inventory import StockCounted, StockMoved
from schemas.stock import StockCalibrated, StockDeviated, stock_subject
from schemas.vocabulary import AnomalyEnd, AnomalyKind

DEVIATION = AnomalyKind.STOCK_DEVIATION
TRIES_MOST: Final = 20
"""Most calibrations that are told as tries of one leak; a person is asked after three (docs/anomalies.md)."""


def compare(turn: Turn, warehouse: str) -> None:
    """Tell what is new about the deviation in this warehouse, and mend what may be mended."""
    place = turn.place(warehouse)
    deviation = place.compared
    if deviation is None:
        return
    limits = turn.policy.of(turn.sku, warehouse)
    if place.leaking and isinstance(turn.cause, StockCounted) and turn.cause.counter == "ledger":
        place = place._replace(leaking=False)
        _gone(turn, warehouse, AnomalyEnd.RESOLVED, "the ledger was counted anew")
    if deviation != (place.deviation or 0):
        _tell(turn, warehouse, place, deviation)
    turn.put(warehouse, place._replace(deviation=deviation))
    if abs(deviation) > limits.deviation_units:
        _alarm(turn, warehouse, deviation)
        return
    if place.alarmed:
        turn.put(warehouse, turn.place(warehouse)._replace(alarmed=False))
        if not place.leaking:
            _gone(turn, warehouse, AnomalyEnd.HEALED, "within the limit again")
    if deviation and not place.leaking:
        _calibrate(turn, warehouse, deviation, limits, is_new=not place.alarmed)


def _tell(turn: Turn, warehouse: str, place: Place, deviation: int) -> None:
    turn.count(DEVIATION_MAX, abs(deviation))
    turn.tell(
        StockDeviated,
        f"deviated|{warehouse}|{turn.next_number()}",
        turn.at_ms,
        warehouse=warehouse,
        deviation=deviation,
        ledger_units=place.ledger_units,
        cloud_units=place.cloud_units,
    )


def _alarm(turn: Turn, warehouse: str, deviation: int) -> None:
    place = turn.place(warehouse)
    if place.alarmed:
        return
    turn.put(warehouse, place._replace(alarmed=True))
    _seen(turn, warehouse, "critical", deviation, "beyond the limit")


def _calibrate(turn: Turn, warehouse: str, units: int, limits: Thresholds, *, is_new: bool) -> None:
    place = turn.place(warehouse)
    back = place.taken_back(-units) if _explains(turn, place) else None
    if back is not None:
        turn.put(warehouse, back._replace(deviation=0))
        _tell_calibrated(turn, warehouse, units, reverses=True)
        _gone(turn, warehouse, AnomalyEnd.WITHDRAWN, "a movement that was told late explains it")
        return
    recent = [one.units for one in place.calibrations if one.said_ms > turn.now_ms - DAY_MS]
    if sum(map(abs, recent)) + abs(units) > limits.calibration_budget:
        _leak(turn, warehouse, units, "more was calibrated within 24 h than its budget allows")
        return
    turn.put(warehouse, place.calibrated(units, turn.now_ms)._replace(deviation=0))
    _tell_calibrated(turn, warehouse, units, reverses=False)
    run = [*recent, units][-limits.calibrations_most :]
    if len(run) == limits.calibrations_most and len({one > 0 for one in run}) == 1:
        _leak(turn, warehouse, units, "calibrated again and again in one direction")
        return
    if is_new:
        _seen(turn, warehouse, "notice", units, "calibrated")
        _gone(turn, warehouse, AnomalyEnd.HEALED, "the ledger was calibrated")


def _explains(turn: Turn, place: Place) -> bool:
    return isinstance(turn.cause, StockMoved) and place.is_explained(turn.at_ms)


def _leak(turn: Turn, warehouse: str, units: int, because: str) -> None:
    """Every calibration of the last 24 h was a try that did not last: so a person is asked (section 6)."""
    place = turn.place(warehouse)
    turn.put(warehouse, place._replace(leaking=True))
    _seen(turn, warehouse, "critical", units, because)
    tries = [one.units for one in place.calibrations if one.said_ms > turn.now_ms - DAY_MS][-TRIES_MOST:]
    told = (f"calibrated by {units:+d}, and it differs again" for units in tries)
    turn.attempted(stock_subject(turn.sku, warehouse), DEVIATION, told)


def _tell_calibrated(turn: Turn, warehouse: str, units: int, *, reverses: bool) -> None:
    number = turn.next_number()
    told = {"warehouse": warehouse, "units": units, "reverses": reverses}
    turn.tell(StockCalibrated, f"calibrated|{warehouse}|{number}", turn.at_ms, **told)


def _seen(turn: Turn, warehouse: str, severity: str, deviation: int, because: str) -> None:
    subject = stock_subject(turn.sku, warehouse)
    told = {"warehouse": warehouse, "deviation": deviation, "because": because}
    turn.seen(subject, DEVIATION, severity, **told)  # type: ignore[arg-type]  # one of its three words


def _gone(turn: Turn, warehouse: str, how: AnomalyEnd, because: str) -> None:
    turn.gone(stock_subject(turn.sku, warehouse), DEVIATION, how, because)
