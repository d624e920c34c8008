"""Sizes, names and docstrings."""

from __future__ import annotations

import ast
import re

from tests.house.source import Function, Module, modules, proofs, words

FILE_LINES_MAX = 400
FUNCTION_LINES_MAX = 50
FORBIDDEN = {"utils", "util", "helpers", "helper", "manager", "handler", "common", "misc"}
NAMED_AFTER_THE_THING = {"app/orgs/common_passwords.py": "the list of common passwords"}
EXPLAINED = re.compile(
    r"app/core/\w+\.py|app/\w+/(rules|queries|service|opening|codes|listing|parts|sign_in|passwords)\.py"
)


def length(node: Function) -> int:
    return (node.end_lineno or node.lineno) - node.lineno + 1


def test_no_file_is_longer_than_400_lines() -> None:
    lines = {m.path: m.text.count("\n") for m in (*modules(), *proofs())}
    assert {path: number for path, number in lines.items() if number > FILE_LINES_MAX} == {}


def test_no_function_is_longer_than_50_lines() -> None:
    long = {f"{m.path} {f.name}": length(f) for m in modules() for f in m.functions() if length(f) > FUNCTION_LINES_MAX}
    assert long == {}


def test_nothing_is_called_utils_helpers_manager_handler_common_or_misc() -> None:
    found = {
        m.path
        for m in modules()
        if m.path not in NAMED_AFTER_THE_THING and words(m.path.removesuffix(".py")) & FORBIDDEN
    }
    found |= {
        f"{m.path} {n.name}" for m in modules() for n in (*m.functions(), *m.classes()) if words(n.name) & FORBIDDEN
    }
    assert found == set()


def test_every_module_says_its_job_in_its_first_line() -> None:
    for module in modules():
        said = ast.get_docstring(module.tree)
        assert said, f"{module.path} says nothing"
        assert said.splitlines()[0].endswith((".", ":")), f"{module.path}: {said.splitlines()[0]}"


def public(module: Module) -> list[Function | ast.ClassDef]:
    """What others may use: functions and classes of the module, and methods of its classes."""
    top = [node for node in module.tree.body if isinstance(node, Function | ast.ClassDef)]
    inner = [f for c in top if isinstance(c, ast.ClassDef) for f in c.body if isinstance(f, Function)]
    return [node for node in (*top, *inner) if not node.name.startswith("_")]


def test_every_public_function_of_rules_queries_services_and_core_explains_itself() -> None:
    silent = [
        f"{m.path} {node.name}"
        for m in modules()
        if EXPLAINED.fullmatch(m.path)
        for node in public(m)
        if isinstance(node, Function) and not ast.get_docstring(node) and not _overrides(node)
    ]
    assert silent == []


def _overrides(node: Function) -> bool:
    """Methods that SQLAlchemy calls by its own names."""
    return node.name in ("process_bind_param", "process_result_value")


def test_a_docstring_begins_with_a_sentence() -> None:
    for module in modules():
        for node in (*module.functions(), *module.classes()):
            said = ast.get_docstring(node)
            if said is not None:
                first = said.split("\n\n")[0].rstrip()
                assert first.endswith((".", ":", "?", "…")), f"{module.path} {node.name}: {first}"


def test_functions_that_may_find_nothing_and_those_that_raise_keep_their_names() -> None:
    """find_ may return None, get_ never does, is_/has_/may_ answer yes or no."""
    for module in modules():
        for function in module.functions():
            returns = ast.unparse(function.returns) if function.returns else ""
            where = f"{module.path} {function.name} -> {returns}"
            if function.name.startswith("find_") and module.path.startswith("app/"):
                assert "None" in returns or returns.startswith("list["), where
            if function.name.startswith("get_") and module.name in ("queries", "service"):
                assert "None" not in returns, where
            if function.name.startswith(("is_", "has_", "may_")):
                assert returns == "bool", where
