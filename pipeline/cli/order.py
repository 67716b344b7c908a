"""`certainty order`: everything that is known of one order now."""

from typing import Annotated

import typer

from pipeline.cli.exits import Exit, fail, settings_or_exit
from pipeline.cli.migrate import store_exits
from pipeline.cli.parts import asked, print_json, print_parts
from pipeline.endpoints import store_address


def register(app: typer.Typer) -> None:
    """Add the command."""

    @app.command()
    def order(
        order_id: Annotated[str, typer.Argument(metavar="ORDER", help="Order number.")],
        as_json: Annotated[bool, typer.Option("--json", help="One JSON object.")] = False,
    ) -> None:
        """Say everything that is known of one order: account, words, lock, anomalies, refunds, commands.

        Exit code 3 if nobody ever spoke of it. Example: certainty order 260301-1
        """
        from pipeline.clickhouse.one_order import PARTS  # noqa: PLC0415  (keeps --help fast)
        from pipeline.clickhouse.reader import Reader  # noqa: PLC0415

        settings = settings_or_exit()
        with store_exits(), Reader(store_address(settings)) as reader:
            parts = asked(reader, PARTS, order=order_id)
        if as_json:
            print_json({"order_id": order_id}, parts)
        else:
            print_parts(f"order 订单 {order_id}", TITLES, parts, settings.business_zone)
        if not any(parts.values()):
            raise fail(f"nobody ever spoke of order {order_id}", Exit.PROBLEMS)


TITLES = {
    "account": "account and promise 订单与承诺",
    "words": "each reporter's last word 各方最后的说法",
    "lock": "conflicts and locks 冲突与锁定",
    "anomalies": "open anomalies 未结异常",
    "refunds": "refunds 退款",
    "commands": "commands 指令",
    "said": "what people and outside systems said 人工与外部系统",
    "answers": "answers of the desk 操作台答复",
    "timeline": "timeline 时间线",
}
