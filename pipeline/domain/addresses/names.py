"""The ways in which the name of one division is written: with its suffix, short, or without any."""

import re

NATIONS = (
    "维吾尔族?|哈萨克族?|柯尔克孜族?|塔吉克族?|乌孜别克族?|俄罗斯族?|鄂温克族?|鄂伦春族?|达斡尔族?|蒙古族?|锡伯族?"
    "|布依族?|朝鲜族?|土家族?|哈尼族?|傈僳族?|拉祜族?|东乡族?|纳西族?|景颇族?|仫佬族?|布朗族?|撒拉族?|毛南族?"
    "|仡佬族?|阿昌族?|普米族?|德昂族?|保安族?|裕固族?|独龙族?|赫哲族?|门巴族?|珞巴族?|基诺族?|高山族?"
    "|回族|藏族|苗族|彝族|壮族|满族|侗族|瑶族|白族|傣族|黎族|佤族|畲族|水族|土族|羌族|怒族|京族|各族"
)
PEOPLES = re.compile(f"(?<=..)(?:{NATIONS})+$")
AUTONOMOUS = re.compile(r"自治(区|州|县|旗)$")
PROVINCE = re.compile(r"(维吾尔自治区|壮族自治区|回族自治区|自治区|特别行政区|省|市)$")
SUFFIX = re.compile(r"((?<=..)新区|(?<=..)特区|(?<=神农架)林区|地区|行政区|市|区|县|旗|盟)$")


def province_names(name: str) -> tuple[str, str]:
    """Return the full name and the bare one: 内蒙古自治区 and 内蒙古."""
    return name, PROVINCE.sub("", name)


def stem(name: str) -> str:
    """Return the name of a city or district without its suffix; "" when less than two signs would stay."""
    kind = AUTONOMOUS.search(name)
    short = name[: kind.start()] if kind else SUFFIX.sub("", name)
    if kind or short.endswith("族"):
        short = PEOPLES.sub("", short).removesuffix("族")
    return short if len(short) >= 2 else ""


def suffixed_names(name: str) -> tuple[str, ...]:
    """Return the spellings that say what kind of place it is: 恩施土家族苗族自治州 and 恩施州."""
    kind = AUTONOMOUS.search(name)
    return (name, stem(name) + kind.group(1)) if kind and stem(name) else (name,)
