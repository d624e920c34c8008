"""A service started the way people start it, in a process group of its own."""

from __future__ import annotations

import json
import os
import re
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from dataclasses import dataclass
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[2]
FIRST_START_WITHIN_S = 120
START_WITHIN_S = 30
LAST_LINE = "flask --app wsgi staff"


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def environ(home: Path, **given: str) -> dict[str, str]:
    """An environment with nothing in it but what a login gives, and what the test sets."""
    plain = {name: os.environ[name] for name in ("PATH", "LANG", "LD_LIBRARY_PATH") if name in os.environ}
    return {**plain, "HOME": str(home), "PYTHONDONTWRITEBYTECODE": "1", **given}


@dataclass
class Ended:
    """What a command said and how it ended."""

    code: int
    out: str
    err: str


def run(arguments: list[str], home: Path, within_s: float = 60, **given: str) -> Ended:
    """Run a command of this Python to its end."""
    done = subprocess.run(
        [sys.executable, *arguments],
        cwd=ROOT,
        env=environ(home, **given),
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=within_s,
        check=False,
    )
    return Ended(done.returncode, done.stdout, done.stderr)


def flask(home: Path, *words: str, **given: str) -> Ended:
    """Run `flask --app wsgi …`."""
    return run(["-m", "flask", "--app", "wsgi", *words], home, **given)


class Service:
    """wsgi.py on a data folder. Its output goes to files beside the folder."""

    def __init__(self, folder: Path, *arguments: str, port: int | None = None, **given: str) -> None:
        self.folder, self.port = folder, port or free_port()
        self.out, self.err = folder.with_suffix(".out"), folder.with_suffix(".err")
        self.started = time.monotonic()
        command = [sys.executable, "wsgi.py", "--port", str(self.port), "--data-dir", str(folder), *arguments]
        with self.out.open("w") as out, self.err.open("w") as err:
            self.process = subprocess.Popen(
                command,
                cwd=ROOT,
                env=environ(folder.parent, **given),
                stdin=subprocess.DEVNULL,
                stdout=out,
                stderr=err,
                start_new_session=True,
            )

    @property
    def base(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def wait(self, within_s: float = FIRST_START_WITHIN_S) -> str:
        """Wait for the banner and return it."""
        until = time.monotonic() + within_s
        while time.monotonic() < until and self.process.poll() is None:
            banner = self.out.read_text(encoding="utf-8")
            if LAST_LINE in banner and banner.endswith("\n\n"):
                self.ready_s = time.monotonic() - self.started
                return banner
            time.sleep(0.02)
        raise AssertionError(f"no banner; it said: {self.out.read_text()}{self.err.read_text()}")

    def stop(self, number: signal.Signals = signal.SIGINT) -> int:
        """Ask it to stop, as Ctrl-C (at once) or kill (after its drain time) do, and return its exit code."""
        if self.process.poll() is None:
            self.process.send_signal(number)
        return self.process.wait(40)

    def kill(self) -> None:
        """Kill it and every child at once, as a power cut does."""
        os.killpg(self.process.pid, signal.SIGKILL)
        self.process.wait(10)

    def get(self, path: str) -> tuple[int, str]:
        """Fetch a path or a whole address; returns status and body."""
        try:
            with urllib.request.urlopen(path if path.startswith("http") else self.base + path, timeout=10) as answer:
                return answer.status, answer.read().decode()
        except urllib.error.HTTPError as error:
            with error:
                return error.code, error.read().decode()

    def post(self, path: str, body: Any, **headers: str) -> tuple[int, Any]:
        """Send JSON; returns status and what came back."""
        sent = {"Content-Type": "application/json", **{name.replace("_", "-"): text for name, text in headers.items()}}
        request = urllib.request.Request(self.base + path, json.dumps(body).encode(), sent)
        try:
            with urllib.request.urlopen(request, timeout=10) as answer:
                return answer.status, json.loads(answer.read() or b"null")
        except urllib.error.HTTPError as error:
            with error:
                return error.code, json.loads(error.read())


def link(banner: str, holding: str) -> str:
    """Return the address in the banner that holds a text."""
    return next(found for found in re.findall(r"http\S+", banner) if holding in found)
