"""The two typefaces of printed things: how wide words run, where lines break, and the outlines of letters."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from io import BytesIO
from pathlib import Path
from typing import Any

from fontTools.misc.transform import Transform
from fontTools.pens.recordingPen import DecomposingRecordingPen
from fontTools.pens.transformPen import TransformPen
from fontTools.ttLib import TTFont

from app.prints.paper import Shape, Words
from config import settings

SANS, SERIF = "sans", "serif"
_TOKENS = re.compile(r"[ ]*[\u2e80-\u9fff\uf900-\ufaff\uff00-\uffef]|[ ]*[^\s\u2e80-\u9fff\uf900-\ufaff\uff00-\uffef]+")
_NEVER_FIRST = "，。、；：！？）》”’·〉】』」"


@dataclass(frozen=True)
class Typeface:
    """One font file. It is read piece by piece as letters are asked for, so no two threads share one."""

    path: Path

    @cached_property
    def _font(self) -> TTFont:
        return TTFont(BytesIO(self.path.read_bytes()), lazy=True)

    @cached_property
    def _cmap(self) -> dict[int, str]:
        found: dict[int, str] = self._font.getBestCmap()
        return found

    @cached_property
    def _glyphs(self) -> Any:
        return self._font.getGlyphSet()

    @cached_property
    def _em(self) -> int:
        return int(self._font["head"].unitsPerEm)

    def _advance(self, char: str) -> float:
        width, _ = self._font["hmtx"][self._cmap.get(ord(char), ".notdef")]
        return float(width / self._em)

    def width(self, text: str, size_mm: float, gap_mm: float = 0.0) -> float:
        """Return how far a line runs, in millimetres."""
        return sum(self._advance(char) * size_mm + gap_mm for char in text) - (gap_mm if text else 0)

    def wrapped(self, text: str, size_mm: float, width_mm: float) -> list[str]:
        """Break a text into lines no wider than width_mm: between Chinese characters, between words, else anywhere."""
        lines = [""]
        for token in _TOKENS.findall(text):
            kept = lines[-1] + token
            if self.width(kept, size_mm) <= width_mm or token.strip() in _NEVER_FIRST:
                lines[-1] = kept
                continue
            rest = token.strip()
            if lines[-1]:
                lines.append("")
            while self.width(rest, size_mm) > width_mm:
                fits = max(1, next(n for n in range(len(rest), -1, -1) if self.width(rest[:n], size_mm) <= width_mm))
                lines[-1], rest = rest[:fits], rest[fits:]
                lines.append("")
            lines[-1] = rest
        return lines

    def fitted(self, text: str, choices: Sequence[tuple[float, int]], *, width_mm: float) -> tuple[float, list[str]]:
        """Return the first of some sizes at which a text takes no more lines than it may; else the last, all lines.

        choices: (size in mm, lines at most), the best first.
        """
        for size, lines_max in choices:
            lines = self.wrapped(text, size, width_mm)
            if len(lines) <= lines_max:
                return size, lines
        return choices[-1][0], self.wrapped(text, choices[-1][0], width_mm)

    def outlined(self, words: Words) -> Shape:
        """Return a line of text as the outlines of its letters."""
        pen = DecomposingRecordingPen(self._glyphs)
        x = words.x_mm
        for char in words.text:
            scale = words.size_mm / self._em
            glyph = self._glyphs[self._cmap.get(ord(char), ".notdef")]
            glyph.draw(TransformPen(pen, Transform().translate(x, words.y_mm).scale(scale, -scale)))
            x += self._advance(char) * words.size_mm + words.gap_mm
        return Shape(pen, fill=words.fill)


def typefaces() -> dict[str, Typeface]:
    """Return the two faces, opened anew."""
    return {SANS: Typeface(font_path(SANS)), SERIF: Typeface(font_path(SERIF))}


def font_path(face: str) -> Path:
    """Return the font file of a face: the one set, else Noto from the package that came with us."""
    chosen = settings.current().prints
    given = chosen.sans_font if face == SANS else chosen.serif_font
    if given:
        return Path(given)
    import pylopdf_fonts_zh_cn as noto

    return noto.sans_path() if face == SANS else noto.serif_path()
