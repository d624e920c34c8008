"""The phone page's modules and sheets, put into few files as they stand, so that a first view asks for little.

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
SHEETS = ("tokens.css", "app.css", "views.css", "events.css")
VERSION_CHARS = 12
LATER = (
    "views/event.js",
    "views/events.js",
    "views/feedback.js",
    "views/inbox.js",
    "views/privacy.js",
    "views/signups.js",
    "views/ticket.js",
    "views/visits.js",
    "views/volunteer.js",
)
"""Views that nobody sees first. They, and what only they need, come in a second file when one of them is opened."""

_HEAD = """const modules = {};
let coming = null;
const later = () => coming = coming || import(import.meta.url.replace("/app-", "/later-"))
  .then(({ fill }) => fill(modules), (problem) => { coming = null; throw problem; });
"""

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


class Scripts(NamedTuple):
    """The script of a first view and that of all others; they belong together and share a version."""

    first: Packed
    later: Packed


def scripts(entry: str, *, demo: bool) -> Scripts:
    """Return a module and everything it imports. The first file's `modules` export holds them by path."""
    return _scripts(entry, demo, _stamps(".js"))


def script(entry: str, *, demo: bool) -> Packed:
    """Return what a first view needs of a module and everything it imports."""
    return scripts(entry, demo=demo).first


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
def _scripts(entry: str, demo: bool, _: tuple[int, ...]) -> Scripts:
    bodies: dict[str, str] = {}
    wanted = _collect(entry, bodies, (), demo=demo)
    while soon := wanted - set(LATER) - set(bodies):
        wanted |= _collect(min(soon), bodies, (), demo=demo)
    bodies[entry] = bodies.pop(entry)  # it starts the page, so everything else must stand
    first = _HEAD + "".join(bodies.values()) + "export { modules };\n"
    others = dict(bodies)
    while late := wanted - set(others):
        wanted |= _collect(min(late), others, (), demo=demo)
    made = "".join(body for path, body in others.items() if path not in bodies)
    late_script = f"export function fill(modules) {{\n{made}}}\n"
    version = _version(first + late_script)
    return Scripts(_packed(first, version), _packed(late_script, version))


@lru_cache(maxsize=2)
def _sheet(_: tuple[int, ...]) -> Packed:
    return _packed("".join((STATIC / name).read_text(encoding="utf-8") for name in SHEETS))


def _packed(text: str, version: str | None = None) -> Packed:
    plain = text.encode()
    return Packed(plain, gzip.compress(plain, 9, mtime=0), version or _version(text))


def _version(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()[:VERSION_CHARS]


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
    return f'later().then(() => modules["{other}"])' if other in LATER else f'Promise.resolve(modules["{other}"])'
