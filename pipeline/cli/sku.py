"""`certainty sku`: where every piece of a SKU is, who reserved it, and why it is not for sale."""

from typing import Annotated

import typer

from pipeline.cli.exits import Exit, fail, settings_or_exit
from pipeline.cli.migrate import store_exits
from pipeline.cli.parts import asked, print_json, print_parts
from pipeline.cli.sku_words import in_words
from pipeline.endpoints import store_address


def register(app: typer.Typer) -> None:
    """Add the command."""

    @app.command()
    def sku(
        sku: Annotated[str, typer.Argument(metavar="SKU", help="Stock keeping unit.")],
        as_json: Annotated[bool, typer.Option("--json", help="One JSON object.")] = False,
    ) -> None:
        """Say where every piece of a SKU is, who reserved it, what makes it run out, why it is suspended.

        Exit code 3 if nobody ever spoke of it. Example: certainty sku SKU-0001
        """
        from pipeline.clickhouse.one_sku import PARTS  # noqa: PLC0415  (keeps --help fast)
        from pipeline.clickhouse.reader import Reader  # noqa: PLC0415

        settings = settings_or_exit()
        with store_exits(), Reader(store_address(settings)) as reader:
            parts = asked(reader, PARTS, sku=sku)
        if as_json:
            print_json({"sku": sku}, parts)
        else:
            print_parts(f"SKU 商品 {sku}", TITLES, in_words(parts), settings.business_zone)
        if not any(parts.values()):
            raise fail(f"nobody ever spoke of SKU {sku}", Exit.PROBLEMS)


TITLES = {
    "account": "account 库存账",
    "places": "by warehouse 各仓库存",
    "reserved": "reserved by platform 各平台占用",
    "orders": "last orders that reserve 最近占用的订单",
    "drivers": "what makes it run out: 24 h, and held back now 断货原因",
    "oversold": "oversold orders 超卖订单",
    "movements": "last movements 最近出入库",
    "storefronts": "last commands to storefronts 店铺指令",
    "deviations": "deviations and calibrations 偏差与校准",
}
