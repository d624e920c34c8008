"""Limits on calls: per person first, generous per address. Counted in each worker's memory (library: limits)."""

from __future__ import annotations

import math
import time
from functools import lru_cache

from limits import RateLimitItem, RateLimitItemPerMinute
from limits.storage import MemoryStorage
from limits.strategies import FixedWindowRateLimiter

from app.http.problems import TooMany

_limiter = FixedWindowRateLimiter(MemoryStorage())


@lru_cache(maxsize=64)
def _per_minute(amount: int) -> RateLimitItem:
    return RateLimitItemPerMinute(amount)


def spend(amount_per_min: int, what: str, who: str) -> None:
    """Count one call. Raises TooMany with the seconds to wait once the minute's amount is used up."""
    item = _per_minute(amount_per_min)
    if not _limiter.hit(item, what, who):
        reset = _limiter.get_window_stats(item, what, who).reset_time
        raise TooMany(retry_after_s=max(1, math.ceil(reset - time.time())))


def reset() -> None:
    """Forget all counts, between tests."""
    _limiter.storage.reset()
