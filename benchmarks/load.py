"""wrk, pinned to the other core: sixteen keep-alive connections for some seconds."""

from __future__ import annotations

import re
import subprocess
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from benchmarks.servers import LOAD_CORE, Server

CONNECTIONS = 16
HERE = Path(__file__).resolve().parent


@dataclass(frozen=True)
class Shot:
    """What one round of load saw. fresh: new stamps, of check-ins only."""

    rate: float
    cpu_us: float
    requests: int
    fresh: int
    bad: int
    p50_ms: float
    p99_ms: float
    max_ms: float = 0.0


def fire(server: Server, script: str, arguments: Sequence[str], seconds: int) -> Shot:
    """Load a server and read what it cost. Raises SystemExit when wrk fails or any answer was not the expected one."""
    before = server.cpu_s()
    run = subprocess.run(
        [
            *("taskset", "-c", LOAD_CORE, "wrk", "-t1", f"-c{CONNECTIONS}", f"-d{seconds}s", "--timeout", "10s"),
            *("-s", str(HERE / script), server.base, "--", *arguments),
        ],
        capture_output=True,
        text=True,
        check=False,
    )
    used = server.cpu_s() - before
    found = re.search(r"^RESULT (.*)$", run.stdout, re.MULTILINE)
    if found is None:
        raise SystemExit(f"wrk failed against {server.name}: {run.stdout}{run.stderr}")
    said = {name: float(value) for name, value in (pair.split("=") for pair in found[1].split())}
    return Shot(
        rate=said["requests"] / said["seconds"],
        cpu_us=used / said["requests"] * 1e6,
        requests=int(said["requests"]),
        fresh=int(said.get("fresh", 0)),
        bad=int(said["bad"]),
        p50_ms=said["p50_us"] / 1000,
        p99_ms=said["p99_us"] / 1000,
        max_ms=said.get("max_us", 0) / 1000,
    )
