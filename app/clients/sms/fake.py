"""An outbox instead of a gateway: the demo shows the code on the page, tests read what was sent here."""

from __future__ import annotations

from collections import deque
from collections.abc import Mapping
from typing import NamedTuple

KEPT = 200


class Message(NamedTuple):
    """A code that would have been sent."""

    phone: str
    code: str
    minutes: int


class Told(NamedTuple):
    """A message that would have been sent."""

    message_id: str
    phone: str
    kind: str
    text: str
    params: dict[str, str]


class Outbox:
    """Keeps the last codes and messages of this process; nothing leaves the machine."""

    def __init__(self) -> None:
        self.messages: deque[Message] = deque(maxlen=KEPT)
        self.told: deque[Told] = deque(maxlen=KEPT)

    def send(self, phone: str, code: str, *, minutes: int) -> None:
        self.messages.append(Message(phone, code, minutes))

    def tell(self, phone: str, text: str, *, message_id: str, kind: str, params: Mapping[str, str]) -> None:
        self.told.append(Told(message_id, phone, kind, text, dict(params)))
