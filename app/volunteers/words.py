"""What the codes of volunteers are called, in both languages; panel, phone, sheets and messages say the same."""

from __future__ import annotations

from collections.abc import Mapping

from app.core.errors import Text
from app.volunteers.rules import Gender, Origin, VolunteerState

STATES: Mapping[str, Text] = {
    VolunteerState.INVITED: Text("待本人接受", "Invited"),
    VolunteerState.PENDING: Text("待审核", "Waiting for review"),
    VolunteerState.ACTIVE: Text("正常", "Active"),
    VolunteerState.SUSPENDED: Text("已暂停", "Suspended"),
    VolunteerState.ARCHIVED: Text("已归档", "Archived"),
}
GENDERS: Mapping[str, Text] = {Gender.FEMALE: Text("女", "Female"), Gender.MALE: Text("男", "Male")}
ORIGINS: Mapping[str, Text] = {
    Origin.SELF: Text("本人登记", "Themselves"),
    Origin.STAFF: Text("管理员登记", "The office"),
    Origin.IMPORT: Text("Excel 导入", "An Excel file"),
    Origin.UNIT: Text("单位报名", "A unit's list"),
}
SKILLS: Mapping[str, Text] = {
    "guide": Text("讲解导览", "Guiding"),
    "first_aid": Text("急救", "First aid"),
    "medical": Text("医护", "Nursing"),
    "lifeguard": Text("水上救生", "Lifeguarding"),
    "sign_language": Text("手语", "Sign language"),
    "elder_care": Text("陪伴老人", "Company for the elderly"),
    "childcare": Text("陪伴儿童", "Company for children"),
    "photography": Text("摄影摄像", "Photography"),
    "writing": Text("文字宣传", "Writing"),
    "computers": Text("电脑网络", "Computers"),
    "driving": Text("驾驶", "Driving"),
    "repair": Text("维修", "Repairs"),
}
_NOTES: Mapping[str, Text] = {
    VolunteerState.INVITED: Text(
        "单位或管理员为您登记了志愿者，接受后生效。",
        "Your unit or the office wrote you down as a volunteer. It holds once you accept.",
    ),
    VolunteerState.PENDING: Text(
        "工作人员核对后即可报名，不用再提交。",
        "The office will look at it; then you can sign up. Nothing more to send.",
    ),
    VolunteerState.ACTIVE: Text("在活动里选一个时段报名就行。", "Choose a shift under Events and sign up."),
    VolunteerState.SUSPENDED: Text(
        "暂时不能报名。有疑问请联系工作人员。", "You cannot sign up for now. Please ask the office about it."
    ),
    VolunteerState.ARCHIVED: Text(
        "记录已归档。想再参加，请重新提交。", "Your record is closed. To take part again, please send the form again."
    ),
}
_BECAUSE = Text("原因：{reason}。", "Reason: {reason}. ")


def state_note(state: str, reason: str | None) -> Text:
    """Return what a state means for the volunteer, with the reason staff gave."""
    note = _NOTES[state]
    if not reason:
        return note
    because = _BECAUSE.fill(reason=reason.rstrip("。. "))
    return Text(because.zh + note.zh, because.en + note.en)
