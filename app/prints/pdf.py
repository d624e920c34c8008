"""Write sheets as one PDF: real text in subsets of the embedded fonts, so that it is small, sharp and searchable."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import Any

from fontTools.pens.basePen import BasePen
from fpdf import FPDF
from fpdf.drawing import PaintedPath
from fpdf.drawing_primitives import DeviceRGB
from fpdf.enums import PathPaintRule, StrokeCapStyle, StrokeJoinStyle

from app.prints.paper import Shape, Sheet, Words
from app.prints.typefaces import SANS, SERIF, font_path

POINTS_PER_MM = 72 / 25.4


class _PathPen(BasePen):  # type: ignore[misc]
    """Draws an outline into a path of the PDF."""

    def __init__(self, path: PaintedPath) -> None:
        super().__init__(None)
        self.path = path

    def _moveTo(self, pt: tuple[float, float]) -> None:  # noqa: N802 -- fontTools calls it so
        self.path.move_to(*pt)

    def _lineTo(self, pt: tuple[float, float]) -> None:  # noqa: N802
        self.path.line_to(*pt)

    def _curveToOne(self, *points: tuple[float, float]) -> None:  # noqa: N802
        self.path.curve_to(*(number for point in points for number in point))

    def _closePath(self) -> None:  # noqa: N802
        self.path.close()


def pdf(sheets: Iterable[Sheet], *, title: str, at: datetime) -> bytes:
    """Return a PDF with one page per sheet. at: aware, stands in the file as its date."""
    made = FPDF(unit="mm")
    made.set_auto_page_break(False)
    made.set_title(title)
    made.set_lang("zh-CN")
    made.set_creator("Ouyu")
    made.set_creation_date(at)
    for face in (SANS, SERIF):
        made.add_font(face, fname=font_path(face))
    for sheet in sheets:
        made.add_page(format=(sheet.width_mm, sheet.height_mm))
        for item in sheet.items:
            if isinstance(item, Words):
                _write(made, item)
            else:
                _draw(made, item)
    return bytes(made.output())


def _write(made: FPDF, words: Words) -> None:
    made.set_font(words.face, size=words.size_mm * POINTS_PER_MM)
    made.set_char_spacing(words.gap_mm * POINTS_PER_MM)
    made.set_text_color(*_rgb(words.fill))
    made.text(words.x_mm, words.y_mm, words.text)


def _draw(made: FPDF, shape: Shape) -> None:
    path = PaintedPath()
    style: Any = path.style
    style.auto_close = False
    if shape.stroke:
        style.paint_rule = PathPaintRule.STROKE
        style.stroke_color = _colour(shape.stroke)
        style.stroke_width = shape.stroke_mm
        style.stroke_cap_style = StrokeCapStyle.ROUND
        style.stroke_join_style = StrokeJoinStyle.ROUND
    else:
        style.paint_rule = PathPaintRule.FILL_NONZERO
        style.fill_color = _colour(shape.fill or "#000000")
    shape.outline.replay(_PathPen(path))
    with made.drawing_context() as context:
        context.add_item(path, clone=False)


def _rgb(colour: str) -> tuple[int, int, int]:
    return int(colour[1:3], 16), int(colour[3:5], 16), int(colour[5:7], 16)


def _colour(colour: str) -> DeviceRGB:
    return DeviceRGB(*(part / 255 for part in _rgb(colour)))
