"""The facts that a refund rule may name: each with its type, and as text and back."""

from collections.abc import Mapping
from enum import StrEnum
from typing import Final, NamedTuple

from pipeline.domain.policy import DAY_MS
from schemas.vocabulary import Platform, RefundStandard, ShippingPhase

Value = bool | int | str | None
"""None: nobody said; no condition holds for it. Days are kept as whole milliseconds."""
Facts = Mapping[str, Value]
UNKNOWN: Final = "unknown"
MOST_DIGITS: Final = 9
"""Decimals of days as text: enough to tell two milliseconds apart."""


class Kind(StrEnum):
    """What a fact is, and so what may be asked of it: yes or no and words eq/in, amounts and days gt/ge."""

    YES_NO = "yes_no"
    WORD = "word"
    FEN = "fen"
    DAYS = "days"


class FactSpec(NamedTuple):
    """One fact. `default` is what holds where nothing was said; None: then it is unknown."""

    kind: Kind
    en: str
    zh: str
    words: tuple[str, ...] = ()
    default: Value = None


class FactError(ValueError):
    """A fact that the catalogue does not know, or a value that is none of its type."""


CATALOGUE: Final[dict[str, FactSpec]] = {
    "standard": FactSpec(
        Kind.WORD,
        "what the platform's codes and the proofs amount to",
        "平台状态与凭证映射出的标准状态",
        tuple(RefundStandard),
        RefundStandard.PENDING.value,
    ),
    "unknown_code": FactSpec(Kind.YES_NO, "a code is in no table", "含未登记的状态码", default=False),
    "done": FactSpec(Kind.YES_NO, "the money is already out", "款项已退出", default=False),
    "locked": FactSpec(Kind.YES_NO, "the order is locked by a conflict", "订单被冲突熔断锁定", default=False),
    "differing": FactSpec(
        Kind.YES_NO, "two reporters differ about the order", "报告方状态不一致（尚未锁定）", default=False
    ),
    "order_known": FactSpec(
        Kind.YES_NO, "the order and what was paid for it are known", "订单及实付金额已知"
    ),
    "amount_exceeds_paid": FactSpec(
        Kind.YES_NO,
        "this refund and those running or paid before exceed what was paid",
        "本次加上进行中与已退金额超过实付",
    ),
    "invoice_issued": FactSpec(
        Kind.YES_NO, "an invoice is out and not red-lettered", "已开票且未红冲", default=False
    ),
    "days_since_signed": FactSpec(Kind.DAYS, "days since the order was signed for", "签收后天数"),
    "has_gift": FactSpec(Kind.YES_NO, "the order contains a gift", "订单含赠品"),
    "cs_answer": FactSpec(
        Kind.WORD,
        "what customer service answered to this version",
        "客服对本版本的二次确认",
        ("none", "yes", "no"),
        "none",
    ),
    "phase": FactSpec(Kind.WORD, "the back-end phase of the order", "订单后端阶段", tuple(ShippingPhase)),
    "amount_fen": FactSpec(Kind.FEN, "the amount asked for, in fen", "申请退款金额（分）"),
    "returns_goods": FactSpec(Kind.YES_NO, "the buyer sends something back", "需退货"),
    "platform": FactSpec(Kind.WORD, "where the order was placed", "下单平台", tuple(Platform)),
}
"""Every fact a rule may name; nothing else is looked at."""


def fact_text(name: str, value: Value) -> str:
    """Return a fact as text: true, 3, 7.5, not_shipped; "unknown" when nobody said."""
    if value is None:
        return UNKNOWN
    if isinstance(value, bool):
        return "true" if value else "false"
    if CATALOGUE[name].kind is Kind.DAYS:
        text = f"{int(value) / DAY_MS:.{MOST_DIGITS}f}"
        return text.rstrip("0").rstrip(".")
    return str(value)


def days_ms(days: float) -> int:
    """Return a number of days in whole milliseconds."""
    return round(days * DAY_MS)


def read_facts(told: Mapping[str, object]) -> dict[str, Value]:
    """Return the facts of a JSON object, missing ones by their defaults; raises FactError.

    Values may be of JSON's own types, or text as a verdict carries it.
    """
    strange = sorted(told.keys() - CATALOGUE.keys())
    if strange:
        raise FactError(f"no such fact: {', '.join(strange)}; known are {', '.join(CATALOGUE)}")
    return {
        name: _read(name, spec, told[name]) if name in told else spec.default
        for name, spec in CATALOGUE.items()
    }


def _read(name: str, spec: FactSpec, raw: object) -> Value:
    if raw is None or raw == UNKNOWN:
        return spec.default
    match spec.kind:
        case Kind.YES_NO:
            return _yes_no(name, raw)
        case Kind.WORD:
            if raw in spec.words:
                return str(raw)
            raise FactError(f"{name} is one of {', '.join(spec.words)}, not {raw!r}")
        case Kind.FEN | Kind.DAYS:
            number = _number(name, raw)
            return days_ms(number) if spec.kind is Kind.DAYS else int(number)


def _yes_no(name: str, raw: object) -> bool:
    words = {True: True, False: False, "true": True, "false": False}
    if isinstance(raw, bool | str) and raw in words:
        return words[raw]
    raise FactError(f"{name} is true or false, not {raw!r}")


def _number(name: str, raw: object) -> float:
    if isinstance(raw, str | int | float) and not isinstance(raw, bool):
        try:
            number = float(raw)
        except ValueError:
            number = float("nan")
        if abs(number) < 10**15:
            return number
    raise FactError(f"{name} is a number, not {raw!r}")
