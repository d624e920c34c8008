"""Which migration the code knows and which one the database stands at; moving from one to the other is Alembic's work.

Alembic is loaded only when something moves: a server whose database is at head never pays for it (11 MB a worker).
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from sqlalchemy import inspect, text

from app.core.db import db, read_connection

if TYPE_CHECKING:
    from alembic.config import Config

MIGRATIONS = Path(__file__).resolve().parents[2] / "migrations"


def head_revision() -> str:
    """Return the newest migration this code knows."""
    return (MIGRATIONS / "HEAD").read_text(encoding="ascii").strip()


def present_revision() -> str | None:
    """Return the migration that the database stands at; None before the first."""
    if not inspect(db.engine).has_table("alembic_version"):
        return None
    with read_connection() as connection:
        return connection.execute(text("SELECT version_num FROM alembic_version")).scalar()


def is_known(revision: str | None) -> bool:
    """Whether this code knows a migration."""
    from alembic.script import ScriptDirectory

    return revision in {one.revision for one in ScriptDirectory(str(MIGRATIONS)).walk_revisions()}


def upgrade(revision: str = "head") -> None:
    """Apply what is missing up to a migration. Raises alembic's CommandError when the database is at an unknown one."""
    from alembic import command

    command.upgrade(_config(), revision)


def downgrade(revision: str) -> None:
    """Take migrations back to one that stays; "base": all of them."""
    from alembic import command

    command.downgrade(_config(), revision)


def _config() -> Config:
    from alembic.config import Config

    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS).replace("%", "%%"))
    return config
