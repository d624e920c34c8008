"""The tokens of phone and panel: every pair used for text reaches 4.5:1 in light and in dark."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

import app.h5

STATIC = Path(app.h5.__file__).parent / "static"
TOKENS = (STATIC / "tokens.css").read_text(encoding="utf-8")
WORDS_ON = {
    "ground": ("text", "text-quiet", "sea-text", "tile-text", "pine-text"),
    "surface": ("text", "text-quiet", "sea", "sea-text", "tile-text", "pine-text", "sand-text", "dusk-text"),
    "surface-sunken": ("text", "text-quiet", "sea-text"),
    "paper": ("text", "text-quiet", "ink-tile", "ink-sea", "ink-pine", "ink-plum"),
    "sea-deep": ("text-on-deep", "text-on-deep-quiet"),
    "sea": ("on-sea",),
    "sea-soft": ("sea-text", "text"),
    "sand": ("on-sand",),
    "sand-pressed": ("on-sand",),
    "sand-soft": ("sand-text", "text"),
    "sand-text": ("sand-soft",),
    "tile": ("on-tile",),
    "tile-soft": ("tile-text",),
    "pine": ("on-pine",),
    "pine-soft": ("pine-text",),
    "dusk-soft": ("dusk-text",),
}
EDGES_ON = {"ground": ("line-strong", "focus"), "surface": ("line-strong", "focus")}


def palettes() -> dict[str, dict[str, str]]:
    """Colours by scheme; dark starts from light, as in a browser."""
    light_part, _, dark_part = TOKENS.partition("@media (prefers-color-scheme: dark)")
    light = dict(re.findall(r"--([\w-]+):\s*(#[0-9a-f]{6});", light_part))
    dark = dict(re.findall(r"--([\w-]+):\s*(#[0-9a-f]{6});", dark_part))
    return {"light": light, "dark": {**light, **dark}}


def luminance(colour: str) -> float:
    parts = [int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5)]
    red, green, blue = (p / 12.92 if p <= 0.03928 else ((p + 0.055) / 1.055) ** 2.4 for p in parts)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def contrast(one: str, other: str) -> float:
    light, dark = sorted((luminance(one), luminance(other)), reverse=True)
    return (light + 0.05) / (dark + 0.05)


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize(("pairs", "least"), [(WORDS_ON, 4.5), (EDGES_ON, 3.0)], ids=["words", "edges"])
def test_every_pair_of_tokens_is_readable(scheme: str, pairs: dict[str, tuple[str, ...]], least: float) -> None:
    colours = palettes()[scheme]
    weak = {
        f"{word} on {ground}": round(contrast(colours[word], colours[ground]), 2)
        for ground, words in pairs.items()
        for word in words
        if contrast(colours[word], colours[ground]) < least
    }
    assert weak == {}


def test_every_custom_property_that_is_used_is_defined() -> None:
    sheets = "\n".join(file.read_text(encoding="utf-8") for file in STATIC.glob("*.css"))
    assert set(re.findall(r"var\(--([\w-]+)", sheets)) - set(re.findall(r"--([\w-]+)\s*:", sheets)) == set()


def test_no_token_is_unused() -> None:
    panel = Path(app.h5.__file__).parents[2] / "admin"
    sheets = "\n".join(f.read_text(encoding="utf-8") for f in [*STATIC.glob("*.css"), *panel.rglob("*.css")])
    assert set(re.findall(r"--([\w-]+)\s*:", TOKENS)) - set(re.findall(r"var\(--([\w-]+)", sheets)) == set()


def test_a_sheet_uses_no_token_that_does_not_exist() -> None:
    known = set(re.findall(r"(--[\w-]+):", TOKENS))
    sheets = [*STATIC.glob("*.css"), *(STATIC.parents[2] / "admin" / "static").glob("*.css")]
    for sheet in sheets:
        text = sheet.read_text(encoding="utf-8")
        own = set(re.findall(r"(--[\w-]+):", text))
        assert set(re.findall(r"var\((--[\w-]+)", text)) - known - own == set(), sheet.name
