"""Events, positions, shifts and sign-ups: their words, states and limits."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from enum import StrEnum

from app.core.errors import Text

REASON_CHARS = 200
SHIFT_MAX = timedelta(hours=24)
CAPACITY_MAX = 5_000


class Category(StrEnum):
    GUIDANCE = "guidance"
    TIDE_SAFETY = "tide_safety"
    ORDER = "order"
    LOST_PERSON = "lost_person"
    ENVIRONMENT = "environment"
    GULL_WATCHING = "gull_watching"
    CONVENIENCE = "convenience"
    FOREIGN_LANGUAGES = "foreign_languages"


CATEGORY_NAMES: Mapping[str, Text] = {
    Category.GUIDANCE: Text("引导咨询", "Guidance"),
    Category.TIDE_SAFETY: Text("潮汐安全提醒", "Tide safety"),
    Category.ORDER: Text("秩序维护", "Keeping order"),
    Category.LOST_PERSON: Text("走失协助", "Lost persons"),
    Category.ENVIRONMENT: Text("环境维护", "Environment"),
    Category.GULL_WATCHING: Text("文明观鸥劝导", "Gull watching"),
    Category.CONVENIENCE: Text("便民服务", "Convenience services"),
    Category.FOREIGN_LANGUAGES: Text("外语服务", "Foreign languages"),
}
"""The duties of volunteers at the seafront. Source: facts §4.5."""


class EventState(StrEnum):
    DRAFT = "draft"
    IN_REVIEW = "in_review"
    PUBLISHED = "published"
    CANCELLED = "cancelled"
    SETTLED = "settled"


WORKING = (EventState.DRAFT, EventState.IN_REVIEW, EventState.PUBLISHED)
"""The states in which staff still work on an event; what is cancelled or settled stays as it is."""


class Approval(StrEnum):
    """instant: a free seat is yours at once; review: staff decide."""

    INSTANT = "instant"
    REVIEW = "review"


class ShiftState(StrEnum):
    OPEN = "open"
    CANCELLED = "cancelled"


class SignUpState(StrEnum):
    INVITED = "invited"
    PENDING = "pending"
    CONFIRMED = "confirmed"
    WAITLISTED = "waitlisted"
    OFFERED = "offered"
    DECLINED = "declined"
    EXPIRED = "expired"
    CANCELLED_SELF = "cancelled_self"
    CANCELLED_ORG = "cancelled_org"
    REJECTED = "rejected"


LIVE = (
    SignUpState.INVITED,
    SignUpState.PENDING,
    SignUpState.CONFIRMED,
    SignUpState.WAITLISTED,
    SignUpState.OFFERED,
)
"""Of these a volunteer has at most one per shift."""
SEATED = (SignUpState.CONFIRMED, SignUpState.OFFERED)
"""These hold a seat. Somebody pending holds none until staff confirm them."""


class Via(StrEnum):
    """By which door a sign-up came."""

    SELF = "self"
    STAFF = "staff"
    UNIT = "unit"
    IMPORT = "import"
