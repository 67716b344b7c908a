"""From settings to what each judge decides by: thresholds, and the rules that are data."""

from pathlib import Path
from zoneinfo import ZoneInfo

from pipeline.domain.anomaly_state import LifePolicy
from pipeline.domain.care import CarePolicy
from pipeline.domain.care.business_days import BusinessDays
from pipeline.domain.care.calendar import CalendarError, load_business_days
from pipeline.domain.conflict import ConflictPolicy
from pipeline.domain.desk import DeskPolicy
from pipeline.domain.order_case import CasePolicies
from pipeline.domain.order_case.credibility import CredibilityPolicy
from pipeline.domain.order_case.policies import JUDGES
from pipeline.domain.policy import DAY_MS, HOUR_MS, OrderPolicy, ParcelPolicy, RefundPolicy
from pipeline.domain.refunds import Rules, load_rules
from pipeline.domain.returns import ReturnPolicy
from pipeline.domain.stock import StockPolicy
from pipeline.domain.stock.document import StockRules, load_stock_rules
from pipeline.domain.warehouses import Warehouses, load_warehouses
from pipeline.rules.desk import shipped_desk_rules
from pipeline.rules.divisions import shipped_divisions
from pipeline.rules.refunds import shipped_refund_rules
from pipeline.rules.stock import shipped_stock_rules
from pipeline.settings import Settings


class RulesUnusable(ValueError):
    """A file of rules cannot be used; the text names the file, the fault and how to mend it."""


def case_policies(settings: Settings) -> CasePolicies:
    """Return what the judges of an order decide by; raises RulesUnusable for a file that cannot be used."""
    retention_ms = _retention_ms(settings)
    return CasePolicies(
        refund_rules=refund_rules(settings),
        desk=DeskPolicy(shipped_desk_rules(), retention_ms),
        order=order_policy(settings),
        conflict=ConflictPolicy(settle_ms=_settle_ms(settings), retention_ms=retention_ms),
        care=CarePolicy(
            risk_window_ms=settings.risk_window_s * 1000,
            first_scan_ms=round(settings.first_scan_h * HOUR_MS),
            silence_ms=round(settings.silence_h * HOUR_MS),
            business_days=_business_days(settings),
            retention_ms=retention_ms,
        ),
        refunds=RefundPolicy(round(settings.order_wait_s * 1000), retention_ms),
        returns=ReturnPolicy(_warehouses(settings.warehouses_file), retention_ms=retention_ms),
        reserving=_stock_rules(settings).reserving,
        credibility=CredibilityPolicy(
            grace_ms=round(settings.credibility_grace_s * 1000),
            settle_ms=round(settings.credibility_settle_s * 1000),
            ahead_ms=round(max(settings.credibility_settle_s, settings.step_s) * 1000),
        ),
        judges=_judges(settings.judges),
    )


def _settle_ms(settings: Settings) -> dict[str, int]:
    own = {
        "erp": settings.conflict_settle_erp_s,
        "wms": settings.conflict_settle_wms_s,
        "cs": settings.conflict_settle_cs_s,
    }
    of_all = settings.conflict_settle_s
    return {name: round((of_all if own_s is None else own_s) * 1000) for name, own_s in own.items()}


def _judges(told: str) -> frozenset[str]:
    named = frozenset(name.strip() for name in told.split(",") if name.strip())
    if unknown := sorted(named - set(JUDGES)):
        raise RulesUnusable(f"CERTAINTY_JUDGES names {', '.join(unknown)}; there are {', '.join(JUDGES)}")
    return named


def order_policy(settings: Settings) -> OrderPolicy:
    """Return the thresholds of the order hub."""
    return OrderPolicy(round(settings.ship_promise_h * HOUR_MS), _retention_ms(settings))


def parcel_policy(settings: Settings) -> ParcelPolicy:
    """Return the thresholds of the parcel linker."""
    return ParcelPolicy(retention_ms=_retention_ms(settings))


def stock_policy(settings: Settings) -> StockPolicy:
    """Return what the inventory sentinel decides by; raises RulesUnusable for a file that cannot be used."""
    return _stock_rules(settings).stock


def _stock_rules(settings: Settings) -> StockRules:
    file, retention_ms = settings.stock_rules_file, _retention_ms(settings)
    if file is None:
        return shipped_stock_rules(retention_ms)
    try:
        return load_stock_rules(_text(file), str(file), retention_ms)
    except ValueError as error:
        raise RulesUnusable(str(error)) from error


def life_policy(settings: Settings) -> LifePolicy:
    """Return how long anomalies are left to their healers."""
    return LifePolicy(heal_ms=round(settings.heal_h * HOUR_MS), retention_ms=_retention_ms(settings))


def _retention_ms(settings: Settings) -> int:
    return round(settings.retention_d * DAY_MS)


def refund_rules(settings: Settings) -> Rules:
    """Return the refund rules in force; raises RulesUnusable for a file that cannot be used."""
    file = settings.refund_rules_file
    if file is None:
        return shipped_refund_rules()
    try:
        return load_rules(_text(file), origin=str(file))
    except ValueError as error:
        raise RulesUnusable(str(error)) from error


def _warehouses(file: Path | None) -> Warehouses:
    if file is None:
        return Warehouses()
    try:
        return load_warehouses(_text(file), shipped_divisions())
    except ValueError as error:
        raise RulesUnusable(f"{file}: {error}") from error


def _business_days(settings: Settings) -> BusinessDays | None:
    file = settings.business_days_file
    if file is None:
        return None
    try:
        return load_business_days(_text(file), str(file), ZoneInfo(settings.business_zone))
    except CalendarError as error:
        raise RulesUnusable(str(error)) from error


def _text(file: Path) -> str:
    try:
        return file.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise RulesUnusable(f"{file} cannot be read: {error}") from error
