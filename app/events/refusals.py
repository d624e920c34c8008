"""Refusals of a sign-up: each says what to do next. Which one it is comes from the first check that fails."""

from __future__ import annotations

from collections.abc import Sequence

from app.core.errors import DomainError, Kind, Text
from app.events.judging import Case, Check, Conflict, Reason, reasons


class NotEligible(DomainError):
    """A sign-up that failed at least one check; those below fail at another one first. reasons: all, in their order."""

    kind = Kind.INVALID
    code = "signup.not_eligible"
    text = Text(
        "还不符合这个岗位的要求，请看下面的说明。", "The requirements are not met yet; see below what is missing."
    )
    reasons: Sequence[Reason] = ()
    conflict: Conflict | None = None

    def sentence(self, locale: str) -> str:
        """Return what the first reason says; it knows the shift."""
        return self.reasons[0].text.in_(locale) if self.reasons else super().sentence(locale)

    def sentences(self, locale: str) -> list[str]:
        """Return every reason, for each says what to do."""
        return [reason.text.in_(locale) for reason in self.reasons] or super().sentences(locale)


class AccountFrozen(NotEligible):
    kind = Kind.DENIED
    code = "signup.account_frozen"
    text = Text(
        "账号暂时不能报名，请联系站点工作人员了解原因。",
        "This account cannot sign up for the time being. Please ask the staff at a station why.",
    )


class NotAVolunteer(NotEligible):
    kind = Kind.DENIED
    code = "signup.not_a_volunteer"
    text = Text("请先登记成为志愿者，再报名。", "Please register as a volunteer first, then sign up.")


class Closed(NotEligible):
    kind = Kind.CONFLICT
    code = "signup.closed"
    text = Text(
        "这个班次已停止报名，请看看其他班次。", "This shift takes no more sign-ups. Please look at other shifts."
    )


class AlreadySignedUp(NotEligible):
    kind = Kind.CONFLICT
    code = "signup.already"
    text = Text(
        "已经在这个班次的名单里了，不用再报。", "Already on the list of this shift; there is no need to sign up again."
    )


class TimeConflict(NotEligible):
    kind = Kind.CONFLICT
    code = "signup.time_conflict"
    text = Text(
        "与已报的另一个班次时间重叠，请先取消其中一个。",
        "This overlaps with another shift. Please cancel one of the two first.",
    )


class RiskAckNeeded(NotEligible):
    kind = Kind.INVALID
    code = "signup.risk_ack_needed"
    text = Text("请先阅读并勾选风险提示，再报名。", "Please read the note on risks and tick it, then sign up.")


class Full(NotEligible):
    kind = Kind.CONFLICT
    code = "signup.full"
    text = Text(
        "名额已满，请稍后再试或看看其他班次。", "All seats are taken. Please try later or look at other shifts."
    )


class OfferExpired(DomainError):
    kind = Kind.CONFLICT
    code = "signup.offer_expired"
    text = Text(
        "这个名额的保留时间已过，已让给下一位。仍想参加可以重新报名候补。",
        "The time to take this seat is over and it went to the next in line. To wait again, sign up once more.",
    )


class StateConflict(DomainError):
    kind = Kind.CONFLICT
    code = "signup.state_conflict"
    text = Text(
        "这条报名的状态刚刚变了，请刷新后再看。", "This sign-up has just changed. Please reload and look again."
    )


REFUSAL_OF: dict[Check, type[NotEligible]] = {
    Check.ACCOUNT: AccountFrozen,
    Check.VOLUNTEER: NotAVolunteer,
    Check.AGE: NotEligible,
    Check.SUSPENDED: NotEligible,
    Check.OPEN: Closed,
    Check.QUALIFICATION: NotEligible,
    Check.DUPLICATE: AlreadySignedUp,
    Check.OVERLAP: TimeConflict,
    Check.RISK: RiskAckNeeded,
    Check.PLACES: Full,
}


def judge(case: Case) -> None:
    """Let a case pass, or raise the refusal that its first failing check names; it carries all reasons."""
    found = reasons(case)
    if found:
        refused = REFUSAL_OF[found[0].check]()
        refused.reasons, refused.conflict = found, case.conflict
        raise refused
