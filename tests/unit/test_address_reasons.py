"""Each reason against an address, on both sides, and the traps of platforms.md section 12."""

from dataclasses import replace
from functools import cache
from importlib.resources import files

import pytest

from pipeline.domain.addresses import AddressFields, Divisions, Reason, check_receiver, heal, load_divisions
from schemas.order import Receiver
from schemas.vocabulary import AddressQuality

GOOD = AddressFields("浙江省", "杭州市", "西湖区", "西溪街道", "文三路90号", "张三", "13800138000")
EVERYTHING_MASKED = AddressFields("**", "**", "**", "**", "***", "张**", "138****8000")


@cache
def table() -> Divisions:
    return load_divisions(files("pipeline.rules").joinpath("divisions.csv").read_text(encoding="utf-8"))


def checked(**told: str) -> Receiver:
    """A good address, but for what is told."""
    return check_receiver(replace(GOOD, **told), table())


def at(province: str, city: str, district: str, **told: str) -> Receiver:
    return checked(province=province, city=city, district=district, **told)


def place(receiver: Receiver) -> tuple[str, str, str]:
    return receiver.province, receiver.city, receiver.district


def test_a_complete_address_is_good_and_tells_places_and_the_tail_of_the_phone_only() -> None:
    assert checked() == Receiver(
        province="浙江省",
        city="杭州市",
        district="西湖区",
        town="西溪街道",
        quality=AddressQuality.GOOD,
        phone_tail="8000",
    )


SIDES: list[tuple[Reason, dict[str, str], dict[str, str]]] = [
    (Reason.NO_PROVINCE, {"province": ""}, {"province": "浙江"}),
    (Reason.NO_CITY, {"city": ""}, {"city": "杭州"}),
    (Reason.NO_CITY, {"city": "浙江省"}, {"city": "*"}),
    (Reason.NO_DISTRICT, {"district": ""}, {"district": "西湖"}),
    (Reason.NO_DISTRICT, {"district": "市辖区"}, {"district": "**区"}),
    (Reason.UNKNOWN_PLACE, {"district": "无名区"}, {"district": "钱塘新区"}),
    (Reason.UNKNOWN_PLACE, {"city": "无名市"}, {"city": "杭州市"}),
    (Reason.UNKNOWN_PLACE, {"province": "无名省"}, {"province": "浙*"}),
    (Reason.RENAMED_PLACE, {"district": "下城区"}, {"district": "拱墅区"}),
    (Reason.RENAMED_PLACE, {"district": "江干区"}, {"district": "临平区"}),
    (
        Reason.AMBIGUOUS_PLACE,
        {"province": "", "city": ""},
        {"province": "", "city": "", "district": "临平区"},
    ),
    (Reason.CONTRADICTS_FIELDS, {"city": "南京市"}, {"city": "杭州市"}),
    (Reason.CONTRADICTS_FIELDS, {"district": "浦东新区"}, {"district": "余杭区"}),
    (Reason.CONTRADICTS_FIELDS, {"detail": "上海市静安区文三路9号"}, {"detail": "浙江省杭州市文三路9号"}),
    (Reason.PICKUP_POINT_ONLY, {"detail": "菜鸟驿站"}, {"detail": "菜鸟驿站文三路9号店"}),
    (Reason.PICKUP_POINT_ONLY, {"detail": "放丰巢快递柜3号"}, {"detail": "文苑小区3幢丰巢快递柜"}),
    (Reason.NO_STREET, {"town": "", "detail": "老地方9876"}, {"town": "", "detail": "老地方村9876"}),
    (Reason.NO_STREET, {"town": "", "detail": "老地方9876"}, {"town": "西溪街道", "detail": "老地方9876"}),
    (Reason.NO_STREET, {"town": "", "detail": "老地方9876"}, {"town": "**", "detail": "老地方9876"}),
    (Reason.NO_NUMBER, {"detail": "文三路与学院路口"}, {"detail": "文三路与学院路口3"}),
    (Reason.NO_NUMBER, {"detail": "文三村老王家"}, {"detail": "文三村老王家二组"}),
    (Reason.DETAIL_TOO_SHORT, {"detail": "文三路9"}, {"detail": "文三路9号"}),
    (Reason.DETAIL_TOO_SHORT, {"detail": "杭州市西湖区9号"}, {"detail": "杭州市西湖区文三路9号"}),
    (Reason.TEST_WORDS, {"detail": "文三路9号测试"}, {"detail": "文三路9号软件测试中心"}),
    (Reason.TEST_WORDS, {"name": "无效订单"}, {"name": "吴效"}),
    (Reason.NO_PHONE, {"phone": ""}, {"phone": "13800138000"}),
    (Reason.BAD_PHONE, {"phone": "12800138000"}, {"phone": "19800138000"}),
    (Reason.BAD_PHONE, {"phone": "1380013800"}, {"phone": "+86 138-0013-8000"}),
    (Reason.BAD_PHONE, {"phone": "138001380000"}, {"phone": "8613800138000"}),
    (Reason.BAD_PHONE, {"phone": "88888888"}, {"phone": "0571-88888888"}),
    (Reason.BAD_NAME, {"name": "张"}, {"name": "张三"}),
    (Reason.BAD_NAME, {"name": "13800138000"}, {"name": ""}),
]


