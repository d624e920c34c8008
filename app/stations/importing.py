"""Stations from an Excel file: the columns, a row judged by the rules of the form, done and undone by the services."""

from __future__ import annotations

import math
import re
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any

from app.core.actor import Actor
from app.core.errors import AccessDenied, InvalidInput, NotFound, Text
from app.core.geo import CoordSys, Point, to_wgs84
from app.imports.errors import ImportChangedSince
from app.imports.rules import EXCEL_ERROR, Column, Given, Step
from app.imports.subject import Change, Finding, Problem
from app.orgs import queries as orgs
from app.stations import parts, queries, rules, service
from app.stations.import_columns import COLUMNS
from app.stations.models import Station
from app.stations.rules import RADIUS_DEFAULT_M, StationState
from app.stations.words import BETWEEN, COORD_QUALITIES, KINDS, LANGUAGES

DATUM = Text(
    "请写明坐标系：wgs84、gcj02（高德、腾讯、微信）或 bd09（百度）。",
    "Say which coordinate system it is: wgs84, gcj02 (Amap, Tencent, WeChat) or bd09 (Baidu).",
)
TWICE = Text(
    "第 {number} 行已经有这个编号，一个站点只写一行。", "Row {number} has this code already; one row per station."
)
OUT_OF_SCOPE = Text("这个站点或区市不在您的管理范围内。", "This station or district is outside what you look after.")
_TEXTS = ("name_zh", "name_en", "address_zh", "address_en", "description_zh", "description_en", "phone")
_CHOICES: Mapping[str, Mapping[str, Text]] = {"kind": KINDS, "coord_quality": COORD_QUALITIES}
_COLUMN_OF = {"district_id": "district", "organisation_id": "organisation"}
_FIELD_OF = {"district": "district_id", "organisation": "organisation_id",
             **dict.fromkeys(("lat", "lng", "radius_m"), "circles")}  # fmt: skip
_DEGREES = re.compile(r"[+-]?\d{1,3}(\.\d{1,17})?")
_SEPARATORS = re.compile(r"[\u3001,\uff0c;\uff1b/\n]+")
_TOLD = ("name_zh", "kind", "district", "lat", "lng")
"""What the preview shows of a new station; its place already in WGS-84."""
_SHOWN_KEYS = 8


class StationImport:
    """What the machinery of imports needs to know about stations."""

    name = "stations"
    permission = "stations.create"
    is_private = False
    columns: tuple[Column, ...] = COLUMNS

    def plan(self, actor: Actor, rows: Sequence[Given], at: datetime) -> list[Finding]:
        """Judge rows by the rules of the form, without writing anything. Returns one finding per row, in order."""
        names = Names()
        known = {one.code: one for one in queries.list_by_codes({row.text("code") for row in rows})}
        first: dict[str, int] = {}
        found = []
        for row in rows:
            code = row.text("code")
            before = first.setdefault(code, row.number) if code else row.number
            if before != row.number:
                problem = Problem("code", TWICE.fill(number=before))
                found.append(Finding(row.number, code, Step.WRONG, problems=(problem,)))
            else:
                found.append(_judged(actor, row, known.get(code), names))
        return found

    def apply(self, actor: Actor, finding: Finding, at: datetime) -> dict[str, Any]:
        """Do what a finding says, through the service. Returns what undoing needs, ready for JSON."""
        if finding.step is Step.NEW:
            made = service.create_station(actor, data=finding.data, at=at)
            return {"step": Step.NEW.value, "id": made.id, "code": made.code, "version": made.version}
        station = queries.get_station_by_code(finding.key)
        facts = parts.facts(station)
        before = {name: facts[name] for name in finding.data}
        changed = service.update_station(actor, station.id, data=finding.data, seen_version=None, at=at)
        return {"step": Step.CHANGED.value, "id": changed.id, "code": changed.code, "version": changed.version,
                "before": before}  # fmt: skip

    def undo(self, actor: Actor, effects: Sequence[dict[str, Any]], at: datetime) -> list[str]:
        """Take back the effects of a whole import. Raises ImportChangedSince, and then nothing is taken back."""
        if touched := _touched(effects):
            more = f" … {len(touched)}" if len(touched) > _SHOWN_KEYS else ""
            raise ImportChangedSince(keys=", ".join(touched[:_SHOWN_KEYS]) + more)
        for effect in reversed(effects):
            if effect["step"] == Step.NEW:
                service.remove_unused_station(actor, effect["id"], at=at)
            else:
                service.update_station(
                    actor, effect["id"], data=effect["before"], seen_version=effect["version"], at=at
                )
        return []


