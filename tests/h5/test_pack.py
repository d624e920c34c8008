"""The page's script and sheet in one file each: complete, small, true to the sources, kept for as long as they hold."""

from __future__ import annotations

import gzip
import re
from pathlib import Path

import pytest
from flask.testing import FlaskClient

from app.h5 import pack
from tests.conftest import Prepared

SCRIPT_MAX_BYTES = 60_000


@pytest.fixture
def page(sqlite_app: Prepared) -> FlaskClient:
    return sqlite_app.app.test_client()


def address(page: FlaskClient, kind: str) -> str:
    found = re.search(rf'"(/static/app-\w+\.{kind})"', page.get("/").text)
    assert found is not None
    return found[1]


def modules_in(text: str) -> list[str]:
    return re.findall(r'^modules\["([^"]+)"\] = ', text, re.MULTILINE)


def test_the_pack_holds_every_module_but_the_demos(page: FlaskClient) -> None:
    sources = {str(file.relative_to(pack.STATIC)) for file in pack.STATIC.rglob("*.js")}
    first = modules_in(page.get(address(page, "js")).text)
    later = modules_in(page.get(address(page, "js").replace("/app-", "/later-")).text)
    assert not set(first) & set(later)
    assert set(pack.LATER) <= set(later)
    packed = {*first, *later}
    others = {name for name in sources if name.split("/")[0] in ("demo", "kiosk")} | {"worker.js"}
    assert sources - packed <= others
    assert not packed & others


def test_a_module_stands_behind_everything_it_needs() -> None:
    first, later = (part.plain.decode() for part in pack.scripts("main.js", demo=True))
    assert modules_in(first)[-1] == "main.js"
    assert "demo/desk.js" in modules_in(first)
    text = first + later
    order = modules_in(text)
    for number, part in enumerate(re.split(r"^modules\[", text, flags=re.MULTILINE)[1:]):
        needed = re.findall(r'^const [^=]+ = modules\["([^"]+)"\];', part, re.MULTILINE)
        assert set(needed) <= set(order[:number]), order[number]


def test_what_a_first_view_needs_is_not_left_for_later() -> None:
    """What of a first view needs what comes later would find nothing there."""
    first, later = (part.plain.decode() for part in pack.scripts("main.js", demo=False))
    needed = set(re.findall(r'^const [^=]+ = modules\["([^"]+)"\];', first, re.MULTILINE))
    assert needed <= set(modules_in(first))
    assert later.startswith("export function fill(modules) {")


def test_the_script_stays_within_its_budget() -> None:
    assert len(pack.script("main.js", demo=False).gzipped) < SCRIPT_MAX_BYTES


@pytest.mark.parametrize("kind", ["js", "css"])
def test_a_packed_file_is_kept_for_ever_under_its_own_address_and_never_under_another(
    page: FlaskClient, kind: str
) -> None:
    plain = page.get(address(page, kind))
    small = page.get(address(page, kind), headers={"Accept-Encoding": "gzip, br"})
    assert gzip.decompress(small.data) == plain.data
    assert small.headers["Content-Encoding"] == "gzip"
    assert "Accept-Encoding" in small.headers["Vary"]
    assert plain.cache_control.immutable
    old = page.get(f"/static/app-0123456789ab.{kind}")
    assert (old.status_code, old.headers["Cache-Control"], old.data) == (200, "no-store", plain.data)


def test_the_second_script_is_had_only_by_a_page_of_its_own_version(page: FlaskClient) -> None:
    now = address(page, "js").replace("/app-", "/later-")
    others = ["/static/later-0123456789ab.js", now.replace(".js", ".css")]
    assert [page.get(path).status_code for path in (now, *others)] == [200, 404, 404]


def test_a_change_of_a_source_changes_the_address(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    (tmp_path / "main.js").write_text('import { a as b } from "./x.js";\nexport const c = b + 1;\n')
    (tmp_path / "x.js").write_text("/** Doc. */\nexport const a = 1;\n")
    monkeypatch.setattr(pack, "STATIC", tmp_path)
    first = pack.script("main.js", demo=False)
    assert b"Doc" not in first.plain
    assert b"const { a: b } = modules" in first.plain
    (tmp_path / "x.js").write_text("export const a = 12;\n")
    assert pack.script("main.js", demo=False).version != first.version


@pytest.mark.parametrize(
    "source", ['import b from "./x.js";', "export default 1;", 'export { a } from "./x.js";', 'import "./x.js";']
)
def test_a_form_that_is_not_packed_is_refused_by_name(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, source: str
) -> None:
    (tmp_path / "main.js").write_text(source + "\n")
    (tmp_path / "x.js").write_text("export const a = 1;\n")
    monkeypatch.setattr(pack, "STATIC", tmp_path)
    with pytest.raises(ValueError, match=r"main\.js"):
        pack.script("main.js", demo=False)


def test_a_circle_of_imports_is_refused(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    (tmp_path / "main.js").write_text('import { a } from "./x.js";\nexport const b = 1;\n')
    (tmp_path / "x.js").write_text('import { b } from "./main.js";\nexport const a = 1;\n')
    monkeypatch.setattr(pack, "STATIC", tmp_path)
    with pytest.raises(ValueError, match="circle"):
        pack.script("main.js", demo=False)
