"""`stations`: the poster's link and the rotating digits, for printing and for a screen."""

from __future__ import annotations

import click

from app.cli.terminal import Group, examples
from app.core import clock
from app.core.errors import NotFound
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


def _station(code: str) -> Station:
    try:
        return queries.get_station_by_code(code.upper())
    except NotFound:
        raise click.ClickException(f"There is no station {code!r}; the codes stand in the panel.") from None
