"""Consents and their texts, with example texts for every purpose."""

from __future__ import annotations

from datetime import UTC, datetime

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None

PURPOSES = "purpose IN ('terms', 'privacy', 'location', 'realname', 'guardian', 'photo_publish')"
WRITTEN_AT = datetime(2026, 11, 24, tzinfo=UTC)
TEXTS = (
    (
        "terms",
        "用户协议",
        "Terms of use",
        "【示例文本，请由运营单位和法务修改后使用】\n"
        "一、鸥遇由（运营单位名称）提供，用来查看文明旅游驿站、打卡盖章和参与文明旅游活动，免费。\n"
        "二、不登录也能浏览和打卡。登录只为把印章跟着您走。\n"
        "三、请按现场情况打卡，不代他人打卡，不干扰服务运行。可疑的打卡会先由工作人员核对，您可以申诉。\n"
        "四、印章是纪念，没有积分和排名，不能换钱。\n"
        "五、站点信息以现场公告为准；因天气、检修等原因临时关闭时，我们会尽快写在页面上。\n"
        "六、您可以随时停止使用，并在“隐私与数据”里导出或注销。\n"
        "七、意见和投诉：（电话、邮箱、地址）。",
        "[Example text. The operator and its lawyers must make it their own before use.]\n"
        "1. Ouyu is provided by (operator). It shows the civilised-tourism stations, lets you collect stamps and take part, "
        "free of charge.\n"
        "2. You can look around and check in without signing in. Signing in only lets your stamps travel with you.\n"
        "3. Please check in where you are, not for others, and do not disturb the service. Staff look at doubtful visits "
        "first, and you can appeal.\n"
        "4. Stamps are keepsakes. There are no points, no rankings and no money behind them.\n"
        "5. Notices at the station count before this page; we write sudden closures here as soon as we can.\n"
        "6. You may stop at any time, and take a copy of your data or close your account under Privacy and data.\n"
        "7. Questions and complaints: (telephone, e-mail, address).",
    ),
    (
        "privacy",
        "隐私政策",
        "Privacy notice",
        "【示例文本，请由运营单位和法务修改后使用】\n"
        "谁在处理：（运营单位名称），联系方式（电话、邮箱）。\n"
        "处理什么、为什么：手机号或微信标识，用来认出您，让印章跟着您走；称呼，由您填写，用来称呼您；打卡的站点、时间和结果，"
        "用来盖章和防止冒用；设备的大致类型，用来让您看到自己在哪些设备上登录。\n"
        "怎么保护：手机号加密保存，工作人员看到的是 138****8000 这样的样子；要看全号必须写明原因，并留下记录。\n"
        "保存多久：账号存在期间；精确位置 30 天；登录记录在失效 7 天后删除。\n"
        "不做什么：不画轨迹，不排名，不做自动化推荐，不提供给第三方，不出境。\n"
        "您的权利：查看、更正、导出、撤回同意、注销。都在“我的 › 隐私与数据”里，不需要理由。\n"
        "未满十四周岁的人请由监护人阅读并同意。",
        "[Example text. The operator and its lawyers must make it their own before use.]\n"
        "Who: (operator), contact (telephone, e-mail).\n"
        "What and why: your phone number or WeChat id, to know you again so that your stamps travel with you; the nickname "
        "you choose, to address you; stations, times and results of your check-ins, to stamp and to prevent misuse; the "
        "coarse kind of your device, so that you can see where you are signed in.\n"
        "How it is kept safe: the phone number is encrypted, and staff see it as 138****8000. To see the whole number they "
        "must give a reason, and the act is recorded.\n"
        "For how long: while the account exists; exact positions 30 days; sign-ins until 7 days after they end.\n"
        "What is not done: no tracks, no rankings, no automated recommendations, nothing handed to third parties or abroad.\n"
        "Your rights: to see, correct, take a copy, withdraw consent, close the account. All under Me › Privacy and data, "
        "without giving a reason.\n"
        "For children under fourteen a guardian reads and agrees.",
    ),
    (
        "location",
        "位置信息",
        "Location",
        "【示例文本，请由运营单位和法务修改后使用】\n"
        "精确位置属于敏感个人信息。我们只在您点“盖章打卡”或“找最近的驿站”时问一次，用来确认您在站点附近、算出哪个站点最近。"
        "不给位置也能盖章。\n"
        "盖章时的精确位置保存 30 天，用来处理申诉和识别冒用，之后只留下离站点的距离。不记录轨迹。\n"
        "撤回后，已经保存的精确位置马上删除。",
        "[Example text. The operator and its lawyers must make it their own before use.]\n"
        "An exact position is sensitive personal information. We ask for it once, when you tap Check in or Find the nearest "
        "station, to confirm that you are near the station and to find the nearest one. You can collect stamps without it.\n"
        "The exact position of a check-in is kept for 30 days, for appeals and against misuse; after that only the distance "
        "to the station stays. No track is kept.\n"
        "When you withdraw, the exact positions kept so far are deleted at once.",
    ),
    (
        "realname",
        "实名信息",
        "Real name",
        "【示例文本，请由运营单位和法务修改后使用】\n"
        "只有报名志愿服务时需要：姓名、出生日期和所在区市，用来登记志愿者、开具志愿服务记录。加密保存，页面上只显示姓。"
        "不收身份证号。打卡盖章不需要这些。",
        "[Example text. The operator and its lawyers must make it their own before use.]\n"
        "Needed only to sign up as a volunteer: name, date of birth and district, to register you and to write your service "
        "record. Kept encrypted; pages show the family name only. No identity card number is asked for. Stamps do not need "
        "any of this.",
    ),
    (
        "guardian",
        "监护人同意",
        "Guardian's consent",
        "【示例文本，请由运营单位和法务修改后使用】\n"
        "未满十四周岁的人参加志愿服务，需要监护人阅读本说明并同意。我们会登记监护人的姓名和电话，只用来确认同意和紧急联系，"
        "加密保存。监护人可以随时查看、更正、撤回。",
        "[Example text. The operator and its lawyers must make it their own before use.]\n"
        "For a volunteer under fourteen a guardian reads this and agrees. We note the guardian's name and telephone number, "
        "only to confirm the consent and for emergencies, and keep them encrypted. The guardian may see, correct or withdraw "
        "at any time.",
    ),
    (
        "photo_publish",
        "照片公开",
        "Publishing photos",
        "【示例文本，请由运营单位和法务修改后使用】\n"
        "如果活动照片里能认出您，只有您同意后才会公开，例如放在活动回顾里。不同意不影响参加。撤回后我们会尽快撤下。",
        "[Example text. The operator and its lawyers must make it their own before use.]\n"
        "Photos of an event in which you can be recognised are published only if you agree, for example in a report about "
        "the event. Saying no changes nothing else. When you withdraw we take them down as soon as we can.",
    ),
)


