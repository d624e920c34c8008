"""How a lower domain calls a higher one: a named hook, registered once by the factory."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Generic, ParamSpec, TypeVar

P = ParamSpec("P")
R = TypeVar("R")

HOOKS: dict[str, Hook[Any, Any]] = {}


class Hook(Generic[P, R]):
    """A function that a lower domain needs and a higher one provides."""

    def __init__(self, name: str) -> None:
        self.name = name
        self.provider: Callable[P, R] | None = None
        HOOKS[name] = self

    def register(self, provider: Callable[P, R]) -> None:
        """Provide the function; called by the factory."""
        self.provider = provider

    def __call__(self, *args: P.args, **kwargs: P.kwargs) -> R:
        if self.provider is None:
            raise RuntimeError(f"hook {self.name} has no provider: app/factory.py registers them")
        return self.provider(*args, **kwargs)
