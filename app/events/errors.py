"""Refusals about events and sign-ups: each says what to do next."""

from __future__ import annotations

from app.core.errors import DomainError, Kind, ServiceBusy, Text, on_constraint


class PublishedByAuthor(DomainError):
    kind = Kind.CONFLICT
    code = "event.published_by_author"
    text = Text(
        "活动不能由起草人自己发布，请另一位同事核对后发布。",
        "The author of an event cannot publish it. Please let a colleague check and publish it.",
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


CAPACITY_RANGE = Text("名额为 1 到 5000 人。", "A shift has 1 to 5,000 seats.")
COVER_ABOVE_CAPACITY = Text(
    "最少在岗人数不能超过名额，请先调整它。", "The minimum cover cannot exceed the seats. Please change it first."
)


on_constraint("ck_events_published_by_another", PublishedByAuthor)
on_constraint("ck_shifts_taken_within_capacity", CapacityTaken)
on_constraint(
    "ck_events_ends_later", field="ends_at", text=Text("结束时间要晚于开始时间。", "The end must come after the start.")
)
on_constraint(
    "ck_shifts_ends_later", field="ends_at", text=Text("结束时间要晚于开始时间。", "The end must come after the start.")
)
on_constraint(
    "ck_shifts_at_most_a_day",
    field="ends_at",
    text=Text("一个班次最长 24 小时，请分成几个班次。", "A shift lasts at most 24 hours. Please make several shifts."),
)
on_constraint(
    "ck_shifts_capacity_in_range",
    field="capacity",
    text=CAPACITY_RANGE,
)
on_constraint(
    "ck_shifts_min_cover_within_capacity",
    field="min_cover",
    text=COVER_ABOVE_CAPACITY,
)
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
