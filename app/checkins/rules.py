"""The check-in decision: what was presented, where, by whom → a verdict. Pure; the table is product §3."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence
from datetime import timedelta
from enum import StrEnum
from typing import NamedTuple
from urllib.parse import parse_qs, urlsplit

from app.checkins.signals import Signal
from app.core.errors import Text
from app.core.geo import Point, distance_m
from app.core.types import has_control_characters

ACCURACY_COUNTED_M = 100
"""At most this much of the phone's uncertainty is counted in the visitor's favour."""
ACCURACY_TRUSTED_M = 200
"""A position less certain than this says nothing about the place."""
STEPS_VALID_BACK = 1
"""The digits of the present step count, and those of this many steps before."""
STEPS_EXPIRED = 20
"""Digits up to this many steps old are `expired`; anything else wrong is `invalid`."""
WRONG_DIGITS_WINDOW = timedelta(minutes=10)
WRONG_DIGITS_PER_PERSON = 10
WRONG_DIGITS_PER_STATION_AND_ADDRESS = 100
POINT_KEPT = timedelta(days=30)
"""The exact point is purged after this; distance, accuracy and verdict stay."""
CREDENTIAL_CHARS = 500
BATCH_ITEMS = 50
APPEAL_CHARS = 500
REVIEW_DUE = timedelta(hours=48)
"""Who waits longer than this for a person to look has waited too long."""

_CODE = re.compile(r"[A-Z0-9]{3,8}")
_DIGITS = re.compile(r"[0-9]{6}")
_VERSION = re.compile(r"[0-9]{1,6}")


class CheckInState(StrEnum):
    ACCEPTED = "accepted"
    PENDING_REVIEW = "pending_review"
    REFUSED = "refused"
    VOID = "void"


class Grade(StrEnum):
    """How well a visit is proven; A is best."""

    A = "A"
    B = "B"
    C = "C"


class Source(StrEnum):
    API = "api"
    OFFLINE = "offline"
    DEMO = "demo"


class AppealState(StrEnum):
    OPEN = "open"
    UPHELD = "upheld"
    DISMISSED = "dismissed"


class Reason(StrEnum):
    """Why a visit does not count; the problem of a check-in that is refused is `checkin.<reason>`."""

    ACCOUNT_FROZEN = "account_frozen"
    CODE_INVALID = "code_invalid"
    CODE_REVOKED = "code_revoked"
    CODE_EXPIRED = "code_expired"
    STATION_WITHDRAWN = "station_withdrawn"
    TOO_FAR = "too_far"
    REVIEW = "review"
    """Staff looked at a held visit and refused it."""
    VOIDED = "voided"
    """Staff voided it."""
    MERGED = "merged"
    """Nobody voided it: two people became one, and the other's visit of that day was earlier."""


class CodeEvidence(StrEnum):
    """What the presented credential proves."""

    ROTATING = "rotating"
    POSTER = "poster"
    INVALID = "invalid"
    REVOKED = "revoked"
    EXPIRED = "expired"


class PlaceEvidence(StrEnum):
    """What the position proves."""

    INSIDE = "inside"
    UNKNOWN = "unknown"
    OUTSIDE = "outside"


class Presented(NamedTuple):
    """A credential as a person presents it. mac and version belong to posters, digits to the rotating code."""

    code: str
    version: int | None = None
    mac: str | None = None
    digits: str | None = None


class Fence(NamedTuple):
    """One circle of a geofence, WGS-84, metres."""

    centre: Point
    radius_m: int


class Place(NamedTuple):
    """A position held against a geofence. Distances to the centre of the circle that fits best, metres."""

    evidence: PlaceEvidence
    distance_m: float | None = None
    radius_m: int | None = None


class Decision(NamedTuple):
    """The verdict: a grade when accepted, a reason when refused."""

    state: CheckInState
    grade: Grade | None = None
    reason: Reason | None = None
    signals: tuple[Signal, ...] = ()


_GRADES = {
    (PlaceEvidence.INSIDE, CodeEvidence.ROTATING): Grade.A,
    (PlaceEvidence.INSIDE, CodeEvidence.POSTER): Grade.B,
    (PlaceEvidence.UNKNOWN, CodeEvidence.ROTATING): Grade.B,
    (PlaceEvidence.UNKNOWN, CodeEvidence.POSTER): Grade.C,
}
_BAD_CODES = {
    CodeEvidence.INVALID: Reason.CODE_INVALID,
    CodeEvidence.REVOKED: Reason.CODE_REVOKED,
    CodeEvidence.EXPIRED: Reason.CODE_EXPIRED,
}


