"""Send one-time codes and messages to phones."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Protocol

from app.clients import NotSetUp
from config.settings import Settings


class SmsSender(Protocol):
    """Whatever can bring a code or a message to a phone."""

    def send(self, phone: str, code: str, *, minutes: int) -> None:
        """Hand one code over for sending.

        phone: 11 digits. minutes: how long the code lives, for the text of the message.
        Raises: NotSetUp; Unreachable when it was not taken over.
        """

    def tell(self, phone: str, text: str, *, message_id: str, kind: str, params: Mapping[str, str]) -> None:
        """Hand one message over for sending.

        message_id: the same at every try of one message, so that a gateway can tell a repetition. kind, params: for a
        gateway whose operator wants registered templates instead of text.
        Raises: NotSetUp; Unreachable when it was not taken over.
        """


class NobodySends:
    """Production without a gateway: phones cannot be used to sign in, and people look into their inbox by themselves."""

    def send(self, phone: str, code: str, *, minutes: int) -> None:
        raise NotSetUp("OUYU_SMS__URL is not set")

    def tell(self, phone: str, text: str, *, message_id: str, kind: str, params: Mapping[str, str]) -> None:
        raise NotSetUp("OUYU_SMS__URL is not set")


def sender_of(settings: Settings) -> SmsSender:
    """Return the sender that the settings name; the fake only outside production."""
    if settings.sms.url:
        from app.clients.sms.real import HttpSender

        return HttpSender(settings.sms.url, settings.sms.token)
    if settings.profile == "production":
        return NobodySends()
    from app.clients.sms.fake import Outbox

    return Outbox()
