"""The last words of a start: where to go, how to stop, what to do next."""

from __future__ import annotations

import io
import os
import unicodedata
from pathlib import Path

import segno

from app import __version__
from app.cli.startup import Prepared
from app.core import clock
from app.core.actor import SYSTEM
from app.core.db import db, unit_of_work
from app.core.installation import Owner
from app.orgs import queries as orgs
from app.orgs import service as staff
from app.stations import queries as stations
from app.stations.codes import CredentialKind
from config.options import Options
from config.settings import Settings

FIRST_ADMIN = {"login": "admin", "name": "示例 · 市级管理员", "role": "city_admin", "scope": "city"}
POSTER_OF = "ZHANQIAO"
_LABEL_CELLS = 30
_TITLES = {
    Owner.DEMO: "演示城市 demo city",
    Owner.EMPTY: "空城 empty city, demo profile",
    Owner.TESTING: "测试 testing",
    Owner.PRODUCTION: "production",
}


def text(options: Options, prepared: Prepared) -> str:
    """Write the banner; outside production it carries a fresh one-time link to the panel."""
    settings: Settings = prepared.app.config["OUYU"]
    base = settings.public_url
    rows = [("手机页 Phone page", f"{base}/")]
    with prepared.app.app_context():
        if prepared.owner is Owner.DEMO:
            rows.append(("栈桥海报 Poster of 栈桥", base + _poster_path()))
        if prepared.owner is not Owner.PRODUCTION:
            rows.append(("后台 Panel, link works once", f"{base}/admin/link/{_panel_token()}"))
        else:
            rows.append(("后台 Panel", f"{base}/admin/"))
        database = db.engine.url.render_as_string(hide_password=True)
        db.session.remove()
        db.engine.dispose()
    folder = settings.server.data_dir.absolute()
    rows += [
        ("接口文档 API docs", f"{base}/api/docs"),
        ("数据目录 Data folder", str(folder)),
        ("数据库 Database", _inside(database, folder)),
        ("停止 Stop", f"Ctrl-C, or kill {os.getpid()}"),
        *_next(options, prepared),
    ]
    lines = ["", f"鸥遇 Ouyu {__version__} · {_TITLES[prepared.owner]}", ""]
    lines += [f"  {_padded(label)}{value}" for label, value in rows]
    if options.on_network:
        lines += _network_note(base)
    return "\n".join([*lines, "", ""])


def _poster_path() -> str:
    station = stations.get_station_by_code(POSTER_OF)
    credential = stations.find_current(station.id, CredentialKind.POSTER)
    return stations.poster_path(station, credential) if credential else f"/c/{POSTER_OF}"


def _panel_token() -> str:
    """Return a one-time link's token for the first city admin, who is made if missing."""
    at = clock.now()
    with unit_of_work():
        admin = orgs.find_staff_by_login(FIRST_ADMIN["login"])
        verdict = (
            staff.issue_link(SYSTEM, admin.id, at=at) if admin else staff.create_staff(SYSTEM, data=FIRST_ADMIN, at=at)
        )
    return verdict.token or ""


def _next(options: Options, prepared: Prepared) -> list[tuple[str, str]]:
    if prepared.owner is Owner.PRODUCTION:
        verb = "staff create LOGIN --name NAME --role city_admin --scope city"
        return [("下一步 Next", _flask(options, verb))]
    first = (
        "在手机页选「模拟位置 · 在栈桥」打卡 Check in on the phone page" if prepared.owner is Owner.DEMO else "doctor"
    )
    steps = [("下一步 Next", first if prepared.owner is Owner.DEMO else _flask(options, first))]
    return [*steps, ("新的后台链接 New panel link", _flask(options, f"staff link {FIRST_ADMIN['login']}"))]


def _flask(options: Options, verb: str) -> str:
    return " ".join((*options.laid_over, ".venv/bin/flask --app wsgi", verb))


def _network_note(base: str) -> list[str]:
    picture = io.StringIO()
    segno.make(base + "/", error="m").terminal(out=picture, compact=True)
    return [
        "",
        "  同一网络的手机扫这里 Phones on this network can scan:",
        picture.getvalue().rstrip("\n"),
        "  手机浏览器只在 HTTPS 下提供定位和相机；用 http 打开时，请输入屏幕数字或直接打开海报链接打卡。",
        "  Phones give position and camera only over HTTPS; over http, check in by a poster's link or typed digits.",
    ]


def _inside(database: str, folder: Path) -> str:
    prefix = f"sqlite:///{folder.resolve()}/"
    return database.removeprefix(prefix) if database.startswith(prefix) else database


def _padded(label: str) -> str:
    cells = sum(2 if unicodedata.east_asian_width(char) in "WF" else 1 for char in label)
    return label + " " * max(2, _LABEL_CELLS - cells)
