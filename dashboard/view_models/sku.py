"""The stock keeper's page: what is there, where, for whom, how fast it goes, and why it is not sold. Pure."""

from collections.abc import Sequence

from dashboard.blocks import Bar, Bars, Cell, Chart, Column, Facts, Line, Say, Table, to
from dashboard.queries.sku import Deviation, Place, Reservation, Sku, Suspension, Window
from dashboard.words import Words, number

LIGHTS = ("red", "yellow", "grey", "green")
DEVIATION_LIMIT = 5
"""Pieces that the warehouse and the ledger may differ; more suspends the SKU (domain.md section 4)."""
STOPPED = ("sold_out", "deviation")
"""What suspends a SKU (schemas/stock.py, Reasons); the second names its warehouse."""
LIST_OBEYS = ("platform", "warehouse")
"""Filters that narrow which SKUs are listed: those that the platform's orders reserve, or that lie there."""
SKU_COLUMNS = ("light", "sku", "on_hand", "reserved", "available", "velocity", "cover", "why")

FILE_COLUMNS = tuple(f"sku_{name}" for name in SKU_COLUMNS)


def units(value: int | None, words: Words) -> str:
    """Return pieces, "unknown" where nobody ever counted: no data is not zero."""
    return words("unknown") if value is None else number(value)


def pace(per_hour: float | None, words: Words) -> str:
    """Return pieces reserved an hour, "no data" for what nobody has watched for an hour: that is not zero."""
    return words("no_data") if per_hour is None else words("per_hour", units=f"{per_hour:.1f}")


def cover(one: Sku, words: Words) -> str:
    """Return the hours that what is available lasts; without a sale it lasts as long as nobody can say."""
    if one.hours_of_cover is not None:
        return words("hours", hours=f"{one.hours_of_cover:.1f}")
    return words("cover_unsold" if one.velocity_per_h == 0 and one.available is not None else "no_data")


def reasons(why: str, words: Words) -> str:
    """Return why it is suspended, in words; a dash where it is not."""
    return " · ".join(_reason(one, words) for one in why.split(", ") if one) or "–"


def _reason(reason: str, words: Words) -> str:
    kind, _, place = reason.partition(":")
    return words(f"stopped_{kind}", place=place) if kind in STOPPED else reason


def standing(one: Sku, words: Words) -> Say:
    """Return whether it is for sale, and why not."""
    if one.suspended:
        since = words.clock(one.suspended_since) if one.suspended_since else "–"
        return Say(
            "sku", words("sku_suspended", since=since, why=reasons(one.why, words)), "red", words("suspended")
        )
    if one.oversold:
        return Say("sku", words("sku_oversold", orders=number(one.oversold)), "red", words("oversold"))
    return Say("sku", words(f"sku_{one.light}"), one.light, words("for_sale"))


def figures(one: Sku, words: Words) -> Facts:
    """Return its figures."""
    pairs = [
        (words("on_hand"), Cell(units(one.on_hand, words))),
        (words("reserved"), Cell(number(one.reserved))),
        (words("safety_stock"), Cell(number(one.safety_stock))),
        (words("sellable"), Cell(units(one.sellable, words))),
        (
            words("available"),
            Cell(
                units(one.available, words),
                light="red" if one.available is not None and one.available <= 0 else "",
            ),
        ),
        (words("in_transit"), Cell(number(one.in_transit))),
        (words("returning"), Cell(number(one.returning))),
        (words("velocity"), Cell(pace(one.velocity_per_h, words))),
        (words("velocity_last"), Cell(pace(one.velocity_last_h, words))),
        (words("cover"), Cell(cover(one, words))),
    ]
    as_of = words("as_of", time=words.stamp(one.as_of))
    return Facts("figures", words("sku_figures"), pairs, note=as_of, hint=words("sku_figures_help"))


def list_table(found: Sequence[Sku], words: Words) -> Table:
    """Return all SKUs, those in trouble first."""
    rows = [
        [
            Cell(words(f"light_{one.light}"), light=one.light),
            Cell(one.sku, to("sku", sku=one.sku), code=True),
            Cell(units(one.on_hand, words), sort=one.on_hand),
            Cell(number(one.reserved), sort=one.reserved),
            Cell(units(one.available, words), sort=one.available),
            Cell("–" if one.velocity_per_h is None else f"{one.velocity_per_h:.1f}", sort=one.velocity_per_h),
            Cell("–" if one.hours_of_cover is None else f"{one.hours_of_cover:.1f}", sort=one.hours_of_cover),
            Cell(reasons(one.why, words)),
        ]
        for one in found
    ]
    columns = [
        Column(words(f"col_sku_{name}"), is_number=2 <= at <= 6) for at, name in enumerate(SKU_COLUMNS)
    ]
    return Table("skus", words("nav_sku"), columns, rows, words("skus_none"), tall=True, bare=True)


def list_records(found: Sequence[Sku], words: Words) -> list[dict[str, object]]:
    """Return one record a SKU, by FILE_COLUMNS; what is unknown is said so."""
    return [
        {
            "sku_light": words(f"light_{one.light}"),
            "sku_sku": one.sku,
            "sku_on_hand": units(one.on_hand, words),
            "sku_reserved": one.reserved,
            "sku_available": units(one.available, words),
            "sku_velocity": words("no_data") if one.velocity_per_h is None else f"{one.velocity_per_h:.1f}",
            "sku_cover": words("no_data") if one.hours_of_cover is None else f"{one.hours_of_cover:.1f}",
            "sku_why": reasons(one.why, words),
        }
        for one in found
    ]