@pytest.mark.parametrize(("reason", "bad", "good"), SIDES)
def test_each_reason_is_told_on_its_side_of_the_limit_only(
    reason: Reason, bad: dict[str, str], good: dict[str, str]
) -> None:
    receiver = checked(**bad)
    assert reason in receiver.reasons
    assert receiver.quality is AddressQuality.BAD
    assert reason not in checked(**good).reasons


def test_every_reason_has_its_two_sides() -> None:
    assert {reason for reason, _, _ in SIDES} == set(Reason)


@pytest.mark.parametrize(
    "hidden",
    [
        {"detail": "***"},
        {"detail": "文三路***"},
        {"name": "张**"},
        {"name": "张＊＊"},
        {"name": "~AbCd12/=~"},
        {"name": "#nH2d==#"},
        {"name": "$178***$"},
        {"phone": "138****8000"},
        {"phone": "13212345678-1234"},
        {"phone": "13212345678转1234"},
        {"phone": "$Zm9vYmFy$1$"},
        {"detail": "~AgAAAAKB+cY7AJzLDkC/6Q==~0~"},
        {"detail": "AAFnR4Zk0pQz8dTq1mYw3xVbK7uE5sHcJ9oL"},
        {"name": "", "phone": "", "detail": "", "oaid": "1YTpWrnGm"},
        {"town": "**"},
        {"district": "**区"},
        {"city": "**市"},
        {"province": "**"},
    ],
)
def test_what_the_platform_hides_is_masked_and_no_fault(hidden: dict[str, str]) -> None:
    receiver = checked(**hidden)
    assert (receiver.quality, receiver.reasons) == (AddressQuality.MASKED, ())


def test_a_hidden_phone_has_no_tail() -> None:
    assert checked(phone="138****8000").phone_tail == ""
    assert checked(phone="13212345678-1234").phone_tail == ""


def test_a_masked_name_does_not_excuse_a_city_of_another_province() -> None:
    receiver = checked(city="南京市", name="张**", phone="138****8000", detail="***")
    assert (receiver.quality, receiver.reasons) == (AddressQuality.BAD, (Reason.CONTRADICTS_FIELDS,))


def test_an_empty_receiver_is_masked_where_the_platform_leaves_out_what_it_hides() -> None:
    assert check_receiver(AddressFields(), table(), empty_is_masked=True).quality is AddressQuality.MASKED
    assert check_receiver(AddressFields(), table()).quality is AddressQuality.BAD


