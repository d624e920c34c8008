"""Ask WeChat who has opened the mini-program."""

from __future__ import annotations

from enum import StrEnum
from typing import Protocol

from app.clients import NotSetUp
from config.settings import Settings


class Refusal(StrEnum):
    """What WeChat says about a login code or its owner."""

    CODE_INVALID = "code_invalid"
    BLOCKED = "blocked"
    TOO_OFTEN = "too_often"


class LoginRefused(Exception):
    """WeChat lets nobody in by this code; asking again with it is of no use."""

    def __init__(self, refusal: Refusal) -> None:
        super().__init__(refusal.value)
        self.refusal = refusal


class WeChat(Protocol):
    """Whoever knows what a login code of the mini-program stands for."""

    def openid_of(self, code: str) -> str:
        """Return the openid behind a code of wx.login. The session_key stays where it was.

        Raises: LoginRefused; NotSetUp; Unreachable.
        """


class NoMiniProgram:
    """Production without a mini-program."""

    def openid_of(self, code: str) -> str:
        raise NotSetUp("OUYU_WECHAT__APPID is not set")


def client_of(settings: Settings) -> WeChat:
    """Return the client that the settings name; the fake only outside production."""
    if settings.wechat.appid:
        from app.clients.wechat.real import MiniProgram

        return MiniProgram(settings.wechat.api_url, settings.wechat.appid, settings.wechat.secret)
    if settings.profile == "production":
        return NoMiniProgram()
    from app.clients.wechat.fake import Pretended

    return Pretended()
