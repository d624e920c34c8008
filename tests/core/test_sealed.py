"""Sealed columns: declared once; changing the key leaves nothing on the old one and loses nothing."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from flask import Flask
from sqlalchemy import select, text, update

from app.core import sealed, secrets
from app.core.db import db, unit_of_work
from app.core.sealed import SEALED
from app.core.secrets import BadSeal
from app.stations import queries
from app.stations.codes import CredentialKind
from app.stations.models import CREDENTIAL_SECRET, StationCredential
from tests.builders import City
from tests.conftest import MASTER_KEY

NEW = "a new master key of the tests, long enough as well"


@pytest.fixture(autouse=True)
def one_key() -> Iterator[None]:
    yield
    secrets.configure(MASTER_KEY)


def _reseal() -> sealed.Resealed:
    with unit_of_work():
        return sealed.reseal(CREDENTIAL_SECRET, after_id=0)


def _count() -> int:
    with unit_of_work():
        return sealed.count_old(CREDENTIAL_SECRET)


def test_every_column_that_holds_a_seal_is_declared_with_its_table_and_its_name(app: Flask) -> None:
    for one in SEALED.values():
        columns = db.metadata.tables[one.table].c
        assert {one.column, one.named_by, "id"} <= set(columns.keys())
        assert one.index is None or one.index in columns


def test_values_of_the_old_key_are_read_while_both_are_known_and_not_after(app: Flask, city: City) -> None:
    station = city.station()
    poster = city.poster(station)

    secrets.configure(NEW, MASTER_KEY)
    assert city.poster(station) == poster

    secrets.configure(NEW)
    with pytest.raises(BadSeal):
        city.poster(station)


def test_resealing_leaves_nothing_on_the_old_key_and_changes_no_value(app: Flask, city: City) -> None:
    station = city.station()
    poster = city.poster(station)
    secrets.configure(NEW, MASTER_KEY)
    assert _count() == len(CredentialKind)

    assert _reseal() == (len(CredentialKind), None, ())

    assert _count() == 0
    db.session.expire_all()
    secrets.configure(NEW)
    assert city.poster(station) == poster


def test_resealing_again_changes_nothing(app: Flask, city: City) -> None:
    city.station()
    secrets.configure(NEW, MASTER_KEY)
    _reseal()
    before = list(db.session.execute(select(StationCredential.id, StationCredential.secret)))

    assert _reseal() == (0, None, ())

    assert list(db.session.execute(select(StationCredential.id, StationCredential.secret))) == before


def test_a_value_that_opens_with_neither_key_is_named_and_the_others_are_done(app: Flask, city: City) -> None:
    station = city.station()
    poster = queries.find_current(station.id, CredentialKind.POSTER)
    assert poster is not None
    with unit_of_work():
        db.session.execute(
            update(StationCredential).where(StationCredential.id == poster.id).values(secret="cafecafe:AAAA")
        )
    secrets.configure(NEW, MASTER_KEY)

    done = _reseal()

    assert done.rows == len(CredentialKind) - 1
    assert len(done.broken) == 1
    assert f"station_credentials {poster.id}" in done.broken[0]
    assert _count() == 1


def test_an_empty_column_needs_no_new_seal(app: Flask, city: City) -> None:
    """Null is never taken for a value of the old key."""
    with unit_of_work():
        db.session.execute(text("CREATE TABLE papers (id integer PRIMARY KEY, public_id text, contact text)"))
        db.session.execute(text("INSERT INTO papers VALUES (1, 'a', NULL)"))
    papers = db.Table(
        "papers",
        db.Column("id", db.Integer, primary_key=True),
        db.Column("public_id", db.String),
        db.Column("contact", db.String),
        extend_existing=True,
    )
    try:
        with unit_of_work():
            assert sealed.count_old(sealed.SealedColumn("papers", "contact", "public_id")) == 0
    finally:
        db.metadata.remove(papers)
