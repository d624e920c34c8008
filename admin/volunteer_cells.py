"""What the panel shows of a volunteer, masked, and what its list is filtered by."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date
from typing import Any

from markupsafe import Markup
from sqlalchemy import String, cast, exists, or_, select
from sqlalchemy.orm import aliased

from admin import door, wording
from admin.base import per_request
from admin.filters import Condition, ListFilter, choice
from admin.markup import badge, muted
from admin.stations import district_choices
from app.core import clock
from app.core.db import db
from app.orgs.models import District
from app.people import queries as people
from app.people.rules import mask_phone
from app.volunteers import queries, rules, words
from app.volunteers.models import Qualification, Volunteer

_TONES = {"invited": "note", "pending": "warn", "active": "good", "suspended": "bad", "archived": "quiet"}
_AGES = (("minor", "未成年"), ("under14", "未满 14 周岁"), ("adult", "成年"))


def state_badge(row: Volunteer) -> Markup:
    """Return a volunteer's state as a coloured word."""
    return badge(words.STATES[row.state].zh, _TONES[row.state])


def masked_phone(row: Volunteer) -> str:
    """Return a volunteer's number as staff see it, empty for none."""
    phone = people.find_phone(row.person)
    return mask_phone(phone) if phone else ""


def masked(row: Volunteer) -> dict[str, str | None]:
    """Return what is sealed of a volunteer as staff see it."""
    own = queries.opened(row)
    return {
        "name": queries.masked_name(row),
        "emergency_contact": rules.mask_name(own.emergency_contact) if own.emergency_contact else None,
        "guardian_name": rules.mask_name(own.guardian_name) if own.guardian_name else None,
        "guardian_phone": mask_phone(own.guardian_phone) if own.guardian_phone else None,
    }


def today() -> date:
    """Return the city day, read once per page."""
    day: date = per_request("today", lambda: clock.business_date(clock.now()))
    return day


def age_cell(row: Volunteer) -> Any:
    """Return an age, and whether somebody is a minor."""
    if row.birth_date is None:
        return muted("未知")
    age = rules.age_on(row.birth_date, today())
    if age >= rules.ADULT_AGE:
        return f"{age} 岁"
    return Markup('<span class="nowrap">{} 岁 {}</span>').format(age, badge("未成年", "held"))


def qualification_cell(row: Volunteer) -> Any:
    """Return the qualifications that hold today."""
    valid = [one for one in row.qualifications if rules.is_valid_on(one.valid_until, today())]
    if not valid:
        return muted("—")
    return "、".join(rules.QUALIFICATION_NAMES[one.code].zh for one in valid)


def named(codes: Iterable[str], names: Iterable[tuple[str, str]]) -> str:
    """Return codes in words."""
    known = dict(names)
    return "、".join(known.get(code, code) for code in codes)


def _in_district(code: str) -> Condition:
    return Volunteer.district_id == select(District.id).where(District.code == code).scalar_subquery()


def _is_qualified(code: str) -> Condition:
    ends = Qualification.valid_until
    return exists().where(
        Qualification.volunteer_id == Volunteer.id,
        Qualification.code == code,
        or_(ends.is_(None), ends >= today()),
    )


def _lists(column: Any, code: str) -> Condition:
    found: Condition = cast(column, String).contains(f'"{code}"', autoescape=True)
    return found


def _is_aged(value: str) -> Condition:
    adult = Volunteer.birth_date <= rules.born_by(rules.ADULT_AGE, today())
    if value == "under14":
        return Volunteer.birth_date > rules.born_by(rules.GUARDIAN_AGE, today())
    return adult if value == "adult" else ~adult


def _is_namesake(value: str) -> Condition | None:
    """Keep to those who have the name of the volunteer of a row id."""
    number, one = door.row_id(value), aliased(Volunteer)
    if number is None or db.session.get(Volunteer, number) is None:
        return None
    return Volunteer.real_name_index == select(one.real_name_index).where(one.id == number).scalar_subquery()


FILTERS: Sequence[ListFilter] = (
    choice("state", "状态", wording.VOLUNTEER_STATES, lambda value: Volunteer.state == value),
    choice("district", "区市", district_choices, _in_district),
    choice("qualification", "有效资质", wording.QUALIFICATIONS, _is_qualified),
    choice("skill", "特长", wording.SKILLS, lambda code: _lists(Volunteer.skills, code)),
    choice("language", "语言", wording.LANGUAGES, lambda code: _lists(Volunteer.languages, code)),
    choice("age", "年龄", _AGES, _is_aged),
    choice("origin", "来源", wording.ORIGINS, lambda value: Volunteer.origin == value),
    ListFilter("same", "同名", _is_namesake, kind="hidden"),
)
