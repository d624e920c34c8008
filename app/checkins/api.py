"""The JSON door of visits."""

from __future__ import annotations

from typing import Any

from flask import Response

from app.checkins import errors, queries, review, rules, scan, service, words
from app.checkins.models import Appeal, CheckIn
from app.checkins.rules import Source
from app.checkins.schemas import (
    AppealIn,
    AppealOut,
    AttemptOut,
    BatchIn,
    BatchOut,
    CheckInIn,
    CheckInOut,
    PassportOut,
    ScanOut,
)
from app.checkins.service import Claim, Verdict
from app.core import paging
from app.core.clock import rfc3339
from app.core.errors import NotFound, Text
from app.core.geo import CoordSys, Point, to_wgs84
from app.core.pictures import BYTES_MAX
from app.http.access import actor, caller, now, people, public
from app.http.blueprint import ApiBlueprint
from app.http.body import Answer, answer, raw_body, read, read_query, read_upload
from app.http.idempotency import known_answer, once, once_each
from app.http.locale import locale
from app.http.query import PageQuery
from app.stations import listing
from app.stations.models import Station
from app.stations.opening import OpenState

bp = ApiBlueprint("checkins")

_CHECK_IN_IN, _BATCH_IN = CheckInIn(), BatchIn()
_ATTEMPT_OUT = AttemptOut()
_PASSPORT_OUT = PassportOut()
_APPEAL_IN, _APPEAL_OUT = AppealIn(), AppealOut()
_SCAN_OUT = ScanOut()
_PAGE = PageQuery()
_SINGLE = "/api/v1/checkins"


@bp.call(
    "POST",
    "/checkins",
    access=people,
    limit="checkins_per_min",
    status=(201, 200),
    body=_CHECK_IN_IN,
    answer=CheckInOut(),
    refusals=(*errors.OF_REASON.values(), errors.TooManyCheckIns),
    example={
        "credential": "{poster}",
        "location": {"lat": 36.06157, "lng": 120.31426, "accuracy_m": 12.0, "coord_sys": "wgs84"},
    },
)
def post_check_in() -> Response:
    """Record the caller's visit to a station; repeating it on the same day is harmless.

    201 for a new stamp, 200 with `already: true` and the first visit for another try on the same city day.
    """
    body = read(_CHECK_IN_IN)
    claim = _claim(body)
    return once(lambda: _check_in(claim))


@bp.call(
    "POST",
    "/checkins/batch",
    access=people,
    limit="batches_per_min",
    body=_BATCH_IN,
    answer=BatchOut(),
    example={
        "items": [{"key": "visit-0001", "credential": "{poster}", "client_time": "2026-11-22T09:12:00+08:00"}],
    },
)
def post_batch() -> Response:
    """Send the visits that the phone kept while it had no network, up to 50.

    Each item stands for itself and is answered as a single call would be, in the order sent; they are judged in the
    order of their times. Sent again, the same items get the same answers, refusals too.
    """
    items: list[dict[str, Any]] = read(_BATCH_IN)["items"]
    stored = known_answer()
    if stored is not None:
        return stored
    sent: list[dict[str, Any]] = raw_body()["items"]
    answers: dict[int, tuple[int, Any]] = {}
    for position in sorted(range(len(items)), key=lambda n: (items[n]["client_time"], items[n]["key"])):
        item = items[position]
        claim = _claim(item, Source.OFFLINE)
        bare = {name: value for name, value in sent[position].items() if name != "key"}
        answers[position] = once_each(item["key"], bare, lambda claim=claim: _check_in(claim), also=_SINGLE)  # type: ignore[misc]
    listed = [{"key": item["key"], "status": answers[n][0], "body": answers[n][1]} for n, item in enumerate(items)]
    return once(lambda: Answer({"items": listed}))


def _check_in(claim: Claim) -> Answer:
    verdict = service.check_in(actor(), claim=claim, at=now())
    if verdict.refused is not None:
        return Answer(None, refused=verdict.refused)
    return Answer(_visit(verdict), 200 if verdict.already else 201)


@bp.call(
    "POST",
    "/scan",
    access=public,
    limit="scans_per_min",
    upload="image",
    answer=_SCAN_OUT,
    refusals=(errors.NothingFound,),
)
def post_scan() -> Response:
    """Read the QR code in a photo (JPEG, PNG or WebP, at most 5 MB and 24 megapixels); the photo is not kept."""
    return answer(_SCAN_OUT.dump({"text": scan.read_code(read_upload("image", bytes_max=BYTES_MAX))}))


