"""Folds the rows of one order into one: for mappings whose lines are judged together."""

from collections.abc import Iterable
from dataclasses import replace
from datetime import datetime

from pipeline.domain.mapping.document import LinesSection
from pipeline.domain.mapping.rows import Values
from schemas.vocabulary import Phase

PROGRESS = (
    Phase.UNPAID,
    Phase.TO_SHIP,
    Phase.HOLD,
    Phase.PART_SHIPPED,
    Phase.SHIPPED,
    Phase.SIGNED,
    Phase.FINISHED,
)
STARTS = ("ordered_at", "paid_at")
PROMISES = ("promised_ship_at", "promised_sign_at")


def fold(rows: Iterable[Values], rule: LinesSection) -> Values:
    """Return one order out of its lines (at least one), whatever their order.

    Of one line told twice the highest version counts. `latest`: fulfilled once the last line is, and not
    before every line is; the last promise holds. `earliest`: the first fulfilment and the first promise.
    Ordering and payment are always the first ones. While a line is left that is not closed, what was
    promised for closed ones is owed to nobody.
    """
    lines = sorted(_newest(rows), key=lambda values: values.texts)
    first = lines[0]
    names = {name for line in lines for name in line.times}
    times = {name: at for name in sorted(names) if (at := _time(name, lines, rule)) is not None}
    phase, raw_code = _phase(lines, rule)
    return replace(
        first,
        line="",
        version=max((line.version for line in lines if line.version is not None), default=None),
        texts=tuple(text for line in lines for text in line.texts),
        times=times,
        phase=phase,
        raw_code=raw_code,
        cannot_supply=any(line.cannot_supply for line in lines),
        units=_amount([line.units for line in lines], "units" in rule.add_up),
        paid_fen=_amount([line.paid_fen for line in lines], "paid" in rule.add_up),
    )


def _newest(rows: Iterable[Values]) -> list[Values]:
    kept: dict[object, Values] = {}
    for row in rows:
        key = row.line or row.texts
        known = kept.get(key)
        if known is None or (row.version or 0, row.texts) > (known.version or 0, known.texts):
            kept[key] = row
    return list(kept.values())


def _time(name: str, lines: list[Values], rule: LinesSection) -> datetime | None:
    owing = [line for line in lines if line.phase is not Phase.CLOSED or name == "closed_at"]
    speaking = (owing or lines) if name in PROMISES else lines
    told = [line.times[name] for line in speaking if name in line.times]
    if not told:
        return None
    if name in STARTS or rule.merge == "earliest":
        return min(told)
    if name in PROMISES or all(name in line.times for line in owing):
        return max(told)
    return None


def _phase(lines: list[Values], rule: LinesSection) -> tuple[Phase | None, str]:
    """Return phase and word: unknown if any is; closed if all are; else the least (or most) advanced."""
    told = [line for line in lines if line.phase is not None]
    if not told:
        return None, lines[0].raw_code
    unknown = [line for line in told if line.phase is Phase.UNKNOWN]
    if unknown:
        return Phase.UNKNOWN, unknown[0].raw_code
    going = [line for line in told if line.phase is not Phase.CLOSED]
    if not going:
        return Phase.CLOSED, told[0].raw_code
    choose = min if rule.merge == "latest" else max
    chosen = choose(going, key=lambda line: PROGRESS.index(line.phase or Phase.UNPAID))
    return chosen.phase, chosen.raw_code


def _amount(told: list[int | None], add_up: bool) -> int | None:
    amounts = [amount for amount in told if amount is not None]
    if not amounts:
        return None
    return sum(amounts) if add_up else max(amounts)
