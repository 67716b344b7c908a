"""What an order's judge of goods knows: lines, parcels, refunds, and what it has told of each SKU."""

from collections.abc import Mapping
from typing import Any, NamedTuple

import orjson

from pipeline.domain.instants import to_ms
from pipeline.domain.registers import Fields, tell, tell_first, within_store
from schemas.order import OrderReported, RefundReported
from schemas.vocabulary import Phase, RefundStandard, Reporter

LEFT = frozenset({Phase.SHIPPED, Phase.PART_SHIPPED, Phase.SIGNED, Phase.FINISHED})
"""Phases of a parcel that has left."""
WARES_MOST = 200
"""Most SKUs and most parcels of one order; real ones have a few."""


class Told(NamedTuple):
    """What was told of one SKU: the number of the last word, and what the words came to."""

    step: int = -1
    sold: int = 0
    reserved: int = 0
    released: int = 0


class ReservingState(NamedTuple):
    """One order. `order`: registers of what the platform says; `parcels`: of each waybill; `refunds`: of
    each.

    `recipes`: what a bundle held when the order first named it. `shipped`, `returning`: what was told, by SKU
    and waybill or refund. `is_parent`: it was split, and asks for nothing.
    """

    platform: str
    shop: str
    order: Fields = {}  # noqa: RUF012  (no change in place)
    parcels: dict[str, Fields] = {}  # noqa: RUF012  (likewise)
    refunds: dict[str, list[Any]] = {}  # noqa: RUF012  (likewise)
    recipes: dict[str, dict[str, int]] = {}  # noqa: RUF012  (likewise)
    told: dict[str, Told] = {}  # noqa: RUF012  (likewise)
    shipped: dict[str, int] = {}  # noqa: RUF012  (likewise)
    returning: dict[str, int] = {}  # noqa: RUF012  (likewise)
    is_parent: bool = False
    heard_ms: int = 0

    def to_bytes(self) -> bytes:
        """The state as JSON."""
        return orjson.dumps(self, default=tuple)

    @classmethod
    def from_bytes(cls, raw: bytes) -> "ReservingState":
        """Read `to_bytes` back."""
        state = cls(*orjson.loads(raw))
        return state._replace(told={sku: Told(*one) for sku, one in state.told.items()})


def hear_report(state: ReservingState, report: OrderReported) -> ReservingState:
    """Take what the platform (or a file) says of the order, or a warehouse of a parcel."""
    version = to_ms(report.occurred_at) if report.version is None else report.version
    rank = (within_store(version), to_ms(report.observed_at))
    heard = state._replace(heard_ms=max(state.heard_ms, rank[1]))
    if report.reporter is Reporter.WMS:
        return _hear_parcel(heard, report, rank)
    if report.reporter is Reporter.PLATFORM:
        heard = heard._replace(platform=str(report.platform), shop=report.shop)
    order = dict(heard.order)
    _tell_goods(order, report.goods, rank)
    if report.phase is not None and report.phase is not Phase.UNKNOWN:
        tell(order, "phase", [str(report.phase), *rank])
        if report.phase is Phase.CLOSED:
            tell_first(order, "closed_ms", [to_ms(report.closed_at or report.occurred_at), 0, 0])
        if report.phase is not Phase.UNPAID and report.phase is not Phase.CLOSED:
            tell_first(order, "known_paid_ms", [to_ms(report.paid_at or report.occurred_at), 0, 0])
    if report.goods is not None:
        tell_first(order, "placed_ms", [to_ms(report.ordered_at or report.occurred_at), 0, 0])
    if report.paid_fen is not None:
        tell(order, "paid_fen", [report.paid_fen, *rank])
    if report.cash_on_delivery:
        order["cash_on_delivery"] = [True, 0, 0]
    return heard._replace(order=order, is_parent=heard.is_parent or report.is_parent)


def _hear_parcel(state: ReservingState, report: OrderReported, rank: tuple[int, int]) -> ReservingState:
    if not report.line or (report.line not in state.parcels and len(state.parcels) >= WARES_MOST):
        return state
    parcel = dict(state.parcels.get(report.line, {}))
    _tell_goods(parcel, report.goods, rank)
    if report.warehouse:
        tell(parcel, "warehouse", [report.warehouse, *rank])
    if report.phase is not None and report.phase is not Phase.UNKNOWN:
        tell(parcel, "phase", [str(report.phase), *rank])
    if report.outbound_at is not None:
        tell_first(parcel, "out_ms", [to_ms(report.outbound_at), 0, 0])
    elif report.phase in LEFT:
        tell_first(parcel, "left_ms", [to_ms(report.occurred_at), 0, 0])
    return state._replace(parcels={**state.parcels, report.line: parcel})


def _tell_goods(fields: Fields, goods: Mapping[str, int] | None, rank: tuple[int, int]) -> None:
    if goods is not None and len(goods) <= WARES_MOST:
        tell(fields, "goods", [dict(sorted(goods.items())), *rank])


def hear_refund(state: ReservingState, refund: RefundReported) -> ReservingState:
    """Take a refund's newest version: [version, amount, money is out, goods come back, when]."""
    version = within_store(to_ms(refund.occurred_at) if refund.version is None else refund.version)
    held = state.refunds.get(refund.refund_id)
    if held is not None and version <= held[0]:
        return state
    if held is None and len(state.refunds) >= WARES_MOST:
        return state
    back = bool(refund.returns_goods) and refund.standard is not RefundStandard.NOT_REFUNDABLE
    word = [version, refund.amount_fen, refund.done, back, to_ms(refund.occurred_at)]
    heard_ms = max(state.heard_ms, to_ms(refund.observed_at))
    return state._replace(refunds={**state.refunds, refund.refund_id: word}, heard_ms=heard_ms)
