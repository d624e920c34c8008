"""Write events and volunteers into the data folder of a running city, and print what the browser tests need of them."""

from __future__ import annotations

import json
from datetime import datetime, timedelta
from typing import Any

from app.core import clock
from app.core.actor import SYSTEM
from app.core.clock import CITY_ZONE
from app.core.db import unit_of_work
from app.events import offers, signups
from app.events.models import Shift
from app.factory import create_app
from app.stations import listing
from tests.builders import City, Guest

DAYS_AHEAD = 6
"""Beyond what other tests look at."""
PEOPLE = ("finds", "clashes", "waits", "offered", "invited", "leaves", "walks", "axes", "keeps", "taps", "slow", "ends")
RISK: dict[str, Any] = {
    "risk_note_zh": "桥面湿滑，请穿防滑鞋。",
    "risk_note_en": "The pier is slippery.",
    "no_particular_risk": False,
}


def seafront(city: City) -> dict[str, Any]:
    """Make one event of each kind, and a volunteer for each test."""
    members = {name: city.volunteer(f"1391{number:07d}") for number, name in enumerate(PEOPLE)}
    holders = [city.volunteer(f"1392{number:07d}")[0] for number in range(4)]
    pier = listing.directory().by_code["ZHANQIAO"].row.id
    plain = city.event(title_zh="海边指路半日", title_en="Half a day of showing the way")
    risky = city.event(
        title_zh="退潮时段礁石提醒", title_en="Warning at low tide", station_id=pier, category="tide_safety", **RISK
    )
    full = city.event(title_zh="观鸥劝导", title_en="Watching the gulls", category="gull_watching")
    shifts = {
        "plain": make(city, plain, 9),
        "risky": make(city, risky, 10, title_zh="礁石劝离", title_en="Off the rocks"),
        "full": make(city, full, 14, capacity=1),
        "offering": make(city, full, 16, capacity=1),
        "inviting": make(city, risky, 18, title_zh="夜间值守", title_en="Evening watch"),
        "far": make(city, plain, 20),
    }
    off = city.event(
        title_zh="落叶清理", title_en="Clearing leaves", state="cancelled",
        cancel_reason_zh="大风预警，改期另行通知", cancel_reason_en="A gale warning; a new day will be announced",
    )  # fmt: skip
    shifts["cancelled"] = make(city, off, 9)
    apply(holders[0], shifts["full"])
    apply(holders[1], shifts["full"])
    first = apply(holders[2], shifts["offering"])
    apply(members["offered"][0], shifts["offering"])
    with unit_of_work():
        signups.cancel(holders[2].actor, first, at=clock.now())
    offer(shifts["offering"])
    with unit_of_work():
        signups.invite(SYSTEM, shifts["inviting"].id, members["invited"][1].id, at=clock.now())
    held = {name: apply(members[name][0], shifts["plain"]) for name in ("clashes", "leaves", "walks", "axes", "keeps")}
    return {
        "day": city_day(DAYS_AHEAD).date().isoformat(),
        "tokens": {name: guest.token for name, (guest, _) in members.items()},
        "events": {
            "plain": plain.public_id,
            "risky": risky.public_id,
            "full": full.public_id,
            "cancelled": off.public_id,
        },
        "shifts": {name: shift.public_id for name, shift in shifts.items()},
        "held": held,
    }


def city_day(ahead: int) -> datetime:
    return clock.now().astimezone(CITY_ZONE).replace(hour=0, minute=0, second=0, microsecond=0) + timedelta(days=ahead)


def make(city: City, event: Any, hour: int, **position: Any) -> Shift:
    starts_at = city_day(DAYS_AHEAD) + timedelta(hours=hour)
    now = clock.now()
    return city.shift(event, starts_in=starts_at - now, at=now, **position)


def apply(guest: Guest, shift: Shift) -> str:
    with unit_of_work():
        return signups.apply(guest.actor, shift.public_id, risk_ack=True, at=clock.now()).public_id


def offer(shift: Shift) -> None:
    """Offer the free seat as if it were ten in the morning; the consumer may have done so already."""
    with unit_of_work():
        offers.offer_next(shift.id, at=city_day(1) + timedelta(hours=10))


if __name__ == "__main__":
    app = create_app()
    with app.app_context():
        print(json.dumps(seafront(City(app))))
