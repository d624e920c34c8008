"""Law 5 for stations: what is wrong with one is told in one sentence, whichever door it came through."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, timedelta
from typing import Any, NamedTuple

import pytest
from flask import Flask

from app.core import clock
from app.core.actor import SYSTEM
from app.core.errors import Text
from app.stations import parts, queries, rules, service
from app.stations.codes import CredentialKind
from app.stations.models import Station
from tests.builders import City
from tests.panel.desk import Desk, Office
from tests.parity.doors import Said, expected, through_form, through_inline, through_service

pytestmark = pytest.mark.parametrize("app", ["sqlite"], indirect=True)
NEW, EDIT, INLINE = "/admin/stations/new/", "/admin/stations/edit/", "/admin/stations/inline/"
REQUIRED = Text("请填写这一项。", "Please fill this in.")
UNPRINTABLE = Text("里面有无法显示的字符。", "It holds characters that cannot be shown.")
SAYS_ITSELF = {"code", "name_zh", "name_en", "kind", "address_zh", "address_en", "description_zh", "description_en",
               "phone", "languages", "coord_quality"}  # fmt: skip
"""Fields that a form sends as the service takes them."""


def at_most(n: int) -> Text:
    return Text(f"最多 {n} 个字。", f"At most {n} characters.")


class Wrong(NamedTuple):
    """What is wrong, in which field, as the service takes it, as a form sends it (where that differs), the sentence."""

    what: str
    field: str
    plain: Any
    sentence: Text
    typed: dict[str, Any] | None = None

    def as_typed(self) -> dict[str, Any]:
        if self.typed is not None:
            return self.typed
        assert self.field in SAYS_ITSELF
        return {self.field: self.plain}


def circle(lat: Any = 36.08, lng: Any = 120.31, radius_m: Any = 150) -> dict[str, Any]:
    return {"lat": lat, "lng": lng, "radius_m": radius_m}


def circles(*given: dict[str, Any]) -> dict[str, Any]:
    typed = {f"circles-{n}-{part}": str(value) for n, one in enumerate(given) for part, value in one.items()}
    return {"circles-0-lat": "", "circles-0-lng": "", "circles-0-radius_m": "", **typed}


def hours(opens: int | None, closes: int | None, **day: Any) -> dict[str, Any]:
    return {"weekday": 0, "on_date": None, "closed": False, "opens_min": opens, "closes_min": closes} | day


def monday(opens: str, closes: str, opens2: str = "", closes2: str = "") -> dict[str, Any]:
    typed = {"state": "open", "opens": opens, "closes": closes, "opens2": opens2, "closes2": closes2}
    return {f"opening-w0-{part}": value for part, value in typed.items()}


def on_holiday(**more: str) -> dict[str, Any]:
    return {f"opening-x0-{part}": value for part, value in {"date": "2027-02-06", **more}.items()}


WRONG = [
    Wrong("no code", "code", "", rules.CODE_FORM),
    Wrong("a code in small letters", "code", "zhanqiao", rules.CODE_FORM),
    Wrong("a code of two letters", "code", "ZQ", rules.CODE_FORM),
    Wrong("a code with a dash", "code", "ZHAN-Q", rules.CODE_FORM),
    Wrong("a code in full width", "code", "\uff3a\uff28\uff21\uff2e", rules.CODE_FORM),
    Wrong("no Chinese name", "name_zh", "", REQUIRED),
    Wrong("a Chinese name of spaces", "name_zh", "   ", REQUIRED),
    Wrong("a long Chinese name", "name_zh", "栈" * 61, at_most(60)),
    Wrong("an invisible character", "name_zh", "栈\x07桥", UNPRINTABLE),
    Wrong("a line end in a name", "name_zh", "栈\n桥", UNPRINTABLE),
    Wrong("no English name", "name_en", "", REQUIRED),
    Wrong("a long English name", "name_en", "x" * 121, at_most(120)),
    Wrong("an unknown kind", "kind", "palace", rules.UNKNOWN_CHOICE),
    Wrong("no kind", "kind", "", rules.UNKNOWN_CHOICE),
    Wrong("an unknown district", "district_id", 9999, rules.UNKNOWN_CHOICE, {"district_id": "9999"}),
    Wrong("no district", "district_id", None, rules.UNKNOWN_CHOICE, {"district_id": ""}),
    Wrong("an unknown organisation", "organisation_id", 9999, rules.UNKNOWN_CHOICE, {"organisation_id": "9999"}),
    Wrong("a long address", "address_zh", "路" * 201, at_most(200)),
    Wrong("an invisible character in an address", "address_zh", "太平路\x0012 号", UNPRINTABLE),
    Wrong("a long English address", "address_en", "x" * 201, at_most(200)),
    Wrong("a long description", "description_zh", "海" * 2001, at_most(2000)),
    Wrong("a long English description", "description_en", "x" * 2001, at_most(2000)),
    Wrong("letters in a phone number", "phone", "call me", rules.PHONE_FORM),
    Wrong("a phone number of two digits", "phone", "12", rules.PHONE_FORM),
    Wrong("full-width digits in a phone number", "phone", "０５３２８２８", rules.PHONE_FORM),
    Wrong("an unknown language", "languages", ["zh", "xx"], rules.UNKNOWN_CHOICE),
    Wrong("an unknown coordinate quality", "coord_quality", "guessed", rules.UNKNOWN_CHOICE),
    Wrong("no circle", "circles", [], rules.CIRCLES_COUNT, circles()),
    Wrong("nine circles", "circles", [circle()] * 9, rules.CIRCLES_COUNT, circles(*[circle()] * 9)),
    Wrong("half a place", "circles", [circle(lng=None)], REQUIRED, circles(circle(lng=""))),
    Wrong("degrees swapped", "circles", [circle(120.31, 36.08)], rules.OUT_OF_CITY, circles(circle(120.31, 36.08))),
    Wrong("a place in Beijing", "circles", [circle(39.9, 116.4)], rules.OUT_OF_CITY, circles(circle(39.9, 116.4))),
    Wrong("no number for a place", "circles", [circle(lat=float("nan"))], rules.OUT_OF_CITY, circles(circle("nan"))),
    Wrong("an endless place", "circles", [circle(lng=float("inf"))], rules.OUT_OF_CITY, circles(circle(lng="1e999"))),
    Wrong("a small radius", "circles", [circle(radius_m=19)], rules.RADIUS_RANGE, circles(circle(radius_m=19))),
    Wrong("a large radius", "circles", [circle(radius_m=1001)], rules.RADIUS_RANGE, circles(circle(radius_m=1001))),
    Wrong("half a metre", "circles", [circle(radius_m=100.5)], rules.RADIUS_RANGE, circles(circle(radius_m="100.5"))),
    Wrong("no radius", "circles", [circle(radius_m=None)], rules.RADIUS_RANGE, circles(circle(radius_m=""))),
    Wrong("closing before opening", "opening", [hours(600, 540)], rules.HOURS_ORDER, monday("10:00", "09:00")),
    Wrong("closing at opening", "opening", [hours(600, 600)], rules.HOURS_ORDER, monday("10:00", "10:00")),
    Wrong("no closing", "opening", [hours(600, None)], rules.HOURS_ORDER, monday("10:00", "")),
    Wrong("25 o'clock", "opening", [hours(600, 1500)], rules.HOURS_ORDER, monday("10:00", "25:00")),
    Wrong("spans that overlap", "opening", [hours(540, 720), hours(660, 900)], rules.HOURS_OVERLAP,
          monday("09:00", "12:00", "11:00", "15:00")),
    Wrong("hours of no day", "opening", [hours(540, 720, weekday=None)], rules.HOURS_DAY,
          on_holiday(date="", state="open", opens="09:00", closes="12:00")),
    Wrong("open and closed on one day", "opening",
          [hours(540, 720, weekday=None, on_date=date(2027, 2, 6)),
           hours(None, None, weekday=None, on_date=date(2027, 2, 6), closed=True)], rules.HOURS_MIXED,
          {**on_holiday(state="open", opens="09:00", closes="12:00"),
           "opening-x1-date": "2027-02-06", "opening-x1-state": "closed"}),
    Wrong("a long note", "services", [{"code": "wifi", "note_zh": "无" * 101, "note_en": "", "available": True}],
          at_most(100), {"services-wifi-on": "on", "services-wifi-note_zh": "无" * 101}),
]  # fmt: skip
OVER_SERVICE_ONLY = [
    Wrong("a service twice", "services", [{"code": "wifi"}, {"code": "wifi"}], rules.SERVICE_TWICE),
    Wrong("an unknown service", "services", [{"code": "sauna"}], rules.UNKNOWN_CHOICE),
    Wrong("an eighth weekday", "opening", [hours(540, 720, weekday=7)], rules.HOURS_DAY),
]
"""What a form cannot even say: its services and days are given."""


@pytest.fixture
def desk(app: Flask) -> Desk:
    return Office(app).desk("city")


def typed(city: City, **changes: Any) -> dict[str, Any]:
    """The form of a station that nothing is wrong with."""
    return {
        "code": "NEWONE",
        "name_zh": "小港驿站",
        "name_en": "Xiaogang",
        "kind": "station",
        "district_id": str(city.data()["district_id"]),
        "coord_sys": "wgs84",
        "coord_quality": "approximate",
        "languages": ["zh"],
        **circles(circle()),
    } | changes


def judged(table: list[Wrong], said: Any) -> Iterator[tuple[str, Said, Said]]:
    """Yield (what is wrong, what was said, what has to be said)."""
    for wrong in table:
        yield wrong.what, said(wrong), expected(wrong.field, wrong.sentence)


def hold(table: list[Wrong], said: Any) -> None:
    """Send each wrong thing through a door and compare all at once, so that a failure shows every difference."""
    found = list(judged(table, said))
    assert {what: got for what, got, _ in found} == {what: due for what, _, due in found}


def test_what_the_tables_start_from_is_accepted_by_every_door(city: City, pier: Station, desk: Desk) -> None:
    assert through_service(lambda: service.create_station(SYSTEM, data=city.data(code="OTHER"), at=clock.now())) == {}
    assert through_form(desk, NEW, typed(city)) == {}
    assert through_form(desk, EDIT, typed(city), id=pier.id) == {}
    assert through_inline(desk, INLINE, pier.id, "phone", "0532-82880000") == {}


def test_creating_by_service(city: City, pier: Station) -> None:
    def said(wrong: Wrong) -> Said:
        data = city.data(code="NEWONE") | {wrong.field: wrong.plain}
        return through_service(lambda: service.create_station(SYSTEM, data=data, at=clock.now()))

    hold(WRONG + OVER_SERVICE_ONLY, said)


def test_changing_by_service(city: City, pier: Station) -> None:
    before = parts.facts(pier)

    def said(wrong: Wrong) -> Said:
        data = {wrong.field: wrong.plain}
        return through_service(
            lambda: service.update_station(SYSTEM, pier.id, data=data, seen_version=None, at=clock.now())
        )

    hold([wrong for wrong in WRONG + OVER_SERVICE_ONLY if wrong.field != "code"], said)
    after = queries.find_station(pier.id)
    assert after is not None
    assert parts.facts(after) == before


def test_creating_in_the_panel(city: City, desk: Desk) -> None:
    hold(WRONG, lambda wrong: through_form(desk, NEW, typed(city) | wrong.as_typed()))
    assert desk.count("/admin/stations/") == 0


def test_changing_in_the_panel(city: City, pier: Station, desk: Desk) -> None:
    table = [wrong for wrong in WRONG if wrong.field != "code"]
    hold(table, lambda wrong: through_form(desk, EDIT, typed(city) | wrong.as_typed(), id=pier.id))


def test_changing_one_field_in_the_list(city: City, pier: Station, desk: Desk) -> None:
    table = [wrong for wrong in WRONG if wrong.field in ("kind", "address_zh", "phone")]
    assert len(table) == 7
    hold(table, lambda wrong: through_inline(desk, INLINE, pier.id, wrong.field, wrong.plain))


def test_a_code_that_is_taken(city: City, pier: Station, desk: Desk) -> None:
    """The rule and the unique constraint behind it say the same."""
    due = expected("code", rules.CODE_TAKEN)
    assert through_service(lambda: service.create_station(SYSTEM, data=city.data(), at=clock.now())) == due
    assert through_form(desk, NEW, typed(city, code="ZHANQIAO")) == due


def test_a_code_is_never_changed(city: City, pier: Station, desk: Desk) -> None:
    change = {"code": "OTHER"}
    said = through_service(
        lambda: service.update_station(SYSTEM, pier.id, data=change, seen_version=None, at=clock.now())
    )
    assert said == expected("code", rules.CODE_FIXED)
    assert through_form(desk, EDIT, typed(city, code="OTHER"), id=pier.id) == {}
    assert queries.get_station_by_code("ZHANQIAO").id == pier.id


CLOSING = [
    ("no Chinese reason", "reason_zh", "", "", REQUIRED),
    ("a long Chinese reason", "reason_zh", "雨" * 201, "雨" * 201, at_most(200)),
    ("an invisible character", "reason_zh", "大\x00雨", "大\x00雨", UNPRINTABLE),
    ("no English reason", "reason_en", " ", " ", REQUIRED),
    ("a long English reason", "reason_en", "x" * 201, "x" * 201, at_most(200)),
    ("no end", "until", None, "", REQUIRED),
    ("an end that is no time", "until", None, "tomorrow", REQUIRED),
    ("an end that is past", "until", clock.now() - timedelta(hours=1), "2020-01-01T08:00", rules.UNTIL_LATER),
]
"""(what, field, as the service takes it, as a form sends it, sentence)."""


@pytest.mark.parametrize("act", ["close", "pause"])
def test_closing_and_pausing(pier: Station, desk: Desk, act: str) -> None:
    call = {"close": service.close_station, "pause": service.pause_station}[act]
    table = [row for row in CLOSING if act == "close" or row[1] != "until"]
    good = {"reason_zh": "大雨", "reason_en": "Rain"}
    for what, field, plain, sent, sentence in table:
        data = good | {"until": clock.now() + timedelta(hours=2)} | {field: plain}
        form = good | {"until": "2099-01-01T08:00"} | {field: sent}
        due = expected(field, sentence)
        assert through_service(lambda data=data: call(SYSTEM, pier.id, data=data, at=clock.now())) == due, what
        assert through_form(desk, f"/admin/stations/act/{act}/", form, id=pier.id) == due, what
    assert queries.get_station_by_code("ZHANQIAO").state == "open"


REASONS = [
    ("no reason", "", REQUIRED),
    ("a long reason", "旧" * 201, at_most(200)),
    ("an invisible one", "旧\x07版", UNPRINTABLE),
]


def test_reasons_of_withdrawing_and_revoking(city: City, pier: Station, desk: Desk) -> None:
    poster = queries.find_current(pier.id, CredentialKind.POSTER)
    assert poster is not None
    for what, reason, sentence in REASONS:
        due = expected("reason", sentence)
        by_service = [
            lambda reason=reason: service.withdraw_station(SYSTEM, pier.id, reason=reason, at=clock.now()),
            lambda reason=reason: service.revoke_credential(SYSTEM, poster.id, reason=reason, at=clock.now()),
        ]
        assert [through_service(act) for act in by_service] == [due, due], what
        assert through_form(desk, "/admin/stations/act/withdraw/", {"reason": reason}, id=pier.id) == due, what
        form = {"reason": reason, "credential": str(poster.id)}
        assert through_form(desk, "/admin/stations/act/revoke/", form, id=pier.id) == due, what
