"""A SKU's current account: a function of its state, told once a batch."""

from pipeline.domain.instants import from_ms, from_ms_or_none
from pipeline.domain.stock.fronts import ALLOCATE
from pipeline.domain.stock.guarding import Figures, figures
from pipeline.domain.stock.policy import StockPolicy
from pipeline.domain.stock.silence import WarehouseState
from pipeline.domain.stock.state import Front, StockState
from schemas.base import derived_id
from schemas.stock import FrontAccount, PlaceAccount, PlatformAccount, SkuAccount
from schemas.vocabulary import Light


def describe_kept(
    state: StockState | WarehouseState, key: str, now_ms: int, view: object = None, *, policy: StockPolicy
) -> SkuAccount | None:
    """Return the account of a SKU; a warehouse has none beside its anomaly."""
    return describe_stock(state, key, now_ms, policy=policy) if isinstance(state, StockState) else None


def describe_stock(
    state: StockState, key: str, now_ms: int, view: object = None, *, policy: StockPolicy
) -> SkuAccount:
    """Return the account of a SKU as it stands at `now_ms` of the event clock."""
    found, now = figures(state, key, policy), from_ms(now_ms)
    account = SkuAccount(
        event_id="",
        cause_id=key,
        occurred_at=now,
        observed_at=now,
        sku=key,
        on_hand=found.on_hand,
        reserved=state.orders.units,
        safety_stock=policy.of(key).safety_units,
        sellable=found.sellable,
        available=found.available,
        in_transit=sum(max(0, units) for _, units in state.transit.values()),
        returning=sum(units for _, units in state.returning.values()),
        suspended=bool(state.suspended_ms),
        suspended_since=from_ms_or_none(state.suspended_ms or None),
        reasons=state.reasons,
        light=_light(state, found, policy.of(key).safety_units),
        oversold=state.orders.beyond,
        late=state.late + state.windows.late,
        places=_places(state, key, policy),
        platforms=tuple(
            PlatformAccount(platform=name, units=units, orders=count)
            for name, (units, count) in sorted(state.orders.platforms.items())
        ),
        fronts=tuple(_front(name, front) for name, front in sorted(state.fronts.items())),
    )
    return account.model_copy(update={"event_id": derived_id(key, account.model_dump_json())})


def _light(state: StockState, found: Figures, safety: int) -> Light:
    if found.available is None:
        return Light.GREY
    if state.suspended_ms or state.orders.beyond or any(place.leaking for place in state.places.values()):
        return Light.RED
    is_low = found.available <= safety
    if is_low or any(place.silent for place in state.places.values()):
        return Light.YELLOW
    return Light.GREEN


def _places(state: StockState, key: str, policy: StockPolicy) -> tuple[PlaceAccount, ...]:
    holds_back = policy.of(key).hold_back_silent
    return tuple(
        PlaceAccount(
            warehouse=name,
            ledger_units=place.ledger_units,
            ledger_counted_at=place.ledger and from_ms(place.ledger.at_ms),
            cloud_units=place.cloud_units,
            cloud_counted_at=place.cloud and from_ms(place.cloud.at_ms),
            deviation=place.compared,
            leaking=place.leaking,
            silent=place.silent,
            held_back=place.silent and holds_back,
        )
        for name, place in sorted(state.places.items())
    )


def _front(name: str, front: Front) -> FrontAccount:
    sort, _, storefront = name.partition("|")
    return FrontAccount(
        storefront=storefront,
        command=front.command,
        sent_at=from_ms(front.sent_ms),
        answered_at=from_ms_or_none(front.answered_ms or None),
        shown_units=front.shown if sort == ALLOCATE else None,
    )
