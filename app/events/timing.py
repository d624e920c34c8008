"""When a freed seat may be offered to the next in line, and for how long. Pure."""

from __future__ import annotations

from datetime import datetime, timedelta
from enum import StrEnum

from app.inbox.rules import next_loud

FREE_UNTIL_BEFORE = timedelta(hours=24)
"""Cancelling later than this before the start is marked late; nothing else follows from it."""
OFFER_LONGEST = timedelta(hours=12)
OFFER_SHORTEST = timedelta(minutes=30)
OFFER_SHARE = 4
"""An offer lasts a quarter of the time that is left."""
NO_OFFERS_WITHIN = timedelta(hours=3)


class Turn(StrEnum):
    """What to do about a free seat that people wait for."""

    OFFER = "offer"
    WAIT = "wait"
    BY_HAND = "by_hand"


def turn(at: datetime, starts_at: datetime) -> Turn:
    """Return what a free seat calls for: an offer now, waiting for the morning, or the leader's hand.

    No offer goes out from 21:00 to 08:00 city time, none within 3 hours of the start; where waiting for 08:00 runs
    into that, nobody is offered. Source: product §5.
    """
    if starts_at - next_loud(at) < NO_OFFERS_WITHIN:
        return Turn.BY_HAND
    return Turn.OFFER if next_loud(at) == at else Turn.WAIT


def offer_until(at: datetime, starts_at: datetime) -> datetime:
    """Return when an offer made now ends: after the shorter of 12 hours and a quarter of the time left, at least 30
    minutes, and never after the start."""
    share = (starts_at - at) / OFFER_SHARE
    return min(at + max(min(OFFER_LONGEST, share), OFFER_SHORTEST), starts_at)


def cancel_until(starts_at: datetime) -> datetime:
    """Return until when cancelling is not late."""
    return starts_at - FREE_UNTIL_BEFORE


def is_late(at: datetime, starts_at: datetime) -> bool:
    """Whether somebody who cancels now does so later than agreed."""
    return at > cancel_until(starts_at)
