"""A pytest plugin for .ci/run: with --no-skips, a run in which anything was skipped or expected to fail has failed."""

from __future__ import annotations

import pytest


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--no-skips", action="store_true", help="fail the run if any test was skipped or xfailed")


def _missed(session: pytest.Session) -> list[pytest.TestReport]:
    reporter = session.config.pluginmanager.get_plugin("terminalreporter")
    if reporter is None:  # in a process of xdist; the one that collects the reports decides
        return []
    return [report for kind in ("skipped", "xfailed") for report in reporter.stats.get(kind, [])]


def pytest_sessionfinish(session: pytest.Session, exitstatus: int) -> None:
    if session.config.getoption("--no-skips") and exitstatus == pytest.ExitCode.OK and _missed(session):
        session.exitstatus = pytest.ExitCode.TESTS_FAILED


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter, config: pytest.Config) -> None:
    if config.getoption("--no-skips"):
        for kind in ("skipped", "xfailed"):
            for report in terminalreporter.stats.get(kind, []):
                terminalreporter.write_line(f"NOT RUN, so this run fails: {report.nodeid}", red=True)
