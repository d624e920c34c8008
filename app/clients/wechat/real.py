"""WeChat's code2Session.

Source: developers.weixin.qq.com, miniprogram/dev/server/API/user-login/api_code2session: the call, its fields and its
errcodes; a code is good once, for five minutes; a success may come without an errcode.
"""

from __future__ import annotations

import json
import logging
import time
from functools import cached_property
from typing import Any

import httpx

from app.clients import CONNECT_TIMEOUT_S, TIMEOUT_S, Unreachable
from app.clients.wechat import LoginRefused, Refusal

BUSY = -1
PAUSES_S = (0.2, 0.6)
"""Before WeChat is asked again when it is busy; with the same code, which a busy WeChat has not used up."""
REFUSALS = {
    40029: Refusal.CODE_INVALID,
    40163: Refusal.CODE_INVALID,
    40226: Refusal.BLOCKED,
    45011: Refusal.TOO_OFTEN,
}
"""errcode → what it means for the person: code invalid or expired; code used already; user judged a high risk and
blocked; more than 100 calls a minute for this user. Source: the page named above, its table of errors."""
OURS = (40013, 40125)
"""Wrong appid, wrong secret: for the operator to repair. Source: as above."""

log = logging.getLogger("ouyu.wechat")


class MiniProgram:
    """One mini-program, by its appid and secret."""

    def __init__(self, url: str, appid: str, secret: str) -> None:
        self.url, self.appid, self.secret = url.rstrip("/"), appid, secret

    @cached_property
    def _http(self) -> httpx.Client:
        """Opened at the first call, so that a process that makes none loads no certificates."""
        return httpx.Client(timeout=httpx.Timeout(TIMEOUT_S, connect=CONNECT_TIMEOUT_S), trust_env=False)

    def openid_of(self, code: str) -> str:
        """Return the openid behind a code; of the session_key nothing is kept. Raises LoginRefused, Unreachable."""
        said = self._ask(code)
        for pause in PAUSES_S:
            if said.get("errcode") != BUSY:
                break
            time.sleep(pause)
            said = self._ask(code)
        errcode, openid = said.get("errcode", 0), said.get("openid")
        if errcode in REFUSALS:
            raise LoginRefused(REFUSALS[errcode])
        if errcode == 0 and isinstance(openid, str) and openid:
            return openid
        if errcode in OURS:
            log.error("wechat refuses appid or secret (errcode %s); see OUYU_WECHAT__APPID and its SECRET", errcode)
        else:
            log.warning("wechat did not say who it is (errcode %s)", errcode if isinstance(errcode, int) else "none")
        raise Unreachable

    def _ask(self, code: str) -> dict[str, Any]:
        asked = {"appid": self.appid, "secret": self.secret, "js_code": code, "grant_type": "authorization_code"}
        try:
            answer = self._http.get(f"{self.url}/sns/jscode2session", params=asked)
            said = json.loads(answer.content) if answer.is_success else None
        except (httpx.HTTPError, ValueError) as error:
            # Never the error's own words: they hold the address, and with it secret and code.
            log.warning("wechat did not answer: %s", type(error).__name__)
            raise Unreachable from None
        if not isinstance(said, dict):
            log.warning("wechat answered %d, and nothing that can be read", answer.status_code)
            raise Unreachable
        return said
