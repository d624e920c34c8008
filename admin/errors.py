"""The panel's own error pages: a sentence and a way on, never SQL and never a traceback."""

from __future__ import annotations

from flask import render_template, request
from flask.typing import ResponseReturnValue

from admin import door
from app.core.errors import DomainError, Kind

_STATUS = {
    Kind.MALFORMED: 400,
    Kind.UNAUTHENTICATED: 401,
    Kind.DENIED: 403,
    Kind.NOT_FOUND: 404,
    Kind.CONFLICT: 409,
    Kind.INVALID: 422,
    Kind.TOO_MANY: 429,
    Kind.UNAVAILABLE: 503,
}
_TITLES = {
    400: "没有保存",
    401: "请先登录",
    403: "没有这项权限",
    404: "没有找到",
    405: "不能这样打开",
    409: "状态已变化",
    413: "内容太大",
    429: "请稍等",
    500: "出了点问题",
    503: "暂时不可用",
}
_SENTENCES = {
    404: "没有这个页面，或它不在您的管理范围内。请从左侧菜单重新进入。",
    405: "这个地址只接受页面上的按钮，请返回后再点一次。",
    413: "提交的内容太大，请删减后再试。",
    500: "我们已记下这个错误，您填写的内容没有保存。请返回再试；若仍然不行，把下面的编号告诉技术人员。",
    503: "现在有点忙，请过几秒再试一次。",
}


def refusal_page(refusal: DomainError) -> ResponseReturnValue:
    """Return the page of a refusal that no form on the page can show."""
    status = status_of(refusal)
    if request.headers.get("X-Requested-With") == "panel":
        return door.json_answer({"message": refusal.sentence("zh-CN")}, status)
    return error_page(status, "" if refusal.kind is Kind.NOT_FOUND else refusal.sentence("zh-CN"))


def error_page(status: int, sentence: str) -> ResponseReturnValue:
    """Return the panel's page for a status; the sentence of a bare status is the panel's own."""
    page = render_template(
        "panel/error.html",
        status=status,
        title=_TITLES.get(status, "没有成功"),
        sentence=_SENTENCES.get(status) or sentence,
        request_id=door.request_id(),
    )
    return page, status


def status_of(refusal: DomainError) -> int:
    """Return the HTTP status of a refusal."""
    return _STATUS[refusal.kind]
