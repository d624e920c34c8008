"""The table of a run, for people and for docs/bench.md."""

from __future__ import annotations

import platform
import re
import statistics
import textwrap
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path

from benchmarks.growth import Grown
from benchmarks.load import Shot

PAGE = Path(__file__).resolve().parents[1] / "docs" / "bench.md"
SECTIONS = ("main", "growth", "hot", "locked")
_TITLE = """# Performance, measured

`make bench` writes this page. Bare Flask ("hello") and Ouyu run under the same gunicorn settings: 2 workers × 4
threads pinned to one core; wrk holds 16 keep-alive connections on the other core, PostgreSQL beside it. Rounds are
interleaved and medians count. Absolute figures hold on no other machine; ratios do.

Every check-in is the whole call: session looked up, limits counted, `Idempotency-Key` kept, poster verified, visit
stored. SQLite syncs fully, PostgreSQL commits synchronously. The profile is production.

`make bench` alone measures the first table. `make bench ARGS=--growth`, `--hot` and `--locked` measure the sections
below it, each in a few minutes.
"""


def write(section: str, text: str) -> None:
    """Put one section on the page; the others stay as they were last measured."""
    said = PAGE.read_text(encoding="utf-8") if PAGE.exists() else ""
    sections = dict(re.findall(r"<!-- (\w+) -->\n(.*?)\n<!-- end -->", said, re.DOTALL)) | {section: text.strip()}
    parts = [f"<!-- {name} -->\n{sections[name]}\n<!-- end -->" for name in SECTIONS if name in sections]
    PAGE.write_text("\n\n".join([_TITLE.strip(), *parts]) + "\n", encoding="utf-8")


def table(
    shots: Mapping[str, Sequence[Shot]],
    memory: Mapping[str, float],
    first: Mapping[str, float],
    rounds: int,
    seconds: int,
) -> str:
    """Write the measures of perf.md §6 with their floors and goals, then the raw figures."""
    hello = _median(shots["hello"], "rate")
    hello_cpu = _median(shots["hello"], "cpu_us")

    def ratio(name: str) -> float:
        return _median(shots[name], "rate") / hello

    def cost(name: str) -> float:
        return _median(shots[name], "cpu_us") / hello_cpu

    rows = [
        ("P1", "check-ins/s on PostgreSQL ÷ hello", ratio("check_in postgresql"), "≥ 0.15", "0.25"),
        ("P2", "check-ins/s on SQLite ÷ hello", ratio("check_in sqlite"), "≥ 0.13", "0.20"),
        ("P3", "stations near me, 50 of 50 ÷ hello, SQLite", ratio("near sqlite"), "≥ 0.50", "0.75"),
        ("P3", "the same, PostgreSQL", ratio("near postgresql"), "≥ 0.50", "0.75"),
        ("P4", "the same unchanged (304) ÷ hello, SQLite", ratio("unchanged sqlite"), "≥ 0.80", "0.95"),
        ("P4", "the same, PostgreSQL", ratio("unchanged postgresql"), "≥ 0.80", "0.95"),
        ("P5", "the programme, 20 events ÷ hello, SQLite", ratio("events sqlite"), "≥ 0.15", "0.22"),
        ("P5", "the same, PostgreSQL", ratio("events postgresql"), "≥ 0.15", "0.22"),
        ("P5", "my sign-ups, 20 of 20 ÷ hello, SQLite", ratio("my_signups sqlite"), "≥ 0.15", "0.22"),
        ("P5", "the same, PostgreSQL", ratio("my_signups postgresql"), "≥ 0.15", "0.22"),
        ("P6", "sign-ups/s on PostgreSQL ÷ hello", ratio("sign_up postgresql"), "≥ 0.08", "0.15"),
        ("P6", "the same, SQLite", ratio("sign_up sqlite"), "", "0.15"),
        ("P8", "CPU of a check-in ÷ CPU of hello, PostgreSQL", cost("check_in postgresql"), "≤ 6.5", "4"),
        ("P8", "the same, SQLite", cost("check_in sqlite"), "≤ 6.5", "4"),
        ("P10", "check-in p99 ÷ p50, PostgreSQL", _spread(shots["check_in postgresql"]), "≤ 4", "2.5"),
        ("P14", "memory of a worker after load, MB, SQLite", memory["sqlite"], "≤ 120", "95"),
        ("P14", "the same, PostgreSQL", memory["postgresql"], "≤ 120", "95"),
        ("P14", "first 200 on an existing data folder, s, SQLite", first["sqlite"], "≤ 4", "2.5"),
        ("P14", "the same, PostgreSQL", first["postgresql"], "≤ 4", "2.5"),
    ]
    lines = ["| # | measure | result | floor | goal |", "|---|---|---|---|---|"]
    lines += [f"| {number} | {what} | {value:.2f} | {floor} | {goal} |" for number, what, value, floor, goal in rows]
    lines += ["", *_raw(shots), "", _about(shots, rounds, seconds)]
    return "\n".join(lines)


