"""Who says what by which way: a push through the gateway, or a page that a connector pulls."""

from collections.abc import Callable, Mapping
from typing import NamedTuple

from pipeline.simulator.voices import carriers, commands, contracts, shops, warehouses
from pipeline.simulator.voices.writing import Payload, json_bytes


class Voice(NamedTuple):
    """One kind of telling: the real source, the api it comes by, the payload, and whether it is pushed."""

    source: str
    api: str
    write: Callable[[Payload], Payload]
    pushed: bool = False


class Spoken(NamedTuple):
    """A payload ready to be sent: a page as it is, or the document of a push that its sender still signs."""

    source: str
    api: str
    document: bytes
    pushed: bool


VOICES: Mapping[tuple[str, str], Voice] = {
    ("tmall", "order"): Voice("tmall", "taobao.trade.fullinfo.get", shops.tmall_order, pushed=True),
    ("tmall", "refund"): Voice("tmall", "taobao.refund.get", shops.tmall_refund, pushed=True),
    ("jd", "order"): Voice("jd", "jingdong.pop.order.search", shops.jd_order),
    ("jd", "refund"): Voice("jd", "jingdong.asc.serviceAndRefund.view", shops.jd_refund),
    ("pdd", "order"): Voice("pdd", "pdd.order.number.list.increment.get", shops.pdd_order),
    ("pdd", "refund"): Voice("pdd", "pdd.refund.list.increment.get", shops.pdd_refund),
    ("douyin", "order"): Voice("douyin", "order.searchList", shops.douyin_order),
    ("douyin", "refund"): Voice("douyin", "afterSale.List", shops.douyin_refund),
    ("own-shop", "order"): Voice("own-shop", "order", contracts.own_order, pushed=True),
    ("own-shop", "refund"): Voice("own-shop", "refund", contracts.own_refund, pushed=True),
    ("erp", "order"): Voice("wangdiantong", "sales.TradeQuery.queryWithDetail", warehouses.trade),
    ("erp", "invoice"): Voice("wangdiantong", "invoice", warehouses.invoice, pushed=True),
    ("erp", "count"): Voice("wangdiantong", "wms.StockSpec.queryChangeHistory", warehouses.change),
    ("wms", "count"): Voice("wangdiantong", "wms.StockSpec.queryChangeHistory", warehouses.change),
    ("wms", "parcel"): Voice("wangdiantong", "wms.stockout.Sales.queryWithDetail", warehouses.stockout),
    ("wms", "movement"): Voice("wangdiantong", "wms.stockin.Purchase.queryWithDetail", warehouses.stockin),
    ("cloud-warehouse", "count"): Voice("cloud-warehouse", "", contracts.cloud_count, pushed=True),
    ("kuaidi100", "scan"): Voice("kuaidi100", "", carriers.kuaidi100, pushed=True),
    ("kdniao", "scan"): Voice("kdniao", "", carriers.kdniao, pushed=True),
    ("cs", "order"): Voice("cs", "", contracts.cs_order, pushed=True),
    ("cs", "ticket"): Voice("cs", "", contracts.cs_ticket, pushed=True),
    ("app", "view"): Voice("app", "", contracts.app_view, pushed=True),
    ("command", "decided"): Voice("command", "", commands.decided),
    ("command", "taken"): Voice("command", "", commands.taken),
    ("command", "answered"): Voice("command", "", commands.answered),
    ("command", "reports_told"): Voice("command", "", commands.reports_told),
    ("command", "stock_told"): Voice("command", "", commands.stock_told),
    ("command", "stock_confirmed"): Voice("command", "", commands.stock_confirmed),
    ("command", "confirmed"): Voice("command", "", commands.confirmed),
}
"""(who speaks in the plan, what is told) -> how the real system says it."""


def speak(speaker: str, kind: str, told: Payload) -> Spoken:
    """Return what is sent; raises KeyError for something nobody can say."""
    voice = VOICES[speaker, kind]
    return Spoken(voice.source, voice.api, json_bytes(voice.write(told)), voice.pushed)
