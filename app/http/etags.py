"""Public reads: anybody may keep them, everybody asks again, and asking again costs a 304."""

from __future__ import annotations

import hashlib

from flask import Response, request
from werkzeug.datastructures import Headers

CACHE = "public, no-cache"
"""A closing shows at once, for every use asks whether the tag still holds."""
_CACHEABLE = (("Cache-Control", CACHE), ("Vary", "Accept-Language"))


def tagged(body: bytes, etag: str | None = None, *, content_type: str = "application/json") -> Response:
    """Answer with a body under its tag, or with 304 to whoever has it. etag: where it is known before the body."""
    etag = etag or hashlib.blake2b(body, digest_size=10).hexdigest()
    if is_known(etag):
        return not_modified(etag)
    return Response(body, headers=_cacheable(etag, content_type))


def is_known(etag: str) -> bool:
    """Whether the caller has what this tag names."""
    given = request.headers.get("If-None-Match")
    return given is not None and (f'"{etag}"' in given or given.strip() == "*")


def not_modified(etag: str) -> Response:
    """Tell the caller that what they have still holds."""
    return Response(status=304, headers=_cacheable(etag))


def _cacheable(etag: str, content_type: str = "application/json") -> Headers:
    """Return the headers of an answer; a 304 sheds its type on the way out."""
    return Headers([("Content-Type", content_type), ("ETag", f'"{etag}"'), *_CACHEABLE])
