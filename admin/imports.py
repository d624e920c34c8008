"""Imports in the panel: template, upload, preview, run, error file, undo."""

from __future__ import annotations

from collections import Counter
from datetime import datetime
from typing import Any, ClassVar, NamedTuple

from flask import request
from flask.typing import ResponseReturnValue
from flask_admin import expose
from markupsafe import Markup
from openpyxl.utils import get_column_letter
from sqlalchemy import ColumnElement, and_
from werkzeug.exceptions import RequestEntityTooLarge

from admin import door, export, wording
from admin.actions import ServiceAction
from admin.base import ReadOnlyView
from admin.errors import status_of
from admin.filters import choice
from admin.markup import badge, date_cell, link, muted, stacked
from app.core import clock
from app.core.errors import DomainError, NotFound
from app.imports import files, queries, service
from app.imports.models import Import
from app.imports.rules import PREVIEW_LIFE, UNDO_WINDOW, ImportState, Step, may_still
from app.imports.subject import SUBJECTS
from app.orgs import queries as orgs
from app.orgs.rules import Reach
from app.sheets import reading
from app.sheets.errors import NOT_XLSX, SheetRefused

ENVELOPE_BYTES = 20_000
SHOWN_ROWS = 300
STATE_TONES = {"previewed": "held", "done": "good", "undone": "quiet"}
STEP_WORDS = {Step.WRONG: ("有问题", "bad"), Step.CHANGED: ("修改", "held"), Step.NEW: ("新建", "good"), Step.SAME: ("不变", "quiet")}  # fmt: skip


def _run(good_only: bool) -> Any:
    def act(actor: Any, row: Import, _: Any, at: datetime) -> Import:
        return service.run_import(actor, row.id, good_only=good_only, at=at)

    return act


def _is_fresh(row: Import) -> bool:
    waits = row.state == ImportState.PREVIEWED and bool(row.new_count or row.changed_count)
    return waits and may_still(clock.now(), since=row.created_at, window=PREVIEW_LIFE)


def _may_be_undone(row: Import) -> bool:
    done = row.state == ImportState.DONE and row.done_at is not None
    return done and may_still(clock.now(), since=row.done_at, window=UNDO_WINDOW)  # type: ignore[arg-type]


class Words(NamedTuple):
    """What a subject's pages say. made, changed: with a count; after_new: what comes of a new row."""

    thing: str
    key: str
    made: str
    changed: str
    after_new: str
    fill: str
    hint: str


def _buttons(permission: str, *, undo: str, undone: str) -> tuple[ServiceAction, ...]:
    """Return the acts on an import. undo: what undoing does; undone: what was done."""
    return (
        ServiceAction(
            "run", "全部导入", permission, _run(good_only=False),
            when=lambda row: _is_fresh(row) and not row.wrong_count, tone="main", icon="check", done="已导入。",
        ),
        ServiceAction(
            "run_good", "只导入没有问题的行", permission, _run(good_only=True),
            when=lambda row: _is_fresh(row) and bool(row.wrong_count), tone="main", icon="check",
            consequence="有问题的行不会导入。导入后可以下载只含这些行的文件，改好再上传。", done="已导入没有问题的行。",
        ),
        ServiceAction(
            "undo", "撤销这次导入", permission,
            lambda actor, row, _, at: service.undo_import(actor, row.id, at=at),
            when=_may_be_undone, tone="danger", icon="ban", consequence=undo, done=undone,
        ),
    )  # fmt: skip


