"""A sheet of paper: its size and what is drawn on it, in millimetres from the upper left corner."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field

import segno
from fontTools.misc.transform import Transform
from fontTools.pens.recordingPen import RecordingPen
from fontTools.pens.transformPen import TransformPen
from fontTools.svgLib.path import parse_path

QUIET_MODULES = 4
"""The white margin that a QR code needs on every side, in modules. Source: ISO/IEC 18004 §6.3.8."""


@dataclass(frozen=True, slots=True)
class Shape:
    """A filled or stroked outline. fill, stroke: colours as #rrggbb, None for none; stroke_mm: width of the line."""

    outline: RecordingPen
    fill: str | None = None
    stroke: str | None = None
    stroke_mm: float = 0.0


@dataclass(frozen=True, slots=True)
class Words:
    """A line of text. x_mm: where it begins; y_mm: its base line; size_mm: the em; gap_mm: added after each letter."""

    text: str
    x_mm: float
    y_mm: float
    size_mm: float
    face: str
    fill: str
    gap_mm: float = 0.0


@dataclass(slots=True)
class Sheet:
    """One page. title: what it is, for whoever cannot see it."""

    width_mm: float
    height_mm: float
    title: str
    items: list[Shape | Words] = field(default_factory=list)

    def draw(
        self, path: str, *, fill: str, at: tuple[float, float] = (0, 0), scale: float = 1, turn: float = 0
    ) -> None:
        """Fill a path written as in SVG. turn: radians, clockwise."""
        self.items.append(Shape(outline(path, at=at, scale=scale, turn=turn), fill=fill))

    def line(self, path: str, *, stroke: str, width_mm: float, at: tuple[float, float] = (0, 0)) -> None:
        """Draw along a path written as in SVG."""
        self.items.append(Shape(outline(path, at=at), stroke=stroke, stroke_mm=width_mm))

    def qr(self, text: str, *, x_mm: float, y_mm: float, box_mm: float, paper: str, ink: str) -> float:
        """Draw a QR code of level Q in a square box that holds its quiet zone. Returns the code's own size in mm."""
        rows = segno.make(text, error="q", micro=False, boost_error=False).matrix
        module = box_mm / (len(rows) + 2 * QUIET_MODULES)
        self.draw(f"M0 0H{box_mm}V{box_mm}H0Z", fill=paper, at=(x_mm, y_mm))
        quiet = QUIET_MODULES * module
        self.draw("".join(_runs(rows)), fill=ink, at=(x_mm + quiet, y_mm + quiet), scale=module)
        return module * len(rows)


def outline(path: str, *, at: tuple[float, float] = (0, 0), scale: float = 1, turn: float = 0) -> RecordingPen:
    """Return a path written as in SVG, moved, scaled and turned."""
    pen = RecordingPen()
    parse_path(path, TransformPen(pen, Transform().translate(*at).rotate(turn).scale(scale)))
    return pen


def _runs(rows: Iterable[Iterable[int]]) -> Iterable[str]:
    """Yield one rectangle per run of dark modules, so that no seam shows inside a run."""
    for y, row in enumerate(rows):
        cells = [*row, 0]
        start = None
        for x, dark in enumerate(cells):
            if dark and start is None:
                start = x
            elif not dark and start is not None:
                yield f"M{start} {y}H{x}V{y + 1}H{start}Z"
                start = None
