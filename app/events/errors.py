"""Refusals about events and sign-ups: each says what to do next."""

from __future__ import annotations

from app.core.errors import DomainError, Kind, ServiceBusy, Text, on_constraint
from app.events import drafting, weekly


class PublishedByAuthor(DomainError):
    kind = Kind.CONFLICT
    code = "event.published_by_author"
    text = Text(
        "活动不能由起草人自己发布，请另一位同事核对后发布。",
        "The author of an event cannot publish it. Please let a colleague check and publish it.",
    )


class EventStateConflict(DomainError):
    kind = Kind.CONFLICT
    code = "event.state_conflict"
    text = Text(
        "活动当前状态是“{state_zh}”，不能这样操作，请刷新后再看。",
        "The event is now {state_en}, so this cannot be done. Please reload and look again.",
    )


class ShiftOver(DomainError):
    kind = Kind.CONFLICT
    code = "event.shift_over"
    text = Text("这个班次已经结束或取消，不能再改。", "This shift is over or cancelled and cannot change any more.")


class PositionInUse(DomainError):
    kind = Kind.CONFLICT
    code = "event.position_in_use"
    text = Text(
        "这个岗位已经排过班次，不能移除；不再需要时请逐个取消班次。",
        "This position has had shifts and cannot be removed. Cancel its shifts where they are not needed.",
    )


class PatternInUse(DomainError):
    kind = Kind.CONFLICT
    code = "event.pattern_in_use"
    text = Text(
        "这些班次已有人报名，或已撤销过，不能整批撤销；请逐个取消。",
        "People have signed up for these shifts, or they were undone before. Cancel them one by one.",
    )


class CapacityTaken(DomainError):
    kind = Kind.CONFLICT
    code = "signup.capacity_taken"
    text = Text(
        "名额不能少于已占用的人数。请先与多出的人商量、取消他们的报名，再减少名额。",
        "There cannot be fewer seats than are taken. Please talk to those beyond and cancel their sign-ups first.",
    )

    def sentence(self, locale: str) -> str:
        """Return the refusal with those who hold the seats, number and masked name, where they are known."""
        names = self.facts.get("names")
        if not names:
            return self.text.in_(locale)
        held = Text("现在占用名额的有：{names}。", " The seats are held by: {names}.")
        return self.text.in_(locale) + held.fill(names="、".join(names) if locale != "en" else ", ".join(names)).in_(
            locale
        )


CAPACITY_RANGE = drafting.CAPACITY_RANGE
COVER_ABOVE_CAPACITY = Text(
    "最少在岗人数不能超过名额，请先调整它。", "The minimum cover cannot exceed the seats. Please change it first."
)


on_constraint("ck_events_published_by_another", PublishedByAuthor)
on_constraint("ck_shifts_taken_within_capacity", CapacityTaken)
on_constraint("ck_events_ends_later", field="ends_at", text=drafting.END_LATER)
on_constraint("ck_shifts_ends_later", field="ends_at", text=drafting.END_LATER)
on_constraint("ck_shifts_at_most_a_day", field="ends_at", text=drafting.TOO_LONG)
on_constraint("ck_shifts_capacity_in_range", field="capacity", text=drafting.CAPACITY_RANGE)
on_constraint("ck_shift_templates_times_of_day", field="starts_min", text=weekly.CLOCK_FORM)
on_constraint("ck_shift_templates_until_not_before", field="until_on", text=weekly.UNTIL_LATER)
on_constraint("ck_shifts_min_cover_within_capacity", field="min_cover", text=drafting.COVER_RANGE)
for _name in (
    "uq_events_public_id",
    "ck_events_category_known",
    "ck_events_state_known",
    "ck_events_published_has_time",
    "ck_events_cancelled_has_reason",
    "ck_events_time_whole",
    "uq_positions_public_id",
    "ck_positions_approval_known",
    "ck_positions_min_age_in_range",
    "uq_shifts_public_id",
    "ck_shifts_state_known",
    "ck_shifts_waitlisted_counted",
    "ck_shifts_cancelled_has_reason",
    "uq_signups_public_id",
    "uq_signups_shift_volunteer",
    "ck_signups_state_known",
    "ck_signups_via_known",
    "ck_signups_waitlisted_has_number",
    "ck_signups_offered_has_end",
    "ck_signups_refused_has_reason",
):
    on_constraint(_name, ServiceBusy)

STATE_NAMES = {
    "draft": Text("草稿", "a draft"),
    "in_review": Text("待审核", "in review"),
    "published": Text("已发布", "published"),
    "cancelled": Text("已取消", "cancelled"),
    "settled": Text("已结算", "settled"),
}


def state_name(state: str) -> Text:
    """Return the words for an event's state."""
    return STATE_NAMES[state]
