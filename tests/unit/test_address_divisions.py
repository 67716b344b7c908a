"""The table of divisions: complete, unambiguous, and honest about a faulty line."""

import re
from collections import Counter
from dataclasses import replace
from functools import cache
from importlib.resources import files

import pytest

from pipeline.domain.addresses import AddressFields, Divisions, check_receiver, load_divisions
from pipeline.domain.addresses.names import stem

TEXT = files("pipeline.rules").joinpath("divisions.csv").read_text(encoding="utf-8")
ROWS = [tuple([*line.split(","), ""][:3]) for line in TEXT.splitlines() if re.match(r"\d{6},", line)]
CURRENT = {code: name for code, name, now in ROWS if not now}
OLD = [(code, name, now.split()) for code, name, now in ROWS if now]
ZONES = {"133100", "232761", "232762", "232763", "232764", "632857"}
STAND_INS = ("市辖区", "县", "省直辖县级行政区划", "自治区直辖县级行政区划")
LATE = {"500105", "500112"}


@cache
def table() -> Divisions:
    return load_divisions(TEXT)


def test_the_table_says_its_day_and_stays_small() -> None:
    assert table().date == "2025-12-31"
    assert len(TEXT.encode()) < 150_000


def test_it_has_every_province_prefecture_and_county() -> None:
    level = Counter(
        "province" if code.endswith("0000") else "city" if code.endswith("00") else "county"
        for code, name in CURRENT.items()
        if code not in ZONES | LATE and not (code.endswith("00") and name in STAND_INS)
    )
    assert level == {"province": 34, "city": 333, "county": 2845}


def test_no_code_is_there_twice_and_each_has_its_parents() -> None:
    assert len(CURRENT) + len(OLD) == len(ROWS)
    assert len({(code, name) for code, name, _ in ROWS}) == len(ROWS)
    for code in CURRENT:
        assert {code[:2] + "0000", code[:4] + "00"} <= CURRENT.keys(), code


def test_the_rows_are_sorted_by_code() -> None:
    assert [code for code, _, _ in ROWS] == sorted(code for code, _, _ in ROWS)


def test_a_name_is_there_once_in_its_city() -> None:
    counts = Counter((code[:4], name) for code, name in CURRENT.items())
    assert [name for name, count in counts.items() if count > 1] == []


def test_what_is_no_more_became_something_that_is() -> None:
    assert OLD
    for code, name, now in OLD:
        assert set(now) <= CURRENT.keys(), name
        assert CURRENT.get(code) != name


def test_the_cities_without_districts_are_those_that_have_none_by_law() -> None:
    whole = {spot.city.name for province in table().provinces.values() for spot in province.cities.values()
             if spot.city.whole}  # fmt: skip
    direct = {name for code, name in CURRENT.items() if code[2:4] == "90" and not code.endswith("00")}
    assert whole - direct == {"东莞市", "中山市", "儋州市", "嘉峪关市", "雄安新区"}
    assert {"济源市", "仙桃市", "潜江市", "天门市", "神农架林区", "五指山市", "石河子市", "白杨市"} <= direct
    assert len(direct) == 32


@pytest.mark.parametrize(
    ("code", "place"),
    [
        ("330113", "浙江省|杭州市|临平区"),
        ("330114", "浙江省|杭州市|钱塘区"),
        ("110105", "北京市|北京市|朝阳区"),
        ("500237", "重庆市|重庆市|巫山县"),
        ("429004", "湖北省|仙桃市|"),
        ("441900", "广东省|东莞市|"),
        ("810000", "香港特别行政区||"),
    ],
)
def test_a_code_leads_to_its_full_place(code: str, place: str) -> None:
    assert str(table().codes[code]) == place


@pytest.mark.parametrize(
    ("name", "short"),
    [
        ("恩施土家族苗族自治州", "恩施"), ("积石山保安族东乡族撒拉族自治县", "积石山"),
        ("东乡族自治县", "东乡"),
        ("鄂温克族自治旗", "鄂温克"), ("克孜勒苏柯尔克孜自治州", "克孜勒苏"), ("浦东新区", "浦东"),
        ("清新区", "清新"),
        ("碑林区", "碑林"), ("神农架林区", "神农架"), ("管城回族区", "管城"), ("锡林郭勒盟", "锡林郭勒"),
        ("六枝特区", "六枝"), ("赣县区", "赣县"), ("城区", ""), ("郊区", ""),
    ],
)  # fmt: skip
def test_a_name_without_its_suffix_is_what_people_write(name: str, short: str) -> None:
    assert stem(name) == short


HEAD = "# date: 2025-12-31\ncode,name,now\n330000,浙江省\n330100,杭州市\n"


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("330000,浙江省\n", "no line"),
        (HEAD + "330102,Shangcheng\n", ":5: a row is"),
        (HEAD + "3301,上城区\n", ":5: a row is"),
        (HEAD + "330102,上城区\n330102,下城区\n", ":6: the code 330102 is there twice"),
        (HEAD + "330202,海曙区\n", ":5: the row 330200 above 330202 is missing"),
        (HEAD + "330103,下城区,330105\n", ":5: it became 330105, which is no row in force"),
    ],
)
def test_a_faulty_table_is_refused_with_its_line(text: str, says: str) -> None:
    with pytest.raises(ValueError, match=re.escape(says)):
        load_divisions(text)


def test_every_place_of_the_table_is_found_by_its_full_and_by_its_short_name() -> None:
    for place in table().codes.values():
        told = AddressFields(*place, detail="文三路90号", name="张三", phone="13800138000")
        receiver = check_receiver(told, table())
        if not place.district:
            assert set(receiver.reasons) <= {"no_city", "no_district"}, place
        else:
            assert receiver.reasons == (), place
            assert (receiver.province, receiver.city, receiver.district) == place
            short = replace(told, district=stem(place.district) or place.district)
            assert set(check_receiver(short, table()).reasons) <= {"ambiguous_place"}, place


def test_every_place_that_is_no_more_is_renamed_and_completed() -> None:
    for code, name, now in OLD:
        places = [table().codes[successor] for successor in now]
        county = not code.endswith("00")
        told = AddressFields(places[0].province, places[0].city if county else name, name if county else "")
        receiver = check_receiver(replace(told, detail="**", name="**", phone="**"), table())
        if name in ("钢城区", "公主岭市"):
            continue  # they only moved to another city: told below that one, they are in force
        assert "renamed_place" in receiver.reasons, name
        assert receiver.candidates == tuple(map(str, places)), name
