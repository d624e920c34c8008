"""Pictures drawn on the server as SVG: attributes and classes only, for no style is allowed inline."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import NamedTuple

import segno
from markupsafe import Markup

WIDTH, HEIGHT = 760, 208
_LEFT, _RIGHT, _TOP, _BOTTOM = 40, 8, 12, 26
_DAY_WIDTH_MIN = 46
_FENCE = 220
_METRES_PER_DEGREE = 111_195.0


class Bar(NamedTuple):
    """One bar. label: under it; title: the whole words, read out and shown on pointing; url: the rows behind it."""

    label: str
    value: int
    title: str
    url: str
    is_last: bool = False


def bars(items: Sequence[Bar], *, alt: str) -> Markup:
    """Draw a bar per day over a quiet grid; every bar leads to its rows. alt: the chart in one sentence.

    The bars are for pointing hands; keys and screen readers have the same links in the table beside it.
    """
    top = nice_top(max((item.value for item in items), default=0))
    inner_w, inner_h = WIDTH - _LEFT - _RIGHT, HEIGHT - _TOP - _BOTTOM
    step = inner_w / max(1, len(items))
    width = max(2.0, min(34.0, step * 0.68))
    every = max(1, math.ceil(_DAY_WIDTH_MIN / step))
    drawn = [_grid(top, inner_h)]
    for n, item in enumerate(items):
        height = inner_h * item.value / top
        x, y = _LEFT + step * (n + 0.5) - width / 2, _TOP + inner_h - height
        drawn.append(
            Markup(
                '<a href="{}" tabindex="-1"><title>{}</title><rect class="hit" x="{:.1f}" y="{}" width="{:.1f}" height="{}"/>'
                '<rect class="{}" x="{:.1f}" y="{:.1f}" width="{:.1f}" height="{:.1f}" rx="{}"/></a>'
            ).format(
                *(item.url, item.title, _LEFT + step * n, _TOP, step, inner_h),
                *("bar bar-last" if item.is_last else "bar", x, y, width, height, min(4, width / 3)),
            )
        )
        if (len(items) - 1 - n) % every == 0:
            drawn.append(_text(x + width / 2, HEIGHT - 8, item.label, "middle"))
    return Markup('<svg class="chart" viewBox="0 0 {} {}" role="group" aria-label="{}">{}</svg>').format(
        WIDTH, HEIGHT, alt, Markup("").join(drawn)
    )


def nice_top(largest: int) -> int:
    """Return the top of an axis: at least the largest value, a multiple of four, round to read."""
    if largest <= 4:
        return 4
    power = 10 ** math.floor(math.log10(largest))
    return next(
        int(power * factor)
        for factor in (1, 1.2, 2, 4, 6, 8, 10, 12)
        if power * factor >= largest and power * factor % 4 == 0
    )


def _grid(top: int, inner_h: int) -> Markup:
    lines = []
    for n in range(5):
        y = _TOP + inner_h - inner_h * n / 4
        lines.append(
            Markup('<line class="grid" x1="{}" y1="{:.1f}" x2="{}" y2="{:.1f}"/>').format(_LEFT, y, WIDTH - _RIGHT, y)
        )
        lines.append(_text(_LEFT - 8, y + 4, f"{top * n // 4:,}", "end"))
    return Markup("").join(lines)


def _text(x: float, y: float, words: str, anchor: str) -> Markup:
    return Markup('<text x="{:.1f}" y="{:.1f}" text-anchor="{}">{}</text>').format(x, y, anchor, words)


class Spot(NamedTuple):
    """A position to show (WGS-84, its uncertainty in metres). is_other: it belongs to another visit."""

    lat: float
    lng: float
    accuracy_m: int
    label: str
    is_other: bool = False


def fence(circles: Sequence[tuple[float, float, int]], spots: Sequence[Spot] = ()) -> Markup:
    """Draw a geofence to scale, north up, with a bar for its scale. circles: lat, lng (WGS-84), radius in metres.

    spots: positions to hold against it; the drawing reaches as far as they do.
    """
    lat0, lng0 = circles[0][0], circles[0][1]
    narrow = math.cos(math.radians(lat0))
    placed = [
        ((lng - lng0) * _METRES_PER_DEGREE * narrow, (lat0 - lat) * _METRES_PER_DEGREE, radius)
        for lat, lng, radius in circles
    ]
    held = [
        ((one.lng - lng0) * _METRES_PER_DEGREE * narrow, (lat0 - one.lat) * _METRES_PER_DEGREE, one) for one in spots
    ]
    reach = (
        max(*(math.hypot(x, y) + radius for x, y, radius in placed), *(math.hypot(x, y) for x, y, _ in held), 1) * 1.28
    )
    scale = _FENCE / 2 / reach
    middle = _FENCE / 2
    drawn = [
        Markup('<circle class="fence" cx="{:.1f}" cy="{:.1f}" r="{:.1f}"/>').format(
            middle + x * scale, middle + y * scale, max(2.0, radius * scale)
        )
        for x, y, radius in placed
    ]
    drawn += [
        Markup('<circle class="pin" cx="{:.1f}" cy="{:.1f}" r="3.5"/>').format(middle + x * scale, middle + y * scale)
        for x, y, _ in placed
    ]
    for x, y, one in held:
        drawn.append(_spot(middle + x * scale, middle + y * scale, one, scale))
    metres = _round_length(reach * 0.6)
    drawn.append(
        Markup('<path class="scale" d="M10 {0}v6h{1:.1f}v-6"/>').format(_FENCE - 18, metres * scale)
        + _text(
            10 + metres * scale + 6,
            _FENCE - 11,
            f"{metres // 1000} 公里" if metres >= 1000 else f"{metres} 米",
            "start",
        )
        + Markup('<path class="north" d="M{0} 26V10m-4 5 4-5 4 5"/>').format(_FENCE - 14)
        + _text(_FENCE - 14, 38, "北", "middle")
    )
    alt = f"电子围栏示意图：{len(circles)} 个圆，半径 " + "、".join(f"{radius} 米" for _, _, radius in circles)
    alt += "".join(f"；{one.label}" for one in spots)
    return Markup('<svg class="fence-map" viewBox="0 0 {0} {0}" role="img" aria-label="{1}">{2}</svg>').format(
        _FENCE, alt, Markup("").join(drawn)
    )


def _spot(x: float, y: float, one: Spot, scale: float) -> Markup:
    """Draw a position: a ring as wide as its uncertainty, and its label on the side where there is room."""
    ring = Markup('<circle class="doubt" cx="{:.1f}" cy="{:.1f}" r="{:.1f}"/>').format(
        x, y, min(_FENCE, one.accuracy_m * scale)
    )
    dot = Markup('<circle class="{}" cx="{:.1f}" cy="{:.1f}" r="4.5"/>').format(
        "spot spot-other" if one.is_other else "spot", x, y
    )
    on_the_right = x < _FENCE * 0.55
    return ring + dot + _text(x + (8 if on_the_right else -8), y - 6, one.label, "start" if on_the_right else "end")


def _round_length(metres: float) -> int:
    power = 10 ** math.floor(math.log10(max(1.0, metres)))
    return int(max(step * power for step in (1, 2, 5) if step * power <= max(1.0, metres)))


def qr(text: str) -> Markup:
    """Draw a QR code as one path, dark on light in any colour scheme."""
    code = segno.make(text, error="q", micro=False)
    border = 4
    size = code.symbol_size(border=border)[0]
    path = "".join(
        f"M{x + border} {y + border}h1v1h-1z" for y, row in enumerate(code.matrix) for x, dark in enumerate(row) if dark
    )
    return Markup(
        '<svg class="qr" viewBox="0 0 {0} {0}" role="img" aria-label="海报二维码" shape-rendering="crispEdges">'
        '<rect class="qr-paper" width="{0}" height="{0}"/><path class="qr-ink" d="{1}"/></svg>'
    ).format(size, path)
