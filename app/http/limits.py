"""Limits on calls: per person first, generous per address. Counted per minute in each worker's memory.

Our own dictionary, for the library's memory store starts a thread for every few calls (docs/decisions/0002).
"""

from __future__ import annotations

import threading
import time

from app.http.problems import TooMany

WINDOW_S = 60

_lock = threading.Lock()
_counts: dict[tuple[str, str], int] = {}
_window: list[int] = [0]


def spend(amount_per_min: int, what: str, who: str) -> None:
    """Count one call. Raises TooMany with the seconds to wait once the minute's amount is used up.

    Several workers count apart, so a caller may get up to as many times the amount as there are workers.
    """
    seconds = int(time.monotonic())
    window = seconds // WINDOW_S
    with _lock:
        if _window[0] != window:
            _counts.clear()
            _window[0] = window
        key = (what, who)
        count = _counts[key] = _counts.get(key, 0) + 1
    if count > amount_per_min:
        raise TooMany(retry_after_s=WINDOW_S - seconds % WINDOW_S)


def reset() -> None:
    """Forget all counts, between tests."""
    _counts.clear()
