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
    """Compare first subtags, so that zh-Hans-CN (an iPhone's) is Chinese; of equals the first one counts."""
    wanted = parse_accept_header(header[:200], LanguageAccept)
    known = [(quality, tag.lower().partition("-")[0]) for tag, quality in wanted if quality > 0]
    best = max((pair for pair in known if pair[1] in ("zh", "en")), key=lambda pair: pair[0], default=(0, "zh"))
    return "en" if best[1] == "en" else "zh-CN"
