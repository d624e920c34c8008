"""gunicorn's settings; `gunicorn -c config/gunicorn.py wsgi:app` needs nothing else."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

from gunicorn.glogging import Logger

from config import logging as logs
from config.options import settings
from config.settings import SettingsError

try:
    _settings = settings()
except SettingsError as error:
    raise SystemExit(str(error)) from None


class LineLogger(Logger):  # type: ignore[misc]
    """Our log lines, at --log-level; requests are logged only if --access-logfile asks for it."""

    def setup(self, cfg: Any) -> None:
        super().setup(cfg)
        self.error_log.setLevel(self.LOG_LEVELS[cfg.loglevel])

    @property
    def access_log_enabled(self) -> bool:
        return bool(self.cfg.accesslog)


bind = "127.0.0.1:8000"
workers = _settings.server.workers
worker_class = "gthread"
threads = _settings.server.threads
timeout = 30
graceful_timeout = 20
keepalive = 5
control_socket_disable = True
# A token as long as a book gets our own 401, not a page of gunicorn's.
limit_request_field_size = 131_072
logger_class = LineLogger
accesslog = None
errorlog = "-"
logconfig_dict = logs.as_dict()
forwarded_allow_ips = "*" if _settings.server.proxy_hops else ""
proc_name = "ouyu"
# A worker's heartbeat is a file; on a disk that stalls it would be killed for nothing.
worker_tmp_dir = "/dev/shm" if os.access(Path("/dev/shm"), os.W_OK) else None


def on_starting(server: Any) -> None:
    """Prepare the database before the first worker starts, unless wsgi.py did so a moment ago."""
    from app.cli import folder, startup

    try:
        startup.prepare_once(settings())
    except folder.StartupRefused as refusal:
        raise SystemExit(str(refusal)) from None
