"""`demo`: load the demo city, or start it anew."""

from __future__ import annotations

import click
from flask import current_app

from app.audit.queries import checkpoint_path
from app.cli import folder, startup
from app.cli.terminal import DRY_RUN_OPTION, Group, examples, say
from app.core import revisions
from app.core.db import db
from app.core.installation import Owner
from config.settings import Settings

commands = Group(name="demo", help="The demo city: invented people and visits at 21 places, in its own database.")


@commands.command("load", epilog=examples("demo load --dry-run", "demo load"))
@DRY_RUN_OPTION
def load(dry_run: bool) -> None:
    """Build the demo city in a database that nobody has prepared yet. `make run` does it by itself."""
    settings = _demo_settings()
    try:
        startup.check_reachable()
        owner = startup.owner_of_database()
        if owner is Owner.DEMO:
            say("The demo city stands here already; `demo reset` builds it anew.")
        elif owner is not None:
            raise click.ClickException(f"This database was prepared as {owner}; the demo city needs one of its own.")
        elif dry_run:
            say("Would migrate the database and build the demo city.")
        else:
            startup.migrate(settings)
            startup.claim_database(Owner.DEMO)
            say("The demo city is ready.")
    except folder.StartupRefused as refusal:
        raise click.ClickException(str(refusal)) from None


@commands.command("reset", epilog=examples("demo reset --dry-run", "demo reset --yes"))
@DRY_RUN_OPTION
@click.option("--yes", is_flag=True, help="Do not ask.")
def reset(dry_run: bool, yes: bool) -> None:
    """Throw the demo city away, every visit and account with it, and build it anew. The service must be stopped."""
    settings = _demo_settings()
    try:
        with folder.held(settings):
            startup.check_reachable()
            owner = startup.owner_of_database()
            if owner not in (Owner.DEMO, None):
                raise click.ClickException(f"This database was prepared as {owner}; only a demo city can be reset.")
            where = db.engine.url.render_as_string(hide_password=True)
            if dry_run:
                say(f"Would empty {where} and build the demo city anew.")
                return
            if not yes:
                click.confirm(f"Empty {where} and build the demo city anew?", abort=True, err=True)
            _empty(settings)
            startup.migrate(settings)
            startup.claim_database(Owner.DEMO)
            say("The demo city is ready.")
    except folder.StartupRefused as refusal:
        raise click.ClickException(str(refusal)) from None


def _demo_settings() -> Settings:
    settings: Settings = current_app.config["OUYU"]
    if settings.profile != "demo":
        raise click.ClickException(
            f"OUYU_PROFILE is {settings.profile}; the demo city exists in the demo profile only."
        )
    return settings


def _empty(settings: Settings) -> None:
    """Take every table away, the way the migrations made them, and the checkpoints of the audit trail with them."""
    if revisions.present_revision() is not None:
        revisions.downgrade("base")
    checkpoint_path(settings.server.data_dir).unlink(missing_ok=True)
