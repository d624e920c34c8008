"""Volunteers from an Excel file: a row judged by the rules of the form; who is new is invited and accepts themselves.

A phone is who somebody is. A row with a registered phone changes that record only under the name it is registered
under, so that a slip of the pen never writes into somebody else's.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import date, datetime
from functools import partial
from typing import Any

from app.core.actor import Actor
from app.core.errors import AccessDenied, DomainError, InvalidInput, NotFound, Text
from app.core.hooks import Hook
from app.imports.rules import EXCEL_ERROR, Column, Given, Step
from app.imports.subject import Change, Finding, Problem
from app.orgs import queries as orgs
from app.people.rules import mask_phone, normalise_phone
from app.stations.words import BETWEEN, LANGUAGES
from app.volunteers import desk, queries, rules, service, tidying, words
from app.volunteers.errors import GuardianNeeded
from app.volunteers.import_columns import COLUMNS
from app.volunteers.models import Volunteer
from app.volunteers.rules import Origin, VolunteerState

list_engaged: Hook[[Iterable[int]], set[int]] = Hook("volunteers.list_engaged")
"""Which of some volunteers have a sign-up, of whatever state. Provided by events."""

CUT_PHONE = Text(
    "Excel 把号码缩成了科学计数法，后几位已经丢失。请把这一列设为“文本”，再填完整的 11 位手机号。",
    "Excel shortened this number and its last digits are lost. Format the column as text and type all 11 digits.",
)
TWICE = Text(
    "第 {number} 行已经有这个手机号，一位志愿者只写一行。",
    "Row {number} has this phone already; one row per volunteer.",
)
OUT_OF_SCOPE = Text("这个区市不在您的管理范围内。", "This district is outside what you look after.")
_YES = frozenset({"是", "同意", "已同意", "yes", "y", "true", "1", "√", "✓"})
_SEPARATORS = re.compile(r"[\u3001,\uff0c;\uff1b/\n]+")
_GUARDIAN = ("guardian_name", "guardian_phone", "guardian_consent")
_TEXTS = ("real_name", "phone", "emergency_contact", "guardian_name", "guardian_phone")
_TOLD = ("real_name", "phone", "birth_date", "district")


class VolunteerImport:
    """What the machinery of imports needs to know about volunteers."""

    name = "volunteers"
    permission = "volunteers.edit"
    is_private = True
    columns: tuple[Column, ...] = COLUMNS

    def plan(self, actor: Actor, rows: Sequence[Given], at: datetime) -> list[Finding]:
        """Judge rows by the rules of the form, without writing anything. Returns one finding per row, in order."""
        names = _Names()
        phones = {row.number: normalise_phone(row.text("phone")) for row in rows}
        known = queries.list_by_phones({phone for phone in phones.values() if phone})
        first: dict[str, int] = {}
        found = []
        for row in rows:
            phone = phones[row.number]
            before = first.setdefault(phone, row.number) if phone else row.number
            if before != row.number:
                problem = Problem("phone", TWICE.fill(number=before))
                found.append(Finding(row.number, _key(row, phone), Step.WRONG, problems=(problem,)))
            else:
                found.append(_judged(actor, row, known.get(phone or ""), names, at))
        return found

    def apply(self, actor: Actor, finding: Finding, at: datetime) -> dict[str, Any]:
        """Do what a finding says, through the service. Returns what undoing needs, ready for JSON."""
        if finding.step is Step.NEW:
            made = service.create_volunteer(actor, data=finding.data, at=at, origin=Origin.IMPORT)
            return {"step": Step.NEW.value, "id": made.id, "version": made.version}
        data = dict(finding.data)
        volunteer = queries.get_volunteer_for_change(data.pop("id"))
        before = {name: _plain(service.value_of(volunteer, name)) for name in data}
        changed = service.update_volunteer(actor, volunteer.id, data=data, seen_version=None, at=at)
        return {"step": Step.CHANGED.value, "id": changed.id, "version": changed.version, "before": before}

    def undo(self, actor: Actor, effects: Sequence[dict[str, Any]], at: datetime) -> list[str]:
        """Take back invitations that nobody has answered, and changes that nobody has changed again.

        Whoever accepted, declined, was changed or is on a shift since stays. Returns their numbers and masked names.
        """
        locked = [(effect, queries.get_volunteer_for_change(effect["id"])) for effect in effects]
        engaged = list_engaged(volunteer.id for _, volunteer in locked)  # after the locks: nobody is put on a shift now
        kept = []
        for effect, volunteer in reversed(locked):
            is_new = effect["step"] == Step.NEW
            moved = volunteer.version != effect["version"]
            if is_new and volunteer.state == VolunteerState.ARCHIVED and volunteer.real_name_enc is None:
                continue  # declined: nothing of it is left to take back
            if moved or (is_new and (volunteer.state != VolunteerState.INVITED or volunteer.id in engaged)):
                kept.append(f"{volunteer.volunteer_no} {queries.masked_name(volunteer)}")
            elif is_new:
                desk.take_back(actor, volunteer.id, at=at)
            else:
                data = _typed(effect["before"])
                service.update_volunteer(actor, volunteer.id, data=data, seen_version=None, at=at)
        return kept[::-1]


class _Names:
    """What the words of a file mean, by every name that people use."""

    def __init__(self) -> None:
        listed = orgs.list_districts()
        self.districts = {
            name.lower(): one.code for one in listed for name in (one.name_zh, one.name_zh[:-1], one.name_en, one.code)
        }
        self.district_names = {one.code: one.name_zh for one in listed}
        self.genders = {"男性": "male", "女性": "female", **_by_word(words.GENDERS)}
        self.languages, self.skills = _by_word(LANGUAGES), _by_word(words.SKILLS)
        self._shows: dict[str, Callable[[Any], str]] = {
            "real_name": rules.mask_name,
            "guardian_name": rules.mask_name,
            "phone": mask_phone,
            "guardian_phone": mask_phone,
            "birth_date": lambda day: f"{day.year} 年生",
            "district": lambda code: self.district_names.get(code, code),
            "gender": lambda code: words.GENDERS[code].zh,
            "languages": partial(_in_words, LANGUAGES),
            "skills": partial(_in_words, words.SKILLS),
        }

    def shown(self, name: str, value: Any) -> str:
        """Return a value as the preview shows it: names and numbers masked, contacts not at all."""
        show = self._shows.get(name)
        if not value or show is None:
            return "***" if value else ""
        return show(value)


def _judged(actor: Actor, row: Given, volunteer: Volunteer | None, names: _Names, at: datetime) -> Finding:
    """Return what would come of one row. volunteer: who is registered with its phone; one that is archived is asked anew."""
    key = _key(row, normalise_phone(row.text("phone")))
    known = None if volunteer is None or volunteer.state == VolunteerState.ARCHIVED else volunteer
    data, problems = _data_of(row, known, names), _unreadable(row)
    try:
        if known is None:
            service.judge_volunteer(actor, data, at=at, origin=Origin.IMPORT)
            changed = data
        else:
            changed = _judged_change(actor, known, data, at, problems)
    except (InvalidInput, GuardianNeeded) as refusal:
        problems += [Problem(field, text) for field, texts in refusal.fields.items() for text in texts]
    except (AccessDenied, NotFound):
        problems.append(Problem("phone", rules.PHONE_TAKEN) if known else Problem("district", OUT_OF_SCOPE))
    except DomainError as refusal:  # its state allows no change
        problems.append(Problem("phone", Text(refusal.sentence("zh-CN"), refusal.sentence("en"))))
    if problems:
        return Finding(
            row.number, key, Step.WRONG, problems=tuple({one.column: one for one in problems[::-1]}.values())
        )
    if known is None:
        told = tuple(Change(name, "", names.shown(name, data[name])) for name in ("birth_date", "district"))
        return Finding(row.number, key, Step.NEW, told, data=data)
    if not changed:
        return Finding(row.number, key, Step.SAME)
    shown = tuple(
        Change(name, names.shown(name, service.value_of(known, name)), names.shown(name, value))
        for name, value in changed.items()
        if name != "guardian_consent"
    )
    return Finding(row.number, key, Step.CHANGED, shown, data={**changed, "id": known.id})


def _judged_change(
    actor: Actor, volunteer: Volunteer, data: dict[str, Any], at: datetime, problems: list[Problem]
) -> dict[str, Any]:
    """Return what a row would change of a record. The name proves that the row means this person."""
    changed = service.judge_change(actor, volunteer, data, at=at)
    name = data.pop("real_name", None)
    if not name or not queries.is_named(volunteer, name):
        problems.append(Problem("real_name", rules.NAME_DIFFERS))
    changed.pop("real_name", None)
    if any(field in changed for field in _GUARDIAN):  # a guardian is judged as a whole
        changed |= {field: data[field] for field in _GUARDIAN if field in data}
    return changed


def _unreadable(row: Given) -> list[Problem]:
    """Return what Excel has made of cells that nobody can read any more."""
    errors = [Problem(name, EXCEL_ERROR) for name, cell in row.cells.items() if cell.is_error]
    cut = [Problem(name, CUT_PHONE) for name in ("phone", "guardian_phone") if tidying.is_cut(row.text(name))]
    return errors + cut


def _data_of(row: Given, volunteer: Volunteer | None, names: _Names) -> dict[str, Any]:
    """Return the cells as the service takes them; an empty cell leaves a volunteer as they are.

    What is no choice and no day stays text, so that the rule speaks.
    """
    data: dict[str, Any] = {} if volunteer else dict.fromkeys(_TOLD)
    data |= {name: row.text(name) for name in _TEXTS if row.text(name)}
    if volunteer:
        data.pop("phone", None)
    if text := row.text("birth_date"):
        data["birth_date"] = _day(text)
    for name, known in (("district", names.districts), ("gender", names.genders)):
        if text := row.text(name):
            data[name] = known.get(text.lower(), text)
    for name, known in (("languages", names.languages), ("skills", names.skills)):
        if text := row.text(name):
            codes = [known.get(one.lower(), one) for one in _split(text)]
            before = getattr(volunteer, name) if volunteer else None
            data[name] = before if before is not None and set(before) == set(codes) else codes
    if "guardian_name" in data or "guardian_phone" in data:
        data["guardian_consent"] = row.text("guardian_consent").lower() in _YES
    return data


def _key(row: Given, phone: str | None) -> str:
    """Return how the preview names a row: masked."""
    name = row.text("real_name")
    return " ".join(part for part in (name and rules.mask_name(name), phone and mask_phone(phone)) if part)


def _day(text: str) -> date | str:
    try:
        return date.fromisoformat(text) if len(text) == len("1990-05-01") else text
    except ValueError:
        return text


def _plain(value: Any) -> Any:
    return value.isoformat() if isinstance(value, date) else value


def _typed(before: Mapping[str, Any]) -> dict[str, Any]:
    """Return the values of a record as they were, typed again."""
    data = dict(before)
    if data.get("birth_date"):
        data["birth_date"] = date.fromisoformat(data["birth_date"])
    if data.get("guardian_name"):
        data["guardian_consent"] = True
    return data


def _split(text: str) -> list[str]:
    return [one.strip() for one in _SEPARATORS.split(text) if one.strip()]


def _in_words(known: Mapping[str, Text], codes: Iterable[str]) -> str:
    return BETWEEN.zh.join(known[code].zh if code in known else code for code in codes)


def _by_word(known: Mapping[Any, Text]) -> dict[str, Any]:
    return {name.lower(): code for code, word in known.items() for name in (str(code), *word)}
