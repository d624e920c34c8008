"""What people read stands in both languages, and every refusal has a code of its own that is documented."""

from __future__ import annotations

import ast
import re
import string
from collections import Counter
from collections.abc import Iterator

import app.factory  # noqa: F401 -- loads every domain
from app.core.errors import CONSTRAINTS, DomainError, Kind
from app.http.problems import OF_STATUS, STATUS
from tests.house.source import CHINESE, ROOT, Module, dotted, modules

CODE = re.compile(r"[a-z]+\.[a-z_]+")
NAMES_IN_BOTH = {
    "app/core/coordinates.py": "the words and marks with which people write coordinates",
    "app/orgs/rules.py": "the ten districts as (code, zh, en)",
    "app/stations/import_columns.py": "examples of cells, as an office fills them in",
    "app/people/api.py": "the example of a nickname in the API document",
    "app/people/rules.py": "device names that hold both languages",
    "app/orgs/passwords.py": "words that a password may not be made of",
    "app/people/own.py": "the nickname that stands for somebody who was erased",
    "app/privacy/archive.py": "the page in both languages that explains the files of a copy",
    "app/people/service.py": "the nickname a guest starts with, theirs to change",
}
"""Modules of the domains that hold Chinese outside Text, and why."""


def refusals(cls: type[DomainError] = DomainError) -> Iterator[type[DomainError]]:
    for found in cls.__subclasses__():
        if found.__module__.startswith(("app.", "admin.")):
            yield found
            yield from refusals(found)


def blanks(sentence: str) -> set[str]:
    return {name for _, name, _, _ in string.Formatter().parse(sentence) if name}


def test_every_refusal_has_a_sentence_in_both_languages() -> None:
    for refusal in refusals():
        assert CHINESE.search(refusal.text.zh), refusal
        assert not CHINESE.search(refusal.text.en), refusal
        assert refusal.text.zh.endswith(("。", "登录名", "?", "!")), refusal.text.zh
        assert refusal.text.en.endswith((".", "LOGIN", "?", "!")), refusal.text.en
        assert {name.removesuffix("_zh") for name in blanks(refusal.text.zh)} == {
            name.removesuffix("_en") for name in blanks(refusal.text.en)
        }, refusal


def test_every_refusal_has_a_code_of_its_own() -> None:
    codes = Counter(refusal.code for refusal in refusals())
    assert [code for code, count in codes.items() if count > 1] == []
    assert [code for code in codes if not CODE.fullmatch(code)] == []
    assert len(codes) > 20


def test_a_code_has_one_status_whoever_answers_with_it() -> None:
    by_class = {refusal.code: STATUS[refusal.kind] for refusal in refusals()}
    by_status = {code: status for status, (code, _) in OF_STATUS.items()}
    assert {
        code: (by_class[code], by_status[code])
        for code in by_class.keys() & by_status.keys()
        if by_class[code] != by_status[code]
    } == {}


def test_every_kind_of_refusal_has_a_status() -> None:
    assert set(STATUS) == set(Kind)


def test_every_code_is_documented() -> None:
    listed = set(re.findall(r"`([a-z]+\.[a-z_]+)`", (ROOT / "docs" / "codes.md").read_text(encoding="utf-8")))
    known = {refusal.code for refusal in refusals()} | {code for code, _ in OF_STATUS.values()}
    assert known - listed == set()
    assert listed - known == set()


def test_every_sentence_of_a_constraint_stands_in_both_languages() -> None:
    for name, (_, field, text) in CONSTRAINTS.items():
        assert (text is not None) == (field is not None), name
        if text is not None:
            assert CHINESE.search(text.zh), name
            assert not CHINESE.search(text.en), name


def texts(module: Module) -> Iterator[ast.Call]:
    return (call for call in module.calls() if dotted(call.func).rpartition(".")[2] == "Text")


def literal(node: ast.expr) -> str | None:
    """The words that stand in the code; None for what is computed."""
    if isinstance(node, ast.Constant) and isinstance(node.value, str):
        return node.value
    if isinstance(node, ast.JoinedStr):
        found = "".join(part.value for part in node.values if isinstance(part, ast.Constant))
        return found if found.strip() else None
    return None


def test_every_text_is_chinese_first_and_english_second() -> None:
    counted = 0
    for module in modules():
        for call in texts(module):
            if module.path == "app/core/errors.py" or module.name == "models":
                continue
            assert len(call.args) == 2, f"{module.path}:{call.lineno}"
            zh, en = literal(call.args[0]), literal(call.args[1])
            if zh is None or en is None:
                assert (zh is None) == (en is None), f"{module.path}:{call.lineno} has one language in words only"
                continue
            counted += 1
            assert CHINESE.search(zh) or not zh.strip("{}"), f"{module.path}:{call.lineno} {zh}"
            assert not CHINESE.search(en), f"{module.path}:{call.lineno} {en}"
            assert en.strip(), f"{module.path}:{call.lineno}"
    assert counted > 80


def test_no_domain_speaks_chinese_only() -> None:
    """Chinese in a domain or in the JSON door stands in a Text beside its English."""
    places = re.compile(
        r"app/(core|http|audit|orgs|people|privacy|inbox|calendars|stations|kiosks|checkins|stats)/\w+\.py"
    )
    for module in modules():
        if not places.fullmatch(module.path) or module.path in NAMES_IN_BOTH:
            continue
        paired = {id(part) for call in texts(module) for part in ast.walk(call)}
        docs = {id(node.body[0].value) for node in ast.walk(module.tree) if _has_docstring(node)}  # type: ignore[attr-defined]
        for node in ast.walk(module.tree):
            if isinstance(node, ast.Constant) and isinstance(node.value, str) and CHINESE.search(node.value):
                is_name = re.search(r"[A-Za-z]{3}", node.value) is not None
                assert id(node) in paired | docs or is_name, f"{module.path}:{node.lineno} {node.value}"


def _has_docstring(node: ast.AST) -> bool:
    body = getattr(node, "body", None)
    return (
        isinstance(body, list)
        and bool(body)
        and isinstance(body[0], ast.Expr)
        and isinstance(body[0].value, ast.Constant)
    )
