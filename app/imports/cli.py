"""The shell's way of importing an Excel file; each domain offers it as its own command."""

from __future__ import annotations

from pathlib import Path

import click

from app.cli.terminal import say, show
from app.core import clock
from app.core.actor import SYSTEM
from app.core.db import unit_of_work
from app.core.errors import DomainError
from app.imports import service
from app.imports.rules import Step
from app.imports.subject import SUBJECTS
from app.sheets import reading

FILE_ARGUMENT = click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
GOOD_ONLY_OPTION = click.option(
    "--good-only", is_flag=True, help="Leave out rows with problems instead of refusing the file."
)


def import_file(name: str, file: Path, *, good_only: bool, dry_run: bool) -> None:
    """Preview a file and, unless it is a dry run or a row is wrong, run it; rows and sentences go to the person.

    name: the subject's. Writes what came of the rows as JSON.
    """
    subject, at = SUBJECTS[name], clock.now()
    try:
        seen = service.preview(SYSTEM, subject, reading.read(file.read_bytes()), at=at)
        wrong = seen.count(Step.WRONG)
        for finding in seen.findings:
            for problem in finding.problems:
                say(f"row {finding.number}, {problem.column}: {problem.sentence.en}")
        if not dry_run and (good_only or not wrong):
            with unit_of_work():
                kept = service.keep_preview(SYSTEM, subject, seen, file_name=file.name, at=at)
                service.run_import(SYSTEM, kept.id, good_only=good_only, at=at)
    except DomainError as refusal:
        raise click.ClickException(refusal.sentence("en")) from None
    show({step.value: seen.count(step) for step in Step})
    if wrong and not good_only:
        raise click.ClickException(
            f"{wrong} rows have problems; nothing was imported. Correct the file and run it again."
        )