def test_an_oaid_excuses_the_person_but_not_the_place() -> None:
    assert checked(name="", phone="", detail="", oaid="1YTpWrnGm", city="").reasons == (Reason.NO_CITY,)


@pytest.mark.parametrize(
    "detail",
    ["陕西南路8号", "重庆路18号", "上海城2栋301", "四川北路8号", "上海市场1号铺", "北京东路8号",
     "浙江省道8号旁边",
     "江苏省驻杭办事处8号", "南京市场街8号", "中山路8号", "吉林街8号", "海南大厦8号", "西藏中路8号",
     "台湾街8号", "上海市民村8号"],
)  # fmt: skip
def test_the_name_of_a_place_within_a_street_contradicts_nothing(detail: str) -> None:
    assert checked(detail=detail).quality is AddressQuality.GOOD


@pytest.mark.parametrize(
    "detail",
    ["上海市静安区南京西路8号", "上海市南京西路8号", "广东省深圳市南山区科技路8号", "深圳市科技路8号",
     "江苏省中山路8号",
     "广东深圳市科技路8号", "上海浦东新区张江路8号", "南京鼓楼区中山路8号", "中国 江苏省 南京市 中山路8号",
     "浙江省宁波市中山路8号", "湖北省仙桃市中山路8号"],
)  # fmt: skip
def test_another_province_or_city_before_the_street_contradicts_the_fields(detail: str) -> None:
    assert Reason.CONTRADICTS_FIELDS in checked(detail=detail).reasons


@pytest.mark.parametrize(
    ("told", "found"),
    [
        (("广东省", "东莞市", ""), ("广东省", "东莞市", "")),
        (("广东省", "东莞市", "东莞市"), ("广东省", "东莞市", "")),
        (("广东", "东莞", "长安镇"), ("广东省", "东莞市", "长安镇")),
        (("广东省", "中山市", ""), ("广东省", "中山市", "")),
        (("海南省", "儋州市", ""), ("海南省", "儋州市", "")),
        (("甘肃省", "嘉峪关市", ""), ("甘肃省", "嘉峪关市", "")),
        (("河南省", "", "济源市"), ("河南省", "济源市", "")),
        (("河南省", "济源市", ""), ("河南省", "济源市", "")),
        (("河南省", "省直辖县级行政区划", "济源市"), ("河南省", "济源市", "")),
        (("湖北", "省直辖县", "仙桃"), ("湖北省", "仙桃市", "")),
        (("湖北省", "潜江市", "潜江市"), ("湖北省", "潜江市", "")),
        (("湖北省", "天门市", ""), ("湖北省", "天门市", "")),
        (("湖北省", "", "神农架林区"), ("湖北省", "神农架林区", "")),
        (("海南省", "五指山市", ""), ("海南省", "五指山市", "")),
        (("海南省", "省直辖", "琼海市"), ("海南省", "琼海市", "")),
        (("海南省", "文昌市", ""), ("海南省", "文昌市", "")),
        (("海南省", "万宁市", ""), ("海南省", "万宁市", "")),
        (("海南省", "东方市", ""), ("海南省", "东方市", "")),
        (("海南省", "陵水县", ""), ("海南省", "陵水黎族自治县", "")),
        (("新疆", "自治区直辖县级行政区划", "石河子市"), ("新疆维吾尔自治区", "石河子市", "")),
        (("新疆维吾尔自治区", "阿拉尔市", ""), ("新疆维吾尔自治区", "阿拉尔市", "")),
        (("北京", "北京", "朝阳区"), ("北京市", "北京市", "朝阳区")),
        (("北京市", "市辖区", "朝阳区"), ("北京市", "北京市", "朝阳区")),
        (("北京", "朝阳区", "三环以内"), ("北京市", "北京市", "朝阳区")),
        (("天津市", "天津市", "滨海新区"), ("天津市", "天津市", "滨海新区")),
        (("上海", "上海市", "浦东"), ("上海市", "上海市", "浦东新区")),
        (("重庆市", "县", "城口县"), ("重庆市", "重庆市", "城口县")),
        (("重庆市", "重庆市", "渝北区"), ("重庆市", "重庆市", "渝北区")),
        (("内蒙古", "锡林郭勒", "多伦县"), ("内蒙古自治区", "锡林郭勒盟", "多伦县")),
        (("广西", "南宁", "青秀区"), ("广西壮族自治区", "南宁市", "青秀区")),
        (("湖北", "恩施州", "恩施市"), ("湖北省", "恩施土家族苗族自治州", "恩施市")),
        (("河北省", "定州市", ""), ("河北省", "保定市", "定州市")),
        (("河北省", "保定市", "定州市"), ("河北省", "保定市", "定州市")),
        (("河北省", "雄安新区", "雄县"), ("河北省", "雄安新区", "雄县")),
        (("江苏省", "苏州市", "苏州工业园区"), ("江苏省", "苏州市", "苏州工业园区")),
        (("四川省", "成都市", "高新区"), ("四川省", "成都市", "高新区")),
        (("浙江省", "杭州市", "其它区"), ("浙江省", "杭州市", "其它区")),
        (("河北省", "邯郸市", "肥乡县"), ("河北省", "邯郸市", "肥乡区")),
        (("西藏", "那曲地区", "色尼区"), ("西藏自治区", "那曲市", "色尼区")),
        (("香港特别行政区", "九龙", "油尖旺区"), ("香港特别行政区", "九龙", "油尖旺区")),
        (("澳门", "", ""), ("澳门特别行政区", "", "")),
        (("台湾省", "台北市", "大安区"), ("台湾省", "台北市", "大安区")),
    ],
)  # fmt: skip
def test_a_place_counts_however_the_platform_writes_it(
    told: tuple[str, str, str], found: tuple[str, str, str]
) -> None:
    receiver = at(*told)
    assert (receiver.quality, place(receiver)) == (AddressQuality.GOOD, found), receiver.reasons


