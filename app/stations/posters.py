"""What hangs at a station: a poster (A4) and a sticker, in Chinese and English, with the QR of one version of its link."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from math import pi
from typing import NamedTuple

from app.core.errors import Text
from app.prints.paper import Sheet, Words
from app.prints.typefaces import SANS, SERIF, Typeface
from app.stations import queries
from app.stations.models import Station, StationCredential
from config import settings

DEEP, HILL, SEA, SEA_DARK, SAND, WHITE = "#0b2e59", "#17385a", "#0f6cbd", "#0a5ca3", "#f2b93b", "#ffffff"
TEXT, QUIET, LINE, ON_DEEP, ON_DEEP_QUIET = "#16283c", "#4d6075", "#d7e0ea", "#f4f8fc", "#c3d3e5"
"""Colours of the phone page's tokens.css; a test holds them together."""

NO_APP = Text("无需下载", "No app needed")
STAMP = Text("扫一扫，盖一枚今天的章", "Scan to collect your stamp")
STEPS = (
    Text("用相机或微信扫码", "Scan with your camera or WeChat"),
    Text("愿意就分享一次位置", "Share your position once, if you like"),
    Text("收下章，去下一站", "Keep the stamp and move on"),
)
SERIES = Text("鸥遇·文明旅游", "OUYU·CIVILISED TOURISM")

_GULL = (
    "M0 0c-6-11-17-19-34-18 13 3 20 9 24 17 3 4 7 6 10 6s7-2 9-6c5-8 12-13 25-16-17-2-28 6-34 17z",
    "M-34-18c5 0 8 .4 12 2.3l-3-2.3c-3-.8-6-.5-9 0zM34-17c-5 0-8 .4-12 2.3l3-2.3c3-.8 6-.5 9 0z",
)


Sizes = Sequence[tuple[float, int]]


class Poster(NamedTuple):
    """The facts on a poster. url: the whole link, from PUBLIC_URL."""

    code: str
    name_zh: str
    name_en: str
    version: int
    url: str

    @property
    def number(self) -> str:
        """Return the code and version as printed."""
        return f"{self.code}  v{self.version}"


def poster_of(station: Station, credential: StationCredential) -> Poster:
    """Return the facts of a station's poster in the version of a credential."""
    url = settings.current().public_url + queries.poster_path(station, credential)
    return Poster(station.code, station.name_zh, station.name_en, credential.version, url)


class _Pen:
    """Writes on a sheet with the two faces."""

    def __init__(self, sheet: Sheet, faces: Mapping[str, Typeface]) -> None:
        self.sheet, self.faces = sheet, faces

    def write(
        self,
        text: str,
        x: float,
        y: float,
        size: float,
        fill: str,
        *,
        face: str = SANS,
        anchor: float = 0,
        gap: float = 0,
    ) -> None:
        """Write one line. anchor: 0 begins at x, 0.5 is centred on it, 1 ends there."""
        start = x - anchor * self.faces[face].width(text, size, gap)
        self.sheet.items.append(Words(text, start, y, size, face, fill, gap))

    def gull(self, x: float, y: float, scale: float, turn: float = 0, *, tips: str = QUIET) -> None:
        """Draw a gull in flight."""
        for path, fill in zip(_GULL, (WHITE, tips), strict=True):
            self.sheet.draw(path, fill=fill, at=(x, y), scale=scale, turn=turn * pi / 180)

    def disc(self, x: float, y: float, r: float, fill: str) -> None:
        """Draw a full circle."""
        self.sheet.draw(f"M{-r} 0a{r} {r} 0 0 1 {2 * r} 0a{r} {r} 0 0 1 {-2 * r} 0z", fill=fill, at=(x, y))

    def names(self, poster: Poster, zh: Sizes, en: Sizes, *, x: float, y: float, width: float) -> None:
        """Write both names below each other, each as large as it may be. y: top of the first line."""
        size, lines = self.faces[SERIF].fitted(poster.name_zh, zh, width_mm=width)
        y += size * 0.88
        for line in lines:
            self.write(line, x, y, size, ON_DEEP, face=SERIF)
            y += size * 1.24
        small, english = self.faces[SANS].fitted(poster.name_en, en, width_mm=width)
        y += small * 1.3 - size * 0.9
        for line in english:
            self.write(line, x, y, small, ON_DEEP_QUIET)
            y += small * 1.3

    def sea(self, x: float, y: float, width: float, height: float, *, length: float, bottom: float, fill: str) -> None:
        """Draw waves from one edge to the other, down to bottom, with foam on them. height below 0 starts downwards."""
        step = width / round(width / length) / 2
        crest = f"M{x} {y}q{step / 2} {-height} {step} 0" + f"t{step} 0" * (round(width / step) - 1)
        self.sheet.draw(f"{crest}V{bottom}H{x}Z", fill=fill)
        self.sheet.line(crest, stroke=ON_DEEP_QUIET, width_mm=abs(height) / 22)


