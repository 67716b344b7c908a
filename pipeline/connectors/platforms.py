"""Every platform that can be pulled, by the name of its source."""

from pipeline.connectors.douyin import DOUYIN
from pipeline.connectors.jd import JD
from pipeline.connectors.jushuitan import JUSHUITAN
from pipeline.connectors.pdd import PDD
from pipeline.connectors.spec import Platform
from pipeline.connectors.wangdiantong import WANGDIANTONG

PLATFORMS: dict[str, Platform] = {
    platform.source: platform for platform in (JD, PDD, DOUYIN, WANGDIANTONG, JUSHUITAN)
}
