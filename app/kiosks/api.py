"""The JSON door of screens."""

from __future__ import annotations

from flask import Response, g

from app.core.db import unit_of_work
from app.http.access import TOKEN_CHARS_MAX, Access, address, bearer, now, public
from app.http.blueprint import ApiBlueprint
from app.http.body import answer, read
from app.http.locale import locale
from app.http.problems import problem
from app.kiosks import queries, rules, service
from app.kiosks.errors import KioskUnknown, PairingCodeInvalid, TooManyPairings
from app.kiosks.schemas import EXAMPLE_CODE, KioskCodesOut, PairIn, PairOut
from config import settings

bp = ApiBlueprint("kiosks")

_PAIR_IN, _PAIR_OUT, _CODES_OUT = PairIn(), PairOut(), KioskCodesOut()


def _screen() -> None:
    token = bearer()
    found = queries.find_screen(token) if token.isascii() and 0 < len(token) <= TOKEN_CHARS_MAX else None
    if found is None:
        raise KioskUnknown
    g.screen = found


screens = Access("kiosk", _screen)


@bp.call(
    "POST",
    "/kiosk/pair",
    access=public,
    status=(201,),
    body=_PAIR_IN,
    answer=_PAIR_OUT,
    refusals=(PairingCodeInvalid, TooManyPairings),
    example={"code": EXAMPLE_CODE},
)
def post_pair() -> Response:
    """Pair a screen by the one-time code that the panel showed; the code works once, within 15 minutes."""
    body = read(_PAIR_IN)
    with unit_of_work():
        paired = service.pair(body["code"], address=address(), at=now())
        if paired.station is not None:
            name = paired.station.name_en if locale() == "en" else paired.station.name_zh
            reply = _PAIR_OUT.dump(
                {"token": paired.token, "station": {"code": paired.station.code, "name": name}},
            )
    if paired.refused is not None:
        return problem(paired.refused)
    return answer(reply, 201)


@bp.call("GET", "/kiosk/codes", access=screens, answer=_CODES_OUT, refusals=(KioskUnknown,))
def get_codes() -> Response:
    """Show a paired screen its station's digits: this step's and the next nine, for short outages."""
    screen: queries.Screen = g.screen
    if rules.is_worth_noting(screen.last_seen_at, now()):
        with unit_of_work():
            service.note_seen(screen, at=now())
    base = settings.current().public_url
    items = [
        {"digits": one.digits, "url": base + one.path, "valid_from": one.valid_from, "valid_until": one.valid_until}
        for one in queries.list_shown(screen, now())
    ]
    return answer(_CODES_OUT.dump({"items": items}))
