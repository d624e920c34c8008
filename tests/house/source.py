"""The source as data: modules, their functions and classes, found by parsing and never by running."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
CHINESE = re.compile(r"[\u3400-\u9fff\uff00-\uffef\u3000-\u303f]")
Function = ast.FunctionDef | ast.AsyncFunctionDef


@dataclass(frozen=True)
class Module:
    """One file of the product."""

    path: str
    text: str
    tree: ast.Module

    @property
    def name(self) -> str:
        return Path(self.path).stem

    def calls(self) -> Iterator[ast.Call]:
        """Yield every call."""
        return (node for node in ast.walk(self.tree) if isinstance(node, ast.Call))

    def functions(self) -> Iterator[Function]:
        """Yield every function, inner ones and methods included."""
        return (node for node in ast.walk(self.tree) if isinstance(node, Function))

    def classes(self) -> Iterator[ast.ClassDef]:
        """Yield every class."""
        return (node for node in ast.walk(self.tree) if isinstance(node, ast.ClassDef))


@lru_cache(maxsize=1)
def modules() -> tuple[Module, ...]:
    """Return every module that runs in production: app, admin, config, the entry script."""
    paths = [ROOT / "wsgi.py", *(path for top in ("app", "admin", "config") for path in (ROOT / top).rglob("*.py"))]
    return tuple(_parsed(path) for path in sorted(paths))


def proofs() -> tuple[Module, ...]:
    """Return the tests."""
    return tuple(_parsed(path) for path in sorted((ROOT / "tests").rglob("*.py")))


def migrations() -> tuple[Module, ...]:
    """Return the migrations and their environment."""
    return tuple(_parsed(path) for path in sorted((ROOT / "migrations").rglob("*.py")))


def _parsed(path: Path) -> Module:
    text = path.read_text(encoding="utf-8")
    return Module(str(path.relative_to(ROOT)), text, ast.parse(text))


def dotted(node: ast.AST) -> str:
    """Return `a.b.c` of a name or attribute, else an empty text."""
    if isinstance(node, ast.Name):
        return node.id
    if isinstance(node, ast.Attribute):
        before = dotted(node.value)
        return f"{before}.{node.attr}" if before else node.attr
    return ""


def words(name: str) -> set[str]:
    """Return the lower-case words of snake_case, CamelCase and paths."""
    return {word.lower() for word in re.findall(r"[A-Z]?[a-z0-9]+|[A-Z]+(?![a-z])", name)}