class Names:
    """What the words of a file mean: districts, organisations and services by every name that people use."""

    def __init__(self) -> None:
        self.districts, self.district_words = _by_name(
            (d.id, d.name_zh, d.name_en, d.code) for d in orgs.list_districts()
        )
        self.organisations, self.organisation_words = _by_name(
            (o.id, o.name_zh, o.name_en) for o in orgs.list_organisations()
        )
        items = queries.list_service_items()
        self.services, self.service_words = _by_name((i.code, i.name_zh, i.name_en, i.code) for i in items)

    def cells(self, facts: Mapping[str, Any]) -> dict[str, str]:
        """Return a station's facts as the cells of its row, so that a file and a record can be compared."""
        circle = (facts.get("circles") or [{}])[0]
        shown = {name: str(facts.get(name) or "") for name in ("code", *_TEXTS)}
        for name, words in _CHOICES.items():
            shown[name] = _word(words, facts.get(name))
        shown["district"] = self.district_words.get(facts.get("district_id"), "")
        shown["organisation"] = self.organisation_words.get(facts.get("organisation_id"), "")
        shown["languages"] = BETWEEN.zh.join(_word(LANGUAGES, one) for one in facts.get("languages") or ())
        codes = [one["code"] for one in facts.get("services") or ()]
        shown["services"] = BETWEEN.zh.join(self.service_words.get(code, code) for code in sorted(codes))
        shown["lat"], shown["lng"] = (
            f"{circle[name]:.6f}" if circle.get(name) is not None else "" for name in ("lat", "lng")
        )
        shown["radius_m"] = str(circle.get("radius_m") or "")
        return shown


def _judged(actor: Actor, row: Given, station: Station | None, names: Names) -> Finding:
    """Return what would come of one row."""
    code = row.text("code")
    data, problems = _data_of(row, station, names)
    problems = [Problem(name, EXCEL_ERROR) for name, cell in row.cells.items() if cell.is_error] + problems
    try:
        cleaned = service.judge_station(actor, data, station=station)
    except InvalidInput as refusal:
        problems += [
            Problem(_column(field, text, row), text) for field, texts in refusal.fields.items() for text in texts
        ]
    except AccessDenied:
        problems.append(Problem("code" if station else "district", OUT_OF_SCOPE))
    except NotFound:  # somebody else's station is to this person a code that is taken
        problems.append(Problem("code", rules.CODE_TAKEN) if station else Problem("district", OUT_OF_SCOPE))
    if problems:
        return Finding(row.number, code, Step.WRONG, problems=tuple(_once(problems)))
    if station is None:
        told = names.cells(cleaned)
        return Finding(row.number, code, Step.NEW, tuple(Change(name, "", told[name]) for name in _TOLD), data=data)
    facts = parts.facts(station)
    was, now = names.cells(facts), names.cells({**facts, **cleaned})
    changes = tuple(Change(name, was[name], now[name]) for name in was if was[name] != now[name])
    changed = {_FIELD_OF.get(change.column, change.column) for change in changes}
    kept = {name: value for name, value in data.items() if name in changed}
    return Finding(row.number, code, Step.CHANGED if kept else Step.SAME, changes=changes, data=kept)


def _data_of(row: Given, station: Station | None, names: Names) -> tuple[dict[str, Any], list[Problem]]:
    """Return the cells as the service takes them; an empty cell leaves a station as it is. What is no choice stays text."""
    data: dict[str, Any] = {} if station else {"code": row.text("code")}
    for name in _TEXTS:
        if row.text(name):
            data[name] = row.text(name)
    for name, words in _CHOICES.items():
        if text := row.text(name):
            data[name] = next((code for code, word in words.items() if text in (code, *word)), text)
    for name, known in (("district", names.districts), ("organisation", names.organisations)):
        if text := row.text(name):
            data[_FIELD_OF[name]] = known.get(text.lower(), text)
    if text := row.text("languages"):
        by_word, _ = _by_name((code, *word, code) for code, word in LANGUAGES.items())
        data["languages"] = list(dict.fromkeys(by_word.get(one.lower(), one) for one in _split(text)))
    if text := row.text("services"):
        offered = {one["code"]: one for one in parts.facts(station)["services"]} if station else {}
        codes = [names.services.get(one.lower(), one) for one in _split(text)]
        data["services"] = [offered.get(code, {"code": code}) for code in codes]
    problems: list[Problem] = []
    circles = _circles(row, station, problems)
    if circles is not None:
        data["circles"] = circles
    return data, problems


