"""The words of messages, and the hours in which nobody's phone rings."""

from __future__ import annotations

from datetime import datetime

import pytest

from app.core.errors import Text
from app.inbox import rules
from app.inbox.rules import MessageKind

FACTS = {"event_zh": "栈桥引导", "event_en": "Zhanqiao guides", "starts_at": "2026-11-25T01:00:00+00:00"}
KIND = MessageKind("test.told", Text("活动", "Event"), Text("{event_zh}，{starts_at}。", "{event_en}, {starts_at}."))


@pytest.mark.parametrize(
    ("asked", "loud"),
    [
        ("2026-11-24T07:59:59+08:00", "2026-11-24T08:00:00+08:00"),
        ("2026-11-24T08:00:00+08:00", "2026-11-24T08:00:00+08:00"),
        ("2026-11-24T20:59:59+08:00", "2026-11-24T20:59:59+08:00"),
        ("2026-11-24T21:00:00+08:00", "2026-11-25T08:00:00+08:00"),
        ("2026-11-24T23:59:00+08:00", "2026-11-25T08:00:00+08:00"),
        ("2026-11-25T00:00:00+08:00", "2026-11-25T08:00:00+08:00"),
        ("2026-11-24T13:00:00+00:00", "2026-11-25T08:00:00+08:00"),
        ("2026-12-31T22:00:00+08:00", "2027-01-01T08:00:00+08:00"),
    ],
)
def test_from_nine_in_the_evening_to_eight_in_the_morning_of_the_city_nothing_rings(asked: str, loud: str) -> None:
    at = datetime.fromisoformat(asked)
    assert rules.next_loud(at) == datetime.fromisoformat(loud)
    assert rules.is_quiet(at) == (asked != loud)
    assert not rules.is_quiet(rules.next_loud(at))


def test_a_time_is_said_on_the_citys_clock_in_the_readers_language() -> None:
    assert rules.moment("2026-11-25T01:00:00+00:00", "zh-CN") == "11月25日周三 09:00"
    assert rules.moment("2026-11-25T01:00:00+00:00", "en") == "Wed 25 Nov, 09:00"
    assert rules.moment("2026-11-25T16:30:00+00:00", "zh-CN") == "11月26日周四 00:30"


def test_words_are_made_of_the_facts_in_either_language(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(rules.KINDS, KIND.code, KIND)
    assert rules.words(KIND.code, FACTS, "zh-CN") == ("活动", "栈桥引导，11月25日周三 09:00。")
    assert rules.words(KIND.code, FACTS, "en") == ("Event", "Zhanqiao guides, Wed 25 Nov, 09:00.")


def test_braces_in_a_fact_are_words_like_others(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(rules.KINDS, KIND.code, KIND)
    assert "{evil.__class__}" in rules.words(KIND.code, FACTS | {"event_zh": "{evil.__class__}"}, "zh-CN")[1]


def test_a_message_of_a_kind_that_nobody_knows_any_more_can_still_be_listed() -> None:
    assert rules.words("kind.of.yesterday", {"anything": "x"}, "zh-CN") == ("消息", "请打开鸥遇查看。")
