"""The command line: `flask --app wsgi <noun> <verb>`."""

from __future__ import annotations

from importlib import import_module

import click
from flask import Flask

from app.cli.terminal import Group

_COMMANDS = (
    "app.cli.database",
    "app.cli.doctor",
    "app.cli.check",
    "app.cli.backup",
    "app.cli.demo",
    "app.cli.jobs",
    "app.cli.keys",
    "app.cli.retention",
    "app.cli.docs",
    "app.audit.cli",
    "app.orgs.cli",
    "app.stations.cli",
    "app.volunteers.cli",
)


def register_commands(app: Flask) -> None:
    """Hang every command on the application; each module of the list offers one as `commands`."""
    root = Group(name=app.cli.name, commands=dict(app.cli.commands))
    for module in _COMMANDS:
        command: click.Command = import_module(module).commands
        if isinstance(command, click.Group) and not isinstance(command, Group):
            command = Group(name=command.name, commands=command.commands, help=command.help)
        root.add_command(command)
    app.cli = root
