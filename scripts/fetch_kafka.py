"""Fetches and verifies Kafka's jars ahead of the first start."""

import sys

import typer

from pipeline.cli.exits import exits, say, settings_or_exit
from pipeline.embedded.jars import class_path


def main() -> None:
    """Fetch what is missing; a wrong jar ends with a sentence and exit code 1."""
    with exits():
        class_path(settings_or_exit(), say)


if __name__ == "__main__":
    try:
        main()
    except typer.Exit as ended:
        sys.exit(ended.exit_code)
