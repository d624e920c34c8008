"""The gateway over HTTP: one JSON call per code or message, answered by a 2xx status."""

from __future__ import annotations

import logging
from collections.abc import Mapping
from functools import cached_property
from typing import Any
from uuid import uuid4

import httpx

from app.clients import CONNECT_TIMEOUT_S, TIMEOUT_S, Unreachable

log = logging.getLogger("ouyu.sms")


class HttpSender:
    """Posts codes and messages to the operator's gateway as the operator's guide describes it."""

    def __init__(self, url: str, token: str) -> None:
        self.url, self.token = url, token

    @cached_property
    def _http(self) -> httpx.Client:
        """Opened at the first message, so that a process that sends none loads no certificates."""
        return httpx.Client(timeout=httpx.Timeout(TIMEOUT_S, connect=CONNECT_TIMEOUT_S), trust_env=False)

    def send(self, phone: str, code: str, *, minutes: int) -> None:
        """Hand one code to the gateway. The log names the message, never the phone. Raises Unreachable."""
        self._post({"id": uuid4().hex, "phone": phone, "code": code, "minutes": minutes})

    def tell(self, phone: str, text: str, *, message_id: str, kind: str, params: Mapping[str, str]) -> None:
        """Hand one message to the gateway; the same id means the same message. Raises Unreachable."""
        self._post({"id": message_id, "phone": phone, "kind": kind, "text": text, "params": dict(params)})

    def _post(self, body: dict[str, Any]) -> None:
        headers = {"Authorization": f"Bearer {self.token}"} if self.token else {}
        try:
            answer = self._http.post(self.url, json=body, headers=headers)
        except httpx.HTTPError as error:
            log.warning("sms %s not sent: %s", body["id"], type(error).__name__)
            raise Unreachable from None
        if not answer.is_success:
            log.warning("sms %s not sent: the gateway answered %d", body["id"], answer.status_code)
            raise Unreachable
