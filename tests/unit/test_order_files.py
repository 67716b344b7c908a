"""Orders told by files alone: lines judged each by itself, later imports, judging as of an instant."""

from datetime import datetime

import pytest

from pipeline.domain.outcome import Undecidable
from pipeline.producer import MAX_RECORD_BYTES
from schemas.order import OrderReported
from schemas.vocabulary import Phase
from tests.builders import IMPORTED, ORDER, Hub, after, file_row, heard, parcel_left, platform_says

SIGN_BY = after(96)
NEXT_RUN = after(510)


def line(name: str, **told: object) -> OrderReported:
    return file_row(line=name, **{"promised_sign_at": SIGN_BY, **told})


def judged(*facts: OrderReported) -> tuple[str, str]:
    return heard(facts).verdict


@pytest.mark.parametrize(
    ("row", "verdict"),
    [
        ({"signed_at": SIGN_BY}, ("kept", "kept_in_time")),
        ({"signed_at": after(96, ms=1)}, ("broken", "sign_late")),
        ({"phase": Phase.SHIPPED}, ("broken", "sign_overdue")),
        ({"phase": Phase.CLOSED}, ("none", "closed_before_deadline")),
        ({"phase": Phase.CLOSED, "closed_at": SIGN_BY}, ("none", "closed_before_deadline")),
        ({"phase": Phase.CLOSED, "closed_at": after(96, ms=1)}, ("broken", "sign_overdue")),
        ({"phase": Phase.CLOSED, "signed_at": after(90)}, ("kept", "kept_in_time")),
        ({"phase": None, "cannot_supply": True}, ("broken", "sign_overdue")),
        ({"promised_sign_at": None}, ("none", "no_promise")),
    ],
)
def test_one_row_is_one_order(row: dict[str, object], verdict: tuple[str, str]) -> None:
    assert judged(file_row(**{"promised_sign_at": SIGN_BY, **row})) == verdict


def test_a_file_is_judged_no_earlier_than_its_import() -> None:
    hub = Hub().hears(file_row(promised_sign_at=IMPORTED))
    assert hub.now == after(0), "history does not move the event clock"
    assert hub.verdict == ("open", "not_due")
    assert judged(file_row(promised_sign_at=IMPORTED, run=after(500, ms=1))) == ("broken", "sign_overdue")


# Lines


def test_an_order_keeps_its_promise_when_each_line_keeps_its_own() -> None:
    early, late = line("a", signed_at=after(10), promised_sign_at=after(20)), line("b", signed_at=after(90))
    assert judged(early, late) == ("kept", "kept_in_time")
    account = heard([early, late]).account
    assert (account.lines, account.signed_at, account.settled_at) == (2, after(90), after(90))
    missed = line("a", signed_at=after(21), promised_sign_at=after(20))
    assert judged(missed, late) == ("broken", "sign_late"), "by its own deadline, not by the last one"


def test_the_first_line_that_breaks_names_the_instant() -> None:
    rows = [line("a", signed_at=after(100)), line("b", promised_sign_at=after(50), signed_at=after(60))]
    for told in (rows, rows[::-1]):
        assert heard(told).account.settled_at == after(50)


def test_a_cancelled_line_owes_nothing_and_holds_nothing_open() -> None:
    kept, gone = line("a", signed_at=after(90)), line("b", phase=Phase.CLOSED)
    account = heard([kept, gone]).account
    assert (account.verdict, account.phase, account.signed_at, account.is_open) == (
        "kept",
        "signed",
        after(90),
        False,
    )
    late = line("b", phase=Phase.CLOSED, closed_at=after(97))
    account = heard([kept, late]).account
    assert (account.verdict, account.rule, account.is_open) == ("broken", "sign_overdue", False)


def test_all_lines_cancelled_is_an_order_closed() -> None:
    rows = [line("a", phase=Phase.CLOSED, closed_at=after(5)), line("b", phase=Phase.CLOSED)]
    account = heard(rows).account
    assert (account.phase, account.verdict, account.closed_at) == ("closed", "none", None)


def test_status_words_say_signed_only_when_every_live_line_does() -> None:
    signed, shipped, gone = (
        line(name, phase=phase)
        for name, phase in (("a", Phase.SIGNED), ("b", Phase.SHIPPED), ("c", Phase.CLOSED))
    )
    assert heard([signed, gone]).account.phase == "signed"
    assert heard([signed, shipped]).account.phase == "shipped"
    assert heard([signed, line("b", phase=None)]).account.phase == "shipped"


def test_amounts_of_lines_add_up() -> None:
    assert heard([line("a", paid_fen=100), line("b", paid_fen=50)]).account.paid_fen == 150
    most = 2**63 - 1
    assert heard([line("a", paid_fen=most), line("b", paid_fen=most)]).account.paid_fen == most, "what fits"


def test_an_order_of_too_many_lines_is_set_aside_instead_of_stopping_the_worker() -> None:
    hub = heard([line(f"{number:03d}", signed_at=after(90)) for number in range(500)])
    with pytest.raises(Undecidable, match=f"order {ORDER}: file tells of more than 500 lines"):
        hub.hears(line("one too many"))
    hub.hears(line("007", signed_at=after(97), run=NEXT_RUN))
    assert hub.verdict == ("broken", "sign_late"), "its known lines go on"
    assert hub.state is not None
    assert len(hub.state.to_bytes()) < MAX_RECORD_BYTES / 4