class ImportView(ReadOnlyView):
    """The files of one subject that were uploaded, each with its preview and what came of it."""

    subject: ClassVar[str]
    words: ClassVar[Words]
    icon = "upload"
    noun = "导入"
    search_words = "文件名"
    audited_as = "import"
    list_page = "panel/imports.html"
    details_page = "panel/import.html"
    column_list = ("file_name", "state", "counts", "by", "created_at")
    column_labels = {"file_name": "文件", "state": "状态", "counts": "结果", "by": "上传者", "created_at": "上传时间"}
    column_sortable_list = ("file_name", "created_at")
    column_searchable_list = ("file_name",)
    column_formatters = {
        "file_name": lambda view, _, row, __: stacked(view.linked(row), wording.IMPORT_SUBJECTS[row.subject]),
        "state": lambda _, __, row, ___: badge(wording.IMPORT_STATES[row.state], STATE_TONES[row.state]),
        "counts": lambda _, __, row, ___: counted(row) or muted("没有要改的"),
        "by": lambda _, __, row, ___: wording.who(row.by),
        "created_at": lambda _, __, row, ___: date_cell(row.created_at),
    }

    list_filters = (choice("state", "状态", tuple(wording.IMPORT_STATES.items()), lambda value: Import.state == value),)

    def within(self, held: Reach) -> ColumnElement[bool]:
        return and_(Import.subject == self.subject, queries.within(held, door.actor()))

    def place_of(self, row: Any) -> dict[str, Any]:
        """Ask for the permission anywhere; the service judges each row of the file where it lies."""
        return {}

    def title_of(self, row: Any) -> str:
        return str(row.file_name)

    def linked(self, row: Any) -> Any:
        """Return a file's name as the link to its page."""
        return link(self.details_url(row), row.file_name)

    def details_of(self, row: Any) -> dict[str, Any]:
        order = list(STEP_WORDS)
        told = sorted(row.findings, key=lambda one: order.index(Step(one["step"])))
        shown = [one for one in told if one["step"] != Step.SAME]
        columns = SUBJECTS[row.subject].columns
        opened = queries.rows_of(row)
        repairs = [
            (given.number, name, given.cells[name])
            for given in opened
            for name in given.cells
            if given.cells[name].repairs
        ]
        used = {name for name in row.content["names"] if name}
        return {
            "shown": shown[:SHOWN_ROWS],
            "more": max(0, len(shown) - SHOWN_ROWS),
            "step_words": STEP_WORDS,
            "steps": {step: getattr(row, f"{step.value}_count") for step in STEP_WORDS},
            "titles": {column.name: column.title.zh for column in columns},
            "letters": _letters(row.content["names"]),
            "unused": [
                head for head, name in zip(row.content["heads"], row.content["names"], strict=True) if head and not name
            ],
            "absent": [column.title.zh for column in columns if column.name not in used],
            "repairs": repairs[:SHOWN_ROWS] if not SUBJECTS[row.subject].is_private else [],
            "repaired": Counter((name, cell.repairs) for _, name, cell in repairs),
            "repair_words": {one: text.zh for one, text in reading.REPAIRS.items()},
            "shows_cells": not SUBJECTS[row.subject].is_private,
            "has_rows": bool(opened) and may_take_rows(row),
            "kept": row.content.get("kept", ()),
            "texts": self.words,
            "undo_until": row.done_at + UNDO_WINDOW if row.done_at else None,
        }

    @expose("/new/", methods=("GET", "POST"))
    def upload(self) -> ResponseReturnValue:
        """Take a file, look through it and show what it would do."""
        if request.method == "GET":
            return self._upload_page()
        subject = SUBJECTS[self.subject]
        given = request.files.get("file")
        try:
            if given is None or not given.filename:
                raise SheetRefused(NOT_XLSX)
            with given.stream as stream:
                grid = reading.read(stream.read(reading.FILE_BYTES_MAX + 1))
            name, at = given.filename, clock.now()
            seen = service.preview(door.actor(), subject, grid, at=at)
            kept = door.write(lambda: service.keep_preview(door.actor(), subject, seen, file_name=name, at=at))
        except DomainError as refusal:
            return self._upload_page(refusal.sentence("zh-CN")), status_of(refusal)
        return door.go(self.details_url(kept))

    def _upload_page(self, problem: str = "") -> str:
        return self.render(
            "panel/import_new.html", title=f"导入{self.words.thing}", problem=problem, rows_max=reading.ROWS_MAX,
            texts=self.words,
        )  # fmt: skip

    @expose("/template/")
    def template(self) -> ResponseReturnValue:
        """Hand out the file to fill in."""
        thing = self.words.thing
        filled = files.template(SUBJECTS[self.subject], thing, self.choices())
        return export.file_answer(f"{thing}导入模板.xlsx", filled)

    def choices(self) -> dict[str, list[str]]:
        """Return the words that the template offers, by column."""
        return {"district": [one.name_zh for one in orgs.list_districts()]}

    @expose("/wrong/")
    def wrong(self) -> ResponseReturnValue:
        """Hand out the rows with problems, in the layout of the file they came in."""
        row = self.get_one(request.args.get("id"))
        if not row.wrong_count or not may_take_rows(row) or not queries.kept_rows(row):
            raise NotFound
        name = row.file_name.removesuffix(".xlsx")
        return export.file_answer(f"{name}-有问题的行.xlsx", files.error_file(row, self.words.thing))

    def _handle_view(self, name: str, **kwargs: Any) -> ResponseReturnValue | None:
        """Let a file in that is larger than any form; before the form is read, its token included."""
        request.max_content_length = reading.FILE_BYTES_MAX + ENVELOPE_BYTES
        if (request.content_length or 0) > request.max_content_length:
            raise RequestEntityTooLarge
        return super()._handle_view(name, **kwargs)


