"""The laws of the house that a linter cannot see: who commits, who opens units, where time and environment come from."""

from __future__ import annotations

import ast
import re

import pytest

from tests.house.source import Module, dotted, migrations, modules

DOORS = re.compile(r"app/\w+/((?:signups_)?api|cli)\.py|app/cli/\w+\.py|app/jobs\.py|app/demo/\w+\.py|admin/\w+\.py")
DOOR_PLUMBING = {"app/http/idempotency.py": "runs the effect of a person's POST in the door's one unit"}
READS_ENVIRONMENT = re.compile(r"config/\w+\.py|app/factory\.py|wsgi\.py")
READS_TIME = {"app/core/clock.py": "the one source of time"}
OPENS_SOCKETS = {
    "config/options.py": "asks the kernel for the route's address to print; nothing is sent",
    "app/clients/sms/real.py": "hands one-time codes to the operator's gateway",
    "app/clients/wechat/real.py": "asks WeChat who opened the mini-program",
    "app/cli/serve.py": "tries its own port before gunicorn does",
}
TIME_SOURCES = {"now", "utcnow", "today", "time", "time_ns", "gmtime", "localtime"}
NETWORK = {"socket", "http", "urllib.request", "requests", "httpx", "urllib3", "smtplib", "ftplib", "aiohttp"}


def users_of(name: str) -> set[str]:
    """Modules that call a function by this name, however imported."""
    return {m.path for m in modules() if any(dotted(call.func).rpartition(".")[2] == name for call in m.calls())}


def test_only_the_unit_of_work_commits() -> None:
    committing = {
        m.path for m in (*modules(), *migrations()) for call in m.calls() if dotted(call.func).endswith(".commit")
    }
    assert committing == {"app/core/db.py", "migrations/env.py"}


def test_units_are_opened_by_doors_only() -> None:
    openers = users_of("unit_of_work")
    assert not [path for path in openers if not DOORS.fullmatch(path) and path not in DOOR_PLUMBING]
    assert set(DOOR_PLUMBING) <= openers, "an exception that nobody needs any more"
    assert "admin/door.py" in openers


def test_nobody_gets_around_the_unit_of_work() -> None:
    """Savepoints, sessions of one's own and autocommit connections for writing would all split the one transaction."""
    forbidden = {"begin_nested", "begin", "sessionmaker", "scoped_session"}
    found = {m.path for m in modules() for call in m.calls() if dotted(call.func).rpartition(".")[2] in forbidden}
    assert found == {"app/core/db.py"}, "the unit itself begins, and nothing else"


def test_time_comes_from_the_clock_alone() -> None:
    found = {
        f"{m.path}:{call.lineno} {dotted(call.func)}"
        for m in modules()
        if m.path not in READS_TIME
        for call in m.calls()
        if re.fullmatch(r"(datetime\.)?(datetime|date|time)\.\w+", dotted(call.func))
        and dotted(call.func).rpartition(".")[2] in TIME_SOURCES
    }
    assert found == set()


def test_no_table_reads_the_time_by_itself() -> None:
    for module in modules():
        if module.name == "models":
            assert "func.now" not in module.text, module.path
            assert "server_default" not in module.text, module.path
            assert not [call for call in module.calls() if any(word.arg == "default" for word in call.keywords)], (
                module.path
            )


def test_the_environment_is_read_in_config_and_at_the_top_only() -> None:
    readers = {
        m.path
        for m in modules()
        for node in ast.walk(m.tree)
        if (isinstance(node, ast.Attribute) and dotted(node) in ("os.environ", "os.environb"))
        or (isinstance(node, ast.Call) and dotted(node.func).rpartition(".")[2] in ("getenv", "putenv"))
        or (isinstance(node, ast.ImportFrom) and node.module == "os" and any("env" in a.name for a in node.names))
    }
    assert not [path for path in readers if not READS_ENVIRONMENT.fullmatch(path)]


def imports(module: Module) -> set[str]:
    found: set[str] = set()
    for node in ast.walk(module.tree):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module and node.level == 0:
            found |= {node.module, *(f"{node.module}.{alias.name}" for alias in node.names)}
    return found


def test_nothing_opens_sockets_but_what_says_why() -> None:
    found = {
        m.path
        for m in modules()
        if {n for n in imports(m) if n in NETWORK or n.partition(".")[0] in NETWORK - {"http"}}
    }
    assert found == set(OPENS_SOCKETS)


@pytest.mark.parametrize("forbidden", ["print", "breakpoint", "eval", "exec", "input"])
def test_no_module_prints_or_evaluates(forbidden: str) -> None:
    assert not [m.path for m in modules() for call in m.calls() if dotted(call.func) == forbidden]


def test_sql_is_never_put_together_from_text_that_people_typed() -> None:
    """text() and exec_driver_sql() take constants, or pragmas and limits made of our own numbers."""
    own_numbers = {"app/core/db.py"}
    found = [
        f"{m.path}:{call.lineno}"
        for m in modules()
        if m.path not in own_numbers
        for call in m.calls()
        if dotted(call.func) in ("text", "literal_column") or dotted(call.func).endswith(".exec_driver_sql")
        if any(not isinstance(arg, (ast.Constant, ast.Name, ast.IfExp)) for arg in call.args)
    ]
    assert found == []


def test_nothing_is_unfinished() -> None:
    pattern = re.compile(r"\b(TODO|FIXME|XXX|HACK)\b|pragma: no cover")
    assert not [m.path for m in modules() if pattern.search(m.text)]
