"""The overview: every number is the count of the list that it opens."""

from __future__ import annotations

import html
import re
from datetime import UTC, date, datetime, timedelta

import pytest

from admin.charts import Spot, bars, fence, nice_top
from app import jobs
from app.core import clock
from app.core.actor import SYSTEM
from app.core.db import unit_of_work
from app.core.geo import Point
from app.stations import queries
from app.stations import service as stations
from app.stations.codes import CredentialKind
from tests.builders import ZHANQIAO, City
from tests.panel.desk import ONE_DATABASE, Desk, Office

NOON = datetime(2026, 11, 22, 4, 0, tzinfo=UTC)
FAR = Point(36.09, 120.35)
NUMBER = re.compile(r'<a\b[^>]*?href="([^"]+)"[^>]*?data-number="(\d+)"')


@pytest.fixture
def busy_city(city: City) -> City:
    """Stations in every state and shape, with visits of several days, kinds and districts."""
    made = NOON - timedelta(days=120)
    pier = city.station(at=made)
    hours = [{"weekday": n, "on_date": None, "closed": False, "opens_min": 60, "closes_min": 120} for n in range(7)]
    shut = city.station(code="SHUT1", district="370212", name_zh="已过点", opening=hours, at=made)
    always = [{"weekday": n, "on_date": None, "closed": False, "opens_min": 0, "closes_min": 1440} for n in range(7)]
    city.station(code="OPEN1", district="370203", name_zh="全天", opening=always, at=made)
    closed = city.station(code="CLOSED1", name_zh="临时关", at=made)
    paused = city.station(code="PAUSED1", district="370213", name_zh="暂停", at=made)
    gone = city.station(code="GONE1", name_zh="撤站", at=made)
    city.station(code="DRAFT1", name_zh="草稿", opened=False, at=made)
    reasons = {"reason_zh": "检修", "reason_en": "Repairs"}
    with unit_of_work():
        stations.close_station(SYSTEM, closed.id, data={**reasons, "until": NOON + timedelta(days=1)}, at=NOON)
        stations.pause_station(SYSTEM, paused.id, data=reasons, at=NOON)
        stations.withdraw_station(SYSTEM, gone.id, reason="迁址", at=NOON)
        stations.issue_credential(SYSTEM, pier.id, kind=CredentialKind.POSTER, at=NOON)
    for days in (0, 0, 1, 1, 3, 8, 8, 20, 35, 60, 100):
        city.visit(pier, at=NOON - timedelta(days=days))
    for days in (0, 2, 9):
        city.visit(shut, at=NOON - timedelta(days=days))
        city.visit(pier, at=NOON - timedelta(days=days), point=FAR, accuracy_m=10)
        city.visit(shut, at=NOON - timedelta(days=days), credential="SHUT1:000000")
    poster = next(one for one in shut_posters(shut.id))
    with unit_of_work():
        stations.revoke_credential(SYSTEM, poster, reason="破损", at=NOON)
    city.volunteer("13800138001", state="pending")
    city.volunteer("13800138002")
    city.invited("13800138003", district="370212", birth_date=date(2011, 1, 1))
    city.citizen("13800138003").call("POST", "/me/volunteer/accept")
    return city


def shut_posters(station_id: int) -> list[int]:
    return [one.id for one in queries.list_credentials(station_id) if one.kind == CredentialKind.POSTER]


def numbers(desk: Desk, path: str = "/admin/") -> list[tuple[str, int]]:
    page = desk.get(path).text
    return [(html.unescape(url), int(number)) for url, number in NUMBER.findall(page)]


@pytest.mark.parametrize("who", ["city", "shinan", "keeper"])
def test_every_number_is_the_count_of_the_list_it_opens(office: Office, busy_city: City, who: str) -> None:
    """With what is rolled up; the test below adds up the rows."""
    jobs.roll_days_up(NOON)
    with clock.frozen(NOON):
        desk = office.desk(who)
        found = numbers(desk, "/admin/?days=7")
        assert len(found) > 30
        wrong = {url: (number, desk.count(url)) for url, number in set(found) if desk.count(url) != number}
    assert wrong == {}
    waiting = {"city": 2, "shinan": 1}.get(who)
    assert dict(found).get("/admin/volunteers/?state=pending") == waiting


