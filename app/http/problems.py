"""Refusals and failures as RFC 9457 problem documents."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import date, datetime
from itertools import islice
from typing import Any

import orjson
from flask import Response, request
from werkzeug.exceptions import HTTPException

from app.core.clock import rfc3339
from app.core.errors import DomainError, InvalidInput, Kind, Problems, Text
from app.http.headers import request_id
from app.http.locale import locale

STATUS = {
    Kind.MALFORMED: 400,
    Kind.UNAUTHENTICATED: 401,
    Kind.DENIED: 403,
    Kind.NOT_FOUND: 404,
    Kind.CONFLICT: 409,
    Kind.MEDIA_TYPE: 415,
    Kind.INVALID: 422,
    Kind.TOO_MANY: 429,
    Kind.UNAVAILABLE: 503,
}
RETRY_AFTER_S = 2
ERRORS_SHOWN = 50
"""A body wrong in more places than this is answered with the first ones."""
_TITLES = {
    400: Text("请求无法解析", "Malformed request"),
    401: Text("需要登录", "Sign-in required"),
    403: Text("没有权限", "Not allowed"),
    404: Text("没有找到", "Not found"),
    405: Text("方法不对", "Method not allowed"),
    409: Text("与现状冲突", "Conflict with the present state"),
    413: Text("内容太大", "Too large"),
    415: Text("内容类型不支持", "Unsupported media type"),
    422: Text("没有通过", "Not accepted"),
    429: Text("太频繁", "Too many requests"),
    500: Text("出错了", "Something went wrong"),
    503: Text("暂时不可用", "Unavailable for the moment"),
}


class Malformed(DomainError):
    kind = Kind.MALFORMED
    code = "request.malformed"
    text = Text("请求内容不是有效的 JSON。", "The body is not valid JSON.")


class MediaType(DomainError):
    kind = Kind.MEDIA_TYPE
    code = "request.media_type"
    text = Text(
        "内容类型不对：请用 application/json 发送，图片用 multipart/form-data。",
        "Please send application/json, or multipart/form-data for a picture.",
    )


class TooMany(DomainError):
    kind = Kind.TOO_MANY
    code = "request.too_many"
    text = Text(
        "请求太频繁了，请 {retry_after_s} 秒后再试。", "Too many requests. Try again in {retry_after_s} seconds."
    )


OF_STATUS = {
    400: ("request.malformed", Text("请求无法解析，请检查格式。", "The request cannot be parsed. Check its form.")),
    401: ("auth.required", Text("请先登录。", "Please sign in first.")),
    403: ("access.denied", Text("没有权限。", "Not allowed.")),
    404: (
        "resource.not_found",
        Text("没有找到，请检查链接或编号。", "Not found. Please check the link or the number."),
    ),
    405: ("request.method", Text("这个地址不支持这种方法。", "This address does not take that method.")),
    413: ("request.too_large", Text("内容太大，请减小后再试。", "The content is too large. Please send less.")),
    415: (MediaType.code, MediaType.text),
    500: (
        "internal.error",
        Text("服务出错了，我们已记录。请稍后再试。", "Something failed on our side and is recorded. Please try later."),
    ),
}
ERROR_CODES: dict[str, int] = {code: status for status, (code, _) in OF_STATUS.items()}


def problem(error: DomainError) -> Response:
    """Write a refusal as a problem document."""
    status, body = problem_body(error)
    return _response(status, body, error.facts)


def problem_body(error: DomainError) -> tuple[int, dict[str, Any]]:
    """Return status and document of a refusal in the asked language; facts named …_zh, …_en are words for its sentence."""
    status = STATUS[error.kind]
    body = _body(status, error.code, error.sentence(locale()))
    body.update({name: _plain(value) for name, value in error.facts.items() if not name.endswith(("_zh", "_en"))})
    if isinstance(error, InvalidInput):
        body["errors"] = [
            {"pointer": pointer, "message": text.in_(locale())}
            for pointer, text in islice(pointers(error.fields), ERRORS_SHOWN)
        ]
    return status, body


def plain_problem(status: int) -> Response:
    """Write the problem document of a bare status, for errors raised by the framework."""
    status = status if status in OF_STATUS else (404 if 300 <= status < 500 else 500)
    code, text = OF_STATUS[status]
    return _response(status, _body(status, code, text.in_(locale())), {})


def plain_sentence(status: int) -> str:
    """Return the sentence of a bare status."""
    return OF_STATUS.get(status, OF_STATUS[404 if status < 500 else 500])[1].in_(locale())


def http_problem(error: HTTPException) -> Response:
    """Write a framework error as a problem document."""
    response = plain_problem(error.code or 500)
    if error.code == 405 and getattr(error, "valid_methods", None):
        response.headers["Allow"] = ", ".join(error.valid_methods)  # type: ignore[attr-defined]
    return response


def pointers(fields: Problems) -> Iterator[tuple[str, Text]]:
    """Flatten field problems to (JSON pointer, sentence); a name may hold slashes already."""
    for name, texts in fields.items():
        for text in texts:
            yield (name if name.startswith("/") or not name else f"/{name}"), text


def flatten(messages: Any, path: str = "") -> dict[str, list[Text]]:
    """Flatten marshmallow's tree of messages to JSON pointers."""
    found: dict[str, list[Text]] = {}
    if isinstance(messages, Mapping):
        for key, value in messages.items():
            step = "" if key == "_schema" else "/" + _encodable(str(key)).replace("~", "~0").replace("/", "~1")
            for pointer, texts in flatten(value, path + step).items():
                found.setdefault(pointer, []).extend(texts)
    elif isinstance(messages, Text):
        found[path] = [messages]
    elif isinstance(messages, Sequence) and not isinstance(messages, str):
        for value in messages:
            for pointer, texts in flatten(value, path).items():
                found.setdefault(pointer, []).extend(texts)
    else:
        found[path] = [Text(str(messages), str(messages))]
    return found


def _encodable(name: str) -> str:
    """Return a name as it can be written in UTF-8; somebody may have sent a lone surrogate."""
    return name.encode(errors="backslashreplace").decode()


def _body(status: int, code: str, detail: str) -> dict[str, Any]:
    return {
        "type": f"/problems/{code}",
        "title": _TITLES[status].in_(locale()),
        "status": status,
        "detail": detail,
        "instance": request.path,
        "code": code,
        "request_id": request_id(),
    }


def _response(status: int, body: dict[str, Any], facts: Mapping[str, Any]) -> Response:
    response = Response(orjson.dumps(body), status=status, content_type="application/problem+json")
    if status == 401:
        response.headers["WWW-Authenticate"] = 'Bearer realm="ouyu"'
    if status in (429, 503):
        response.headers["Retry-After"] = str(facts.get("retry_after_s", RETRY_AFTER_S))
    return response


def _plain(value: Any) -> Any:
    if isinstance(value, datetime):
        return rfc3339(value)
    return value.isoformat() if isinstance(value, date) else value
