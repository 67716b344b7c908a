"""The command line: one module a command, each with a `register(app)`."""

from importlib import import_module

import typer

COMMANDS = ("broker", "store", "up", "doctor", "topics", "migrate", "worker", "gateway", "connectors",
            "import_", "simulate", "report", "sql", "dashboard", "replay", "source", "rules",
            "config", "order", "sku", "stock", "desk", "decide", "command")  # fmt: skip


def build() -> typer.Typer:
    """Return the whole command line."""
    app = typer.Typer(
        name="certainty",
        help="Keeps the promise a merchant made when the order was placed.",
        no_args_is_help=True,
        pretty_exceptions_show_locals=False,
    )
    for name in COMMANDS:
        import_module(f"pipeline.cli.{name}").register(app)
    return app


def main() -> None:
    """Entry point of the `certainty` command."""
    build()()
