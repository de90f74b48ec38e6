"""Events for programs: one JSON object a line, on standard error, when ``--log-format json`` asks for it.

Belongs here: how an event is written. Does not belong here: which there are (``logging`` calls wherever they happen),
words for people (``console``).
"""

from __future__ import annotations

import json
import logging
import sys
from datetime import UTC, datetime

#: The logger that all of the program's own hang on.
PROGRAM = "clipplot_pipeline"


class JsonLines(logging.Formatter):
    """Writes a record as one JSON object: ``time`` (UTC), ``level``, ``logger``, ``message``, its ``event``."""

    def format(self, record: logging.LogRecord) -> str:
        """Return the line."""
        line = {
            "time": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname.lower(),
            "logger": record.name,
            "message": record.getMessage(),
            **getattr(record, "event", {}),
        }
        if record.exc_info:
            line["error"] = self.formatException(record.exc_info)
        return json.dumps(line, ensure_ascii=False, default=str)


def log_json_lines() -> None:
    """Let the program's events be written as JSON lines from now on."""
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(JsonLines())
    logger = logging.getLogger(PROGRAM)
    logger.handlers = [handler]
    logger.setLevel(logging.INFO)
    logger.propagate = False
