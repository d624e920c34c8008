"""The command line of wsgi.py, laid over the environment, so that every process of the run reads the same settings."""

from __future__ import annotations

import argparse
import os
import shlex
import socket
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from config.settings import Settings, load

LOOPBACK = "127.0.0.1"
EVERYWHERE = ("0.0.0.0", "::", "")
DEFAULT_ADDRESS = "http://127.0.0.1:8000"
"""What settings.public_url is when nothing is set."""
EMPTY_CITY_FILE = "empty.sqlite3"
_SOMEWHERE_ELSE = ("192.0.2.1", 9)


@dataclass(frozen=True, slots=True)
class Options:
    """What a run was asked for. laid_over: what other commands need in their environment to meet this run."""

    port: int
    host: str
    demo: bool
    address: str
    on_network: bool
    laid_over: tuple[str, ...]


def parse(argv: Sequence[str]) -> Options:
    """Read the arguments and put what they set into the environment. Exits 2 on a wrong argument."""
    parser = argparse.ArgumentParser(
        prog="wsgi.py",
        description="Serve Ouyu: migrate, load the demo city once, run gunicorn and the job consumer.",
        epilog="Example: .venv/bin/python wsgi.py --port 8080 --host 0.0.0.0 --data-dir /var/lib/ouyu",
    )
    parser.add_argument("--port", type=_port, default=8000, help="port to listen on (default 8000)")
    parser.add_argument("--host", default=LOOPBACK, help="address to listen on (default: this machine only)")
    parser.add_argument("--data-dir", type=Path, help="folder for database, keys and lock (default ./data)")
    parser.add_argument("--no-demo", action="store_true", help="an empty city in a database file of its own")
    args = parser.parse_args(argv)
    host = args.host or LOOPBACK
    address = f"http://{_reachable(host)}:{args.port}"
    laid_over = _overlay(os.environ, address, demo=not args.no_demo, data_dir=args.data_dir)
    os.environ.update(laid_over)
    return Options(
        port=args.port,
        host=host,
        demo=not args.no_demo,
        address=address,
        on_network=host not in (LOOPBACK, "localhost", "::1"),
        laid_over=tuple(f"{name}={shlex.quote(value)}" for name, value in laid_over.items()),
    )


def settings() -> Settings:
    """Return the settings of this process's environment. Raises SettingsError."""
    return load(os.environ)


def _overlay(environ: Mapping[str, str], address: str, *, demo: bool, data_dir: Path | None) -> dict[str, str]:
    overlay: dict[str, str] = {}
    if data_dir is not None:
        overlay["OUYU_SERVER__DATA_DIR"] = str(data_dir.absolute())
    if environ.get("OUYU_PROFILE", "demo") == "production":
        return overlay
    if not {"OUYU_SERVER__PUBLIC_URL", "OUYU_SERVER__PUBLIC_URL_FILE"} & environ.keys() and address != DEFAULT_ADDRESS:
        overlay["OUYU_SERVER__PUBLIC_URL"] = address
    if not demo and not {"OUYU_DATABASE__URL", "OUYU_DATABASE__URL_FILE"} & environ.keys():
        folder = Path(overlay.get("OUYU_SERVER__DATA_DIR") or environ.get("OUYU_SERVER__DATA_DIR", "data")).absolute()
        overlay["OUYU_DATABASE__URL"] = f"sqlite:///{folder / EMPTY_CITY_FILE}"
    return overlay


def _port(text: str) -> int:
    port = int(text) if text.isascii() and text.isdigit() else -1
    if not 1 <= port <= 65_535:
        raise argparse.ArgumentTypeError(f"{text!r} is not a port; use a number from 1 to 65535, e.g. 8000")
    return port


def _reachable(host: str) -> str:
    """Return an address that people on the same network can open. Nothing is sent: a UDP connect only picks a route."""
    if host not in EVERYWHERE:
        return f"[{host}]" if ":" in host else host
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        try:
            probe.connect(_SOMEWHERE_ELSE)
            found: str = probe.getsockname()[0]
        except OSError:
            found = LOOPBACK
    return found


def wants_colour() -> bool:
    """Whether output may carry colours. Source: no-color.org."""
    return not os.environ.get("NO_COLOR")
