"""A consumer's process that hands messages over at noon, whatever the hour, until nothing is due; it may be killed."""

from __future__ import annotations

import sys
from datetime import datetime

from app import jobs
from app.core import clock
from app.factory import create_app

if __name__ == "__main__":
    noon = datetime.fromisoformat(sys.argv[1])
    app = create_app()
    with app.app_context(), clock.frozen(noon):
        while jobs.deliver_messages(noon):
            pass
