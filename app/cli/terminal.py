"""How commands speak: data on stdout, talk on stderr, a wrong word answered with the nearest right one."""

from __future__ import annotations

import difflib
import json
import sys
from typing import Any

import click
from flask.cli import AppGroup

from config.options import wants_colour

JSON_OPTION = click.option("--json", "as_json", is_flag=True, help="Write the result as JSON.")
DRY_RUN_OPTION = click.option("--dry-run", is_flag=True, help="Say what would be done and change nothing.")


class Group(AppGroup):
    """A group of commands that knows what somebody may have meant."""

    def get_command(self, ctx: click.Context, name: str) -> click.Command | None:
        found = super().get_command(ctx, name)
        if found is None:
            near = difflib.get_close_matches(name, self.list_commands(ctx), n=1, cutoff=0.5)
            known = ", ".join(self.list_commands(ctx))
            ctx.fail(f"No such command {name!r}. " + (f"Did you mean {near[0]!r}?" if near else f"There are: {known}."))
        return found


def say(text: str) -> None:
    """Tell the person at the terminal something; never part of the data."""
    click.echo(text, err=True)


def show(data: Any) -> None:
    """Write data as JSON on stdout."""
    click.echo(json.dumps(data, ensure_ascii=False, indent=2, default=str))


def coloured(text: str, colour: str) -> str:
    """Colour a word for a terminal; left plain in pipes and where NO_COLOR is set."""
    return click.style(text, fg=colour) if sys.stdout.isatty() and wants_colour() else text


def examples(*lines: str) -> str:
    """Return the examples that close a command's help, one a line."""
    return "\b\nExamples:\n" + "\n".join(f"  flask --app wsgi {line}" for line in lines)
