"""A return request sets off four steps; each is sent until it is confirmed, or a person gets it."""

from datetime import timedelta

import pytest

from pipeline.domain.outcome import Undecidable
from pipeline.domain.return_state import RETURNS_MOST
from pipeline.domain.returns import ReturnPolicy
from pipeline.domain.warehouses import load_warehouses
from schemas.returns import (
    AttachQualityReports,
    FreezeCommission,
    NotifyRestock,
    PushReturnAddress,
    ReturnBegun,
    ReturnStep,
    StepCommand,
    StepHandedOver,
    StepSettled,
)
from tests.address_tables import DIVISIONS
from tests.builders import ORDER, START, platform_says
from tests.return_builders import (
    DAY,
    MS,
    REFUND,
    Returns,
    asked,
    confirmed,
    lives_in,
    reports,
    stock,
)

MINUTE = timedelta(minutes=1)
EVERYTHING = (lives_in("浙江省", "杭州市"), asked(), reports(DAY), stock(3))
FREEZE = ReturnStep.FREEZE_COMMISSION


def test_a_return_request_sends_all_four_steps_at_once() -> None:
    returns = Returns().hears(*EVERYTHING)
    assert returns.attempts == [
        ("freeze_commission", 1),
        ("push_return_address", 1),
        ("attach_quality_reports", 1),
        ("notify_restock", 1),
    ]
    (begun,) = returns.of(ReturnBegun)
    assert (begun.refund_id, begun.shop, begun.cause_id) == (REFUND, "shop-a", asked().event_id)
    (restock,) = returns.of(NotifyRestock)
    assert [(level.sku, level.units, level.safety_units) for level in restock.levels] == [("oak", 3, 10)]


@pytest.mark.parametrize("goods", [False, None])
def test_a_refund_that_returns_nothing_sets_off_nothing(goods: bool | None) -> None:
    assert Returns().hears(asked(goods=goods)).events == []


def test_a_refund_that_becomes_a_return_later_sets_off_the_steps_then() -> None:
    returns = Returns().hears(asked(goods=False), asked(START + MINUTE))
    assert len(returns.of(ReturnBegun)) == 1


def test_a_second_report_of_the_same_return_sets_off_nothing_more() -> None:
    returns = Returns().hears(*EVERYTHING, asked(), asked(START + MS), *EVERYTHING)
    assert len(returns.of(ReturnBegun)) == 1
    assert [number for _, number in returns.attempts] == [1, 1, 1, 1]


def test_two_returns_of_one_order_have_steps_of_their_own() -> None:
    returns = Returns().hears(asked(), asked(refund_id="R2"), confirmed(FREEZE))
    freezes = returns.of(FreezeCommission)
    assert [freeze.refund_id for freeze in freezes] == ["R1", "R2"]
    assert freezes[0].command_id != freezes[1].command_id
    assert [settled.refund_id for settled in returns.of(StepSettled)] == ["R1"]


def test_no_step_waits_for_another() -> None:
    """Nothing is told of place, reports and stock, and nobody confirms: the commission is frozen anyway."""
    assert Returns().hears(asked()).attempts == [("freeze_commission", 1)]
    assert Returns().hears(asked(), stock(3)).attempts == [("freeze_commission", 1), ("notify_restock", 1)]
    assert Returns().hears(asked(), reports(DAY)).attempts[1:] == [("attach_quality_reports", 1)]


@pytest.mark.parametrize(
    ("place", "warehouse", "rule"),
    [
        (("浙江省", "宁波市"), "ningbo", "same_city"),
        (("上海市", "上海市"), "shanghai", "same_city"),
        (("浙江省", "温州市"), "hangzhou", "same_province"),
        (("浙江省", ""), "hangzhou", "same_province"),
        (("广东省", "深圳市"), "ningbo", "shop_default"),
        (("", ""), "ningbo", "shop_default"),
    ],
)
def test_goods_go_to_the_same_city_else_the_same_province_else_the_default_of_the_shop(
    place: tuple[str, str], warehouse: str, rule: str
) -> None:
    (push,) = Returns().hears(lives_in(*place), asked()).of(PushReturnAddress)
    assert (push.warehouse, push.rule) == (warehouse, rule)


def test_the_newest_place_that_the_platform_told_before_the_request_counts() -> None:
    newer, older = lives_in("上海市", "上海市", START + MINUTE), lives_in("浙江省", "宁波市")
    (push,) = Returns().hears(newer, older, asked()).of(PushReturnAddress)
    assert push.warehouse == "shanghai"


