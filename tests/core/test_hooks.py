"""Hooks: a lower domain names what it needs, the factory says who provides it."""

from __future__ import annotations

import pytest

from app.core.hooks import HOOKS, Hook


def test_a_hook_calls_its_provider_with_what_it_was_given() -> None:
    hook: Hook[[int, str], str] = Hook("tests.example")
    try:
        hook.register(lambda number, word: word * number)
        assert hook(2, word="ab") == "abab"
        hook.register(lambda number, word: "newer")
        assert hook(2, "ab") == "newer"
    finally:
        del HOOKS["tests.example"]


def test_a_hook_without_a_provider_names_itself_and_the_place_to_register() -> None:
    hook: Hook[[], None] = Hook("tests.example")
    try:
        with pytest.raises(RuntimeError, match=r"tests\.example has no provider: app/factory\.py"):
            hook()
    finally:
        del HOOKS["tests.example"]
