"""`db`: bring the database to this version's shape, and prove that it is there."""

from __future__ import annotations

import click
from flask import current_app
from sqlalchemy.exc import DBAPIError

from app.cli import folder, startup
from app.cli.terminal import DRY_RUN_OPTION, Group, examples, say
from app.core import revisions
from app.core.db import db

commands = Group(name="db", help="The database: bring it to this version, or check that it is there.")


@commands.command("upgrade", epilog=examples("db upgrade --dry-run", "db upgrade"))
@DRY_RUN_OPTION
def upgrade(dry_run: bool) -> None:
    """Apply the migrations that are missing; a SQLite file is copied to backups/ first."""
    try:
        startup.check_reachable()
        startup.owner_of_database()
        present, head = revisions.present_revision(), revisions.head_revision()
        if present == head:
            say(f"The database is at {head} already; nothing to do.")
        elif dry_run:
            say(f"Would migrate the database from {present or 'nothing'} to {head}.")
        else:
            startup.migrate(current_app.config["OUYU"])
            say(f"The database is at {head}.")
    except folder.StartupRefused as refusal:
        raise click.ClickException(str(refusal)) from None


@commands.command("check", epilog=examples("db check"))
def check() -> None:
    """Say whether the database is at head and has the very tables that the code describes; exit 1 if not."""
    from alembic.autogenerate import compare_metadata
    from alembic.migration import MigrationContext

    try:
        startup.check_reachable()
        present, head = revisions.present_revision(), revisions.head_revision()
    except folder.StartupRefused as refusal:
        raise click.ClickException(str(refusal)) from None
    if present != head:
        raise click.ClickException(f"The database is at {present or 'nothing'}, the code at {head}; run `db upgrade`.")
    try:
        with db.engine.connect() as connection:
            differences = compare_metadata(MigrationContext.configure(connection), db.metadata)
    except DBAPIError as error:
        raise click.ClickException(f"The database cannot be read: {error.orig}") from None
    for difference in differences:
        click.echo(str(difference))
    if differences:
        raise click.ClickException("The tables differ from the models as listed; a migration is missing.")
    say(f"The database is at {head} and equals the models.")