@pytest.mark.parametrize(
    ("told", "reasons"),
    [
        (("北京市", "朝阳区", "海淀区"), {Reason.CONTRADICTS_FIELDS}),
        (("海南省", "海南", "龙华区"), {Reason.NO_CITY}),
        (("", "海南", ""), {Reason.NO_PROVINCE, Reason.NO_CITY}),
        (("北京市", "北京市", "朝阳县"), {Reason.CONTRADICTS_FIELDS}),
        (("浙江省", "浙江省", "浦东新区"), {Reason.NO_CITY, Reason.CONTRADICTS_FIELDS}),
    ],
)
def test_a_place_that_is_no_such_place_here_is_told(told: tuple[str, str, str], reasons: set[Reason]) -> None:
    receiver = at(*told)
    assert set(receiver.reasons) == reasons


def test_a_phone_of_hong_kong_counts_in_hong_kong_only() -> None:
    assert at("香港", "九龙", "", phone="+852 91234567").reasons == ()
    assert checked(phone="+852 91234567").reasons == (Reason.BAD_PHONE,)


HEALED = [
    ({"district": "下城区"}, ("浙江省", "杭州市", "拱墅区")),
    ({"city": "", "district": "余杭区"}, ("浙江省", "杭州市", "余杭区")),
    ({"city": "", "district": "义乌市"}, ("浙江省", "金华市", "义乌市")),
    ({"city": "义乌市", "district": ""}, ("浙江省", "金华市", "义乌市")),
    ({"province": ""}, ("浙江省", "杭州市", "西湖区")),
    ({"province": "", "city": "东莞市", "district": ""}, ("广东省", "东莞市", "")),
    ({"province": "", "city": "济源市", "district": ""}, ("河南省", "济源市", "")),
    ({"district": "", "detail": "余杭区文一西路9号"}, ("浙江省", "杭州市", "余杭区")),
    ({"district": "", "detail": "杭州市下城区文一西路9号"}, ("浙江省", "杭州市", "拱墅区")),
    ({"province": "山东省", "city": "莱芜市", "district": "莱城区"}, ("山东省", "济南市", "莱芜区")),
    ({"province": "吉林省", "city": "四平市", "district": "公主岭市"}, ("吉林省", "长春市", "公主岭市")),
    (
        {"province": "江苏", "city": "", "district": "鼓楼区", "detail": "徐州市中山路9号"},
        ("江苏省", "徐州市", "鼓楼区"),
    ),
]  # fmt: skip


