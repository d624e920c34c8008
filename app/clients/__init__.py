"""Services outside this one: one package each, with a Protocol, the real client and a fake. Only here sockets open."""

from __future__ import annotations

TIMEOUT_S, CONNECT_TIMEOUT_S = 5.0, 3.0


class NotSetUp(Exception):
    """The operator has not set this service up."""


class Unreachable(Exception):
    """The service does not answer, or not as its documents say; trying again later may help."""
