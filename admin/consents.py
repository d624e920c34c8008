"""Consent texts in the panel: the present version of each purpose, its history, and the next version."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sqlalchemy import ColumnElement, func, select, true
from sqlalchemy.orm import Query

from admin import door, wording
from admin.base import per_request
from admin.editing import ServiceModelView
from admin.forms import Line, PanelForm, Paragraph
from admin.markup import badge, date_cell, link, muted, stacked
from admin.wording import changes_of
from app.audit import queries as audit
from app.core import clock
from app.core.errors import NotFound
from app.orgs.rules import Reach
from app.privacy import queries, rules, service
from app.privacy.models import ConsentText


class ConsentTextForm(PanelForm):
    title_zh = Line("中文标题", required=True, chars=rules.TITLE_CHARS)
    title_en = Line("英文标题", required=True, chars=rules.TITLE_CHARS)
    text_zh = Paragraph("中文正文", required=True, chars=rules.TEXT_CHARS)
    text_en = Paragraph("英文正文", required=True, chars=rules.TEXT_CHARS)


class ConsentTextView(ServiceModelView):
    """What people are asked to agree to. Saving makes the next version; the old ones stay readable."""

    permission = "consents.read"
    edit_permission = "consents.edit"
    icon = "shield"
    noun = "文本"
    intro = "协议和各项授权的说明。修改会成为新版本，旧版本和谁同意过哪一版都会保留。"
    audited_as = "consent_text"
    search_words = "标题"
    details_page = "panel/consent_text.html"
    change_form_class = ConsentTextForm
    column_list = ("title_zh", "title_en", "version", "standing", "created_at")
    column_labels = {
        "title_zh": "标题",
        "title_en": "英文标题",
        "version": "版本",
        "standing": "同意这一版的人",
        "created_at": "发布于",
    }
    column_sortable_list = ()
    column_searchable_list = ("title_zh", "title_en")
    column_formatters = {
        "title_zh": lambda view, _, row, __: stacked(link(view.details_url(row), row.title_zh), _purpose(row)),
        "version": lambda _, __, row, ___: version_cell(row),
        "standing": lambda _, __, row, ___: f"{standing(row):,}" if standing(row) else muted(0),
        "created_at": lambda _, __, row, ___: date_cell(row.created_at),
    }

    def __init__(self) -> None:
        super().__init__(ConsentText, "协议与授权", "consents", "用户")

    def within(self, held: Reach) -> ColumnElement[bool]:
        """Show all of them: the texts are public."""
        return true()

    def matching(self, asked: Any) -> Query[Any]:
        """Keep to the present version of each purpose."""
        newest = select(func.max(ConsentText.id)).group_by(ConsentText.purpose)
        return super().matching(asked).filter(ConsentText.id.in_(newest))

    def get_one(self, id: Any) -> Any:
        """Return the present version, also to an address that names an older one."""
        return queries.get_current_text(super().get_one(id).purpose)

    def default_order(self) -> Sequence[Any]:
        return (ConsentText.id.asc(),)

    def title_of(self, row: Any) -> str:
        return str(row.title_zh)

    def audit_id(self, row: Any) -> str:
        return str(row.purpose)

    def values_of(self, row: Any) -> dict[str, Any]:
        return {name: getattr(row, name) for name in ConsentTextForm()._fields}

    def service_create(self, data: dict[str, Any]) -> Any:
        raise NotFound

    def service_update(self, row: Any, data: dict[str, Any], seen_version: int | None) -> Any:
        return service.publish_text(door.actor(), row.purpose, data=data, seen_version=seen_version, at=clock.now())

    def details_of(self, row: Any) -> dict[str, Any]:
        entries = audit.list_of_object("consent_text", row.purpose, limit=10)
        return {
            "versions": [(one, standing(one)) for one in queries.list_versions(row.purpose)],
            "trail_entries": [(entry, changes_of(entry)) for entry in entries],
        }


def standing(row: ConsentText) -> int:
    """Return how many people's consent to this version stands."""
    found: dict[tuple[str, int], int] = per_request("consents_standing", queries.count_standing)
    return found.get((row.purpose, row.version), 0)


def version_cell(row: ConsentText) -> Any:
    """Return the version, marked while it is an example text."""
    return stacked(f"第 {row.version} 版", badge("示例文本", "held")) if row.draft else f"第 {row.version} 版"


def _purpose(row: ConsentText) -> str:
    return dict(wording.PURPOSES)[row.purpose]
