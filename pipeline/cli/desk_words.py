"""An answer of the desk in plain words, Chinese or English; pure."""

from collections.abc import Mapping
from typing import Final

from pipeline.cli.clock_time import TO_THE_MINUTE, zoned_time
from schemas.base import type_of
from schemas.desk import CommandAnswered, DeskReason, ParcelSeen, RefundDifference, Spot

Wording = Mapping[DeskReason, Mapping[str, str]]
HEADS: Final = {
    "refused": {"zh": "未执行", "en": "Refused; nothing was done"},
    "too_late": {"zh": "未执行", "en": "Not done"},
    "yes": {"zh": "可以发货", "en": "It may ship"},
    "no": {"zh": "现在不能发货", "en": "It may not ship now"},
    "parcels": {"zh": "物流", "en": "Parcels"},
    "goes": {"zh": "已受理，改寄到", "en": "Accepted: it goes to"},
    "address": {"zh": "客户地址", "en": "address"},
    "refunds": {"zh": "已受理，退差价", "en": "Accepted: given back"},
    "never": {"zh": "尚无扫描", "en": "not scanned yet"},
}
FEN: Final = 100


def is_no(answered: CommandAnswered) -> bool:
    """Tell whether nothing was done, or the order may not ship."""
    return answered.answer in ("refused", "too_late") or answered.may_ship is False


def lines(answered: CommandAnswered, wording: Wording, language: str, zone: str) -> list[str]:
    """Return what the person reads, one sentence a line; times are those of `zone`."""
    reasons = [f"  {wording[reason][language]}" for reason in answered.reasons]
    return [_head(answered, language), *(_parcel(one, language, zone) for one in answered.parcels), *reasons]


def _head(answered: CommandAnswered, language: str) -> str:
    match answered.answer:
        case "refused" | "too_late":
            return HEADS[answered.answer][language]
        case "told" if answered.may_ship is not None:
            return HEADS["yes" if answered.may_ship else "no"][language]
        case "told":
            return f"{HEADS['parcels'][language]}: {len(answered.parcels)}"
        case "accepted":
            return _accepted(answered, language)


def _accepted(answered: CommandAnswered, language: str) -> str:
    if answered.command == type_of(RefundDifference):
        amount = f"{(answered.amount_fen or 0) / FEN:.2f}"
        return f"{HEADS['refunds'][language]} ¥{amount} ({answered.choice})"
    known = f"{HEADS['address'][language]} {answered.address_id}" if answered.address_id else ""
    return f"{HEADS['goes'][language]} " + ", ".join(part for part in (known, _place(answered.spot)) if part)


def _place(spot: Spot | None) -> str:
    return " ".join(filter(None, (spot.province, spot.city, spot.district))) if spot else ""


def _parcel(parcel: ParcelSeen, language: str, zone: str) -> str:
    at = parcel.last_scan_at
    when = zoned_time(at, zone, TO_THE_MINUTE) if at else HEADS["never"][language]
    return "  " + ", ".join(
        filter(None, (parcel.waybill, parcel.carrier, str(parcel.phase or ""), *map(str, parcel.flags), when))
    )
