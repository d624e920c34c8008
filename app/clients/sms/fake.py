"""An outbox instead of a gateway: the demo shows the code on the page, tests read it here."""

from __future__ import annotations

from collections import deque
from typing import NamedTuple

KEPT = 200


class Message(NamedTuple):
    """A code that would have been sent."""

    phone: str
    code: str
    minutes: int


class Outbox:
    """Keeps the last messages of this process; nothing leaves the machine."""

    def __init__(self) -> None:
        self.messages: deque[Message] = deque(maxlen=KEPT)

    def send(self, phone: str, code: str, *, minutes: int) -> None:
        self.messages.append(Message(phone, code, minutes))
