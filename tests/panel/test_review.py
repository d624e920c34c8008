"""The queue in the panel: what waits, oldest first, with its evidence; decided by the right people, the next opens."""

from __future__ import annotations

import html
import re
from datetime import UTC, datetime, timedelta

import pytest

from app import jobs
from app.checkins.models import CheckIn
from app.core import clock
from tests.builders import City, Guest
from tests.checkins.test_review import LAIXI, appeal, held, refused
from tests.checkins.test_service import visit_of
from tests.panel.desk import ONE_DATABASE, Desk, Office

NOON = datetime(2026, 11, 22, 4, 0, tzinfo=UTC)
H = timedelta(hours=1)
PAYLOAD = "<script>document.title='x'</script>\"'><img src=x onerror=alert(1)>"
pytestmark = ONE_DATABASE


def queue(desk: Desk) -> list[int]:
    page = desk.get("/admin/review/").text
    return [int(number) for number in re.findall(r'<tr data-row="(\d+)"', page)]


def decide(desk: Desk, what: str, visit: CheckIn, **data: str) -> str:
    answer = desk.post(f"/admin/review/act/{what}/", {"id": visit.id, **data})
    return answer.headers.get("Location", str(answer.status_code))


def page(desk: Desk, visit: CheckIn) -> str:
    return html.unescape(desk.get("/admin/review/details/", id=visit.id).text)


@pytest.fixture
def waiting(city: City) -> tuple[Guest, CheckIn, CheckIn, CheckIn]:
    """Three that wait, the oldest last made: a fresh one, an appeal against a refusal, and one held for two days."""
    pier, guest = city.station(), city.guest()
    fresh = held(city, pier, city.guest(), NOON - H)
    wrong = refused(city, pier, guest, NOON - 90 * H)
    with clock.frozen(NOON - 3 * H):
        appeal(guest, wrong, PAYLOAD)
    old = held(city, pier, city.guest(), NOON - 50 * H)
    city.visit(pier, at=NOON)
    return guest, fresh, wrong, old


Three = tuple[Guest, CheckIn, CheckIn, CheckIn]


def test_those_that_wait_longest_come_first_and_the_dashboard_counts_them(office: Office, waiting: Three) -> None:
    _, fresh, wrong, old = waiting
    with clock.frozen(NOON):
        for who in ("city", "shinan", "auditor"):
            desk = office.desk(who)
            assert queue(desk) == [old.id, wrong.id, fresh.id]
            number = re.search(r'href="(/admin/review/)" data-number="(\d+)"', desk.get("/admin/").text)
            assert number is not None
            assert int(number[2]) == desk.count(number[1]) == 3


def test_another_district_and_the_station_itself_see_nothing_of_it(office: Office, waiting: Three) -> None:
    _, fresh, *_ = waiting
    other = office.desk("laoshan")
    assert queue(other) == []
    assert 'data-number="3"' not in other.get("/admin/").text
    assert other.get("/admin/review/details/", id=fresh.id).status_code == 404
    assert decide(other, "approve", fresh, template="confirmed") == "404"
    assert other.get(f"/admin/review/act/approve/?id={fresh.id}").status_code == 404
    keeper = office.desk("keeper")
    assert keeper.get("/admin/review/").status_code == 403
    assert "/admin/review/" not in keeper.get("/admin/").text
    assert visit_of(fresh.public_id).state == "pending_review"


def test_the_auditor_looks_and_decides_nothing(office: Office, waiting: Three) -> None:
    _, fresh, *_ = waiting
    auditor = office.desk("auditor")
    assert "/act/approve/" not in page(auditor, fresh)
    assert decide(auditor, "approve", fresh, template="confirmed") == "403"
    assert visit_of(fresh.public_id).state == "pending_review"


def test_after_a_decision_the_next_opens_and_after_the_last_the_empty_list(office: Office, waiting: Three) -> None:
    guest, fresh, wrong, old = waiting
    desk = office.desk("shinan")
    assert decide(desk, "approve", old, template="confirmed").endswith(f"/admin/review/details/?id={wrong.id}")
    assert decide(desk, "refuse", wrong, words="海报不在那里").endswith(f"?id={fresh.id}")
    assert decide(desk, "refuse", fresh, template="unconfirmed").endswith("/admin/review/")
    assert queue(desk) == []
    assert "现在都处理完了" in desk.get("/admin/review/").text
    assert [visit_of(one.public_id).state for one in (old, wrong, fresh)] == ["accepted", "refused", "refused"]
    assert guest.call("GET", "/me/checkins").json["items"][0]["appeal"] == {
        "state": "dismissed",
        "answer": "海报不在那里",
    }
    trail = html.unescape(office.desk("city").get("/admin/audit/").text)
    assert "核对通过" in trail
    assert "核对不通过" in trail


