"""`keys`: change the master key while the service runs."""

from __future__ import annotations

import click
from flask import current_app

from app.audit import service as audit
from app.cli.terminal import DRY_RUN_OPTION, Group, examples, say
from app.core import sealed, secrets
from app.core.db import unit_of_work
from app.core.sealed import SEALED, SealedColumn

commands = Group(name="keys", help="The keys of what is stored: phone numbers, secrets of posters, signatures.")


@commands.command("rotate", epilog=examples("keys rotate --dry-run", "keys rotate"))
@DRY_RUN_OPTION
def rotate(dry_run: bool) -> None:
    """Seal everything with the present master key that is still sealed with the old one.

    Set OUYU_SECRETS__MASTER_KEY to a new key and OUYU_SECRETS__OLD_MASTER_KEY to the one used so far, start the service
    again, then run this. It may be stopped at any time and run again; when it says that nothing is left, take the old
    key out of the settings.
    """
    if dry_run:
        for name, one in SEALED.items():
            with unit_of_work():
                click.echo(f"{name}: {sealed.count_old(one)} to seal anew")
        return
    if not secrets.has_old_key():
        raise click.UsageError(
            "There is no old key to change from; put it into OUYU_SECRETS__OLD_MASTER_KEY and the new one into "
            "OUYU_SECRETS__MASTER_KEY."
        )
    broken: list[str] = []
    for name, one in SEALED.items():
        broken += _rotate(name, one)
    signed = audit.sign_checkpoints_anew(current_app.config["OUYU"].server.data_dir)
    say(f"Audit checkpoints: {signed} signed with the present key.")
    _expect_nothing_left(broken)


def _rotate(name: str, one: SealedColumn) -> list[str]:
    """Seal one column anew, a batch to a unit, so that a stop loses nothing. Returns rows that do not open."""
    done, broken, after_id = 0, list[str](), 0
    while True:
        with unit_of_work():
            batch = sealed.reseal(one, after_id=after_id)
        done += batch.rows
        broken += batch.broken
        if batch.last_id is None:
            say(f"{name}: {done} sealed anew, the last batch done.")
            return broken
        after_id = batch.last_id
        say(f"{name}: {done} sealed anew …")


def _expect_nothing_left(broken: list[str]) -> None:
    for row in broken:
        click.echo(row)
    if broken:
        raise click.ClickException(
            f"{len(broken)} values open with neither key, as listed; find the key they name, or a copy from before."
        )
    with unit_of_work():
        left = sum(sealed.count_old(one) for one in SEALED.values())
    if left:
        raise click.ClickException(
            f"{left} values were sealed with the old key meanwhile; start every process with the new key, then run this again."
        )
    say("Nothing is left on the old key; take OUYU_SECRETS__OLD_MASTER_KEY out of the settings and start again.")
