"""Run everything as one: prepare, start gunicorn and the job consumer, print the banner, stop both together."""

from __future__ import annotations

import ctypes
import logging
import os
import signal
import socket
import sys
import time
import urllib.request
from collections.abc import Callable, Sequence
from pathlib import Path
from types import FrameType
from typing import NoReturn
from urllib.error import URLError

from app.cli import banner, folder, startup
from app.cli.terminal import say
from config import logging as logs
from config import options as command_line
from config.options import Options
from config.settings import SettingsError

ROOT = Path(__file__).resolve().parents[2]
READY_WITHIN_S = 30
STOP_WITHIN_S = 25
CONSUMER_PAUSE_S = 2
_PR_SET_PDEATHSIG = 1


def main(argv: Sequence[str]) -> int:
    """Serve until told to stop. Returns the exit code: 0 after a stop, 1 when it could not start or the server died."""
    options = command_line.parse(argv)
    try:
        settings = command_line.settings()
        folder.take(settings, options.address)
        _check_port(options)
        prepared = startup.prepare(settings, demo=options.demo)
    except (SettingsError, folder.StartupRefused) as refusal:
        say(str(refusal))
        return 1
    except KeyboardInterrupt:
        say("Stopped before it was ready; nothing is half done. Start it again when you like.")
        return 1
    return _Run(options, prepared).until_stopped()


def _check_port(options: Options) -> None:
    family = socket.AF_INET6 if ":" in options.host else socket.AF_INET
    with socket.socket(family, socket.SOCK_STREAM) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((options.host, options.port))
        except OSError as error:
            raise folder.StartupRefused(
                f"Port {options.port} on {options.host} cannot be used ({error.strerror}); "
                f"choose another one: make run PORT={_other(options.port)}, or wsgi.py --port {_other(options.port)}."
            ) from None


def _other(port: int) -> int:
    return port + 1 if port < 65_535 else 8000


class _Run:
    """One gunicorn and one consumer, forked from this prepared process so that nothing is imported twice."""

    def __init__(self, options: Options, prepared: startup.Prepared) -> None:
        self.options = options
        self.prepared = prepared
        self.stopping = False
        self.ready = False
        self.gunicorn = 0
        self.consumer = 0

    def until_stopped(self) -> int:
        signal.signal(signal.SIGTERM, self._drain)
        # A closed terminal ends what was started in it; elsewhere a hang-up means new workers, as for gunicorn itself.
        signal.signal(signal.SIGHUP, self._stop if sys.stdin and sys.stdin.isatty() else self._renew)
        for number in (signal.SIGINT, signal.SIGALRM):
            signal.signal(number, self._stop)
        self.gunicorn = _fork(self._serve)
        self.consumer = _fork(self._consume)
        self.ready = self._wait_until_ready()
        if self.ready:
            sys.stdout.write(banner.text(self.options, self.prepared))
            sys.stdout.flush()
        return self._watch()

    def _serve(self) -> None:
        from gunicorn.app.wsgiapp import run

        host = f"[{self.options.host}]" if ":" in self.options.host else self.options.host
        sys.argv = [
            "gunicorn",
            *("--config", str(ROOT / "config" / "gunicorn.py")),
            *("--chdir", str(ROOT)),
            *("--bind", f"{host}:{self.options.port}"),
            *("--log-level", "warning"),
            "wsgi:app",
        ]
        run()

    def _consume(self) -> None:
        from app.jobs import consume

        logs.configure("WARNING")
        consume(self.prepared.app, self.prepared.app.config["OUYU"])

    def _drain(self, number: int, frame: FrameType | None) -> None:
        """Say on /readyz that nobody should come any more, serve on for a while, then stop; told twice, stop at once."""
        from app.http import system

        wait_s = self.prepared.app.config["OUYU"].server.drain_s
        if self.stopping or not self.ready or not wait_s:
            self._stop(number, frame)
            return
        self.stopping = True
        system.stop_being_ready()
        signal.setitimer(signal.ITIMER_REAL, wait_s)

    def _renew(self, number: int, frame: FrameType | None) -> None:
        _signal(self.gunicorn, signal.SIGHUP)

    def _stop(self, number: int, frame: FrameType | None) -> None:
        self.stopping = True
        signal.setitimer(signal.ITIMER_REAL, 0)
        for child in (self.gunicorn, self.consumer):
            _signal(child, signal.SIGTERM)

    def _wait_until_ready(self) -> bool:
        host = "127.0.0.1" if self.options.host in command_line.EVERYWHERE else self.options.host
        address = f"http://{f'[{host}]' if ':' in host else host}:{self.options.port}/readyz"
        opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
        until = time.monotonic() + READY_WITHIN_S
        while time.monotonic() < until and not self.stopping and self._alive():
            try:
                with opener.open(address, timeout=2):
                    return True
            except (URLError, OSError):
                time.sleep(0.05)
        return False

    def _alive(self) -> bool:
        """Whether gunicorn still runs; leaves its exit code to be collected by _watch."""
        return os.waitid(os.P_PID, self.gunicorn, os.WEXITED | os.WNOHANG | os.WNOWAIT) is None

    def _watch(self) -> int:
        """Wait for gunicorn; a consumer that dies is started again, a gunicorn that dies ends the run."""
        while True:
            child, status = os.wait()
            code = os.waitstatus_to_exitcode(status)
            if child == self.gunicorn:
                return self._finish(code)
            if child == self.consumer and not self.stopping:
                say(f"The job consumer ended ({code}); starting it again.")
                time.sleep(CONSUMER_PAUSE_S)
                self.consumer = 0 if self.stopping else _fork(self._consume)

    def _finish(self, code: int) -> int:
        _signal(self.consumer, signal.SIGTERM)
        until = time.monotonic() + STOP_WITHIN_S
        while self.consumer and time.monotonic() < until:
            try:
                if os.waitpid(self.consumer, os.WNOHANG)[0]:
                    break
            except ChildProcessError:
                break
            time.sleep(0.02)
        else:
            _signal(self.consumer, signal.SIGKILL)
        if self.stopping:
            say("Stopped.")
            return 0
        say(f"The web server ended by itself ({code}); what it said stands above.")
        return code if code > 0 else 1


def _signal(child: int, number: signal.Signals) -> None:
    if child:
        try:
            os.kill(child, number)
        except ProcessLookupError:
            return


def _fork(task: Callable[[], None]) -> int:
    """Run a task in a child process that does not outlive this one. Returns its id."""
    parent = os.getpid()
    child = os.fork()
    if child:
        return child
    for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP, signal.SIGALRM):
        signal.signal(number, signal.SIG_DFL)
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGTERM)
        if os.getppid() != parent:
            os._exit(1)
    _run_child(task)


def _run_child(task: Callable[[], None]) -> NoReturn:
    code = 1
    try:
        task()
        code = 0
    except SystemExit as ended:
        code = ended.code if isinstance(ended.code, int) else 1
        if isinstance(ended.code, str):
            say(ended.code)
    except KeyboardInterrupt:
        code = 0
    except Exception:
        logging.getLogger("ouyu").exception("a child process failed")
    finally:
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(code)