def test_refusals_in_review_are_one_reason_of_the_dashboard_each_with_its_own_sentence(
    office: Office, city: City
) -> None:
    pier = city.station(at=NOON - 99 * H)
    visits = [held(city, pier, when=NOON - 4 * 24 * H) for _ in range(3)]
    with clock.frozen(NOON):
        desk = office.desk("city")
        for visit, words in zip(visits, ("监控里没有找到", "海报不在那里", "海报不在那里"), strict=True):
            decide(desk, "refuse", visit, words=words)
        for roll in (lambda: "", lambda: jobs.roll_days_up(NOON)):
            roll()
            reasons = re.findall(
                r'data-number="(\d+)"><span class="reason-label">(.*?)</span>', desk.get("/admin/").text
            )
            assert reasons == [("3", "复核未通过")]
        listed = desk.get("/admin/checkins/?state=refused&reason=review").text
        assert desk.count("/admin/checkins/?state=refused&reason=review") == 3
        assert "监控里没有找到" in listed
        assert "没有通过：监控里没有找到" in desk.get("/admin/checkins/details/", id=visits[0].id).text
        sheet = desk.get("/admin/checkins/export/csv/?state=refused").text
    assert sheet.count("复核未通过,海报不在那里") == 2


def test_a_decision_without_a_reason_or_about_a_decided_one_says_so(office: Office, waiting: Three) -> None:
    *_, old = waiting
    desk = office.desk("city")
    assert decide(desk, "refuse", old, template="confirmed") == "422"
    decide(desk, "approve", old, template="confirmed")
    late = desk.post("/admin/review/act/refuse/", {"id": old.id, "template": "unconfirmed"})
    assert late.status_code == 409
    assert "已经有人处理了" in late.text
    assert "act/approve" not in page(desk, old)


def test_the_page_shows_the_evidence_and_what_the_visitor_says_as_text(office: Office, waiting: Three) -> None:
    _, _, wrong, old = waiting
    with clock.frozen(NOON):
        text = page(office.desk("city"), old)
        assert "手机时间不准" in text
        assert "已等 2 天" in text
        raw = office.desk("city").get("/admin/review/details/", id=wrong.id).text
    assert "<script>document.title" not in raw
    assert "&lt;script&gt;document.title" in raw
    assert "3,0" in raw
    assert 'class="spot"' in raw


def test_of_another_districts_visit_only_distance_and_time_are_told(office: Office, city: City) -> None:
    pier, far, guest = city.station(), city.station(name_zh="莱西秘密驿站", **LAIXI), city.guest()
    city.visit(far, guest, at=NOON)
    visit = visit_of(city.visit(pier, guest, at=NOON + H / 6).id)
    assert visit.state == "pending_review"
    own = page(office.desk("shinan"), visit)
    assert "莱西秘密驿站" not in own
    assert "其他区市的站点" in own
    assert "公里/时" in own
    assert "莱西秘密驿站" in page(office.desk("city"), visit)


def test_filters_keep_to_a_kind_a_signal_and_a_district(office: Office, city: City, waiting: Three) -> None:
    *_, old = waiting
    desk = office.desk("city")
    for query, expected in (
        ("kind=held", 2),
        ("kind=appeal", 1),
        ("signal=clock", 2),
        ("signal=speed", 0),
        ("district=370212", 0),
        ("q=栈桥", 3),
        (f"q={old.public_id}", 1),
    ):
        assert desk.count(f"/admin/review/?{query}") == expected, query


def test_the_queue_steps_from_one_to_the_next_by_key(office: Office, waiting: Three) -> None:
    _, fresh, wrong, old = waiting
    desk = office.desk("city")
    middle = page(desk, wrong)
    assert re.search(rf'data-key="j" href="[^"]*id={fresh.id}"', middle)
    assert re.search(rf'data-key="k" href="[^"]*id={old.id}"', middle)
    assert 'data-key="a"' in middle
    assert 'data-key="r"' in middle