@pytest.mark.parametrize(("told", "found"), HEALED)
def test_the_table_completes_what_can_be_only_one_place(
    told: dict[str, str], found: tuple[str, str, str]
) -> None:
    receiver = checked(**told)
    assert receiver.candidates == ("|".join(found),)
    healed = heal(receiver)
    assert healed is not None
    assert (healed.quality, healed.reasons, place(healed)) == (AddressQuality.GOOD, (), found)


@pytest.mark.parametrize(
    ("told", "candidates"),
    [
        (("", "", "朝阳区"), {"北京市|北京市|朝阳区", "吉林省|长春市|朝阳区"}),
        (("江苏省", "", "鼓楼区"), {"江苏省|南京市|鼓楼区", "江苏省|徐州市|鼓楼区"}),
        (("浙江省", "杭州市", "江干区"), {"浙江省|杭州市|上城区", "浙江省|杭州市|钱塘区"}),
        (("山东省", "莱芜市", ""), {"山东省|济南市|莱芜区", "山东省|济南市|钢城区"}),
        (("新疆", "伊犁州", "伊宁"), {f"新疆维吾尔自治区|伊犁哈萨克自治州|伊宁{kind}" for kind in "市县"}),
    ],
)
def test_among_several_places_none_is_picked(told: tuple[str, str, str], candidates: set[str]) -> None:
    receiver = at(*told)
    assert Reason.AMBIGUOUS_PLACE in receiver.reasons
    assert set(receiver.candidates) == candidates
    assert heal(receiver) is None


def test_at_most_five_candidates_are_told() -> None:
    receiver = at("", "", "鼓楼区")
    assert len(receiver.candidates) == 4
    receiver = at("", "", "新华区")
    assert len(receiver.candidates) <= 5


@pytest.mark.parametrize(
    "told",
    [
        {},
        {"city": "", "district": ""},
        {"district": "下城区", "phone": ""},
        {"district": "下城区", "detail": "老地方"},
    ],
)
def test_nothing_is_healed_where_the_table_alone_does_not_make_it_good(told: dict[str, str]) -> None:
    assert heal(checked(**told)) is None


def test_a_healed_address_with_a_hidden_phone_is_masked() -> None:
    healed = heal(checked(district="下城区", phone="138****8000"))
    assert healed is not None
    assert healed.quality is AddressQuality.MASKED


@pytest.mark.parametrize(
    "told",
    [
        {"town": "文三路90号"},
        {"town": "张三"},
        {"district": "文三路90号张三13800138000"},
        {"city": "13800138000"},
        {"province": "张三镇", "name": "张三镇"},
        {"district": "文三路西湖街道"},
        {"province": "\ud800"},
    ],
)
def test_a_street_a_name_or_a_number_in_the_wrong_field_is_not_carried_on(told: dict[str, str]) -> None:
    receiver = checked(**told)
    value = next(iter(told.values()))
    assert value not in (receiver.province, receiver.city, receiver.district, receiver.town)


def test_a_number_too_short_to_hide_anything_has_no_tail() -> None:
    assert checked(phone="123456").phone_tail == ""
    assert checked(phone="1234567").phone_tail == "4567"
