"""Whether somebody may sign up: one ordered list of checks for every path, all reasons at once. Pure."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import NamedTuple

from app.core.clock import business_date, city_time
from app.core.errors import Text
from app.events.rules import EventState, ShiftState
from app.volunteers.rules import QUALIFICATION_NAMES, Standing, VolunteerState, age_on, needs_guardian


class Path(StrEnum):
    """By which way somebody comes to a shift. Staff may still act after the start: gaps are filled on the spot."""

    APPLY = "apply"
    ACCEPT = "accept"
    APPROVE = "approve"
    OFFER = "offer"
    STAFF = "staff"
    INVITE = "invite"


class Check(StrEnum):
    """The checks, in their order."""

    ACCOUNT = "account"
    VOLUNTEER = "volunteer"
    AGE = "age"
    SUSPENDED = "suspended"
    OPEN = "open"
    QUALIFICATION = "qualification"
    DUPLICATE = "duplicate"
    OVERLAP = "overlap"
    RISK = "risk"
    PLACES = "places"


class Reason(NamedTuple):
    """Why not, in a sentence that says what to do."""

    check: Check
    code: str
    text: Text


class Conflict(NamedTuple):
    """A confirmed or offered shift at the same time."""

    signup_id: str
    event_id: str
    title: Text
    starts_at: datetime
    ends_at: datetime


@dataclass(frozen=True, slots=True)
class Case:
    """What a sign-up is judged by, read under the person's lock.

    min_age, qualifications: what the position asks. is_listed: has a live sign-up on this shift, other than the one
    that is being decided. needs_ack: there is a risk note that was not acknowledged. is_full: no seat for this path;
    False where no seat is needed, as for the queue.
    """

    path: Path
    at: datetime
    standing: Standing | None
    is_frozen: bool
    event_state: str
    shift_state: str
    starts_at: datetime
    ends_at: datetime
    min_age: int | None
    qualifications: Sequence[str]
    is_listed: bool = False
    conflict: Conflict | None = None
    needs_ack: bool = False
    is_full: bool = False


_NOT_YET = {
    None: Text(
        "请先在“我的”里登记成为志愿者，再报名。", "Please register as a volunteer under “Me” first, then sign up."
    ),
    VolunteerState.INVITED: Text(
        "请先在“我的”里接受志愿者邀请、补全资料，再报名。",
        "Please accept the invitation to volunteer under “Me” and complete it first, then sign up.",
    ),
    VolunteerState.PENDING: Text(
        "志愿者登记还在审核，通过后就能报名。",
        "The registration as a volunteer is still being looked at. Please sign up once it is accepted.",
    ),
    VolunteerState.ARCHIVED: Text(
        "志愿者登记已归档，请在“我的”里重新登记，再报名。",
        "The registration as a volunteer is archived. Please register again under “Me”, then sign up.",
    ),
}
_FROZEN = Text(
    "账号暂时不能报名，请联系站点工作人员了解原因。",
    "This account cannot sign up for the time being. Please ask the staff at a station why.",
)
_SUSPENDED = Text(
    "志愿者资格暂停中，请联系工作人员了解原因。", "Suspended as a volunteer for now. Please ask the staff why."
)
_TOO_YOUNG = Text(
    "这个岗位要求当天年满 {n} 周岁，请看看其他岗位。",
    "This position asks for {n} years of age on the day. Please look at other positions.",
)
_GUARDIAN = Text(
    "未满 14 周岁需要监护人同意，请先在志愿者资料里补上监护人。",
    "Under 14 a guardian has to agree. Please add the guardian to the volunteer's record first.",
)
_NOT_PUBLISHED = Text(
    "这个活动没有在招募，请看看其他活动。", "This event is not recruiting. Please look at other events."
)
_CANCELLED = Text("这个班次已取消，请看看其他班次。", "This shift was cancelled. Please look at other shifts.")
_BEGUN = Text(
    "这个班次已经开始，不能再报名，请看看其他班次，或在现场联系负责人。",
    "This shift has begun and takes no more sign-ups. Please look at other shifts, or ask the leader on the spot.",
)
_OVER = Text("这个班次已经结束，请看看其他班次。", "This shift is over. Please look at other shifts.")
_UNQUALIFIED = Text(
    "这个岗位需要在班次结束时有效的资质：{zh}。请把证明交给工作人员登记。",
    "This position asks for a qualification that holds when the shift ends: {en}. Please show the proof to the staff.",
)
_LISTED = Text(
    "已经在这个班次的名单里了，不用再报。", "Already on the list of this shift; there is no need to sign up again."
)
_OVERLAPS = Text(
    "与已报的“{zh}”（{when}）时间重叠，请先取消其中一个。",
    "This overlaps with “{en}” ({when}). Please cancel one of the two first.",
)
_ACK = Text("请先阅读并勾选风险提示，再报名。", "Please read the note on risks and tick it, then sign up.")
_FULL = {
    Path.ACCEPT: Text(
        "名额已满，邀请仍然保留，请稍后再试。", "All seats are taken. The invitation stays; please try again later."
    ),
    Path.APPROVE: Text(
        "名额已满，请先增加名额或取消别人的报名，再通过。",
        "All seats are taken. Please add seats or cancel another sign-up first, then approve.",
    ),
}
_NO_SEAT = Text(
    "没有空名额，请先增加名额或取消别人的报名。",
    "There is no free seat. Please add seats or cancel another sign-up first.",
)


def _account(case: Case) -> Reason | None:
    return Reason(Check.ACCOUNT, "signup.account_frozen", _FROZEN) if case.is_frozen else None


def _volunteer(case: Case) -> Reason | None:
    """Somebody invited to volunteer may be invited to a shift as well: they answer both themselves."""
    state = case.standing.state if case.standing else None
    if state in (VolunteerState.ACTIVE, VolunteerState.SUSPENDED):
        return None
    if case.path is Path.INVITE and state in (VolunteerState.INVITED, VolunteerState.PENDING):
        return None
    return Reason(Check.VOLUNTEER, "signup.not_a_volunteer", _NOT_YET[VolunteerState(state) if state else None])


def _age(case: Case) -> Reason | None:
    born = case.standing.birth_date if case.standing else None
    if case.standing is None or born is None:
        return None
    day = business_date(case.starts_at)
    if case.min_age is not None and age_on(born, day) < case.min_age:
        return Reason(Check.AGE, "signup.too_young", _TOO_YOUNG.fill(n=case.min_age))
    if needs_guardian(born, day) and not case.standing.has_guardian:
        return Reason(Check.AGE, "signup.guardian_needed", _GUARDIAN)
    return None


def _suspended(case: Case) -> Reason | None:
    suspended = case.standing is not None and case.standing.state == VolunteerState.SUSPENDED
    return Reason(Check.SUSPENDED, "signup.suspended", _SUSPENDED) if suspended else None


def _open(case: Case) -> Reason | None:
    text = None
    if case.event_state != EventState.PUBLISHED:
        text = _NOT_PUBLISHED
    elif case.shift_state != ShiftState.OPEN:
        text = _CANCELLED
    elif case.at >= case.ends_at:
        text = _OVER
    elif case.path in (Path.APPLY, Path.ACCEPT) and case.at >= case.starts_at:
        text = _BEGUN
    return Reason(Check.OPEN, "signup.closed", text) if text else None


def _qualification(case: Case) -> Reason | None:
    if case.standing is None:
        return None
    day = business_date(case.ends_at)
    missing = [QUALIFICATION_NAMES[code] for code in case.qualifications if not case.standing.is_qualified(code, day)]
    if not missing:
        return None
    text = _UNQUALIFIED.fill(zh="、".join(one.zh for one in missing), en=", ".join(one.en for one in missing))
    return Reason(Check.QUALIFICATION, "signup.qualification_missing", text)


def _duplicate(case: Case) -> Reason | None:
    return Reason(Check.DUPLICATE, "signup.already", _LISTED) if case.is_listed else None


def _overlap(case: Case) -> Reason | None:
    clash = case.conflict
    if clash is None:
        return None
    when = f"{city_time(clash.starts_at):%m-%d %H:%M}–{city_time(clash.ends_at):%H:%M}"
    text = _OVERLAPS.fill(zh=clash.title.zh, en=clash.title.en, when=when)
    return Reason(Check.OVERLAP, "signup.time_conflict", text)


def _risk(case: Case) -> Reason | None:
    return Reason(Check.RISK, "signup.risk_ack_needed", _ACK) if case.needs_ack else None


def _places(case: Case) -> Reason | None:
    return Reason(Check.PLACES, "signup.full", _FULL.get(case.path, _NO_SEAT)) if case.is_full else None


CHECKS: tuple[Callable[[Case], Reason | None], ...] = (
    _account,
    _volunteer,
    _age,
    _suspended,
    _open,
    _qualification,
    _duplicate,
    _overlap,
    _risk,
    _places,
)
"""The order is a promise: the first reason names the refusal. Source: product §5."""


def reasons(case: Case) -> tuple[Reason, ...]:
    """Return why somebody may not come to a shift, every failing check in the order of CHECKS; empty when they may."""
    return tuple(reason for check in CHECKS if (reason := check(case)) is not None)


def overlaps(starts_at: datetime, ends_at: datetime, other_starts_at: datetime, other_ends_at: datetime) -> bool:
    """Whether two shifts share an instant; half-open, so back-to-back ones do not."""
    return starts_at < other_ends_at and other_starts_at < ends_at
