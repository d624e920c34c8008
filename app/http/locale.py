"""Which of the two languages a request wants."""

from __future__ import annotations

from functools import lru_cache

from flask import request
from werkzeug.datastructures import LanguageAccept
from werkzeug.http import parse_accept_header


def locale() -> str:
    """Return `zh-CN` (default) or `en`."""
    return _of(request.headers.get("Accept-Language", ""))


@lru_cache(maxsize=512)
def _of(header: str) -> str:
    wanted = parse_accept_header(header[:200], LanguageAccept)
    return "en" if wanted.best_match(["zh-CN", "zh", "en"]) == "en" else "zh-CN"
