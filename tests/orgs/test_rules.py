"""Who may do what where, and which passwords are good enough."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from app.core.actor import SYSTEM, Actor, Grant
from app.core.errors import AccessDenied, NotFound
from app.orgs import passwords, rules
from app.orgs.passwords import TOO_COMMON, TOO_LONG, TOO_SHORT

SHINAN, LAOSHAN, PIER = 1, 4, 77
CITY = Grant("city_admin", "city")
DISTRICT = Grant("district_admin", "district", SHINAN)
KEEPER = Grant("station_keeper", "station", PIER)
AUDITOR = Grant("auditor", "city")
LOCAL_AUDITOR = Grant("auditor", "district", SHINAN)
HOST = Grant("org_admin", "org", 12)
LEADER = Grant("event_leader", "event", 34)
AT = datetime(2026, 11, 22, 4, 0, tzinfo=UTC)


def staff(*grants: Grant) -> Actor:
    return Actor("staff", 1, "staff:one", grants)


def test_the_ten_districts_have_the_codes_of_the_standard() -> None:
    codes = [code for code, _, _ in rules.DISTRICTS]
    assert len(codes) == len(set(codes)) == 10
    assert all(code.startswith("3702") for code in codes)


@pytest.mark.parametrize(
    ("grant", "permission", "city", "districts", "stations"),
    [
        (CITY, "stations.edit", True, set(), set()),
        (CITY, "audit.read", True, set(), set()),
        (DISTRICT, "stations.edit", False, {SHINAN}, set()),
        (DISTRICT, "staff.manage", False, {SHINAN}, set()),
        (DISTRICT, "audit.read", False, set(), set()),
        (DISTRICT, "services.edit", False, set(), set()),
        (DISTRICT, "organisations.edit", False, set(), set()),
        (KEEPER, "stations.close", False, set(), {PIER}),
        (KEEPER, "stations.edit", False, set(), set()),
        (KEEPER, "checkins.read", False, set(), {PIER}),
        (KEEPER, "checkins.void", False, set(), set()),
        (KEEPER, "staff.read", False, set(), set()),
        (AUDITOR, "audit.read", True, set(), set()),
        (AUDITOR, "stations.edit", False, set(), set()),
        (LOCAL_AUDITOR, "checkins.read", False, {SHINAN}, set()),
        (LOCAL_AUDITOR, "audit.read", False, set(), set()),
    ],
)
def test_a_role_reaches_what_its_row_of_the_table_says(
    grant: Grant, permission: str, city: bool, districts: set[int], stations: set[int]
) -> None:
    found = rules.reach(staff(grant), permission)
    assert (found.city, found.district_ids, found.station_ids) == (city, districts, stations)


def test_the_system_reaches_everything_and_a_citizen_nothing() -> None:
    assert rules.reach(SYSTEM, "stations.withdraw").city
    citizen = Actor("person", 1, "person:x", (CITY,))
    assert rules.reach(citizen, "stations.read").is_empty


def test_grants_add_up() -> None:
    found = rules.reach(staff(DISTRICT, KEEPER), "stations.close")
    assert found.district_ids == {SHINAN}
    assert found.station_ids == {PIER}


def test_an_organisation_reaches_its_own_events_and_a_leader_the_one_event() -> None:
    own, led = rules.reach(staff(HOST), "events.publish"), rules.reach(staff(LEADER), "signups.decide")
    assert own.organisation_ids == {12}
    assert led.event_ids == {34}
    assert own.holds(district_id=SHINAN, organisation_id=12, event_id=99)
    assert not own.holds(district_id=SHINAN, organisation_id=None, event_id=12)
    assert led.holds(district_id=SHINAN, organisation_id=12, event_id=34)
    assert not led.holds(district_id=34, organisation_id=34, event_id=35)
    assert rules.reach(staff(LEADER), "events.edit").is_empty


def test_nobody_but_the_city_gives_a_role_within_an_organisation() -> None:
    assert rules.may_grant(staff(CITY), HOST, district_id=None)
    assert not rules.may_grant(staff(DISTRICT), HOST, district_id=None)


def test_what_cannot_even_be_read_does_not_exist() -> None:
    with pytest.raises(NotFound):
        rules.require(staff(DISTRICT), "stations.edit", district_id=LAOSHAN, station_id=5)


def test_what_can_be_read_but_not_changed_is_denied() -> None:
    with pytest.raises(AccessDenied):
        rules.require(staff(KEEPER), "stations.edit", district_id=SHINAN, station_id=PIER)
    with pytest.raises(AccessDenied):
        rules.require(staff(LOCAL_AUDITOR), "credentials.manage", district_id=SHINAN, station_id=PIER)


def test_an_act_without_a_place_needs_the_whole_city() -> None:
    rules.require(staff(CITY), "services.edit")
    with pytest.raises(AccessDenied):
        rules.require(staff(DISTRICT), "stations.create")


@pytest.mark.parametrize(
    ("giver", "given", "district_id", "allowed"),
    [
        (CITY, Grant("city_admin", "city"), None, True),
        (CITY, Grant("auditor", "city"), None, True),
        (DISTRICT, Grant("district_admin", "district", SHINAN), SHINAN, True),
        (DISTRICT, Grant("station_keeper", "station", PIER), SHINAN, True),
        (DISTRICT, Grant("auditor", "district", SHINAN), SHINAN, True),
        (DISTRICT, Grant("city_admin", "city"), None, False),
        (DISTRICT, Grant("auditor", "city"), None, False),
        (DISTRICT, Grant("district_admin", "district", LAOSHAN), LAOSHAN, False),
        (DISTRICT, Grant("station_keeper", "station", 5), LAOSHAN, False),
        (KEEPER, Grant("station_keeper", "station", PIER), SHINAN, False),
        (AUDITOR, Grant("auditor", "city"), None, False),
    ],
)
def test_nobody_grants_more_than_they_hold(giver: Grant, given: Grant, district_id: int | None, allowed: bool) -> None:
    assert rules.may_grant(staff(giver), given, district_id=district_id) is allowed


def test_a_grant_needs_all_that_it_gives_not_only_the_right_to_give(monkeypatch: pytest.MonkeyPatch) -> None:
    recruiter = frozenset({"staff.manage", "staff.read", "stations.read"})
    monkeypatch.setattr(rules, "PERMISSIONS", {**rules.PERMISSIONS, "recruiter": recruiter})
    giver = staff(Grant("recruiter", "city"))
    assert rules.may_grant(giver, Grant("recruiter", "city"), district_id=None)
    assert not rules.may_grant(giver, KEEPER, district_id=SHINAN)


def test_a_session_ends_after_half_an_hour_idle_and_twelve_hours_at_most() -> None:
    live = {"expires_at": AT + timedelta(hours=12), "last_seen_at": AT}
    assert rules.is_session_live(**live, at=AT + timedelta(minutes=29))
    assert not rules.is_session_live(**live, at=AT + timedelta(minutes=30))
    assert not rules.is_session_live(expires_at=AT, last_seen_at=AT - timedelta(minutes=1), at=AT)


@pytest.mark.parametrize("login", ["Lin.hai", "li", "1lin", "lin hai", "林海", "lin@hai", "x" * 41, "ｌｉｎ", "", None])
def test_a_login_is_small_letters_digits_and_three_signs(login: str | None) -> None:
    assert "login" in rules.staff_problems({"login": login})


def test_a_good_login_and_name_have_no_problems() -> None:
    assert rules.staff_problems({"login": "lin.hai-2", "name": "林海"}) == {}


# --- passwords -------------------------------------------------------------------------------------

OWN = ["zhao.qin", "赵琴"]


@pytest.mark.parametrize(
    ("password", "problem"),
    [
        ("elevenchars", TOO_SHORT),
        ("x" * 257, TOO_LONG),
        ("password1234", TOO_COMMON),
        ("P@ssw0rd1234!!", TOO_COMMON),
        ("qwertyuiop123", TOO_COMMON),
        ("1qaz@WSX3edc", TOO_COMMON),
        ("aaaaaaaaaaaaaaaa", TOO_COMMON),
        ("abcabcabcabcabc", TOO_COMMON),
        ("woaini1314520", TOO_COMMON),
        ("qingdao-2026-admin", TOO_COMMON),
        ("Ouyu20261122!", TOO_COMMON),
        ("青岛文明驿站鸥遇2026", TOO_COMMON),
        ("zhao.qin.2026!", TOO_COMMON),
        ("赵琴zhao.qin1234", TOO_COMMON),
    ],
)
def test_a_short_common_or_contextual_password_is_refused(password: str, problem: object) -> None:
    assert passwords.problems(password, own_words=OWN) == [problem]


@pytest.mark.parametrize(
    "password",
    [
        "gull over the red roof",
        "correct horse battery staple",
        "mountain-coffee-rabbit-winter",
        "海边的红瓦绿树真好看呀哈",
        "seagull-20261122-pier-wind",
        "k7#Lq9!tzB2w",
        "a long one " * 6,
    ],
)
def test_a_long_own_password_is_accepted_up_to_sixty_four_characters_and_more(password: str) -> None:
    assert passwords.problems(password, own_words=OWN) == []


def test_a_hash_matches_its_password_only() -> None:
    stored = passwords.hashed("gull over the red roof")
    assert stored.startswith("$argon2id$")
    assert passwords.matches(stored, "gull over the red roof")
    assert not passwords.matches(stored, "gull over the red roof ")


def test_without_a_hash_nothing_matches() -> None:
    assert not passwords.matches(None, "the hash of nobody's password")
    assert not passwords.matches("not a hash", "x")
