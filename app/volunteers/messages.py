"""What volunteers are told about their record."""

from __future__ import annotations

from datetime import datetime

from app.core.clock import rfc3339
from app.core.errors import Text
from app.inbox import rules, service
from app.inbox.rules import MessageKind
from app.volunteers.models import Volunteer
from app.volunteers.rules import Act

_CARD = "/me/volunteer"
INVITED = MessageKind(
    "volunteer.invited",
    Text("有一份志愿者邀请", "An invitation to volunteer"),
    Text(
        "单位或管理员为您登记了志愿者。请看一看登记的内容，接受或谢绝都可以。",
        "Your unit or the office wrote you down as a volunteer. Please look at it, then accept or decline.",
    ),
)
APPROVED = MessageKind(
    "volunteer.approved",
    Text("志愿者登记已通过", "You are a volunteer now"),
    Text("工作人员已核对，您现在可以报名活动。", "The office has looked at it. You can sign up for events now."),
)
SUSPENDED = MessageKind(
    "volunteer.suspended",
    Text("志愿者身份已暂停", "You are suspended as a volunteer"),
    Text(
        "您暂时不能报名新的活动，原因在志愿者页。有疑问请联系工作人员。",
        "You cannot sign up for more events for now; the reason is on your volunteer page. Please ask the office about it.",
    ),
)
RESUMED = MessageKind(
    "volunteer.resumed",
    Text("志愿者身份已恢复", "You can sign up again"),
    Text("您又可以报名活动了。", "You can sign up for events again."),
)
ARCHIVED = MessageKind(
    "volunteer.archived",
    Text("志愿者记录已归档", "Your volunteer record is closed"),
    Text(
        "您的志愿者记录已归档，原因在志愿者页。想再参加，可以重新申请。",
        "Your volunteer record is closed; the reason is on your volunteer page. To take part again, please ask anew.",
    ),
)
rules.register(INVITED, APPROVED, SUSPENDED, RESUMED, ARCHIVED)
_OF_ACT = {Act.APPROVE: APPROVED, Act.SUSPEND: SUSPENDED, Act.RESUME: RESUMED, Act.ARCHIVE: ARCHIVED}


def tell_invited(volunteer: Volunteer, at: datetime) -> None:
    """Tell somebody, once per invitation, that a record was made for them; without their name, without whose act."""
    _tell(volunteer, INVITED, at)


def tell_decided(volunteer: Volunteer, act: Act, at: datetime) -> None:
    """Tell a volunteer what staff decided about their record; the reason stands on their page, not in the message."""
    _tell(volunteer, _OF_ACT[act], at)


def _tell(volunteer: Volunteer, kind: MessageKind, at: datetime) -> None:
    key = f"volunteer:{volunteer.id}:{kind.code}:{rfc3339(at)}"
    service.tell(volunteer.person_id, kind.code, {}, key, at, link=_CARD)
