"""What else people do while servers die: new guests, and changes to one's own profile, each insisted on."""

from __future__ import annotations

import http.client
import json
import threading
import time
from contextlib import closing
from typing import Any

PAUSE_S = 0.05


class Deeds:
    """One thread that opens guest sessions and renames their owners, and remembers what it was promised."""

    def __init__(self, port: int) -> None:
        self._port, self._end = port, threading.Event()
        self._thread = threading.Thread(target=self._work, daemon=True)
        self.promised: dict[str, str] = {}
        """Token → the nickname that was acknowledged last."""

    def start(self) -> Deeds:
        self._thread.start()
        return self

    def finish(self) -> dict[str, str]:
        """Begin nothing new and return what was promised."""
        self._end.set()
        self._thread.join(60)
        assert not self._thread.is_alive(), "a call was never answered"
        return self.promised

    def broken(self) -> list[str]:
        """Return the promises that do not hold now: sessions that are gone, names that are others."""
        found = []
        for token, nickname in self.promised.items():
            status, body = self._call("GET", "/me", token, None)
            if (status, body and body["nickname"]) != (200, nickname):
                found.append(f"{status} {body}, promised {nickname}")
        return found

    def _work(self) -> None:
        number = 0
        while not self._end.is_set():
            number += 1
            body = self._insist("POST", "/auth/guest", "", {})
            token, nickname = body["token"], f"改名{number}"
            self.promised[token] = body["person"]["nickname"]
            self._insist("PATCH", "/me", token, {"nickname": nickname})
            self.promised[token] = nickname
            time.sleep(PAUSE_S)

    def _insist(self, method: str, path: str, token: str, body: Any) -> Any:
        while True:
            status, answer = self._call(method, path, token, body)
            if status in (200, 201):
                return answer
            assert status in (0, 503), (status, answer)
            time.sleep(PAUSE_S)

    def _call(self, method: str, path: str, token: str, body: Any) -> tuple[int, Any]:
        headers = {"Content-Type": "application/json"} | ({"Authorization": f"Bearer {token}"} if token else {})
        with closing(http.client.HTTPConnection("127.0.0.1", self._port, timeout=10)) as connection:
            try:
                connection.request(method, f"/api/v1{path}", None if body is None else json.dumps(body), headers)
                answer = connection.getresponse()
                return answer.status, json.loads(answer.read())
            except (OSError, http.client.HTTPException, ValueError):
                return 0, None
