"""Judges the street part: complete enough to find a door, and no test."""

import re

from pipeline.domain.addresses.reasons import Reason

SHORTEST = 5
"""Characters of a detail at least (platforms.md section 12)."""

STREET = re.compile(
    r"[路街道巷弄镇乡村庄屯寨苑园城府坊湾厂]|小区|社区|胡同|大厦|公寓|公馆|家属院|大院|宿舍|广场|中心|学校|学院|大学"
    r"|[中小]学|医院|酒店|宾馆|市场|商场|公司|新区|[农林牧渔]场|大队|嘎查|苏木|里(?=\d)|花苑|家园"
)
"""What stands for a town, street, road, village or estate (platforms.md section 12)."""

NUMBER = re.compile(r"[号弄栋幢座单元室组队]|\d")
"""What stands for a number in the street (platforms.md section 12)."""

PICKUP = re.compile(
    r"(?:菜鸟|丰巢|妈妈|兔喜|极兔|京东|顺丰|中通|圆通|申通|韵达|邮政|熊猫|蜂站|近邻宝|驿站|快递柜|智能柜|自提柜|自提点"
    r"|代收点|代理点|快递点|快递超市|快递站|快递|生活|门店|柜|店|点|里|内|放|送|存|到|至|在|请|代|[号#\d-])++"
)
"""Nothing but the name of a place where parcels wait, and the number of a locker in it.

Possessive: a text of thousands of such words is refused without trying every way to read it.
"""

WAITING = re.compile(r"驿站|丰巢|快递柜|智能柜|自提|代收点|代理点|快递点|快递超市|快递站|菜鸟|兔喜|妈妈店")

TEST = re.compile(r"测试(?!中心|基地|园|所|站|楼|大厦|厂|场|局|研|技术|科技|公司)|无效")
"""Words of an order that nobody wants to have sent; 测试 also begins the names of firms and sites."""

BLANKS = re.compile(r"\s+")


def judge_detail(detail: str, above: str | None) -> list[Reason]:
    """Return what is wrong with a detail that is not masked.

    `detail`: what follows province, city and district in it. `above`: town, or whatever stands above
    the detail and may be its street; None when that is masked.
    """
    if WAITING.search(detail) and PICKUP.fullmatch(BLANKS.sub("", detail)):
        return [Reason.PICKUP_POINT_ONLY]
    reasons = []
    if above is not None and not STREET.search(detail) and not STREET.search(above):
        reasons.append(Reason.NO_STREET)
    if not NUMBER.search(detail):
        reasons.append(Reason.NO_NUMBER)
    if len(BLANKS.sub("", detail)) < SHORTEST:
        reasons.append(Reason.DETAIL_TOO_SHORT)
    return reasons


def is_test(detail: str | None, name: str | None) -> bool:
    """Tell whether name or detail, where not masked, say that nothing should be sent."""
    return any(text and TEST.search(text) for text in (detail, name))
