"""One-time codes: sent to a phone, tried, used up. Counted in the database, so that limits hold on every worker."""

from __future__ import annotations

from datetime import datetime
from typing import Any, NamedTuple, cast

from sqlalchemy import ColumnElement, Table, select, true, update

from app.core import counters, secrets
from app.core.db import connection
from app.core.errors import DomainError
from app.core.statements import upsert
from app.core.types import new_public_id
from app.people import errors, rules
from app.people.errors import CodeExpired, PhoneInvalid
from app.people.models import PHONES, OtpCode
from config import settings

_CODES = cast(Table, OtpCode.__table__)
_LIVE = _CODES.c.seed.is_not(None) & (_CODES.c.tries < rules.CODE_TRIES)


class Issued(NamedTuple):
    """A fresh code on its way to a phone."""

    phone: str
    code: str
    retry_after_s: int
    expires_in_s: int


def issue_code(written: str, *, address: str, at: datetime) -> Issued:
    """Make the one live code of a phone; an older one dies. Whether somebody has this phone is not looked up.

    written: the number as typed. address: the network that asks, as limits see it.
    Raises: PhoneInvalid; TooManySignIns within 60 s, and beyond the day's and the hour's amount.
    """
    phone = number_of(written)
    index = secrets.blind_index(PHONES, phone)
    code = _write(index, at, _CODES.c.sent_at <= at - rules.CODE_AGAIN)
    if code is None:
        raise errors.too_many(_seconds_to_wait(index, at))
    for key, window_s, amount in _caps(index, address):
        if counters.hit(key, at=at, window_s=window_s) > amount:
            raise errors.too_many(window_s - int(at.timestamp()) % window_s)
    again_s, lives_s = (int(span.total_seconds()) for span in (rules.CODE_AGAIN, rules.CODE_LIVES))
    return Issued(phone, code, again_s, lives_s)


def withdraw_code(issued: Issued, *, address: str, at: datetime) -> None:
    """Undo a code that could not be sent, so that its owner may ask again at once. at: when it was issued."""
    index = secrets.blind_index(PHONES, issued.phone)
    gone = connection().execute(
        _CODES.delete().where(_CODES.c.phone_index == index, _CODES.c.sent_at == at).returning(_CODES.c.phone_index)
    )
    if gone.first() is not None:
        for key, window_s, _ in _caps(index, address):
            counters.take_back(key, at=at, window_s=window_s)


def refusal_of(phone: str, typed: str, *, at: datetime) -> DomainError | None:
    """Try a code; the right one is used up. phone: normalised.

    The try is counted before it is compared, so that many at once cannot have more than five.
    Returns: None, or the refusal, which the door answers with after committing the count.
    """
    index = secrets.blind_index(PHONES, phone)
    mine = _CODES.c.phone_index == index
    tried = connection().execute(
        update(_CODES)
        .where(mine, _LIVE, _CODES.c.expires_at > at)
        .values(tries=_CODES.c.tries + 1)
        .returning(_CODES.c.seed, _CODES.c.tries)
    )
    row = tried.first()
    if row is None:
        return CodeExpired()
    if not secrets.same(rules.typed_code(typed), _code(index, row.seed)):
        return errors.code_invalid(rules.CODE_TRIES - row.tries)
    connection().execute(update(_CODES).where(mine).values(seed=None))
    return None


def code_to_show(phone: str, *, at: datetime) -> str:
    """Return the code that a phone would be let in by, made now if need be; neither sent nor counted.

    For the demo alone: its people sign in by it, and so does the example of its API document.
    """
    index = secrets.blind_index(PHONES, phone)
    query = select(_CODES.c.seed).where(_CODES.c.phone_index == index, _LIVE, _CODES.c.expires_at > at)
    seed = connection().execute(query).scalar()
    code = _code(index, seed) if seed else _write(index, at, true())
    assert code is not None
    return code


def purge(before: datetime) -> int:
    """Forget codes that ended before an instant. Returns how many."""
    gone = connection().execute(_CODES.delete().where(_CODES.c.expires_at < before).returning(_CODES.c.phone_index))
    return len(gone.all())


def number_of(written: str) -> str:
    """Return a number normalised. Raises PhoneInvalid."""
    phone = rules.normalise_phone(written)
    if phone is None:
        raise PhoneInvalid
    return phone


def _write(index: str, at: datetime, may_replace: ColumnElement[bool]) -> str | None:
    """Write the one code of a phone; None where one stands that may not be replaced yet."""
    seed = new_public_id()
    fresh = {"seed": seed, "tries": 0, "sent_at": at, "expires_at": at + rules.CODE_LIVES}
    statement: Any = upsert(connection().dialect.name)(_CODES).values(phone_index=index, **fresh)
    kept = connection().execute(
        statement.on_conflict_do_update(index_elements=["phone_index"], set_=fresh, where=may_replace).returning(
            _CODES.c.phone_index
        )
    )
    return None if kept.first() is None else _code(index, seed)


def _code(index: str, seed: str) -> str:
    number = int.from_bytes(secrets.digest("one-time code", index, seed), "big")
    return f"{number % 10**rules.CODE_DIGITS:0{rules.CODE_DIGITS}d}"


def _caps(index: str, address: str) -> tuple[tuple[counters.Key, int, int], ...]:
    limits = settings.current().limits
    day_s, hour_s = (int(span.total_seconds()) for span in (rules.PHONE_WINDOW, rules.ADDRESS_WINDOW))
    return (
        (("otp", "phone", index), day_s, limits.codes_per_phone_day),
        (("otp", "address", address), hour_s, limits.codes_per_address_hour),
    )


def _seconds_to_wait(index: str, at: datetime) -> int:
    sent_at = connection().execute(select(_CODES.c.sent_at).where(_CODES.c.phone_index == index)).scalar_one()
    return max(1, -int((at - sent_at - rules.CODE_AGAIN).total_seconds() // 1))
