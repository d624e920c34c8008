"""What an error becomes: a problem document under /api, a page elsewhere; never a traceback."""

from __future__ import annotations

import errno
import logging
from collections.abc import Callable

from flask import Flask, Response, request
from flask.typing import ResponseReturnValue
from sqlalchemy.exc import DBAPIError
from werkzeug.exceptions import HTTPException

from app.core.db import db, refusal_of_outage
from app.core.errors import DomainError, StorageFull
from app.http import problems
from app.http.headers import request_id
from app.http.locale import locale

log = logging.getLogger("ouyu")

ErrorPage = Callable[[int, str], ResponseReturnValue]
"""(status, sentence) → a page; one per prefix."""


def init_errors(app: Flask, pages: dict[str, ErrorPage]) -> None:
    """Register the handlers. pages: path prefix → its own error page; the longest prefix that fits is taken."""

    def page(status: int, sentence: str) -> ResponseReturnValue:
        prefix = max((p for p in pages if request.path.startswith(p)), key=len)
        return pages[prefix](status, sentence)

    def refused(error: DomainError) -> ResponseReturnValue:
        if _is_api():
            return problems.problem(error)
        return page(problems.STATUS[error.kind], error.sentence(locale()))

    def http_error(error: HTTPException) -> ResponseReturnValue:
        if _is_api():
            return problems.http_problem(error)
        if isinstance(error.response, Response) or (error.code or 500) < 400:
            return error
        return page(error.code or 500, problems.plain_sentence(error.code or 500))

    def unexpected(error: Exception) -> ResponseReturnValue:
        db.session.rollback()
        refusal = _refusal_of(error)
        if isinstance(refusal, DomainError):
            log.warning("outage: %s", type(error).__name__)
            return refused(refusal)
        log.exception("unexpected error request_id=%s %s %s", request_id(), request.method, request.path)
        return problems.plain_problem(500) if _is_api() else page(500, problems.plain_sentence(500))

    app.register_error_handler(DomainError, refused)
    app.register_error_handler(HTTPException, http_error)
    app.register_error_handler(Exception, unexpected)


def _refusal_of(error: Exception) -> Exception | None:
    """Return the refusal that an outage stands for: a database that is gone or full, a disk without room for a file."""
    if isinstance(error, OSError) and error.errno in (errno.ENOSPC, errno.EDQUOT):
        return StorageFull()
    return refusal_of_outage(error) if isinstance(error, DBAPIError) else None


def _is_api() -> bool:
    return request.path.startswith("/api/")
