"""`staff`: take somebody on and hand out one-time links from the shell; never a password."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NoReturn

import click

from app.cli.terminal import DRY_RUN_OPTION, Group, examples, say
from app.core import clock
from app.core.actor import SYSTEM
from app.core.db import db, unit_of_work
from app.core.errors import DomainError
from app.orgs import queries, rules, service
from app.orgs.rules import Role, Verdict
from config import settings

commands = Group(name="staff", help="The people who may sign in to the panel.")


class _OnlyLooking(Exception):
    """Leaves the unit of work without a commit."""


@commands.command(
    "create",
    epilog=examples(
        "staff create lin.hai --name 林海 --role city_admin --scope city",
        "staff create wang.nan --name 王南 --role district_admin --scope district:370202",
        "staff create zhao.qin --name 赵琴 --role station_keeper --scope station:ZHANQIAO",
    ),
)
@click.argument("login")
@click.option("--name", required=True, help="The person's name, as colleagues see it.")
@click.option("--role", required=True, type=click.Choice([role.value for role in Role]), help="What they may do.")
@click.option("--scope", required=True, help="Where: city, district:370202, org:ID, station:CODE or event:ID.")
@DRY_RUN_OPTION
def create(login: str, name: str, role: str, scope: str, dry_run: bool) -> None:
    """Take on LOGIN and print their one-time link (30 minutes, once) with which they set their own password."""
    data: dict[str, Any] = {"login": login, "name": name, "role": role, "scope": scope, "valid_until": None}
    _print_link(lambda: service.create_staff(SYSTEM, data=data, at=clock.now()), login, dry_run)


@commands.command("link", epilog=examples("staff link lin.hai"))
@click.argument("login")
@DRY_RUN_OPTION
def link(login: str, dry_run: bool) -> None:
    """Print a new one-time link for LOGIN; links given out before stop working."""
    found = queries.find_staff_by_login(login.strip().lower())
    if found is None:
        raise click.ClickException(f"There is nobody with the login {login!r}; take them on with `staff create`.")
    staff_id = found.id
    db.session.rollback()
    _print_link(lambda: service.issue_link(SYSTEM, staff_id, at=clock.now()), login, dry_run)


def _print_link(act: Callable[[], Verdict], login: str, dry_run: bool) -> None:
    try:
        with unit_of_work():
            verdict = act()
            if dry_run:
                raise _OnlyLooking
    except _OnlyLooking:
        say(f"This would print a one-time link for {login}; nothing was changed.")
        return
    except DomainError as refusal:
        _fail(refusal)
    if verdict.refused is not None:
        _fail(verdict.refused)
    minutes = int(rules.LINK_LIFE.total_seconds() // 60)
    say(f"Give this link to {login}: it counts for {minutes} minutes and works once.")
    click.echo(f"{settings.current().public_url}/admin/link/{verdict.token}")


def _fail(refusal: DomainError) -> NoReturn:
    about = [f"{name}: {text.en}" for name, texts in refusal.fields.items() for text in texts]
    raise click.ClickException("\n".join(about) or refusal.sentence("en"))
