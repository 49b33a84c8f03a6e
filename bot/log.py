"""Logs as events: a constant name and its facts, one line each, on standard error."""

import logging
import sys
from typing import Literal

import structlog

Format = Literal["text", "json"]


def configure(level: str, form: Format) -> None:
    """Called once, by the command line. Our events and the libraries' lines come out alike."""
    shared: list[structlog.typing.Processor] = [
        structlog.contextvars.merge_contextvars,
        structlog.stdlib.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
    ]
    renderer: structlog.typing.Processor = (
        structlog.processors.JSONRenderer()
        if form == "json"
        else structlog.dev.ConsoleRenderer(
            colors=sys.stderr.isatty(), exception_formatter=structlog.dev.plain_traceback
        )
    )
    structlog.configure(
        processors=[*shared, structlog.stdlib.ProcessorFormatter.wrap_for_formatter],
        wrapper_class=structlog.make_filtering_bound_logger(level),
        logger_factory=structlog.stdlib.LoggerFactory(),
        cache_logger_on_first_use=True,
    )
    handler = logging.StreamHandler()
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=shared,
            processors=[
                structlog.stdlib.ProcessorFormatter.remove_processors_meta,
                structlog.processors.format_exc_info,
                renderer,
            ],
        )
    )
    handler.addFilter(_ours_or_a_warning)
    root = logging.getLogger()
    root.handlers = [handler]
    root.setLevel(level.upper())


def _ours_or_a_warning(record: logging.LogRecord) -> bool:
    """Below WARNING, slack_sdk, Bolt and httpx print bodies, socket tickets and addresses: never in our log."""
    return record.levelno >= logging.WARNING or record.name.startswith(_OURS)


_OURS = ("bot.", "handlers.", "storage.")
