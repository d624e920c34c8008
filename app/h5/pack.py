"""The phone page's modules and sheets, each put into one file as they stand, so that a first view asks for little.

No build step and no toolchain: the sources stay plain ES modules, and a process packs them when it is first asked.
"""

from __future__ import annotations

import gzip
import hashlib
import posixpath
import re
from functools import lru_cache
from pathlib import Path
from typing import NamedTuple

STATIC = Path(__file__).parent / "static"
SHEETS = ("tokens.css", "app.css", "views.css")
VERSION_CHARS = 12

_DOC = re.compile(r"^/\*\*.*?\*/\n", re.DOTALL | re.MULTILINE)
_IMPORT = re.compile(r'^import (?:\* as (?P<whole>\w+)|\{(?P<names>[^}]*)\}) from "(?P<path>\.[^"]+)";$', re.MULTILINE)
_LAZY = re.compile(r'import\("(?P<path>\.[^"]+)"\)')
_EXPORT = re.compile(r"^export (?=(?:async function|function|class|const) (?P<name>\w+))", re.MULTILINE)
_LEFT_OVER = re.compile(r"^(?:import|export)\b.*$", re.MULTILINE)


class Packed(NamedTuple):
    """A file as it is sent, plain and compressed, and the version that its address carries."""

    plain: bytes
    gzipped: bytes
    version: str


def script(entry: str, *, demo: bool) -> Packed:
    """Return a module and everything it imports. Its `modules` export holds them by path."""
    return _script(entry, demo, _stamps(".js"))


def sheet() -> Packed:
    """Return the style sheets in their order."""
    return _sheet(_stamps(".css"))


@lru_cache(maxsize=8)
def page_version(demo: bool) -> str:
    """Return the version of all that a page needs offline: shell, script, sheets, words and drawings."""
    parts = [script("main.js", demo=demo).version, sheet().version]
    kept = [*drawn_and_said(), STATIC / "worker.js", Path(__file__).parent / "templates/h5/shell.html"]
    parts += [hashlib.sha256(file.read_bytes()).hexdigest() for file in kept]
    return hashlib.sha256("".join(parts).encode()).hexdigest()[:VERSION_CHARS]


def drawn_and_said() -> list[Path]:
    """Return the drawings and the catalogues of words."""
    return sorted([*STATIC.glob("art/*.svg"), *STATIC.glob("i18n/*.json")])


def _stamps(suffix: str) -> tuple[int, ...]:
    """Return when the sources changed: whoever edits one sees it at the next reload."""
    return tuple(file.stat().st_mtime_ns for file in sorted(STATIC.rglob(f"*{suffix}")))


@lru_cache(maxsize=8)
def _script(entry: str, demo: bool, _: tuple[int, ...]) -> Packed:
    bodies: dict[str, str] = {}
    later = _collect(entry, bodies, (), demo=demo)
    while later:
        later |= _collect(later.pop(), bodies, (), demo=demo)
    bodies[entry] = bodies.pop(entry)  # it starts the page, so everything else must stand
    made = "const modules = {};\n" + "".join(bodies.values()) + "export { modules };\n"
    return _packed(made)


@lru_cache(maxsize=2)
def _sheet(_: tuple[int, ...]) -> Packed:
    return _packed("".join((STATIC / name).read_text(encoding="utf-8") for name in SHEETS))


def _packed(text: str) -> Packed:
    plain = text.encode()
    return Packed(plain, gzip.compress(plain, 9, mtime=0), hashlib.sha256(plain).hexdigest()[:VERSION_CHARS])


def _collect(path: str, bodies: dict[str, str], above: tuple[str, ...], *, demo: bool) -> set[str]:
    """Put a module behind all those it imports. Returns the modules that some of them load later.

    Raises ValueError for a circle of imports, or a form of import or export that is not one of ours.
    """
    if path in above:
        raise ValueError(f"{' → '.join((*above, path))} is a circle of imports")
    if path in bodies:
        return set()
    source = _DOC.sub("", (STATIC / path).read_text(encoding="utf-8"))
    later = {_target(path, found) for found in _LAZY.finditer(source)}
    for found in _IMPORT.finditer(source):
        later |= _collect(_target(path, found), bodies, (*above, path), demo=demo)
    names = ", ".join(found["name"] for found in _EXPORT.finditer(source))
    body = _IMPORT.sub(lambda found: _taken(path, found), _EXPORT.sub("", source))
    body = _LAZY.sub(lambda found: _taken_later(path, found, demo), body)
    if left := _LEFT_OVER.search(body):
        raise ValueError(f"{path}: {left[0]!r} is a form of import or export that is not packed")
    bodies[path] = f'modules["{path}"] = (() => {{\n{body}\nreturn {{ {names} }};\n}})();\n'
    return {other for other in later if demo or not other.startswith("demo/")}


def _target(path: str, found: re.Match[str]) -> str:
    return posixpath.normpath(posixpath.join(posixpath.dirname(path), found["path"]))


def _taken(path: str, found: re.Match[str]) -> str:
    what = found["whole"] or "{" + found["names"].replace(" as ", ": ") + "}"
    return f'const {what} = modules["{_target(path, found)}"];'


def _taken_later(path: str, found: re.Match[str], demo: bool) -> str:
    other = _target(path, found)
    if other.startswith("demo/") and not demo:
        return f'import("/static/{other}")'  # never reached: the desk belongs to the demo
    return f'Promise.resolve(modules["{other}"])'