@pytest.mark.parametrize("first", [0, 1])
def test_a_place_that_is_emptied_later_is_no_news(first: int) -> None:
    told, emptied = lives_in("上海市", "上海市"), lives_in("", "", START + MINUTE)
    (push,) = Returns().hears(*((told, emptied), (emptied, told))[first], asked()).of(PushReturnAddress)
    assert (push.warehouse, push.rule) == ("shanghai", "same_city")


def test_an_order_that_is_told_ten_minutes_after_its_return_still_gives_the_place() -> None:
    returns = Returns().hears(asked()).waits(timedelta(minutes=10))
    assert returns.of(PushReturnAddress) == []
    (push,) = returns.hears(lives_in("上海市", "上海市")).of(PushReturnAddress)
    assert push.warehouse == "shanghai"


def test_without_an_order_the_default_is_taken_when_ten_minutes_have_passed() -> None:
    returns = Returns().hears(asked()).waits(timedelta(minutes=10) + 2 * MS)
    (push,) = returns.of(PushReturnAddress)
    assert (push.warehouse, push.rule) == ("ningbo", "shop_default")


def test_an_order_that_tells_no_receiver_is_no_place() -> None:
    assert Returns().hears(platform_says(), asked()).of(PushReturnAddress) == []


def test_without_any_warehouse_a_person_gets_the_step() -> None:
    returns = Returns(ReturnPolicy()).hears(lives_in("浙江省", "杭州市"), asked())
    assert returns.handed_over == {"push_return_address": "no_warehouse"}


def test_a_quality_report_of_thirty_days_is_attached_and_one_a_millisecond_older_is_not() -> None:
    returns = Returns().hears(asked(), reports(timedelta(0), 30 * DAY, 30 * DAY + MS, -MS))
    (attach,) = returns.of(AttachQualityReports)
    assert [report.report_id for report in attach.reports] == ["q0", "q1"], "and none from after the request"


def test_without_a_recent_report_there_is_nothing_to_attach() -> None:
    returns = Returns().hears(asked(), reports(31 * DAY))
    assert returns.settled == {"attach_quality_reports": "not_needed"}


@pytest.mark.parametrize(("units", "sent"), [(9, 1), (10, 0), (-1, 1)])
def test_procurement_hears_of_stock_below_the_safety_value_and_not_of_stock_at_it(
    units: int, sent: int
) -> None:
    returns = Returns().hears(asked(), stock(units, safety=10))
    assert len(returns.of(NotifyRestock)) == sent
    assert returns.settled == ({} if sent else {"notify_restock": "not_needed"})


def test_what_is_told_before_the_request_counts_too() -> None:
    returns = Returns().hears(reports(DAY), stock(3), lives_in("上海市", "上海市"), asked())
    assert len(returns.attempts) == 4


def test_untold_reports_and_stock_go_to_a_person_when_ten_minutes_have_passed_not_before() -> None:
    returns = Returns().hears(lives_in("上海市", "上海市"), asked()).waits(timedelta(minutes=10))
    assert returns.hears(asked()).handed_over == {}
    assert returns.waits(2 * MS).handed_over == {
        "attach_quality_reports": "no_quality_reports_told",
        "notify_restock": "no_stock_told",
    }


def freeze_times(returns: Returns) -> list[float]:
    return [(event.occurred_at - START) / MINUTE for event in returns.of(FreezeCommission)]


def test_an_unconfirmed_step_is_sent_again_each_time_later_and_then_a_person_gets_it() -> None:
    returns = Returns().hears(*EVERYTHING).waits(timedelta(hours=1, minutes=6, seconds=1))
    assert [round(at) for at in freeze_times(returns)] == [0, 1, 6, 36]
    assert set(returns.handed_over.values()) == {"unconfirmed"}
    assert len(returns.handed_over) == 4
    assert len(returns.of(StepCommand)) == 16
    assert {event.attempts for event in returns.of(StepHandedOver)} == {4}
    returns.waits(40 * DAY)
    assert len(returns.of(StepCommand)) == 16
    assert len(returns.of(StepHandedOver)) == 4


def test_the_second_attempt_goes_when_the_delay_has_passed_not_on_its_instant() -> None:
    returns = Returns().hears(asked())
    assert len(returns.hears(asked(), now=START + MINUTE).of(FreezeCommission)) == 1
    assert len(returns.hears(asked(), now=START + MINUTE + MS).of(FreezeCommission)) == 2


