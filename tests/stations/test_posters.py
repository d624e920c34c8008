"""Poster files: what is printed decodes to the link, holds what it must, and stays on the paper."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pypdfium2
import pytest
import segno
import zxingcpp
from PIL import Image

import app.h5
from app.core import clock
from app.prints.paper import Sheet, Words
from app.prints.pdf import pdf
from app.prints.svg import svg
from app.prints.typefaces import Typeface, typefaces
from app.stations import posters
from app.stations.posters import FORMS, Poster
from config import settings as config
from tests.conftest import Prepared

KEY = "abcdefghijklmnop"
PIER = Poster("ZHANQIAO", "栈桥驿站", "Zhanqiao Pier", 1, f"https://ouyu.test/c/ZHANQIAO?v=1&k={KEY}")
LONG = Poster(
    "MXSQ2026",
    "国际邮轮母港游客服务中心文明旅游驿站（含夜间志愿服务、走失儿童协助点及无障碍卫生间）东入口二层大厅北侧靠海一边一号服务台",
    "International Cruise Home Port Visitor Service Centre Civilised-Tourism Station, East Entrance, Second Floor, North Hall",
    12,
    f"https://wenming.a-rather-long-name.qingdao.example.cn/ouyu/c/MXSQ2026?v=12&k={KEY}",
)
UNBROKEN = Poster("ABC", "驿" * 60, "x" * 120, 999, f"http://127.0.0.1:8000/c/ABC?v=999&k={KEY}")
CASES = [pytest.param(form, one, id=f"{form}-{one.code}") for form in FORMS for one in (PIER, LONG, UNBROKEN)]
every_case = pytest.mark.parametrize(("form", "poster"), CASES)


@pytest.fixture(scope="module")
def faces(sqlite_app: Prepared) -> dict[str, Typeface]:
    config.use(sqlite_app.app.config["OUYU"])
    return typefaces()


@pytest.fixture(scope="module")
def printed(faces: dict[str, Typeface]) -> dict[tuple[str, str], bytes]:
    """The PDF of every case, by form and code."""
    drawn = {(form, one.code): FORMS[form](one, faces) for form in FORMS for one in (PIER, LONG, UNBROKEN)}
    return {key: pdf([sheet], title=sheet.title, at=clock.now()) for key, sheet in drawn.items()}


Printed = dict[tuple[str, str], bytes]


def raster(body: bytes, dpi: int = 150) -> Image.Image:
    image: Image.Image = pypdfium2.PdfDocument(body)[0].render(scale=dpi / 72).to_pil()
    return image


def words(sheet: Sheet) -> Iterator[Words]:
    return (item for item in sheet.items if isinstance(item, Words))


@every_case
def test_the_pdf_decodes_at_150_dpi_to_the_link(printed: Printed, form: str, poster: Poster) -> None:
    """And the code is 30 mm wide at least, of level Q, in a white margin of four modules."""
    body = printed[form, poster.code]
    assert len(body) < 100_000
    image = raster(body)
    (found,) = zxingcpp.read_barcodes(image)
    assert (found.text, found.ec_level) == (poster.url, "Q")
    left, top = found.position.top_left.x, found.position.top_left.y
    right, bottom = found.position.bottom_right.x, found.position.bottom_right.y
    assert (right - left) / 150 * 25.4 >= 30
    quiet = (right - left) / len(segno.make(poster.url, error="q", boost_error=False).matrix) * 4
    around = image.crop((left - quiet + 2, top - quiet + 2, right + quiet - 2, bottom + quiet - 2)).convert("L")
    width, height = around.size
    edge = int(quiet) - 4
    for strip in ((0, 0, width, edge), (0, height - edge, width, height), (0, 0, edge, height),
                  (width - edge, 0, width, height)):  # fmt: skip
        assert around.crop(strip).getextrema() == (255, 255), strip


@every_case
def test_nothing_runs_off_the_margins_or_into_the_code(faces: dict[str, Typeface], form: str, poster: Poster) -> None:
    sheet = FORMS[form](poster, faces)
    edge, code_top = {"a4": (21.9, 121), "sticker": (8.9, 46)}[form]
    for line in words(sheet):
        end = line.x_mm + faces[line.face].width(line.text, line.size_mm, line.gap_mm)
        assert edge <= line.x_mm, line
        assert end <= sheet.width_mm - edge + 0.1, line
        if line.fill in (posters.ON_DEEP, posters.ON_DEEP_QUIET):
            assert line.y_mm + line.size_mm * 0.3 < code_top, line


@every_case
def test_every_poster_says_where_which_how_and_that_no_app_is_needed(
    printed: Printed, form: str, poster: Poster
) -> None:
    document = pypdfium2.PdfDocument(printed[form, poster.code])
    text = re.sub(r"\s+", "", document[0].get_textpage().get_text_range())
    for said in (poster.name_zh, poster.name_en, poster.code, f"v{poster.version}",
                 *posters.NO_APP, *posters.STAMP, *(posters.STEPS[0] if form == "a4" else ())):  # fmt: skip
        assert re.sub(r"\s+", "", said) in text, said
    assert KEY not in text


def test_the_fonts_are_embedded_in_subsets_and_the_paper_has_its_true_size(printed: Printed) -> None:
    body = printed["a4", "ZHANQIAO"]
    assert body.count(b"/FontFile3") == 2
    size = pypdfium2.PdfDocument(body)[0].get_size()
    assert size == pytest.approx((210 / 25.4 * 72, 297 / 25.4 * 72), abs=0.1)


def test_an_svg_needs_no_font_and_no_other_file(faces: dict[str, Typeface]) -> None:
    odd = PIER._replace(name_en='Pier "A" <&> B', name_zh="栈桥<script>")
    drawn = svg(FORMS["a4"](odd, faces), faces)
    assert set(re.findall(r"<(\w+)", drawn)) == {"svg", "title", "path"}
    assert re.findall(r"https?://[^\"]+", drawn) == ["http://www.w3.org/2000/svg"]
    assert 'width="210mm" height="297mm" viewBox="0 0 210 297"' in drawn


def test_the_colours_are_those_of_the_phone_page() -> None:
    tokens = (Path(app.h5.__file__).parent / "static" / "tokens.css").read_text(encoding="utf-8")
    used = {
        value for name, value in vars(posters).items() if name.isupper() and isinstance(value, str) and value[:1] == "#"
    }
    assert len(used) > 8
    assert used <= set(re.findall(r"#[0-9a-f]{6}", tokens))


def test_lines_break_between_characters_and_words_and_never_before_a_comma(faces: dict[str, Typeface]) -> None:
    serif = faces["serif"]
    assert serif.wrapped("栈桥，驿站", 10, 20.5) == ["栈桥，", "驿站"]
    assert serif.wrapped("Pier of Zhanqiao", 10, 50) == ["Pier of", "Zhanqiao"]
    assert serif.wrapped("", 10, 40) == [""]
    assert "".join(serif.wrapped("x" * 50, 10, 40)) == "x" * 50
