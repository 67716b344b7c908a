"""The log of every process but the board: one line a message on standard error, key=value fields."""

import logging
import sys

import structlog


def write_log(level: str) -> None:
    """Send the log to standard error: one line a message, key=value fields."""
    logging.getLogger("clickhouse_connect").setLevel(logging.CRITICAL)  # we say it ourselves, in one line
    logging.basicConfig(level=level, format="%(asctime)s %(levelname)s %(name)s %(message)s")
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
