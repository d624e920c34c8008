"""A WeChat that knows everybody: for the demo and tests."""

from __future__ import annotations

from collections import deque

KEPT = 200


class Pretended:
    """Takes any code. `name:anything` is the same user each time, so that one can sign in twice with fresh codes."""

    def __init__(self) -> None:
        self.codes: deque[str] = deque(maxlen=KEPT)

    def openid_of(self, code: str) -> str:
        self.codes.append(code)
        return f"pretended-{code.partition(':')[0]}"
