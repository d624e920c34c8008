"""The doors a rule has: each takes what somebody typed and hands back the sentences they are shown, by field."""

from __future__ import annotations

import html
import re
from collections.abc import Callable, Mapping
from typing import Any

from werkzeug.test import TestResponse

from app.core.db import unit_of_work
from app.core.errors import InvalidInput, Text
from tests.panel.desk import Desk

Said = dict[str, list[str]]


def through_service(act: Callable[[], Any]) -> Said:
    """Call a service in a unit of its own; return its sentences in Chinese, the panel's language."""
    try:
        with unit_of_work():
            act()
    except InvalidInput as refusal:
        return in_chinese(refusal.fields)
    return {}


def in_chinese(fields: Mapping[str, Any]) -> Said:
    """Return the Chinese half of a refusal's sentences."""
    return {name: [text.zh for text in texts] for name, texts in fields.items()}


def through_form(desk: Desk, path: str, typed: Mapping[str, Any], **query: Any) -> Said:
    """Send a form of the panel; return the sentences that stand at its fields."""
    answer = desk.post(path, dict(typed), **query)
    if answer.status_code == 303:
        return {}
    assert answer.status_code == 422, f"{path} answered {answer.status_code}"
    return at_fields(answer)


def at_fields(answer: TestResponse) -> Said:
    """Read the sentences at the fields of a page."""
    lists = re.findall(r'<ul class="problems" id="(\w+)-problems">(.*?)</ul>', answer.text, re.DOTALL)
    return {name: [html.unescape(said) for said in re.findall(r"<span>(.*?)</span>", items)] for name, items in lists}


def through_inline(desk: Desk, path: str, row_id: int, field: str, value: str) -> Said:
    """Change one field in a list; return the sentence that its cell shows."""
    answer = desk.post(path, {"id": row_id, "name": field, "value": value})
    if answer.status_code == 200:
        return {}
    assert answer.status_code == 422, f"{path} answered {answer.status_code}"
    return {answer.json["field"]: [answer.json["message"]]}


def expected(field: str, sentence: Text) -> Said:
    """What every door has to say."""
    return {field: [sentence.zh]}
