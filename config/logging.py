"""Logs: one line each on stderr, key=value, with the request's id and without personal data."""

from __future__ import annotations

import json
import logging
import logging.config
import re
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

_BARE = frozenset("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789._-+:/@")
_LINE_ENDS = re.compile("[\x7f-\x9f\u2028\u2029]")
_request_id: list[Callable[[], str]] = []


class KeyValueFormatter(logging.Formatter):
    """One record, one line: a traceback is folded into its line, so nobody can forge a second one."""

    def format(self, record: logging.LogRecord) -> str:
        at = datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds")
        parts = {
            "at": at,
            "level": record.levelname.lower(),
            "logger": record.name,
            "request_id": _request_id[0]() if _request_id else "-",
            "message": record.getMessage(),
        }
        if record.exc_info:
            parts["exception"] = self.formatException(record.exc_info)
        return " ".join(f"{key}={quoted(value)}" for key, value in parts.items())


def quoted(value: str) -> str:
    """Write a value bare where it is one plain word, else as a JSON string on one line."""
    if value and _BARE.issuperset(value):
        return value
    return _LINE_ENDS.sub(lambda found: f"\\u{ord(found[0]):04x}", json.dumps(value, ensure_ascii=False))


def name_requests_with(request_id: Callable[[], str]) -> None:
    """Say where a log line finds the id of the request it belongs to; `-` outside one."""
    _request_id[:] = [request_id]


def as_dict(level: str = "INFO") -> dict[str, Any]:
    """Return the set-up for logging.config and for gunicorn's logconfig_dict."""
    to_root: dict[str, Any] = {"level": level, "handlers": [], "propagate": True}
    return {
        "version": 1,
        "disable_existing_loggers": False,
        "formatters": {"line": {"()": KeyValueFormatter}},
        "handlers": {"stderr": {"class": "logging.StreamHandler", "formatter": "line", "stream": "ext://sys.stderr"}},
        "root": {"level": level, "handlers": ["stderr"]},
        "loggers": {
            "gunicorn.error": to_root,
            "gunicorn.access": to_root,
            "alembic": {"level": "WARNING"},
            "huey": {"level": "WARNING"},
            # They would log addresses, and WeChat's hold the secret and the login code.
            "httpx": {"level": "WARNING"},
            "httpcore": {"level": "WARNING"},
        },
    }


def configure(level: str = "INFO") -> None:
    """Set logging up for a process that gunicorn does not."""
    logging.config.dictConfig(as_dict(level))
