"""What a volunteer can be, and what they can be good at."""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum

from app.core.errors import Text

NAME_CHARS = 40
CONTACT_CHARS = 60
REASON_CHARS = 200


class VolunteerState(StrEnum):
    """invited: made by staff, an import or a unit, not accepted yet; pending: staff must look (minors)."""

    INVITED = "invited"
    PENDING = "pending"
    ACTIVE = "active"
    SUSPENDED = "suspended"
    ARCHIVED = "archived"


class Origin(StrEnum):
    """Who made the record."""

    SELF = "self"
    STAFF = "staff"
    IMPORT = "import"
    UNIT = "unit"


class Gender(StrEnum):
    FEMALE = "female"
    MALE = "male"


class QualificationCode(StrEnum):
    FIRST_AID = "first_aid"
    ENGLISH = "english"
    SIGN_LANGUAGE = "sign_language"
    JAPANESE = "japanese"
    KOREAN = "korean"
    LIFEGUARD = "lifeguard"
    ELDER_CARE = "elder_care"
    GUIDE = "guide"


QUALIFICATION_NAMES: Mapping[str, Text] = {
    QualificationCode.FIRST_AID: Text("急救", "First aid"),
    QualificationCode.ENGLISH: Text("英语", "English"),
    QualificationCode.SIGN_LANGUAGE: Text("手语", "Sign language"),
    QualificationCode.JAPANESE: Text("日语", "Japanese"),
    QualificationCode.KOREAN: Text("韩语", "Korean"),
    QualificationCode.LIFEGUARD: Text("救生", "Lifeguard"),
    QualificationCode.ELDER_CARE: Text("助老", "Elder care"),
    QualificationCode.GUIDE: Text("讲解", "Guiding"),
}
"""The fixed catalogue of what a volunteer can prove."""
