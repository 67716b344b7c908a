"""Signatures equal the platforms' own published examples."""

import pytest

from pipeline.connectors.requests import Question, build
from pipeline.connectors.signing import hmac_sha256, md5_headed, md5_lower, md5_upper
from pipeline.connectors.windows import Window
from tests.pulling import START_S, account


def test_jd_signs_like_its_own_example() -> None:
    # open.jd.com, developer guide 2643 [V].
    said = (
        '{"end_date":null,"optional_fields":null,"order_state":"WAIT_SELLER_STOCK_OUT","page":"1",'
        '"page_size":"200","start_date":null}'
    )
    fields = {
        "access_token": "yourtoken",
        "app_key": "yourappkey",
        "method": "jingdong.pop.order.search",
        "timestamp": "2021-05-07 09:20:39.683+0800",
        "v": "2.0",
        "360buy_param_json": said,
    }
    assert md5_upper("yourappSecret", fields) == "D70825340F4084360B9362B60DFD7930"


def test_pinduoduo_signs_like_its_own_example() -> None:
    # open.pinduoduo.com, document 8EC06C399636041E [V].
    fields = {
        "access_token": "asd78172s8ds9a921j9qqwda12312w1w21211",
        "client_id": "1",
        "data_type": "XML",
        "order_status": "1",
        "page": "1",
        "page_size": "10",
        "timestamp": "1480411125",
        "type": "pdd.order.number.list.get",
    }
    assert md5_upper("testSecret", fields) == "E4DE3ED21002510DED352819E7AE6775"


def test_douyin_signs_like_a_public_client() -> None:
    fields = {
        "app_key": "appkey123",
        "method": "order.searchList",
        "param_json": '{"page":0,"size":100}',
        "timestamp": "1800000000",
        "v": "2",
    }
    expected = "8a5350b8fdacaa753c0885ab9859d382a31de4add09c6943c1d34298bd2165f1"
    assert hmac_sha256("secret123", fields) == expected


def test_wangdiantong_signs_like_a_public_client_with_the_body_as_a_field() -> None:
    fields = {
        "sid": "wdtapi3",
        "key": "appkey",
        "salt": "salt",
        "method": "goods.Goods.queryWithSpec",
        "timestamp": "100",
        "v": "1.0",
        "body": '[{"goods_no":"G001"}]',
    }
    assert md5_lower("secret", fields) == "703b2c4b5b16565883e6b58d18e254a2"


def test_jushuitan_puts_the_secret_in_front_only_and_leaves_out_what_is_empty() -> None:
    # md5("secretaccess_tokentapp_keyk"), computed by md5sum.
    assert md5_headed("secret", {"app_key": "k", "access_token": "t", "biz": ""}) == (
        "48e941594e9a46b377dc8e49eaed2aab"
    )


@pytest.mark.parametrize("source", ["jd", "pdd", "douyin", "wangdiantong", "jushuitan"])
def test_a_signature_changes_with_the_clock_and_with_the_window(source: str) -> None:
    one = account(source)

    def signed(until_s: int, now_s: float) -> str:
        built = build(one, Question(one.chosen[0], Window(START_S, until_s), 1, 64), now_s)
        return ((built.form or {}) | built.query)["sign"]

    told = signed(START_S + 60, START_S + 90)
    assert told == signed(START_S + 60, START_S + 90)
    assert told != signed(START_S + 61, START_S + 90)
    assert told != signed(START_S + 60, START_S + 91)
