"""The page's two catalogues: the same keys, the same blanks, none missing and none unused."""

from __future__ import annotations

import json
import re
from pathlib import Path

import app.h5

STATIC = Path(app.h5.__file__).parent / "static"
CATALOGUES = {
    name: json.loads((STATIC / "i18n" / f"{name}.json").read_text(encoding="utf-8")) for name in ("zh-CN", "en")
}
ZH, EN = CATALOGUES["zh-CN"], CATALOGUES["en"]
PLURALS = (".one", ".other")
SCRIPTS = "\n".join(file.read_text(encoding="utf-8") for file in sorted(STATIC.rglob("*.js")))


def base(key: str) -> str:
    """A plural's two forms belong to one key."""
    return next((key.removesuffix(form) for form in PLURALS if key.endswith(form)), key)


def keys_in_scripts() -> set[str]:
    """Every quoted dotted word whose first part begins some key; keys are never put together from pieces."""
    beginnings = {key.split(".")[0] for key in ZH}
    quoted = re.findall(r'"([a-z]\w*(?:\.[A-Za-z_0-9]+)+)"', SCRIPTS)
    return {word for word in quoted if word.split(".")[0] in beginnings}


def test_both_languages_have_the_same_keys() -> None:
    assert set(ZH) == set(EN)


def test_both_languages_fill_the_same_blanks() -> None:
    blanks = {key: [set(re.findall(r"\{(\w+)\}", words[key])) for words in (ZH, EN)] for key in ZH}
    assert {key: found for key, found in blanks.items() if found[0] != found[1]} == {}


def test_no_sentence_is_empty_and_english_holds_no_chinese() -> None:
    assert [key for words in (ZH, EN) for key, text in words.items() if not text.strip()] == []
    assert [key for key, text in EN.items() if re.search(r"[\u4e00-\u9fff]", text)] == []


def test_every_key_the_page_uses_is_translated() -> None:
    assert keys_in_scripts() - {base(key) for key in ZH} == set()


def test_every_translated_key_is_used() -> None:
    assert {base(key) for key in ZH} - keys_in_scripts() == set()


def test_plurals_have_both_forms() -> None:
    plural = {base(key) for key in ZH if key.endswith(PLURALS)}
    assert [key for key in plural for form in PLURALS if key + form not in ZH] == []


def test_chinese_sentences_use_chinese_punctuation() -> None:
    assert [key for key, text in ZH.items() if re.search(r"[\u4e00-\u9fff][,;:?!]", text)] == []
