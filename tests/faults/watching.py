"""Somebody who asks the same things again and again and writes down every answer."""

from __future__ import annotations

import http.client
import threading
import time
from collections.abc import Sequence
from contextlib import closing
from typing import NamedTuple


class Seen(NamedTuple):
    """One answer. status: 0 where none came; at: monotonic seconds."""

    at: float
    path: str
    status: int
    retry_after: str | None
    body: bytes


class Watch:
    """One thread on one keep-alive connection."""

    def __init__(self, port: int, paths: Sequence[str], token: str = "", every_s: float = 0.02) -> None:
        self._port, self._paths, self._every_s = port, paths, every_s
        self._headers = {"Authorization": f"Bearer {token}"} if token else {}
        self._end = threading.Event()
        self._thread = threading.Thread(target=self._look, daemon=True)
        self.seen: list[Seen] = []

    def start(self) -> Watch:
        self._thread.start()
        return self

    def finish(self) -> list[Seen]:
        """Stop looking and return what was seen."""
        self._end.set()
        self._thread.join(30)
        assert not self._thread.is_alive(), "a call was never answered"
        return self.seen

    def _look(self) -> None:
        with closing(http.client.HTTPConnection("127.0.0.1", self._port, timeout=20)) as connection:
            while not self._end.is_set():
                for path in self._paths:
                    self.seen.append(self._ask(connection, path))
                time.sleep(self._every_s)

    def _ask(self, connection: http.client.HTTPConnection, path: str) -> Seen:
        try:
            connection.request("GET", path, headers=self._headers)
            answer = connection.getresponse()
            body = answer.read()
        except (OSError, http.client.HTTPException) as error:
            connection.close()
            return Seen(time.monotonic(), path, 0, None, repr(error).encode())
        return Seen(time.monotonic(), path, answer.status, answer.getheader("Retry-After"), body)
