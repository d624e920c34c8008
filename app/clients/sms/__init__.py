"""Send one-time codes to phones."""

from __future__ import annotations

from typing import Protocol

from app.clients import NotSetUp
from config.settings import Settings


class SmsSender(Protocol):
    """Whatever can bring a code to a phone."""

    def send(self, phone: str, code: str, *, minutes: int) -> None:
        """Hand one code over for sending.

        phone: 11 digits. minutes: how long the code lives, for the text of the message.
        Raises: NotSetUp; Unreachable when it was not taken over.
        """


class NobodySends:
    """Production without a gateway: phones cannot be used to sign in."""

    def send(self, phone: str, code: str, *, minutes: int) -> None:
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
