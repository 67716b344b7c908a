"""The log of every process: one line a message on standard error, key=value fields."""

import logging
import sys

import structlog


def write_log(level: str) -> None:
    """Send the log to standard error, with what libraries say at `level` and above."""
    logging.basicConfig(level=level, format="%(asctime)s %(levelname)s %(name)s %(message)s")
    write_own_log()


def write_own_log() -> None:
    """Send what we say ourselves to standard error; of a store that is away we say one line, no traceback."""
    logging.getLogger("clickhouse_connect").setLevel(logging.CRITICAL)
    structlog.configure(
        processors=[
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            structlog.processors.format_exc_info,
            structlog.processors.KeyValueRenderer(key_order=["timestamp", "level", "event"]),
        ],
        wrapper_class=structlog.make_filtering_bound_logger(logging.INFO),
        logger_factory=structlog.PrintLoggerFactory(sys.stderr),
    )
