"""The JSON door of feedback; open to everybody."""

from __future__ import annotations

from flask import Response

from app.core.db import unit_of_work
from app.core.errors import NotFound
from app.feedback import queries, service
from app.feedback.schemas import FeedbackIn, FeedbackMadeOut, FeedbackOut
from app.http.access import now, public
from app.http.blueprint import ApiBlueprint
from app.http.body import answer, read
from config import settings

bp = ApiBlueprint("feedback")

_IN, _MADE_OUT, _OUT = FeedbackIn(), FeedbackMadeOut(), FeedbackOut()


@bp.call(
    "POST",
    "/feedback",
    access=public,
    limit="feedback_per_min",
    status=(201,),
    body=_IN,
    answer=_MADE_OUT,
    example={"about": "station", "ref": "ZHANQIAO", "text": "The water dispenser is empty."},
)
def post_feedback() -> Response:
    """Tell something, without signing in. The answer comes under the private link, which is shown once."""
    body = read(_IN)
    with unit_of_work():
        told = service.tell(body, at=now())
        url = f"{settings.current().public_url}/feedback/{told.token}"
        reply = _MADE_OUT.dump({"id": told.feedback.public_id, "status_url": url})
    return answer(reply, 201)


@bp.call(
    "GET",
    "/feedback/<token>",
    access=public,
    answer=_OUT,
    refusals=(NotFound,),
    path_example={"token": "token-of-your-link"},
)
def get_feedback(token: str) -> Response:
    """Show what was told under a private link, and the answer."""
    found = queries.find_by_token(token)
    if found is None:
        raise NotFound
    response = answer(_OUT.dump({"state": found.state, "text": found.text, "answer": found.answer}))
    response.headers["Cache-Control"] = "no-store"
    return response
