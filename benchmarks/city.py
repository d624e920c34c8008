"""The data of the load suite: fifty stations and two thousand guests, made through the services."""

from __future__ import annotations

import json
from pathlib import Path

from app.cli import startup
from app.core import clock
from app.core.actor import SYSTEM
from app.core.db import db, unit_of_work
from app.core.installation import Owner
from app.orgs import queries as orgs
from app.people import service as people
from app.stations import queries as station_queries
from app.stations import service as stations
from app.stations.codes import CredentialKind
from benchmarks import programme
from config.settings import Settings

STATIONS = 50
GUESTS = 2_000
SOUTH_WEST = (36.05, 120.30)
STEP_DEGREES = 0.012


def build(settings: Settings, folder: Path, guests: int = GUESTS) -> None:
    """Make the rows and leave what wrk needs in the folder: tokens, credentials with a point inside, near-me paths."""
    from app.factory import create_app

    app = create_app(settings)
    with app.app_context():
        startup.migrate(settings)
        startup.claim_database(Owner.PRODUCTION)
        (folder / "credentials.txt").write_text("\n".join(_stations()) + "\n", encoding="utf-8")
        (folder / "tokens.txt").write_text("\n".join(_guests(guests)) + "\n", encoding="utf-8")
        programme.build(folder)
        db.session.remove()
        db.engine.dispose()
    (folder / "near.txt").write_text("\n".join(_near()) + "\n", encoding="utf-8")


def _stations() -> list[str]:
    lines = []
    with unit_of_work():
        district = orgs.find_district_by_code("370202")
        assert district is not None
        for number in range(STATIONS):
            lat, lng = SOUTH_WEST[0] + number // 10 * STEP_DEGREES, SOUTH_WEST[1] + number % 10 * STEP_DEGREES
            data = {
                "code": f"BENCH{number:02d}",
                "name_zh": f"测量驿站 {number}",
                "name_en": f"Bench station {number}",
                "kind": "station",
                "district_id": district.id,
                "address_zh": f"太平路 {number} 号",
                "address_en": f"{number} Taiping Road",
                "circles": [{"lat": lat, "lng": lng, "radius_m": 150}],
                "opening": [
                    {"weekday": day, "on_date": None, "closed": False, "opens_min": 540, "closes_min": 1080}
                    for day in range(7)
                ],
                "services": [{"code": code} for code in ("drinking_water", "phone_charging", "first_aid_kit")],
            }
            station = stations.create_station(SYSTEM, data=data, at=clock.now())
            stations.open_station(SYSTEM, station.id, at=clock.now())
            poster = station_queries.find_current(station.id, CredentialKind.POSTER)
            assert poster is not None
            body = {
                "credential": station_queries.poster_path(station, poster),
                "location": {"lat": lat, "lng": lng, "accuracy_m": 12.5, "coord_sys": "wgs84"},
            }
            lines.append(json.dumps(body))
    return lines


def _guests(number: int) -> list[str]:
    with unit_of_work():
        return [
            people.open_guest_session(locale="zh-CN", device_id=None, user_agent="", at=clock.now()).token
            for _ in range(number)
        ]


def _near() -> list[str]:
    return [
        f"/api/v1/stations?lat={36.05 + n * 0.0007:.5f}&lng={120.30 + n * 0.0011:.5f}&coord_sys=wgs84&limit={STATIONS}"
        for n in range(100)
    ]
