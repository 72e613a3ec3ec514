"""How the worker speaks: one JSON object a line, on standard error."""

from __future__ import annotations

import logging
import sys
import traceback

import structlog


def set_up(level: str) -> None:
    """Send what is as grave as `level` to standard error; libraries speak only of trouble."""
    logging.basicConfig(level=logging.WARNING, stream=sys.stderr)
    logging.getLogger("rq.worker").setLevel(logging.WARNING)  # it sets itself to tell of every job
    structlog.configure(
        processors=[
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            structlog.processors.JSONRenderer(ensure_ascii=False),
        ],
        wrapper_class=structlog.make_filtering_bound_logger(level),
        logger_factory=structlog.WriteLoggerFactory(sys.stderr),
        cache_logger_on_first_use=True,
    )


def in_a_line(error: Exception) -> str:
    """Name an error with the first line of what it says: further lines may hold people's data."""
    said = str(error).partition("\n")[0]
    return f"{type(error).__name__}: {said}" if said else type(error).__name__


def trouble(error: Exception) -> dict[str, str]:
    """Say what went wrong and where, for the log."""
    where = "".join(traceback.format_tb(error.__traceback__))
    return {"error": in_a_line(error), "where": where}
