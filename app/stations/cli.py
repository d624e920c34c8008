"""`stations`: the poster's link and the rotating digits, for printing and for a screen; stations from an Excel file."""

from __future__ import annotations

from pathlib import Path

import click

from app.cli.terminal import DRY_RUN_OPTION, Group, examples, say, show
from app.core import clock
from app.core.actor import SYSTEM
from app.core.db import unit_of_work
from app.core.errors import DomainError, NotFound
from app.imports import service as imports
from app.imports.rules import Step
from app.imports.subject import SUBJECTS
from app.sheets import reading
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
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--good-only", is_flag=True, help="Leave out rows with problems instead of refusing the file.")
@DRY_RUN_OPTION
def import_stations(file: Path, good_only: bool, dry_run: bool) -> None:
    """Make and change stations from an Excel FILE, all rows or none; the panel undoes it within 24 hours.

    Writes what came of the rows as JSON. Exit 1 if a row has a problem and --good-only is not given.
    """
    subject, at = SUBJECTS["stations"], clock.now()
    try:
        seen = imports.preview(SYSTEM, subject, reading.read(file.read_bytes()))
        wrong = seen.count(Step.WRONG)
        for finding in seen.findings:
            for problem in finding.problems:
                say(f"row {finding.number}, {problem.column}: {problem.sentence.en}")
        if not dry_run and (good_only or not wrong):
            with unit_of_work():
                kept = imports.keep_preview(SYSTEM, subject, seen, file_name=file.name, at=at)
                imports.run_import(SYSTEM, kept.id, good_only=good_only, at=at)
    except DomainError as refusal:
        raise click.ClickException(refusal.sentence("en")) from None
    show({step.value: seen.count(step) for step in Step})
    if wrong and not good_only:
        raise click.ClickException(
            f"{wrong} rows have problems; nothing was imported. Correct the file and run it again."
        )


def _station(code: str) -> Station:
    try:
        return queries.get_station_by_code(code.upper())
    except NotFound:
        raise click.ClickException(f"There is no station {code!r}; the codes stand in the panel.") from None