def upgrade() -> None:
    op.create_table(
        "consent_texts",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("purpose", sa.String(length=15), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("title_zh", sa.String(length=60), nullable=False),
        sa.Column("title_en", sa.String(length=60), nullable=False),
        sa.Column("text_zh", sa.Text(), nullable=False),
        sa.Column("text_en", sa.Text(), nullable=False),
        sa.Column("draft", sa.Boolean(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("created_by", sa.String(length=80), nullable=False),
        sa.CheckConstraint(PURPOSES, name=op.f("ck_consent_texts_purpose_known")),
        sa.CheckConstraint("version >= 1", name=op.f("ck_consent_texts_version_from_one")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_consent_texts")),
        sa.UniqueConstraint("purpose", "version", name=op.f("uq_consent_texts_purpose_version")),
    )
    op.create_table(
        "consents",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("person_id", sa.Integer(), nullable=False),
        sa.Column("purpose", sa.String(length=15), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("given_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("withdrawn_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint(PURPOSES, name=op.f("ck_consents_purpose_known")),
        sa.CheckConstraint("withdrawn_at >= given_at", name=op.f("ck_consents_withdrawn_later")),
        sa.ForeignKeyConstraint(["person_id"], ["persons.id"], name=op.f("fk_consents_person_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_consents")),
    )
    op.create_index("ix_consents_person", "consents", ["person_id"])
    standing = sa.text("withdrawn_at IS NULL")
    op.create_index(
        "uq_consents_standing",
        "consents",
        ["person_id", "purpose"],
        unique=True,
        sqlite_where=standing,
        postgresql_where=standing,
    )
    texts = sa.table(
        "consent_texts",
        *map(sa.column, ("purpose", "title_zh", "title_en", "text_zh", "text_en", "created_by")),
        sa.column("version", sa.Integer),
        sa.column("draft", sa.Boolean),
        sa.column("created_at", sa.DateTime(timezone=True)),
    )
    written_at = WRITTEN_AT.replace(tzinfo=None) if op.get_bind().dialect.name == "sqlite" else WRITTEN_AT
    op.bulk_insert(
        texts,
        [
            {
                "purpose": purpose,
                "version": 1,
                "title_zh": title_zh,
                "title_en": title_en,
                "text_zh": text_zh,
                "text_en": text_en,
                "draft": True,
                "created_at": written_at,
                "created_by": "system",
            }
            for purpose, title_zh, title_en, text_zh, text_en in TEXTS
        ],
    )


def downgrade() -> None:
    op.drop_table("consents")
    op.drop_table("consent_texts")
