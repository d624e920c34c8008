"""Write a sheet as SVG: letters as outlines, so that every printer and every program shows the same."""

from __future__ import annotations

from collections.abc import Mapping
from xml.sax.saxutils import escape

from fontTools.pens.svgPathPen import SVGPathPen

from app.prints.paper import Shape, Sheet, Words
from app.prints.typefaces import Typeface


def svg(sheet: Sheet, faces: Mapping[str, Typeface]) -> str:
    """Return the sheet as one SVG document of its true size, without script, style or foreign address."""
    drawn = "".join(_element(one, faces) for one in sheet.items)
    return (
        '<?xml version="1.0" encoding="UTF-8"?>\n'
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{sheet.width_mm:g}mm" height="{sheet.height_mm:g}mm" '
        f'viewBox="0 0 {sheet.width_mm:g} {sheet.height_mm:g}" role="img">'
        f"<title>{escape(sheet.title)}</title>{drawn}</svg>\n"
    )


def _element(item: Shape | Words, faces: Mapping[str, Typeface]) -> str:
    shape = faces[item.face].outlined(item) if isinstance(item, Words) else item
    pen = SVGPathPen(None, ntos=lambda number: f"{number:.3f}".rstrip("0").rstrip("."))
    shape.outline.replay(pen)
    path = pen.getCommands()
    if shape.stroke:
        return (
            f'<path d="{path}" fill="none" stroke="{shape.stroke}" stroke-width="{shape.stroke_mm:g}" '
            'stroke-linecap="round" stroke-linejoin="round"/>'
        )
    return f'<path d="{path}" fill="{shape.fill}"/>'