def a4(poster: Poster, faces: Mapping[str, Typeface]) -> Sheet:
    """Draw the poster, upright A4, with a margin that every printer can keep."""
    sheet = Sheet(210, 297, f"{poster.name_zh} {poster.name_en} · {poster.number}")
    pen = _Pen(sheet, faces)
    left, right, top, bottom = 10.0, 200.0, 10.0, 226.0
    width = right - left
    sheet.draw(f"M{left} {top}H{right}V{bottom}H{left}Z", fill=DEEP)
    pen.disc(177, 136, 14, SAND)
    sheet.draw(f"M{left} 156c16-2 24-9 38-9 20 0 26 9 46 9H{right}V170H{left}Z", fill=HILL)
    sheet.draw(f"M{right} 150c-14 0-22-5-34-5-20 0-26 11-44 13h-20v12H{right}Z", fill=HILL)
    pen.sea(left, 161, width, 4.4, length=38, bottom=bottom, fill=SEA)
    pen.sea(left, 182, width, -5, length=47.5, bottom=bottom, fill=SEA_DARK)
    pen.sea(left, 206, width, 5.6, length=63.4, bottom=bottom, fill=DEEP)
    for gull in ((34, 140, 0.24, -8), (45, 128, 0.13, 6), (165, 120, 0.16, 10), (23, 126, 0.09, -4)):
        pen.gull(*gull)
    pen.write(SERIES.zh, 22, 28, 5, ON_DEEP, gap=0.6)
    pen.write(SERIES.en, 188, 27.6, 3.4, ON_DEEP_QUIET, anchor=1, gap=0.45)
    sheet.line("M22 33H188", stroke=ON_DEEP_QUIET, width_mm=0.2)
    zh = ((27, 1), (24, 1), (20, 1), (18, 1), (19, 2), (17, 2), (14.5, 2), (12.5, 3), (10.5, 4))
    en = ((8, 1), (7, 1), (6.2, 1), (6.4, 2), (5.4, 2), (4.6, 3))
    pen.names(poster, zh, en, x=22, y=44, width=166)
    sheet.qr(poster.url, x_mm=56, y_mm=121, box_mm=98, paper=WHITE, ink=DEEP)
    pen.write(STAMP.zh, 105, 241, 9, DEEP, face=SERIF, anchor=0.5)
    pen.write(STAMP.en, 105, 248.4, 4.4, QUIET, anchor=0.5)
    for n, (x, step) in enumerate(zip((22, 80.3, 141), STEPS, strict=True)):
        pen.disc(x + 3.2, 261.4, 3.2, SAND)
        pen.write(str(n + 1), x + 3.2, 262.9, 4.2, DEEP, anchor=0.5)
        pen.write(step.zh, x + 8.8, 261.4, 4.2, TEXT)
        pen.write(step.en, x + 8.8, 266.4, 2.8, QUIET)
    sheet.line("M22 275H188", stroke=LINE, width_mm=0.25)
    pen.write(f"{NO_APP.zh}·{NO_APP.en}", 22, 283, 4.4, DEEP)
    pen.write(poster.number, 188, 283, 4.4, QUIET, anchor=1, gap=0.15)
    return sheet


def sticker(poster: Poster, faces: Mapping[str, Typeface]) -> Sheet:
    """Draw the sticker for a door or a counter, 80 × 118 mm."""
    sheet = Sheet(80, 118, f"{poster.name_zh} {poster.name_en} · {poster.number}")
    pen = _Pen(sheet, faces)
    sheet.draw("M4 4H76V46H4Z", fill=DEEP)
    pen.disc(67, 37.2, 4.2, SAND)
    pen.sea(4, 39, 72, 1.5, length=18, bottom=46, fill=SEA)
    pen.sea(4, 42.4, 72, -1.6, length=24, bottom=46, fill=SEA_DARK)
    pen.gull(57.5, 36.6, 0.09, -6)
    zh = ((11, 1), (9.5, 1), (8.4, 1), (7.4, 1), (7.4, 2), (6.2, 2), (5, 3), (4.2, 4), (3.5, 4))
    pen.names(poster, zh, ((3.6, 1), (3.1, 1), (2.8, 2), (2.3, 2), (2.1, 3)), x=9, y=9.4, width=62)
    sheet.qr(poster.url, x_mm=14, y_mm=46.5, box_mm=52, paper=WHITE, ink=DEEP)
    pen.write(STAMP.zh, 40, 102.6, 4.8, DEEP, face=SERIF, anchor=0.5)
    pen.write(STAMP.en, 40, 106.9, 2.9, QUIET, anchor=0.5)
    sheet.line("M9 109.6H71", stroke=LINE, width_mm=0.2)
    pen.write(f"{NO_APP.zh}·{NO_APP.en}", 9, 114, 2.6, DEEP)
    pen.write(poster.number, 71, 114, 2.6, QUIET, anchor=1)
    return sheet


FORMS: Mapping[str, Callable[[Poster, Mapping[str, Typeface]], Sheet]] = {"a4": a4, "sticker": sticker}
"""What a poster can be printed as."""
