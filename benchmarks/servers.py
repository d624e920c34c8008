"""gunicorn under measurement: pinned to one core, its CPU time and memory read from the system."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Mapping, Sequence
from pathlib import Path

import psutil

ROOT = Path(__file__).resolve().parents[1]
SERVER_CORE, LOAD_CORE = "0", "1"
WORKERS, THREADS = 2, 4
READY_WITHIN_S = 30
_PLAIN = (
    *("--worker-class", "gthread", "--workers", str(WORKERS), "--threads", str(THREADS)),
    *("--timeout", "30", "--keep-alive", "5", "--no-control-socket", "--worker-tmp-dir", "/dev/shm"),
)


class Server:
    """One gunicorn with its workers."""

    def __init__(self, name: str, port: int, arguments: Sequence[str], environ: Mapping[str, str], probe: str) -> None:
        self.name, self.port, self.probe = name, port, probe
        started = time.monotonic()
        self.process = subprocess.Popen(
            ["taskset", "-c", SERVER_CORE, sys.executable, "-m", "gunicorn", "--bind", f"127.0.0.1:{port}", *arguments],
            cwd=ROOT,
            env={**os.environ, **environ},
            stderr=subprocess.PIPE,
            text=True,
        )
        self._wait()
        self.first_answer_s = time.monotonic() - started

    @classmethod
    def hello(cls, port: int) -> Server:
        """Bare Flask under the same settings."""
        return cls("hello", port, [*_PLAIN, "benchmarks.hello:app"], {}, "/")

    @classmethod
    def ouyu(cls, name: str, port: int, environ: Mapping[str, str]) -> Server:
        """Ouyu as an operator starts it."""
        arguments = ["--config", "config/gunicorn.py", "--log-level", "warning", "wsgi:app"]
        return cls(name, port, arguments, environ, "/readyz")

    @property
    def base(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def _wait(self) -> None:
        until = time.monotonic() + READY_WITHIN_S
        while time.monotonic() < until:
            try:
                with urllib.request.urlopen(self.base + self.probe, timeout=2):
                    return
            except (urllib.error.URLError, OSError):
                if self.process.poll() is not None:
                    break
                time.sleep(0.02)
        self.stop()
        raise SystemExit(f"{self.name} did not start: {self.process.stderr.read() if self.process.stderr else ''}")

    def _tree(self) -> list[psutil.Process]:
        master = psutil.Process(self.process.pid)
        return [master, *master.children(recursive=True)]

    def cpu_s(self) -> float:
        """Return the CPU seconds that master and workers have used so far."""
        return sum(sum(process.cpu_times()[:2]) for process in self._tree())

    def worker_mb(self) -> float:
        """Return the resident memory of the largest worker, MB (10⁶ bytes)."""
        return max(process.memory_info().rss for process in self._tree()[1:]) / 1e6

    def stop(self) -> None:
        self.process.send_signal(signal.SIGTERM)
        try:
            self.process.wait(30)
        except subprocess.TimeoutExpired:
            self.process.kill()