def test_every_attempt_says_the_same_under_one_command_id_and_has_an_event_id_of_its_own() -> None:
    pushes = Returns().hears(*EVERYTHING).waits(timedelta(hours=2)).of(PushReturnAddress)
    assert len({push.command_id for push in pushes}) == 1
    assert len({push.event_id for push in pushes}) == 4
    assert {(push.warehouse, push.rule) for push in pushes} == {("hangzhou", "same_city")}


def test_a_confirmed_step_is_sent_no_more_and_the_others_are() -> None:
    returns = Returns().hears(*EVERYTHING, confirmed(FREEZE)).waits(timedelta(hours=2))
    assert returns.settled == {"freeze_commission": "confirmed"}
    assert len(returns.of(FreezeCommission)) == 1
    assert "freeze_commission" not in returns.handed_over
    assert len(returns.handed_over) == 3


def test_a_step_is_confirmed_once_however_often_it_is_told() -> None:
    returns = Returns().hears(asked(), confirmed(FREEZE), confirmed(FREEZE), asked())
    assert len(returns.of(StepSettled)) == 1


def test_a_confirmation_that_comes_after_the_hand_over_is_still_told() -> None:
    returns = Returns().hears(asked()).waits(timedelta(hours=2)).hears(confirmed(FREEZE))
    assert "freeze_commission" in returns.handed_over
    assert returns.settled == {"freeze_commission": "confirmed"}


def test_a_confirmation_that_comes_before_the_request_spares_the_command() -> None:
    returns = Returns().hears(confirmed(FREEZE), asked())
    assert returns.of(FreezeCommission) == []
    assert returns.settled == {"freeze_commission": "confirmed"}


def test_a_confirmation_of_a_command_that_was_never_sent_is_set_aside() -> None:
    wrong = confirmed(FREEZE).model_copy(update={"command_id": "another"})
    with pytest.raises(Undecidable, match="confirm with the command_id that the command carried"):
        Returns().hears(asked(), wrong)


def test_one_return_too_many_is_set_aside() -> None:
    returns = Returns().hears(*(asked(refund_id=f"R{number}") for number in range(RETURNS_MOST)))
    with pytest.raises(Undecidable, match="more than 100 returns"):
        returns.hears(asked(refund_id="one more"))


def test_an_order_whose_steps_are_over_is_forgotten_after_its_retention() -> None:
    returns = Returns().hears(asked(), *(confirmed(step) for step in ReturnStep))
    assert returns.waits(45 * DAY).state is not None
    assert returns.waits(2 * MS).state is None


def test_event_ids_repeat_when_the_same_facts_are_heard_again() -> None:
    first, second = (Returns().hears(*EVERYTHING).waits(timedelta(hours=2)) for _ in range(2))
    assert first.events == second.events
    assert len({event.event_id for event in first.events}) == len(first.events)
    assert {getattr(event, "order_id", None) for event in first.events} == {ORDER}


FILE = """
[[warehouse]]
name = "hangzhou"
province = "浙江省"
city = "杭州市"

[default]
shop-a = "hangzhou"
"""


def test_warehouses_are_read_from_a_file() -> None:
    read = load_warehouses(FILE, DIVISIONS)
    assert read.nearest("shop-a", "浙江省", "杭州市") == ("hangzhou", "same_city")
    assert read.nearest("shop-a", "广东省", "深圳市") == ("hangzhou", "shop_default")
    assert read.nearest("shop-b", "广东省", "深圳市") is None


@pytest.mark.parametrize(
    ("before", "after", "says"),
    [
        ("杭州市", "杭州", "浙江省 杭州 is no city"),
        ('shop-a = "hangzhou"', 'shop-a = "ningbo"', "default of shop 'shop-a' is ningbo"),
        ('name = "hangzhou"\n', "", "needs name, province and city"),
        ('name = "hangzhou"', "name = 7", "are texts"),
        (
            "[default]",
            '[[warehouse]]\nname = "hangzhou"\nprovince = "浙江省"\ncity = "宁波市"\n[default]',
            "twice",
        ),
        ("[default]", "[default", "no TOML"),
    ],
)
def test_a_fault_in_the_file_of_warehouses_is_named(before: str, after: str, says: str) -> None:
    with pytest.raises(ValueError, match=says):
        load_warehouses(FILE.replace(before, after), DIVISIONS)