def place_table(found: Sequence[Place], words: Words) -> Table:
    """Return where it lies, by the ledger and by the warehouse itself, and how far they are apart."""
    rows = [
        [
            Cell(one.warehouse, note=_place_note(one, words)),
            Cell(
                units(one.ledger_units, words), note=words.stamp(one.ledger_counted_at), sort=one.ledger_units
            ),
            Cell(units(one.cloud_units, words), note=words.stamp(one.cloud_counted_at), sort=one.cloud_units),
            Cell(units(one.deviation, words), light=_deviation_light(one), sort=one.deviation),
            Cell(words.percent(one.trust, 0), sort=one.trust),
        ]
        for one in found
    ]
    names = ("col_warehouse", "col_ledger", "col_cloud", "col_deviation", "col_trust")
    columns = [Column(words(name), is_number=at > 0) for at, name in enumerate(names)]
    return Table("places", words("places"), columns, rows, words("no_data"), hint=words("places_help"))


def _place_note(one: Place, words: Words) -> str:
    told = (("leaking", one.leaking), ("silent_house", one.silent), ("held_back", one.held_back))
    return " · ".join(words(name) for name, holds in told if holds)


def _deviation_light(one: Place) -> str:
    if one.deviation is None:
        return "grey"
    if one.leaking or abs(one.deviation) > DEVIATION_LIMIT:
        return "red"
    return "yellow" if one.deviation else "green"


def reservation_bars(found: Sequence[Reservation], words: Words) -> Bars:
    """Return what each platform's orders reserve."""
    most = max((one.units for one in found), default=0)
    bars = [
        Bar(
            words.term("platform", one.platform),
            number(one.units),
            one.units / most if most else 0.0,
            note=words("of_orders", orders=number(one.orders)),
        )
        for one in found
    ]
    return Bars("reservations", words("reservations"), bars, words("reservations_none"))


def window_charts(found: Sequence[Window], length: str, words: Words) -> tuple[Chart, Chart]:
    """Return what was sold, reserved and sent in each window, and the largest deviation in it."""
    steps = [words.short_clock(one.window_start) for one in found if one.window_start]
    note = words(f"windows_{length}")
    lines = [
        Line(words(f"win_{name}"), [float(getattr(one, name)) for one in found])
        for name in ("sold", "reserved", "outbound", "returned")
    ]
    most = max((value or 0.0 for line in lines for value in line.values), default=0.0)
    moved = Chart(
        "moved",
        words("windows"),
        steps,
        lines,
        0.0,
        most,
        empty=words("no_data"),
        note=note,
        hint=words("windows_help"),
    )
    # Without a count in it a window knows no deviation: a gap, not zero.
    values = [float(one.deviation_max) if one.deviation_max or one.counts else None for one in found]
    top = max((value or 0.0 for value in values), default=0.0)
    apart = Chart(
        "apart",
        words("win_deviation"),
        steps,
        [Line(words("win_deviation"), values)],
        low=0.0,
        high=max(top, 6.0),
        target=DEVIATION_LIMIT,
        target_word=words("deviation_limit"),
        empty=words("no_data"),
        note=note,
    )
    return moved, apart


def deviation_table(found: Sequence[Deviation], words: Words) -> Table:
    """Return the history of deviations and calibrations, newest first."""
    rows = [
        [
            Cell(words.stamp(one.at), sort=one.at.timestamp() if one.at else None),
            Cell(one.warehouse),
            Cell(
                words.term("stock", one.what.replace(".", "_")),
                note=words("reverses") if one.reverses else "",
            ),
            Cell("–" if one.deviation is None else f"{one.deviation:+,}", sort=one.deviation),
            Cell("–" if one.calibrated is None else f"{one.calibrated:+,}", sort=one.calibrated),
        ]
        for one in found
    ]
    names = ("col_at", "col_warehouse", "col_what", "col_deviation", "col_calibrated")
    columns = [Column(words(name), is_number=at > 2) for at, name in enumerate(names)]
    return Table("deviations", words("deviations"), columns, rows, words("deviations_none"))


def suspension_table(found: Sequence[Suspension], words: Words) -> Table:
    """Return what storefronts were told, why, and when they did it."""
    rows = [
        [
            Cell(words.stamp(one.sent_at), sort=one.sent_at.timestamp() if one.sent_at else None),
            Cell(words.term("stock", one.command.replace(".", "_"))),
            Cell(words.term("platform", one.storefront)),
            Cell(
                reasons(one.why, words)
                if one.why
                else ("–" if one.shown_units is None else words("shown_units", units=number(one.shown_units)))
            ),
            Cell(
                words.stamp(one.answered_at) if one.answered_at else words("not_answered"),
                light="" if one.answered_at else "yellow",
                note=words("attempts", times=one.attempts),
            ),
        ]
        for one in found
    ]
    names = ("col_at", "col_command", "col_storefront", "col_why", "col_answered")
    columns = [Column(words(name)) for name in names]
    return Table("suspensions", words("suspensions"), columns, rows, words("suspensions_none"))