@bp.call(
    "POST",
    "/checkins/<checkin_id>/appeal",
    access=people,
    status=(201,),
    body=_APPEAL_IN,
    answer=_APPEAL_OUT,
    refusals=(NotFound, errors.NotAppealable, errors.AlreadyAppealed),
    example={"text": "I was on the pier; my phone had no position."},
    path_example={"checkin_id": "id-of-your-visit"},
)
def post_appeal(checkin_id: str) -> Response:
    """Say why a visit that was refused or is held should count; once per visit. A person looks at it."""
    body = read(_APPEAL_IN)
    return once(
        lambda: Answer(_APPEAL_OUT.dump(_appeal(review.appeal(actor(), checkin_id, text=body["text"], at=now()))), 201)
    )


def _appeal(made: Appeal) -> dict[str, Any]:
    return {"id": made.public_id, "state": made.state}


@bp.call("GET", "/me/checkins", access=people, query=_PAGE, answer=_ATTEMPT_OUT, listed=True)
def list_my_check_ins() -> Response:
    """List the caller's attempts, newest first, refused and voided ones with their reason."""
    asked = read_query(_PAGE)
    after = paging.position(queries.HISTORY, asked["cursor"])
    page = queries.list_mine(caller().person_id, asked["limit"], after)
    items = [_attempt(row.CheckIn, row.Station, row.Appeal) for row in page.items]
    return answer({"items": _ATTEMPT_OUT.dump(items, many=True), "next_cursor": page.next_cursor})


@bp.call("GET", "/me/passport", access=people, answer=_PASSPORT_OUT)
def get_passport() -> Response:
    """Show the caller's stamps, in the order collected."""
    person_id = caller().person_id
    collected, unlisted = queries.count_collected(person_id)
    stamps = [
        {
            "station": _station_ref(stamp.station),
            "first_on": stamp.first_on,
            "last_on": stamp.last_on,
            "count": stamp.visits,
            "grade": stamp.grade,
        }
        for stamp in queries.list_stamps(person_id)
    ]
    total = len(listing.directory().stations) + unlisted
    return answer(_PASSPORT_OUT.dump({"collected": collected, "total": total, "stamps": stamps}))


def _attempt(visit: CheckIn, station: Station, appeal: Appeal | None) -> dict[str, Any]:
    said = words.why(visit.reason, visit.explanation)
    answered = rules.answer_words(appeal.answer) if appeal else None
    return {
        "id": visit.public_id,
        "result": visit.state,
        "reason": visit.reason,
        "reason_text": said.in_(locale()) if said else None,
        "appeal": {"state": appeal.state, "answer": answered.in_(locale()) if answered else None} if appeal else None,
        "grade": visit.grade,
        "station": _station_ref(station),
        "checked_in_at": visit.happened_at,
        "business_date": visit.business_date,
        "distance_m": visit.distance_m,
    }


def _claim(body: dict[str, Any], source: Source = Source.API) -> Claim:
    place = body.get("location")
    point = to_wgs84(Point(place["lat"], place["lng"]), CoordSys(place["coord_sys"])) if place else None
    return Claim(
        credential=body["credential"],
        point=point,
        accuracy_m=place["accuracy_m"] if place else None,
        client_time=body.get("client_time"),
        account_frozen=caller().state == "frozen",
        source=source,
        device_hash=caller().device_hash,
    )


def _visit(verdict: Verdict) -> dict[str, Any]:
    """Return an accepted or held visit as its answer, written by hand on the hot path; tested against CheckInOut."""
    station, at, day = verdict.station, verdict.checked_in_at, verdict.business_date
    assert station is not None
    assert at is not None
    assert day is not None
    opening = verdict.opening
    said = words.message(
        result=verdict.result,
        already=verdict.already,
        name=Text(station.name_zh, station.name_en),
        at=at,
        business_date=day,
        opening=opening,
    )
    known = opening is not None and opening.state is not OpenState.UNKNOWN
    return {
        "id": verdict.id,
        "result": verdict.result,
        "already": verdict.already,
        "grade": verdict.grade,
        "station": _station_ref(station),
        "checked_in_at": rfc3339(at),
        "business_date": day.isoformat(),
        "distance_m": verdict.distance_m,
        "station_open": opening.state is OpenState.OPEN if opening is not None and known else None,
        "passport": {"collected": verdict.collected, "total": verdict.total},
        "message": said.in_(locale()),
    }


def _station_ref(station: Any) -> dict[str, str]:
    return {"code": station.code, "name": station.name_en if locale() == "en" else station.name_zh}
