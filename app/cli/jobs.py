"""`jobs`: the consumer of periodic tasks, where `make run` does not start it."""

from __future__ import annotations

import click
from flask import current_app

from app.cli.terminal import DRY_RUN_OPTION, Group, examples, say
from config import logging as logs

commands = Group(name="jobs", help="The job consumer: daily audit head, and forgetting what is no longer needed.")


@commands.command("run", epilog=examples("jobs run", "jobs run --once", "jobs run --dry-run"))
@DRY_RUN_OPTION
@click.option("--once", is_flag=True, help="Do what is due now and end.")
def run(dry_run: bool, once: bool) -> None:
    """Run the periodic tasks until stopped. One consumer per data folder is enough; more do no harm."""
    from app import jobs

    app = current_app._get_current_object()  # type: ignore[attr-defined]
    if dry_run:
        for job in jobs.JOBS:
            say(f"{job.name}: {job.run.__doc__}")
        return
    logs.configure("INFO")
    if once:
        for job in jobs.JOBS:
            jobs.run_job(app, job)
        return
    jobs.consume(app, app.config["OUYU"])
