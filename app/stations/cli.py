"""`stations`: the poster's link and the rotating digits, for printing and for a screen; stations from an Excel file."""

from __future__ import annotations

from pathlib import Path

import click

from app.cli.terminal import DRY_RUN_OPTION, Group, examples
from app.core import clock
from app.core.errors import NotFound
from app.imports.cli import FILE_ARGUMENT, GOOD_ONLY_OPTION, import_file
from app.stations import queries
from app.stations.codes import CredentialKind
from app.stations.models import Station
from config import settings

commands = Group(name="stations", help="Stations: what their posters and screens show.")


@commands.command("poster-url", epilog=examples("stations poster-url ZHANQIAO"))
@click.argument("code")
def poster_url(code: str) -> None:
    """Print the link on the poster of CODE to print: the newest version that is not revoked."""
    station = _station(code)
    credential = queries.find_current(station.id, CredentialKind.POSTER)
    if credential is None:
        raise click.ClickException(f"{code} has no poster that counts; make a new version in the panel.")
    click.echo(settings.current().public_url + queries.poster_path(station, credential))


@commands.command("rotating-code", epilog=examples("stations rotating-code ZHANQIAO"))
@click.argument("code")
def rotating_code(code: str) -> None:
    """Print the six digits that the screen of CODE shows now; they count for 30 to 60 seconds."""
    found = queries.find_rotating_digits(_station(code).id, clock.now())
    if found is None:
        raise click.ClickException(f"{code} has no rotating code that counts; make a new one in the panel.")
    click.echo(found.digits)


@commands.command("import", epilog=examples("stations import stations.xlsx --dry-run", "stations import stations.xlsx"))
@FILE_ARGUMENT
@GOOD_ONLY_OPTION
@DRY_RUN_OPTION
def import_stations(file: Path, good_only: bool, dry_run: bool) -> None:
    """Make and change stations from an Excel FILE, all rows or none; the panel undoes it within 24 hours.

    Writes what came of the rows as JSON. Exit 1 if a row has a problem and --good-only is not given.
    """
    import_file("stations", file, good_only=good_only, dry_run=dry_run)


def _station(code: str) -> Station:
    try:
        return queries.get_station_by_code(code.upper())
    except NotFound:
        raise click.ClickException(f"There is no station {code!r}; the codes stand in the panel.") from None