class StationImportView(ImportView):
    """Files of stations."""

    subject = "stations"
    permission = "stations.create"
    intro = "从 Excel 文件新建和修改站点：先预览，再导入；导入后 24 小时内可以整批撤销。"
    empty_hint = "先下载模板，填好后上传；也可以上传“导出 Excel”得到的文件。"
    words = Words(
        thing="站点",
        key="编号",
        made="新建 {} 个草稿",
        changed="修改 {} 个站点",
        after_new="新建为草稿，核对后再开放",
        fill="一行一个站点。第二张表“填写说明”写着每一列怎么填和示例。已有的站点也可以从“站点”列表导出 Excel，改好再上传。",
        hint="经纬度旁边一定要写坐标系：gcj02（高德、腾讯、微信）、bd09（百度）或 wgs84（GPS）。",
    )
    buttons = _buttons(
        permission,
        undo="新建的草稿会删除，修改过的站点恢复原样。导入后有人动过的站点会列出来，那样就一条也不撤销。",
        undone="已撤销，站点恢复到导入之前。",
    )

    def __init__(self) -> None:
        super().__init__(Import, "导入 Excel", "imports", "驿站")

    def choices(self) -> dict[str, list[str]]:
        return super().choices() | {
            "kind": [words for _, words in wording.STATION_KINDS],
            "coord_quality": [words for _, words in wording.COORD_QUALITIES],
            "datum": [value for value, _ in wording.COORD_SYSTEMS],
        }


class VolunteerImportView(ImportView):
    """Files of volunteers. What they hold of people is sealed, shown masked, and gone after two days."""

    subject = "volunteers"
    permission = "volunteers.edit"
    intro = "从 Excel 名单邀请志愿者：先预览，再导入；本人在手机上接受后才生效。导入后 24 小时内可以撤销。"
    empty_hint = "先下载模板，填好后上传。直接用单位发来的名单也可以，表头会自动对上。"
    words = Words(
        thing="志愿者",
        key="姓名、手机号",
        made="邀请 {} 位志愿者",
        changed="修改 {} 位志愿者",
        after_new="发出邀请，本人接受后生效",
        fill="一行一位志愿者。第二张表“填写说明”写着每一列怎么填和示例。也可以直接用单位发来的名单，表头会自动对上。",
        hint="不要填身份证号。文件里的个人信息加密保存，最多两天，只有上传的人能下载有问题的行。",
    )
    buttons = _buttons(
        permission,
        undo="没有答复的邀请会收回，修改过的资料恢复原样。导入后已接受、报过名或又被修改的人会保留，并列出来。",
        undone="已撤销。",
    )

    def __init__(self) -> None:
        super().__init__(Import, "导入名单", "volunteer_imports", "用户")

    def choices(self) -> dict[str, list[str]]:
        return super().choices() | {
            "gender": [words for _, words in wording.GENDERS],
            "guardian_consent": ["是"],
        }


def may_take_rows(row: Import) -> bool:
    """Whether the caller may have the rows of a file back; those about people only who brought them."""
    return not SUBJECTS[row.subject].is_private or row.staff_id == door.actor().id


def counted(row: Import) -> Any:
    """Return what would come or came of a file, as badges."""
    numbers = [(words, tone, getattr(row, f"{step.value}_count")) for step, (words, tone) in STEP_WORDS.items()]
    found = Markup(" ").join(badge(f"{words} {number}", tone) for words, tone, number in numbers if number)
    return Markup("<span>{}</span>").format(found) if found else found


def _letters(names: list[str | None]) -> dict[str, str]:
    """Return the spreadsheet's letter of each column that was recognised."""
    return {name: get_column_letter(place) for place, name in enumerate(names, start=1) if name}
