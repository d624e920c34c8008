"""`retention`: forget now what has been kept long enough."""

from __future__ import annotations

import click

from app.cli.terminal import DRY_RUN_OPTION, JSON_OPTION, Group, examples, say, show
from app.core import clock

commands = Group(name="retention", help="How long personal data is kept; docs/retention.md shows the terms.")


@commands.command("run", epilog=examples("retention run --dry-run", "retention run --json"))
@DRY_RUN_OPTION
@JSON_OPTION
def run(dry_run: bool, as_json: bool) -> None:
    """Forget what has been kept long enough; the job consumer does the same every hour."""
    from app.jobs import forget_due

    forgotten = forget_due(clock.now(), dry_run=dry_run)
    if as_json:
        show({"dry_run": dry_run, "forgotten": forgotten})
        return
    for name, count in forgotten.items():
        click.echo(f"{name}: {count}")
    say("Nothing was changed." if dry_run else "Done.")
