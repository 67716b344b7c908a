"""What the desk offers for one order as it stands now, and why a button is off. Pure."""

from collections.abc import Sequence
from dataclasses import dataclass

from dashboard import masking
from dashboard.blocks import Cell, Facts, order
from dashboard.identity import Person
from dashboard.queries.desk import Standing
from dashboard.view_models.answers import reasons
from dashboard.words import Words
from pipeline.domain.desk_rules import DeskRules
from pipeline.domain.desk_view import against_address, against_difference, difference_choices
from schemas.base import EPOCH
from schemas.desk import ChangeAddress, DeskReason, RefundDifference, Spot

OF_CHOICE = frozenset(
    {
        DeskReason.UNKNOWN_PLACE,
        DeskReason.UNKNOWN_ADDRESS,
        DeskReason.PLACE_DIFFERS,
        DeskReason.NOT_A_CHOICE,
        DeskReason.MORE_THAN_PAID,
    }
)
"""Reasons that speak against one choice, not against the button."""


@dataclass(frozen=True, slots=True)
class Offer:
    """What may be pressed: the reasons against each button (none: it is on), and the choices it has."""

    against_address: tuple[DeskReason, ...]
    against_difference: tuple[DeskReason, ...]
    differences: dict[str, int]
    addresses: dict[str, Spot]


def offer(standing: Standing, rules: DeskRules) -> Offer:
    """Return what the rules allow now; the workers judge again when it is pressed."""
    view = standing.view
    head = {
        "event_id": "-",
        "cause_id": "-",
        "occurred_at": EPOCH,
        "observed_at": EPOCH,
        "expires_at": EPOCH,
        "order_id": standing.order_id,
        "command_key": "-",
        "pressed_by": "-",
    }
    nowhere = ChangeAddress(**head, spot=Spot(province="-"))
    choices = difference_choices(view, rules)
    least = RefundDifference(**head, choice="-", amount_fen=1)
    against = _of_order(against_difference(view, least, rules))
    if not choices and not against:
        against = (DeskReason.MORE_THAN_PAID,)
    return Offer(_of_order(against_address(view, nowhere, rules)), against, choices, dict(view.addresses))


def _of_order(told: Sequence[DeskReason]) -> tuple[DeskReason, ...]:
    return tuple(reason for reason in told if reason not in OF_CHOICE)


def standing_facts(standing: Standing, words: Words) -> Facts:
    """Return what an agent tells a customer first."""
    view, locked = standing.view, words("locked") if standing.view.locked else ""
    shop = f"{words.term('platform', standing.platform)} · {view.shop or words('not_told')}"
    phase = Cell(words.term("phase", standing.phase), light="red" if locked else "", note=locked)
    refunded = words("refunded", amount=words.yuan(view.refunded_fen))
    paid = words("no_data") if view.paid_fen is None else words.yuan(view.paid_fen)
    pairs = [
        (words("col_order"), Cell(standing.order_id, order(standing.order_id), code=True)),
        (words("col_shop"), Cell(shop)),
        (words("col_phase"), phase),
        (words("mile_ordered_at"), Cell(words.stamp(standing.ordered_at))),
        (words("col_deadline", zone="").strip(), Cell(words.stamp(standing.deadline_at))),
        (words("paid"), Cell(paid, note=refunded)),
    ]
    return Facts("standing", words("desk_order"), pairs)


def why_off(told: Sequence[DeskReason], rules: DeskRules, words: Words) -> list[str]:
    """Return every reason why a button is off, in the desk's own words."""
    return reasons(tuple(told), rules.wording, words)


def difference_word(name: str, fen: int, words: Words) -> str:
    """Return a difference as it is offered: its amount, and the share where it is one."""
    number, _, kind = name.partition("_")
    return words.yuan(fen) + (f" ({number} %)" if kind == "percent" else "")


def address_word(name: str, spot: Spot, person: Person, words: Words) -> str:
    """Return a known address as it is offered: its name and place, never a street."""
    return f"{name} · {masking.place(person, spot.province, spot.city, spot.district)}"