@ONE_DATABASE
@pytest.mark.parametrize("days", [7, 30, 90])
def test_the_range_is_kept_in_the_address_and_rules_the_numbers(office: Office, busy_city: City, days: int) -> None:
    with clock.frozen(NOON):
        desk = office.desk("city")
        page = desk.get(f"/admin/?days={days}").text
        found = dict(numbers(desk, f"/admin/?days={days}"))
        first = (clock.business_date(NOON) - timedelta(days=days - 1)).isoformat()
        whole = {url: number for url, number in found.items() if f"from={first}&" in url and "to=2026-11-22" in url}
        assert {url: desk.count(url) for url in whole} == whole
    assert f'href="/admin/?days={days}" aria-current="true"' in page
    assert page.count('<rect class="hit"') == days
    assert len(whole) >= 12


@ONE_DATABASE
def test_the_cards_say_how_it_changed_against_the_same_time_before(office: Office, busy_city: City) -> None:
    """A visit later on yesterday, and one later on the last of the seven days before, came after that time."""
    pier = queries.get_station_by_code("ZHANQIAO")
    for days in (1, 7):
        busy_city.visit(pier, at=NOON - timedelta(days=days, hours=-2))
    with clock.frozen(NOON + timedelta(minutes=1)):
        page = office.desk("city").get("/admin/").text
    cards = re.findall(
        r'figure-label">(.*?)</span>\s*<span class="figure-value">(\d+)</span>\s*<span[^>]*>(.*?)</span>', page
    )
    assert [(label, int(value), change) for label, value, change in cards] == [
        ("今天打卡", 3, "较昨天此时 +1"),
        ("近 7 天打卡", 8, "较前 7 天同期 +5"),
        ("近 30 天打卡", 13, "较前 30 天同期 +12"),
        ("近 7 天未通过", 4, "较前 7 天同期 +2"),
    ]


@ONE_DATABASE
def test_an_unknown_range_is_the_usual_one(office: Office, busy_city: City) -> None:
    with clock.frozen(NOON):
        page = office.desk("city").get("/admin/?days=100000").text
    assert 'href="/admin/?days=30" aria-current="true"' in page


def test_an_empty_city_has_zeros_and_words(office: Office) -> None:
    page = office.desk("city").get("/admin/")
    assert page.status_code == 200
    assert "这段时间没有未通过的打卡" in page.text


@ONE_DATABASE
def test_the_chart_has_words_and_a_table_beside_it(office: Office, busy_city: City) -> None:
    with clock.frozen(NOON):
        page = office.desk("city").get("/admin/").text
    assert 'role="group" aria-label="2026-10-24 到 2026-11-22 每日打卡：共 11 次' in page
    assert "看表格" in page
    assert "2026-11-22 周日" in page


@ONE_DATABASE
def test_charts_carry_no_style(office: Office, busy_city: City) -> None:
    drawn = bars([], alt="x") + fence([(36.06, 120.31, 350), (36.061, 120.312, 80)])
    assert "style" not in drawn
    assert "半径 350 米、80 米" in drawn


@pytest.mark.parametrize(
    ("largest", "top"), [(0, 4), (3, 4), (5, 8), (10, 12), (83, 100), (151, 200), (999, 1000), (1001, 1200)]
)
def test_an_axis_ends_at_a_round_number_above_the_largest(largest: int, top: int) -> None:
    assert nice_top(largest) == top


def test_a_far_position_is_drawn_within_the_map() -> None:
    drawn = str(fence([(ZHANQIAO.lat, ZHANQIAO.lng, 350)], [Spot(36.8667, 120.5333, 20, "09:00 <b>")]))
    spots = re.findall(r'class="spot" cx="([\d.]+)" cy="([\d.]+)"', drawn)
    assert len(spots) == 1
    assert all(0 < float(value) < 220 for value in spots[0])
    assert "<b>" not in drawn
    assert "公里" in drawn
