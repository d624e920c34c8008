"""Visitors who do not give up: each check-in is sent again with its key until it is answered."""

from __future__ import annotations

import http.client
import json
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass, field
from typing import Any, NamedTuple

RETRY_PAUSE_S = 0.05
ANSWER_WITHIN_S = 10
GIVE_UP_S = 60


class Write(NamedTuple):
    """One check-in to make."""

    key: str
    token: str
    credential: str


@dataclass
class Log:
    """What the visitors were told. acknowledged: key → (status, body); waits: seconds each one took, retries included;
    unanswered: connections that broke; hasty: 503 without Retry-After."""

    acknowledged: dict[str, tuple[int, dict[str, Any]]] = field(default_factory=dict)
    waits: list[float] = field(default_factory=list)
    retries: int = 0
    unanswered: int = 0
    hasty: int = 0
    refused: list[tuple[int, Any]] = field(default_factory=list)


def open_guests(port: int, count: int) -> list[str]:
    """Open guest sessions and return their tokens."""
    tokens = []
    with closing(http.client.HTTPConnection("127.0.0.1", port, timeout=ANSWER_WITHIN_S)) as connection:
        for _ in range(count):
            status, body, _ = _send(connection, "/auth/guest", {}, {})
            assert status == 201, body
            tokens.append(body["token"])
    return tokens


def plan(tokens: Sequence[str], credentials: Sequence[str]) -> Iterator[Write]:
    """Pair every person with every station, each pair once."""
    for station, credential in enumerate(credentials):
        for person, token in enumerate(tokens):
            yield Write(f"write-{station:03d}-{person:05d}", token, credential)


class Crowd:
    """Some threads that share a plan and a pace."""

    def __init__(self, port: int, writes: Iterator[Write], *, threads: int, per_s: float) -> None:
        self._port, self._writes, self._pause = port, writes, threads / per_s
        self._lock, self._end = threading.Lock(), threading.Event()
        self._threads = [threading.Thread(target=self._work, daemon=True) for _ in range(threads)]
        self.log = Log()

    def start(self) -> None:
        for thread in self._threads:
            thread.start()

    def finish(self) -> Log:
        """Begin nothing new, wait until what was begun is answered."""
        self._end.set()
        for thread in self._threads:
            thread.join(GIVE_UP_S)
            assert not thread.is_alive(), "a write was never answered"
        return self.log

    def told(self) -> set[str]:
        """Return the visits acknowledged so far, by their public id."""
        with self._lock:
            return {body["id"] for _, body in self.log.acknowledged.values()}

    def _work(self) -> None:
        connection = http.client.HTTPConnection("127.0.0.1", self._port, timeout=ANSWER_WITHIN_S)
        while not self._end.is_set():
            began = time.monotonic()
            with self._lock:
                write = next(self._writes, None)
            if write is None:
                break
            self._insist(connection, write, began)
            time.sleep(max(0.0, began + self._pause - time.monotonic()))
        connection.close()

    def _insist(self, connection: http.client.HTTPConnection, write: Write, began: float) -> None:
        headers = {"Authorization": f"Bearer {write.token}", "Idempotency-Key": write.key}
        while True:
            try:
                status, body, patience = _send(connection, "/checkins", {"credential": write.credential}, headers)
            except (OSError, http.client.HTTPException, ValueError):
                connection.close()
                status, body, patience = 0, None, None
            if status in (200, 201):
                with self._lock:
                    self.log.acknowledged[write.key] = (status, body)
                    self.log.waits.append(time.monotonic() - began)
                return
            with self._lock:
                self.log.retries += 1
                self.log.unanswered += status == 0
                self.log.hasty += status == 503 and patience is None
                if status not in (0, 503):
                    self.log.refused.append((status, body))
                    return
            time.sleep(RETRY_PAUSE_S)


def _send(
    connection: http.client.HTTPConnection, path: str, body: Any, headers: dict[str, str]
) -> tuple[int, dict[str, Any], str | None]:
    connection.request("POST", f"/api/v1{path}", json.dumps(body), {"Content-Type": "application/json", **headers})
    answer = connection.getresponse()
    found: dict[str, Any] = json.loads(answer.read())
    return answer.status, found, answer.getheader("Retry-After")
