"""`audit`: prove the trail from the shell."""

from __future__ import annotations

import click
from flask import current_app

from app.audit import queries
from app.cli.terminal import JSON_OPTION, Group, examples, say, show

commands = Group(name="audit", help="The audit trail: prove that no entry was changed, removed or slipped in.")


@commands.command("verify", epilog=examples("audit verify", "audit verify --json"))
@JSON_OPTION
def verify(as_json: bool) -> None:
    """Verify the whole chain and the signed daily checkpoints; exit 1 names what is wrong."""
    faults = queries.chain_faults(current_app.config["OUYU"].server.data_dir)
    head = queries.get_head()
    if as_json:
        show({"ok": not faults, "seq": head.seq, "hash": head.hash, "faults": faults})
    else:
        for fault in faults:
            click.echo(fault)
    if faults:
        raise click.ClickException(
            "The audit trail does not hold; keep the database as it is and find out who wrote it."
        )
    say(f"The audit trail holds up to entry {head.seq}.")