def decide(
    code: CodeEvidence,
    place: PlaceEvidence,
    *,
    station_state: str,
    account_frozen: bool,
    at_best: Grade = Grade.A,
    signals: tuple[Signal, ...] = (),
) -> Decision:
    """Decide a visit. Source: product §3, the deciding table.

    station_state: a station's state; a draft's credential proves nothing, paused and closed stations still stamp.
    at_best: the best grade that the way it was sent allows. signals: what makes a person look at it first.
    """
    if account_frozen:
        return _refused(Reason.ACCOUNT_FROZEN)
    if station_state == "draft":
        return _refused(Reason.CODE_INVALID)
    if code in _BAD_CODES:
        return _refused(_BAD_CODES[code])
    if station_state == "withdrawn":
        return _refused(Reason.STATION_WITHDRAWN)
    if place is PlaceEvidence.OUTSIDE:
        return _refused(Reason.TOO_FAR)
    state = CheckInState.PENDING_REVIEW if signals else CheckInState.ACCEPTED
    return Decision(state, grade=max(_GRADES[place, code], at_best), signals=signals)


def _refused(reason: Reason) -> Decision:
    return Decision(CheckInState.REFUSED, reason=reason)


def place_of(point: Point | None, accuracy_m: float | None, fences: Sequence[Fence]) -> Place:
    """Hold a position (WGS-84) against a geofence of at least one circle.

    Inside any circle counts; otherwise the circle whose edge is nearest is the one to speak of.
    A position of more than 200 m uncertainty, or none, proves nothing either way.
    """
    if point is None or accuracy_m is None:
        return Place(PlaceEvidence.UNKNOWN)
    distance, radius = min(
        ((distance_m(point, fence.centre), fence.radius_m) for fence in fences), key=lambda pair: pair[0] - pair[1]
    )
    if accuracy_m > ACCURACY_TRUSTED_M:
        return Place(PlaceEvidence.UNKNOWN, distance, radius)
    inside = distance - min(accuracy_m, ACCURACY_COUNTED_M) <= radius
    return Place(PlaceEvidence.INSIDE if inside else PlaceEvidence.OUTSIDE, distance, radius)


def parse_credential(text: str) -> Presented | None:
    """Read what a QR held or a person typed; scheme and host are ignored. None when it names no station.

    Takes `https://host/c/CODE?v=2&k=…`, `/c/CODE?r=123456`, `CODE?v=2&k=…` and `CODE:123456`, however a Chinese
    keyboard writes them (full-width digits and colon, lower case, spaces around).
    """
    plain = unicodedata.normalize("NFKC", text).strip()
    if typed := re.fullmatch(r"([A-Za-z0-9]{3,8})\s*[:\s]\s*([0-9]{6})", plain):
        return Presented(typed[1].upper(), digits=typed[2])
    try:
        parts = urlsplit(plain)
        query = parse_qs(parts.query, max_num_fields=10)
    except ValueError:
        return None
    path = parts.path.rstrip("/")
    code = path.rpartition("/")[2].upper()
    if parts.scheme not in ("", "http", "https") or not _CODE.fullmatch(code):
        return None
    if "/" in path and not path.casefold().endswith(f"/c/{code}".casefold()):
        return None
    version, mac, digits = (query.get(name, [None])[0] for name in ("v", "k", "r"))
    return Presented(
        code,
        version=int(version) if version and _VERSION.fullmatch(version) else None,
        mac=mac if mac and len(mac) <= 64 and mac.isascii() else None,
        digits=digits if digits and _DIGITS.fullmatch(digits) else None,
    )


REFUSAL_TEMPLATES: dict[str, Text] = {
    "unconfirmed": Text(
        "工作人员核对后，没能确认您当时在现场。欢迎下次来站点打卡。",
        "The staff looked and could not confirm that you were on the spot. You are welcome to stamp at your next visit.",
    ),
    "phone_shared": Text(
        "同一部手机在短时间里为多人打卡，没能逐一确认。请各用自己的手机再来。",
        "One phone stamped for many people in a short time, and we could not confirm each. Please come with your own.",
    ),
    "day_counted": Text("这一天您在本站已经有章了。", "You already have a stamp of that day here."),
}
"""What staff most often answer; kept by its code, told in the language asked. Their own words are kept as written."""
APPROVAL_TEMPLATES: dict[str, Text] = {
    "confirmed": Text("工作人员核对无误，章已盖上。", "The staff looked at it and all is well: it is stamped."),
    "our_mistake": Text(
        "是我们的设备或海报有问题，给您添麻烦了，章已盖上。",
        "Our device or poster was at fault; sorry for the trouble. It is stamped.",
    ),
}


def answer_words(answer: str | None) -> Text | None:
    """Return what was answered in both languages; own words are the same in both."""
    if answer is None:
        return None
    return {**REFUSAL_TEMPLATES, **APPROVAL_TEMPLATES}.get(answer) or Text(answer, answer)


def appeal_problems(text: str) -> list[Text]:
    """Return what is wrong with the text of an appeal."""
    if not text:
        return [Text("请写几句当时的情况。", "Please say in a few words how it was.")]
    if len(text) > APPEAL_CHARS:
        return [Text("最多 {n} 个字。", "At most {n} characters.").fill(n=APPEAL_CHARS)]
    if has_control_characters(text, multiline=True):
        return [Text("里面有无法显示的字符。", "It holds characters that cannot be shown.")]
    return []
