"""Refusals about staff, their rights and their sign-in."""

from __future__ import annotations

from app.core.errors import (
    AccessDenied,
    DomainError,
    InvalidInput,
    Kind,
    ServiceBusy,
    Text,
    on_constraint,
)


class SignInRequired(DomainError):
    kind = Kind.UNAUTHENTICATED
    code = "staff.sign_in_required"
    text = Text("请先登录。", "Please sign in first.")


class SignInFailed(DomainError):
    kind = Kind.UNAUTHENTICATED
    code = "staff.sign_in_failed"
    text = Text(
        "登录名或密码不对。忘记密码时，请管理员发一个一次性链接。",
        "Login or password is wrong. If you forgot it, ask an administrator for a one-time link.",
    )


class TooManySignIns(DomainError):
    kind = Kind.TOO_MANY
    code = "staff.too_many_sign_ins"
    text = Text(
        "尝试次数太多，请 15 分钟后再试，或请管理员发一个一次性链接。",
        "Too many tries. Please wait 15 minutes, or ask an administrator for a one-time link.",
    )


class LinkSpent(DomainError):
    kind = Kind.NOT_FOUND
    code = "staff.link_spent"
    text = Text(
        "这个链接已经用过或已过期（30 分钟内有效，只能用一次）。请管理员再发一个，或在服务器上运行："
        "flask --app wsgi staff link 登录名",
        "This link has been used or has expired (30 minutes, once). Ask an administrator for another, "
        "or run on the server: flask --app wsgi staff link LOGIN",
    )


class GrantTooWide(AccessDenied):
    code = "staff.grant_too_wide"
    text = Text("不能授予超出自己权限或范围的角色。", "You cannot grant a role or a scope beyond your own.")


class OwnRights(AccessDenied):
    code = "staff.own_rights"
    text = Text(
        "不能对自己的账号做这项操作，请另一位管理员来做；改密码请到“我的账号”。",
        "You cannot do this to your own account. Please ask another administrator; "
        "your password is changed under “My account”.",
    )


class LastCityAdmin(DomainError):
    kind = Kind.CONFLICT
    code = "staff.last_city_admin"
    text = Text(
        "这是最后一位长期有效的市级管理员，请先任命另一位。",
        "This is the last permanent city administrator. Please appoint another one first.",
    )


class GrantExists(DomainError):
    kind = Kind.CONFLICT
    code = "staff.grant_exists"
    text = Text("这位工作人员已经有这个角色和范围。", "This person already has this role in this scope.")


class StaffDisabled(DomainError):
    kind = Kind.CONFLICT
    code = "staff.disabled"
    text = Text("账号已停用，请先启用再发链接。", "The account is disabled. Enable it before sending a link.")


class StationUnknown(InvalidInput):
    code = "staff.scope_unknown"
    text = Text(
        "没有这个编号的驿站、区市、机构或活动。", "There is no station, district, organisation or event with this code."
    )


LOGIN_TAKEN = Text("这个登录名已经有人用了，请换一个。", "This login is taken. Please choose another.")
NAME_TAKEN = Text("已经有同名的机构。", "An organisation of this name exists already.")
ROLE_UNKNOWN = Text("请选择角色。", "Please choose a role.")
SCOPE_UNKNOWN = Text("这个角色不能用于这个范围。", "This role cannot be given in this scope.")
UNTIL_PAST = Text("有效期要晚于现在。", "The end must be later than now.")
CURRENT_PASSWORD_WRONG = Text("当前密码不对。", "The current password is wrong.")

on_constraint("uq_staff_login", field="login", text=LOGIN_TAKEN)
on_constraint("uq_organisations_name_zh", field="name_zh", text=NAME_TAKEN)
on_constraint(
    "ck_organisations_kind_known",
    field="kind",
    text=Text("请选择机构类型。", "Please choose the kind of organisation."),
)
on_constraint("ck_grants_role_known", field="role", text=ROLE_UNKNOWN)
on_constraint("ck_grants_scope_known", field="scope", text=SCOPE_UNKNOWN)
on_constraint("ck_grants_scope_named", field="scope", text=SCOPE_UNKNOWN)
on_constraint("uq_grants_city", GrantExists)
on_constraint("uq_grants_scoped", GrantExists)
for _name in (
    "uq_districts_code",
    "ck_staff_state_known",
    "uq_staff_sessions_token_hash",
    "ck_staff_sessions_expires_later",
    "uq_staff_links_token_hash",
    "ck_staff_links_purpose_known",
    "ck_staff_links_expires_later",
    "ck_counters_hits_not_negative",
):
    on_constraint(_name, ServiceBusy)
