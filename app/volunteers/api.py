"""The JSON door of volunteers: oneself as one."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

from flask import Response

from app.core.db import db, unit_of_work
from app.core.errors import InvalidInput, NotFound
from app.http.access import actor, caller, now, people
from app.http.blueprint import ApiBlueprint
from app.http.body import Answer, answer, read
from app.http.idempotency import once
from app.http.locale import locale
from app.orgs.models import District
from app.people.rules import mask_phone
from app.volunteers import errors, queries, rules, service, words
from app.volunteers.models import Volunteer
from app.volunteers.schemas import VolunteerIn, VolunteerOut

bp = ApiBlueprint("volunteers")

_IN, _OUT = VolunteerIn(), VolunteerOut()
_EXAMPLE = {
    "real_name": "张海鸥",
    "birth_date": "1990-05-01",
    "district": "370202",
    "skills": ["guide"],
    "languages": ["zh"],
}
_POINTERS = {
    "guardian_name": "guardian/name",
    "guardian_phone": "guardian/phone",
    "guardian_consent": "guardian/consent",
}


@bp.call("GET", "/me/volunteer", access=people, answer=_OUT, refusals=(NotFound,))
def get_my_volunteer() -> Response:
    """Show oneself as a volunteer; 404 for who is none."""
    found = queries.find_volunteer(caller().person_id)
    if found is None:
        raise NotFound
    return answer(_volunteer(found))


@bp.call(
    "PUT",
    "/me/volunteer",
    access=people,
    body=_IN,
    answer=_OUT,
    refusals=(errors.PhoneRequired, errors.GuardianNeeded),
    example=_EXAMPLE,
)
def put_my_volunteer() -> Response:
    """Become a volunteer, or change what one said; who was invited accepts by it.

    Sending it agrees to the present texts `realname` and, with a guardian, `guardian` (GET /consents). An adult with a
    verified phone is active at once; the office looks first at minors and whoever has a guardian.
    """
    body = read(_IN)
    with _pointing(), unit_of_work():
        reply = _volunteer(service.register(actor(), data=_flat(body), at=now()))
    return answer(reply)


@bp.call(
    "POST",
    "/me/volunteer/accept",
    access=people,
    answer=_OUT,
    refusals=(NotFound, errors.PhoneRequired, errors.GuardianNeeded, errors.VolunteerStateConflict),
)
def post_accept() -> Response:
    """Accept the record that staff, an import or a unit's list made. What it lacks is sent by PUT, which accepts too."""

    def effect() -> Answer:
        with _pointing():
            return Answer(_volunteer(service.accept_invitation(actor(), at=now())))

    return once(effect)


@bp.call(
    "POST",
    "/me/volunteer/decline",
    access=people,
    answer=_OUT,
    refusals=(NotFound, errors.VolunteerStateConflict),
)
def post_decline() -> Response:
    """Decline it: everything that was written down about the caller is emptied at once."""

    def effect() -> Answer:
        return Answer(_volunteer(service.decline_invitation(actor())))

    return once(effect)


def _flat(body: Mapping[str, Any]) -> dict[str, Any]:
    """Return the body as the service takes it; a guardian of null empties theirs."""
    data = dict(body)
    if "guardian" in data:
        guardian = data.pop("guardian") or {}
        data |= {f"guardian_{name}": guardian.get(name) for name in ("name", "phone", "consent")}
    return data


@contextmanager
def _pointing() -> Iterator[None]:
    """Let a refusal point at the fields where the body has them."""
    try:
        yield
    except InvalidInput as refusal:
        refusal.fields = {_POINTERS.get(name, name): texts for name, texts in refusal.fields.items()}
        raise


def _volunteer(found: Volunteer) -> Any:
    own, language = queries.opened(found), locale()
    district = db.session.get(District, found.district_id) if found.district_id else None
    return _OUT.dump(
        {
            "volunteer_no": found.volunteer_no,
            "state": str(found.state),
            "state_note": words.state_note(found.state, found.state_reason).in_(language),
            "real_name_masked": queries.masked_name(found),
            "birth_date": found.birth_date,
            "district": None
            if district is None
            else {"code": district.code, "name": district.name_en if language == "en" else district.name_zh},
            "gender": found.gender,
            "skills": found.skills,
            "languages": found.languages,
            "emergency_contact_masked": rules.mask_name(own.emergency_contact) if own.emergency_contact else None,
            "guardian": None
            if own.guardian_name is None or own.guardian_phone is None
            else {
                "name_masked": rules.mask_name(own.guardian_name),
                "phone_masked": mask_phone(own.guardian_phone),
            },
            "qualifications": [
                {
                    "code": one.code,
                    "name": rules.QUALIFICATION_NAMES[one.code].in_(language),
                    "valid_until": one.valid_until,
                }
                for one in queries.list_qualifications(found.id)
            ],
        }
    )
