"""`docs`: write the pages that are made from the code: settings, error codes, terms of keeping."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import fields
from pathlib import Path

from app import retention
from app.cli.terminal import DRY_RUN_OPTION, Group, examples, say
from app.core.errors import DomainError
from app.http.problems import OF_STATUS, STATUS
from config.settings import PROFILES, SECTIONS, variable

FOLDER = Path(__file__).resolve().parents[2] / "docs"

commands = Group(name="docs", help="The pages made from the code: settings, error codes, terms of keeping.")


@commands.command("write", epilog=examples("docs write --dry-run", "docs write"))
@DRY_RUN_OPTION
def write(dry_run: bool) -> None:
    """Write docs/settings.md, codes.md and retention.md anew; a test fails while they differ from the code."""
    for name, text in pages().items():
        path = FOLDER / name
        if path.exists() and path.read_text(encoding="utf-8") == text:
            say(f"docs/{name} is up to date.")
        elif dry_run:
            say(f"Would write docs/{name}.")
        else:
            path.write_text(text, encoding="utf-8")
            say(f"Wrote docs/{name}.")


def pages() -> dict[str, str]:
    """Return the generated pages by file name."""
    return {"settings.md": _settings(), "codes.md": _codes(), "retention.md": retention.page()}


def _settings() -> str:
    lines = [
        "# Settings",
        "",
        "Made by `flask --app wsgi docs write`. Each is an environment variable; with `_FILE` after its name it is read",
        "from a file, for secrets. A variable that begins like these and is not listed stops the start.",
        "",
        "| variable | default | what it does |",
        "|---|---|---|",
        f"| `OUYU_PROFILE` | `demo` | One of {', '.join(PROFILES)}. |",
    ]
    for section, cls in SECTIONS.items():
        for item in fields(cls):
            default = f"`{item.default}`" if str(item.default) else "empty"
            lines.append(f"| `{variable(section, item.name)}` | {default} | {item.metadata['help']} |")
    return "\n".join(lines) + "\n"


def _codes() -> str:
    lines = [
        "# Error codes",
        "",
        "Made by `flask --app wsgi docs write`. A refusal under `/api` is a problem document (RFC 9457) whose `code` is one",
        "of these and does not change. `detail` is the sentence in the asked language, its blanks filled.",
        "",
        "| code | status | zh | en |",
        "|---|---|---|---|",
    ]
    lines += [f"| `{code}` | {status} | {zh} | {en} |" for code, status, zh, en in sorted(set(_refusals()))]
    return "\n".join(lines) + "\n"


def _refusals() -> Iterator[tuple[str, int, str, str]]:
    own = {refusal.code for refusal in _kinds(DomainError)}
    for refusal in _kinds(DomainError):
        yield refusal.code, STATUS[refusal.kind], refusal.text.zh, refusal.text.en
    for status, (code, text) in OF_STATUS.items():
        if code not in own:
            yield code, status, text.zh, text.en


def _kinds(refusal: type[DomainError]) -> Iterator[type[DomainError]]:
    for kind in refusal.__subclasses__():
        if "code" in vars(kind) and kind.__module__.partition(".")[0] in ("app", "admin"):
            yield kind
        yield from _kinds(kind)
