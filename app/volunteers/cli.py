"""`volunteers`: people written down from an Excel file."""

from __future__ import annotations

from pathlib import Path

from app.cli.terminal import DRY_RUN_OPTION, Group, examples
from app.imports.cli import FILE_ARGUMENT, GOOD_ONLY_OPTION, import_file

commands = Group(name="volunteers", help="Volunteers: written down by lists, accepted by themselves.")


@commands.command(
    "import", epilog=examples("volunteers import volunteers.xlsx --dry-run", "volunteers import volunteers.xlsx")
)
@FILE_ARGUMENT
@GOOD_ONLY_OPTION
@DRY_RUN_OPTION
def import_volunteers(file: Path, good_only: bool, dry_run: bool) -> None:
    """Invite and change volunteers from an Excel FILE, all rows or none; the panel undoes it within 24 hours.

    Who is new is invited and accepts on their phone. Writes what came of the rows as JSON. Exit 1 if a row has a
    problem and --good-only is not given.
    """
    import_file("volunteers", file, good_only=good_only, dry_run=dry_run)