def _raw(shots: Mapping[str, Sequence[Shot]]) -> list[str]:
    lines = [
        "| what | req/s | CPU µs/req | p50 ms | p99 ms | fresh | unexpected |",
        "|---|---|---|---|---|---|---|",
    ]
    for name, taken in shots.items():
        requests = sum(shot.requests for shot in taken)
        fresh = (
            f"{sum(shot.fresh for shot in taken) / requests:.0%}"
            if name.startswith(("check_in", "sign_up", "one", "fifty"))
            else ""
        )
        figures = [_median(taken, field) for field in ("rate", "cpu_us", "p50_ms", "p99_ms")]
        bad = sum(shot.bad for shot in taken)
        lines.append(
            f"| {name} | {figures[0]:,.0f} | {figures[1]:,.0f} | {figures[2]:.1f} | {figures[3]:.1f} | {fresh} | {bad} |"
        )
    return lines


def _about(shots: Mapping[str, Sequence[Shot]], rounds: int, seconds: int) -> str:
    requests = sum(shot.requests for taken in shots.values() for shot in taken)
    return (
        f"{rounds} rounds × {seconds} s, {requests:,} requests, {datetime.now(UTC):%Y-%m-%d}, "
        f"Python {platform.python_version()}, {platform.machine()}."
    )


def _median(taken: Sequence[Shot], field: str) -> float:
    return statistics.median(getattr(shot, field) for shot in taken)


def _spread(taken: Sequence[Shot]) -> float:
    return statistics.median(shot.p99_ms / shot.p50_ms for shot in taken)


def growth(found: Mapping[str, Sequence[Grown]]) -> str:
    """Write P7: medians at each size, how they grew, and the slowest statements at the largest with their plans."""
    first = next(iter(found.values()))
    sizes = [grown.rows for grown in first]
    lines = [
        "## P7: growth",
        "",
        "Medians of calls made one after the other in one process, milliseconds. Floor: ≤ 2 × from the first size to the "
        "last; goal: ≤ 1.3 × on PostgreSQL, ≤ 2 × on SQLite.",
        "",
        "| call | database | " + " | ".join(f"{size:,} visits" for size in sizes) + " | grew |",
        "|---|---|" + "---|" * (len(sizes) + 1),
    ]
    for what in first[0].p50_ms:
        for database, grown in found.items():
            taken = [one.p50_ms[what] for one in grown]
            figures = " | ".join(f"{ms:.1f}" for ms in taken)
            lines.append(f"| {what} | {database} | {figures} | {taken[-1] / taken[0]:.1f} × |")
    for database, grown in found.items():
        lines += ["", f"The slowest statements at {grown[-1].rows:,} visits on {database}, with their plans:"]
        for took, statement, plan in grown[-1].slowest:
            lines += [
                "",
                f"{took:.1f} ms",
                "",
                "```sql",
                *textwrap.wrap(statement, 116),
                "```",
                "",
                "```text",
                plan,
                "```",
            ]
    return "\n".join([*lines, "", f"Measured {datetime.now(UTC):%Y-%m-%d}."])


def hot(shots: Mapping[str, Sequence[Shot]]) -> str:
    """Write P12: check-ins at one station against check-ins at fifty."""
    lines = [
        "## P12: one hot station",
        "",
        "| database | at one station, req/s | at fifty, req/s | ratio | floor | goal |",
        "|---|---|---|---|---|---|",
    ]
    for database in ("postgresql", "sqlite"):
        one, many = (_median(shots[f"{what} {database}"], "rate") for what in ("one", "fifty"))
        floor, goal = ("≥ 0.6", "0.9") if database == "postgresql" else ("", "")
        lines.append(f"| {database} | {one:,.0f} | {many:,.0f} | {one / many:.2f} | {floor} | {goal} |")
    return "\n".join([*lines, "", *_raw(shots), "", f"Measured {datetime.now(UTC):%Y-%m-%d}."])


def locked(shot: Shot, seconds: int) -> str:
    """Write P11: what writers on SQLite had to wait."""
    return "\n".join(
        [
            "## P11: two workers writing to SQLite",
            "",
            "| check-ins | seconds | answers that were not a stamp | worst wait, s | p99, ms | floor | goal |",
            "|---|---|---|---|---|---|---|",
            f"| {shot.requests:,} | {seconds} | {shot.bad} | {shot.max_ms / 1000:.2f} | {shot.p99_ms:.0f} | 0 / 2 s | 0 / 1 s |",
            "",
            f"Measured {datetime.now(UTC):%Y-%m-%d}.",
        ]
    )
