"""The way in: `app` for gunicorn and flask; run as a script it serves the demo city."""

import sys

if sys.version_info < (3, 11):
    sys.exit(
        "Ouyu needs Python 3.11 or newer, and this is %d.%d; install a newer one and run make with PYTHON=/path/to/it."
        % sys.version_info[:2]
    )

if __name__ == "__main__":
    try:
        from app.cli.serve import main
    except ModuleNotFoundError as missing:
        sys.exit("The package %s is not installed; run `make venv`, or start with `make run`." % missing.name)
    sys.exit(main(sys.argv[1:]))

from flask import has_request_context

from app.factory import create_app
from app.http.headers import request_id
from config import logging as logs
from config.settings import SettingsError

logs.name_requests_with(lambda: request_id() if has_request_context() else "-")
try:
    app = create_app()
except SettingsError as refusal:
    sys.exit(str(refusal))