def _circles(row: Given, station: Station | None, problems: list[Problem]) -> list[dict[str, Any]] | None:
    """Return the geofence with its first circle as the row says; None where the row says nothing about it."""
    lat, lng, radius = (row.text(name) for name in ("lat", "lng", "radius_m"))
    there = parts.facts(station)["circles"] if station else []
    if there and not (lat or lng or radius):
        return None
    first = dict(there[0]) if there else {"lat": None, "lng": None, "radius_m": RADIUS_DEFAULT_M}
    if radius:
        first["radius_m"] = int(radius) if radius.isascii() and radius.isdigit() and len(radius) <= 6 else None
    if lat or lng or not there:
        given = Point(_degrees(lat), _degrees(lng)) if lat and lng else None
        first["lat"], first["lng"] = (None, None) if given is None else given
        if given is not None:
            datum = _datum(row.text("datum"))
            if datum is None:
                problems.append(Problem("datum", DATUM))
            elif all(math.isfinite(degrees) for degrees in given) and abs(given.lat) <= 90:
                first |= _placed(to_wgs84(given, datum), there)
    return [first, *there[1:]]


def _placed(point: Point, there: Sequence[Mapping[str, Any]]) -> dict[str, float]:
    """Return a place to six decimals; one that is the station's own to six decimals is left as it is."""
    found = {"lat": round(point.lat, 6), "lng": round(point.lng, 6)}
    if there and all(round(there[0][name], 6) == value for name, value in found.items()):
        return {name: there[0][name] for name in found}
    return found


def _datum(text: str) -> CoordSys | None:
    plain = re.sub(r"[\s\-_]", "", text).lower()
    return next((one for one in CoordSys if plain == one.value or plain.startswith(f"{one.value}(")), None)


def _degrees(text: str) -> float:
    """Return typed degrees; what is no number becomes one that lies nowhere, so that the rule speaks."""
    return float(text) if text.isascii() and _DEGREES.fullmatch(text) else math.nan


def _column(field: str, text: Text, row: Given) -> str:
    """Return the column at which a rule's sentence about a field is shown."""
    if field != "circles":
        return _COLUMN_OF.get(field, field)
    if text == rules.RADIUS_RANGE:
        return "radius_m"
    return "lng" if row.text("lat") and not row.text("lng") else "lat"


def _once(problems: Iterable[Problem]) -> list[Problem]:
    """Return one problem per cell, the first."""
    found: dict[str, Problem] = {}
    for problem in problems:
        found.setdefault(problem.column, problem)
    return list(found.values())


def _split(text: str) -> list[str]:
    return [one.strip() for one in _SEPARATORS.split(text) if one.strip()]


def _word(words: Mapping[Any, Text], code: Any) -> str:
    found = words.get(code)
    return found.zh if found else str(code or "")


def _by_name(rows: Iterable[tuple[Any, ...]]) -> tuple[dict[str, Any], dict[Any, str]]:
    """Return two dictionaries: every name to what it stands for, and that to its first name."""
    given = list(rows)
    return {str(name).lower(): row[0] for row in given for name in row[1:]}, {row[0]: row[1] for row in given}


def _touched(effects: Sequence[Mapping[str, Any]]) -> list[str]:
    """Return the codes of stations that are no longer as the import left them, or that somebody has begun to use."""
    now = {one.id: one for one in queries.list_by_codes(effect["code"] for effect in effects)}
    made = {effect["id"] for effect in effects if effect["step"] == Step.NEW}
    used = queries.list_in_use(made)
    return [
        effect["code"]
        for effect in effects
        if (station := now.get(effect["id"])) is None
        or station.version != effect["version"]
        or (station.id in made and (station.state != StationState.DRAFT or station.id in used))
    ]
