"""Which deadline holds: the one that was told, as it was moved in time, or the one the policy sets."""

from pipeline.domain.instants import LATEST_MS
from pipeline.domain.order_state import UNTIMED
from pipeline.domain.registers import Fields
from schemas.vocabulary import Phase

Ms = int | None


def told_deadline_ms(fields: Fields, name: str) -> Ms:
    """The deadline that was told. Moved before it passed it is the new one; later, nothing is repaired."""
    told = fields.get(name)
    if not told:
        last = fields.get(name + UNTIMED)
        return None if last is None else last[0]
    deadline: int = told[0][0]
    for value, said_ms, _ in told:
        if said_ms <= deadline:
            deadline = value
    return deadline


def first_deadline_ms(fields: Fields, name: str) -> Ms:
    """The deadline that was told first; it stays on record."""
    told = fields.get(name)
    if not told:
        return told_deadline_ms(fields, name)
    first: int = told[0][0]
    return first


def policy_deadline_ms(platform: Fields, from_ms: int, fulfilled_ms: Ms, length_ms: int) -> Ms:
    """`length_ms` after `from_ms`, or after the end of the last hold if that is later; None while held.

    A hold that began after the deadline had passed, or after the fulfilment, moves nothing: a promise once
    broken is not repaired by it.
    """
    deadline = from_ms + length_ms
    for began_ms, ended_ms in _holds(platform):
        if began_ms > deadline or (fulfilled_ms is not None and began_ms > fulfilled_ms):
            continue
        if ended_ms is None:
            return None
        deadline = max(deadline, ended_ms + length_ms)
    return deadline


def _holds(platform: Fields) -> list[tuple[int, Ms]]:
    """When each hold began and ended; one that was told first of all began at an unknown time before."""
    holds: list[tuple[int, Ms]] = []
    began: Ms = None
    for place, (phase, version, _, *at) in enumerate(platform.get("phases", ())):
        said = at[0] if at else version
        if phase == Phase.HOLD:
            if began is None:
                began = said if place else -LATEST_MS
        elif began is not None:
            holds.append((began, said))
            began = None
    if began is not None:
        holds.append((began, None))
    return holds