# Later imports


def test_the_same_run_again_changes_nothing() -> None:
    row = file_row(promised_sign_at=SIGN_BY, signed_at=after(90))
    hub = heard([row])
    state, events = hub.state, len(hub.events)
    hub.hears(row)
    assert (hub.state, len(hub.events)) == (state, events)


def test_a_later_run_of_the_same_rows_gives_the_same_account() -> None:
    row = {"promised_sign_at": SIGN_BY, "signed_at": after(97), "phase": Phase.SIGNED}
    one = heard([file_row(**row)])
    account, events = one.account, len(one.events)
    one.hears(file_row(run=NEXT_RUN, **row))
    assert (one.account, len(one.events)) == (account, events)


def test_a_later_run_replaces_an_earlier_one_field_by_field() -> None:
    old = file_row(promised_sign_at=SIGN_BY, phase=Phase.SHIPPED, outbound_at=after(5), shop="old")
    new = file_row(
        run=NEXT_RUN,
        phase=Phase.SIGNED,
        outbound_at=after(6),
        signed_at=after(90),
        promised_sign_at=after(91),
    )
    for told in ([old, new], [new, old], [old, new, old], [new, old, new]):
        account = heard(told).account
        assert (account.outbound_at, account.signed_at) == (after(6), after(90))
        assert (account.promised_sign_at, account.platform_phase, account.shop) == (
            after(91),
            "signed",
            "olist",
        )
    later = file_row(run=after(520), shop="old")
    account = heard([old, new, later]).account
    assert (account.outbound_at, account.shop) == (after(6), "old"), "an empty cell says nothing"


def test_a_version_column_outranks_the_hour_of_import() -> None:
    new = file_row(version=2, version_is_time=False, signed_at=after(90), promised_sign_at=SIGN_BY)
    old = file_row(
        run=NEXT_RUN, version=1, version_is_time=False, signed_at=after(99), promised_sign_at=after(50)
    )
    for told in ([old, new], [new, old]):
        assert judged(*told) == ("kept", "kept_in_time")


def test_an_unreadable_status_does_not_revoke_that_the_merchant_could_not_supply() -> None:
    gone = file_row(phase=None, cannot_supply=True, closed_at=after(3), promised_sign_at=SIGN_BY)
    assert judged(gone, file_row(run=NEXT_RUN, phase=Phase.UNKNOWN)) == ("broken", "sign_overdue")
    assert judged(gone, file_row(run=NEXT_RUN, phase=Phase.CLOSED)) == ("none", "closed_before_deadline")


# Judging as of an instant


@pytest.mark.parametrize(
    ("as_of", "verdict"), [(SIGN_BY, ("open", "not_due")), (after(96, ms=1), ("broken", "sign_overdue"))]
)
def test_history_is_judged_by_the_clock_of_the_instant_asked_for(
    as_of: datetime, verdict: tuple[str, str]
) -> None:
    hub = heard([file_row(as_of=as_of, promised_sign_at=SIGN_BY)], now=after(900))
    assert hub.verdict == verdict
    assert hub.account.as_of == as_of
    assert hub.due_ms is None, "time does not change it any more"


def test_what_another_run_told_is_not_known_as_of_an_instant() -> None:
    whole = file_row(promised_sign_at=SIGN_BY, signed_at=after(97), phase=Phase.SIGNED)
    then = file_row(run=NEXT_RUN, as_of=after(60), promised_sign_at=SIGN_BY)
    for told in ([whole, then], [then, whole]):
        account = heard(told).account
        assert (account.verdict, account.phase, account.signed_at) == ("open", "not_shipped", None)
    again = file_row(run=after(520), promised_sign_at=SIGN_BY, signed_at=after(97), phase=Phase.SIGNED)
    account = heard([whole, then, again]).account
    assert (account.verdict, account.as_of) == ("broken", None), "a run without --as-of ends it"
    assert account == heard([whole]).account


def test_many_instants_do_not_pile_up_in_one_order() -> None:
    hub = Hub()
    for hour in range(20):
        hub.hears(file_row(run=after(600 + hour), as_of=after(hour), promised_sign_at=after(9)))
    assert hub.state is not None
    assert len(hub.state.words) <= 4
    assert hub.account.as_of == after(19)


def test_an_import_as_of_an_instant_does_not_stop_the_clock_of_a_live_order() -> None:
    told = [file_row(as_of=after(60)), platform_says(promised_ship_at=after(72))]
    assert heard(told, now=after(73)).verdict == ("broken", "ship_overdue")


def test_a_platform_that_speaks_itself_goes_before_a_file() -> None:
    file = file_row(as_of=after(60), promised_sign_at=SIGN_BY, signed_at=after(50))
    told = [file, platform_says(promised_ship_at=after(48)), parcel_left(after(49))]
    hub = heard(told, now=after(70))
    assert hub.verdict == ("broken", "ship_late")
    assert (hub.account.as_of, hub.account.shop) == (None, "shop-a")
    assert {word.reporter.value for word in hub.account.words} == {"platform", "wms"}
