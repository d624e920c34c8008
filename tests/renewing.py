"""Put a PostgreSQL of the tests back to freshly migrated: emptied where that is enough, made anew where it is not.

CREATE DATABASE copies some four hundred files for every test; deleting the few rows a test wrote is ten times faster.
"""

from __future__ import annotations

import psycopg
from psycopg import sql

ANEW_EVERY = 100
"""Deleted rows stay in the files; now and then the files are made anew."""
_SHAPE = """
    SELECT (SELECT sum(oid::int8) FROM pg_class WHERE relnamespace = 'public'::regnamespace),
           (SELECT sum(oid::int8 * ascii(tgenabled)) FROM pg_trigger),
           (SELECT sum(oid::int8) FROM pg_constraint), (SELECT sum(oid::int8) FROM pg_proc),
           (SELECT count(*) FROM pg_attribute JOIN pg_class ON pg_class.oid = attrelid
             WHERE relnamespace = 'public'::regnamespace AND NOT attisdropped)
"""
"""Changes with every table, column, index, trigger, CHECK and function that comes or goes."""
_SEQUENCES = "SELECT sequencename, last_value FROM pg_sequences WHERE schemaname = 'public'"


class Renewed:
    """The database `name` of a server, like its `template` before every test."""

    def __init__(self, maintenance: str, address: str, name: str, template: str) -> None:
        self._maintenance, self._address = maintenance, address
        self._name, self._template = sql.Identifier(name), sql.Identifier(template)
        self._connection: psycopg.Connection[tuple[object, ...]] | None = None
        self._left = 0

    def renew(self) -> None:
        """Take back whatever a test did."""
        if self._left == 0 or not self._emptied():
            self._make()
        self._left -= 1

    def close(self) -> None:
        """Leave the database."""
        if self._connection is not None:
            self._connection.close()

    def _make(self) -> None:
        self.close()
        with psycopg.connect(self._maintenance, autocommit=True) as connection:
            connection.execute(sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(self._name))
            connection.execute(sql.SQL("CREATE DATABASE {} TEMPLATE {}").format(self._name, self._template))
        self._connection = psycopg.connect(self._address, autocommit=True)
        self._left = ANEW_EVERY
        run = self._connection.execute
        self._shape = run(_SHAPE).fetchone()
        self._tables = [str(row[0]) for row in run("SELECT tablename FROM pg_tables WHERE schemaname = 'public'")]
        self._sequences = dict(run(_SEQUENCES).fetchall())
        self._seeds = {table: self._rows(table) for table in self._filled()}

    def _emptied(self) -> bool:
        """Return whether emptying was enough: not where the shape changed, or the connection went with the server."""
        assert self._connection is not None
        try:
            with self._connection.transaction():
                return self._empty(self._connection)
        except psycopg.Error:
            return False

    def _empty(self, connection: psycopg.Connection[tuple[object, ...]]) -> bool:
        others = "datname = current_database() AND pid <> pg_backend_pid()"
        connection.execute(f"SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity WHERE {others}")
        if connection.execute(_SHAPE).fetchone() != self._shape:
            return False
        connection.execute("SET LOCAL session_replication_role = replica")  # no trigger, no foreign key
        for table in self._filled():
            connection.execute(sql.SQL("DELETE FROM {}").format(sql.Identifier(table)))
        for table, rows in self._seeds.items():
            with connection.cursor().copy(sql.SQL("COPY {} FROM STDIN").format(sql.Identifier(table))) as copy:
                copy.write(rows)
        for name, value in connection.execute(_SEQUENCES).fetchall():
            before = self._sequences[name]
            if value != before:
                connection.execute("SELECT setval(%s, %s, %s)", [f'public."{name}"', before or 1, before is not None])
        return True

    def _filled(self) -> list[str]:
        assert self._connection is not None
        one = "SELECT {} WHERE EXISTS (SELECT FROM {})"
        each = [sql.SQL(one).format(sql.Literal(table), sql.Identifier(table)) for table in self._tables]
        return [str(row[0]) for row in self._connection.execute(sql.SQL(" UNION ALL ").join(each))]

    def _rows(self, table: str) -> bytes:
        assert self._connection is not None
        with self._connection.cursor().copy(sql.SQL("COPY {} TO STDOUT").format(sql.Identifier(table))) as copy:
            return b"".join(bytes(part) for part in copy)
