"""Refusals about citizens and how they sign in."""

from __future__ import annotations

from app.core.errors import DomainError, Kind, ServiceBusy, Text, on_constraint


class AuthRequired(DomainError):
    kind = Kind.UNAUTHENTICATED
    code = "auth.required"
    text = Text("请先登录，或以游客身份开始。", "Please sign in first, or start as a guest.")


class TokenInvalid(DomainError):
    kind = Kind.UNAUTHENTICATED
    code = "auth.token_invalid"
    text = Text("登录已失效，请重新进入。", "Your session has ended. Please start again.")


class PersonStateConflict(DomainError):
    kind = Kind.CONFLICT
    code = "people.state_conflict"
    text = Text(
        "这位用户的状态刚刚变了，请刷新后再看。",
        "This person's state has just changed. Please reload and look again.",
    )


class PhoneInvalid(DomainError):
    code = "auth.phone_invalid"
    text = Text(
        "请填写 11 位的中国大陆手机号，例如 138 0013 8000。",
        "Please enter a mainland China mobile number of 11 digits, e.g. 138 0013 8000.",
    )


class CodeInvalid(DomainError):
    kind = Kind.UNAUTHENTICATED
    code = "auth.code_invalid"
    text = Text(
        "验证码不对，{then_zh}。",
        "That code is not right. {then_en}.",
    )


def code_invalid(tries_left: int) -> CodeInvalid:
    """Return the refusal of a wrong code, with what to do next."""
    again = Text("请核对短信后再试，还可以试 {n} 次", "Please check the message; tries left: {n}").fill(n=tries_left)
    then = again if tries_left else Text("次数已用完，请重新获取", "It is used up now; please ask for a new one")
    return CodeInvalid(tries_left=tries_left, then_zh=then.zh, then_en=then.en)


class CodeExpired(DomainError):
    kind = Kind.UNAUTHENTICATED
    code = "auth.code_expired"
    text = Text("验证码已失效，请重新获取。", "This code is no longer valid. Please ask for a new one.")


class TooManySignIns(DomainError):
    kind = Kind.TOO_MANY
    code = "auth.too_many"
    text = Text("操作得太频繁了，请 {wait_zh}后再试。", "That was too often. Please try again in {wait_en}.")


_WAITS = (
    (3600, Text("{n} 小时", "{n} h")),
    (60, Text("{n} 分钟", "{n} min")),
    (1, Text("{n} 秒", "{n} s")),
)


def too_many(seconds: int) -> TooManySignIns:
    """Return the refusal that names the wait, in hours where it is longer than one, and never too short."""
    unit_s, words = next((unit_s, words) for unit_s, words in _WAITS if seconds > unit_s or unit_s == 1)
    wait = words.fill(n=-(-seconds // unit_s))
    return TooManySignIns(retry_after_s=seconds, wait_zh=wait.zh, wait_en=wait.en)


class IdentityTaken(DomainError):
    kind = Kind.CONFLICT
    code = "auth.identity_taken"
    text = Text(
        "它已经属于另一个账号。要用那个账号，请先退出登录再试。",
        "It belongs to another account already. To use that account, sign out first.",
    )


class IdentityDiffers(DomainError):
    kind = Kind.CONFLICT
    code = "auth.identity_differs"
    text = Text(
        "您的账号已绑定了另一个。要用这一个登录，请先退出登录。",
        "Your account holds a different one already. To sign in with this one, sign out first.",
    )


class LoginCodeInvalid(DomainError):
    kind = Kind.UNAUTHENTICATED
    code = "auth.login_code_invalid"
    text = Text(
        "微信登录凭证已失效，请重新进入小程序。", "This WeChat login has expired. Please open the mini-program again."
    )


class LoginBlocked(DomainError):
    kind = Kind.DENIED
    code = "auth.login_blocked"
    text = Text(
        "微信暂时不允许这个账号登录，请改用手机号，或稍后再问微信客服。",
        "WeChat does not let this account sign in at the moment. Please use your phone number, or ask WeChat later.",
    )


class PlatformBusy(DomainError):
    kind = Kind.UNAVAILABLE
    code = "auth.platform_busy"
    text = Text(
        "验证服务暂时没有回应，请稍后再试；您也可以先以游客身份使用。",
        "The sign-in service does not answer right now. Please try again later, or go on as a guest.",
    )


class SignInNotOffered(DomainError):
    kind = Kind.UNAVAILABLE
    code = "auth.not_offered"
    text = Text(
        "这里还没有开通这种登录方式，您可以继续以游客身份使用。",
        "This way to sign in is not set up here. You can go on as a guest.",
    )


on_constraint("ck_persons_erased_is_empty", TokenInvalid)
for _name in (
    "ck_otp_codes_expires_later",
    "ck_otp_codes_tries_not_negative",
    "uq_persons_public_id",
    "uq_persons_phone_index",
    "ck_persons_phone_whole",
    "ck_persons_verified_has_phone",
    "ck_persons_state_known",
    "ck_persons_locale_known",
    "uq_identities_provider_subject",
    "uq_identities_person_id_provider",
    "ck_identities_provider_known",
    "uq_sessions_token_hash",
    "uq_sessions_public_id",
    "ck_sessions_expires_later",
):
    on_constraint(_name, ServiceBusy)
