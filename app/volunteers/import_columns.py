"""The columns of a file of volunteers, with what the template says about each."""

from __future__ import annotations

from app.core.errors import Text
from app.imports.rules import Column
from app.volunteers.rules import CONTACT_CHARS, GUARDIAN_AGE
from app.volunteers.tidying import tidy_day, tidy_name, tidy_phone

COLUMNS = (
    Column(
        "real_name", Text("姓名", "Name"),
        Text("真实姓名，加密保存。已登记的手机号要与登记时的姓名一致。", "The real name; it is kept encrypted. With a phone that is registered, the name it is registered under."),
        "示例张三", ("真实姓名", "志愿者姓名", "full name", "real name"), needed=True, narrow=True, tidy=tidy_name,
    ),
    Column(
        "phone", Text("手机号", "Phone"),
        Text("11 位手机号。已登记的手机号表示修改那位志愿者，新的手机号会发出邀请。请把这一列设为“文本”。",
             "Mobile number of 11 digits. A registered one changes that volunteer, a new one is invited. Format this column as text."),
        "13800138000", ("手机", "手机号码", "电话", "联系电话", "联系方式", "mobile", "phone number"), needed=True, narrow=True, tidy=tidy_phone,
    ),
    Column(
        "birth_date", Text("出生日期", "Date of birth"),
        Text("例如 1990-05-01，也可以写 1990/5/1 或 19900501。新登记时必填。不要填身份证号。",
             "E.g. 1990-05-01; 1990/5/1 and 19900501 are understood. Required for a new one. No ID numbers, please."),
        "1990-05-01", ("生日", "出生年月日", "birthday", "birth date"), narrow=True, tidy=tidy_day,
    ),
    Column(
        "district", Text("区市", "District"),
        Text("区市名称或六位代码。新登记时必填。", "Name or six-digit code of the district. Required for a new one."),
        "市南区", ("所属区市", "区县", "所在区"),
    ),
    Column("gender", Text("性别", "Gender"), Text("男或女，可以不填。", "Male or Female; may be empty."), "女", narrow=True),
    Column(
        "languages", Text("语言", "Languages"), Text("用顿号或逗号分开。写了就是全部。", "Separated by commas. What stands here is all of it."), "中文、英语",
    ),
    Column(
        "skills", Text("特长", "Skills"),
        Text("与手机页“特长”里的名称一致，用顿号或逗号分开。写了就是全部。", "As in the phone page's list, separated by commas. What stands here is all of it."),
        "急救、摄影摄像", ("技能", "专长"),
    ),
    Column(
        "emergency_contact", Text("紧急联系人", "Emergency contact"),
        Text(f"姓名和电话，最多 {CONTACT_CHARS} 个字，可以不填。", f"Name and phone, at most {CONTACT_CHARS} characters; may be empty."), "",
    ),
    Column(
        "guardian_name", Text("监护人姓名", "Guardian's name"),
        Text(f"未满 {GUARDIAN_AGE} 周岁必填。", f"Required under {GUARDIAN_AGE}."), "", ("监护人",), narrow=True, tidy=tidy_name,
    ),
    Column(
        "guardian_phone", Text("监护人手机号", "Guardian's phone"),
        Text("与监护人姓名一起填。", "Together with the guardian's name."), "", ("监护人电话", "监护人手机"), narrow=True, tidy=tidy_phone,
    ),
    Column(
        "guardian_consent", Text("监护人同意", "Guardian agrees"),
        Text("监护人本人看过说明并同意后填“是”。", "Yes, once the guardian has read the text and agreed."), "", ("监护人已同意",), narrow=True,
    ),
)  # fmt: skip
