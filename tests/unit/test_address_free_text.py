"""An address written into one line is taken apart only where it is certain."""

from functools import cache
from importlib.resources import files

import pytest

from pipeline.domain.addresses import (
    AddressFields,
    Divisions,
    Reason,
    check_receiver,
    load_divisions,
    split_free_text,
)


@cache
def table() -> Divisions:
    return load_divisions(files("pipeline.rules").joinpath("divisions.csv").read_text(encoding="utf-8"))


WHOLE = AddressFields("浙江省", "杭州市", "西湖区", "", "文三路90号", "张三", "13800138000")


@pytest.mark.parametrize(
    "text",
    [
        "浙江省杭州市西湖区文三路90号 张三 13800138000",
        "张三 13800138000 浙江省杭州市西湖区文三路90号",
        "张三，13800138000，浙江杭州西湖区文三路90号",
        "收货人：张三 电话：13800138000 地址：杭州市西湖区文三路90号",
        "姓名: 张三\n手机号 13800138000\n收货地址: 浙江省 杭州市 西湖区 文三路90号",
        "13800138000 张三 中国浙江省杭州市西湖区文三路90号",
    ],
)
def test_a_line_with_a_full_place_is_taken_apart(text: str) -> None:
    assert split_free_text(text, table()) == WHOLE


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("北京朝阳区建国路1号", ("北京市", "北京市", "朝阳区", "建国路1号")),
        ("长春朝阳区同志街1号", ("吉林省", "长春市", "朝阳区", "同志街1号")),
        ("上海浦东新区张江路1号", ("上海市", "上海市", "浦东新区", "张江路1号")),
        ("内蒙古锡林郭勒盟多伦县中山路1号", ("内蒙古自治区", "锡林郭勒盟", "多伦县", "中山路1号")),
        ("湖北仙桃市沔州大道1号", ("湖北省", "仙桃市", "", "沔州大道1号")),
        ("广东省东莞市长安镇德政路1号", ("广东省", "东莞市", "", "长安镇德政路1号")),
        ("浙江省义乌市稠州路1号", ("浙江省", "金华市", "义乌市", "稠州路1号")),
        ("浙江省杭州市下城区延安路1号", ("浙江省", "杭州市", "下城区", "延安路1号")),
        ("朝阳区建国路1号", ("", "", "", "朝阳区建国路1号")),
        ("西湖区文三路1号", ("", "", "", "西湖区文三路1号")),
        ("江苏鼓楼区中山路1号", ("", "", "", "江苏鼓楼区中山路1号")),
        ("陕西南路1号", ("", "", "", "陕西南路1号")),
        ("重庆路1号", ("", "", "", "重庆路1号")),
        ("上海城2栋", ("", "", "", "上海城2栋")),
        ("四川北路1号", ("", "", "", "四川北路1号")),
        ("", ("", "", "", "")),
    ],
)
def test_a_place_is_read_only_below_a_province_or_a_city(text: str, found: tuple[str, str, str, str]) -> None:
    fields = split_free_text(text, table())
    assert (fields.province, fields.city, fields.district, fields.detail) == found


def test_an_old_district_in_a_line_is_told_as_renamed() -> None:
    fields = split_free_text("浙江省杭州市下城区延安路1号 张三 13800138000", table())
    assert check_receiver(fields, table()).reasons == (Reason.RENAMED_PLACE,)


def test_a_word_is_a_name_only_beside_the_phone_or_with_its_label() -> None:
    assert split_free_text("浙江省杭州市西湖区文三路90号 张三", table()).name == ""
    assert split_free_text("张三 李四 13800138000 王五 杭州市文三路90号", table()).name == ""
    assert split_free_text("收件人 张三 杭州市文三路90号", table()).name == "张三"


def test_a_virtual_number_in_a_line_is_a_phone() -> None:
    assert split_free_text("杭州市文三路90号 13212345678-1234", table()).phone == "13212345678-1234"
