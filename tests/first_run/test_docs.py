"""Settings and error codes are documented as they are."""

from __future__ import annotations

import pytest

from app.cli import docs

PAGES = docs.pages()


@pytest.mark.parametrize("name", ["settings.md", "codes.md", "retention.md"])
def test_the_generated_page_is_what_the_code_says(name: str) -> None:
    written = (docs.FOLDER / name).read_text(encoding="utf-8")

    assert written == PAGES[name], "run: flask --app wsgi docs write"


def test_no_code_stands_for_two_refusals() -> None:
    codes = [line.split("`")[1] for line in PAGES["codes.md"].splitlines() if line.startswith("| `")]

    assert sorted(codes) == sorted(set(codes))
