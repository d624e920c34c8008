"""The base of every list in the panel: scope in one place, services for every change, one wording for every rule."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from datetime import datetime
from typing import Any, ClassVar

from flask import g, request, url_for
from flask.typing import ResponseReturnValue
from flask_admin import expose
from flask_admin.contrib.sqla import ModelView
from sqlalchemy import ColumnElement, false, func, or_, select
from sqlalchemy.orm import Query
from wtforms import Form

from admin import door, export, filters
from admin.actions import ServiceAction
from admin.errors import status_of
from admin.filters import Asked, ListFilter
from admin.forms import PanelForm
from admin.views import PanelView, may
from app.core import clock
from app.core.db import db
from app.core.errors import AccessDenied, DomainError, Kind, NotFound
from app.orgs.rules import Reach, reach

COUNT_CAP = 10_000
"""A list counts and turns pages no further; whoever wants what lies behind narrows it down, or exports."""
EXPORT_MAX = 100_000
XLSX_MAX = 10_000
"""Rows of an Excel file, which is made as a whole; the list offers none for more."""
_BATCH = 500
Cell = Any


class ReadOnlyView(PanelView, ModelView):  # type: ignore[misc]
    """A list with details, filters and export; nothing in it can be changed but by a declared button."""

    noun: ClassVar[str] = "记录"
    intro: ClassVar[str] = ""
    key: ClassVar[str] = "id"
    list_filters: Sequence[ListFilter] = ()
    buttons: Sequence[ServiceAction] = ()
    eager: Sequence[Any] = ()
    list_page: ClassVar[str] = "panel/list.html"
    details_page: ClassVar[str]
    has_details: ClassVar[bool] = True
    empty_hint: ClassVar[str] = ""
    search_words: ClassVar[str] = ""
    """What the search looks into, said in the empty box."""
    audited_as: ClassVar[str | None] = None
    """The object type under which the audit trail speaks of these rows."""

    can_create = can_edit = can_delete = False
    column_display_actions = False
    column_editable_list = None
    named_filter_urls = False
    page_size = filters.PAGE_SIZES[0]
    # Flask-Admin's own writing routes do not exist here.
    create_view = edit_view = delete_view = action_view = action_delete = ajax_lookup = ajax_update = None

    def __init__(self, model: type[Any], name: str, endpoint: str, category: str) -> None:
        super().__init__(model, db, name=name, endpoint=endpoint, category=category, url=f"/admin/{endpoint}")

    def scaffold_form(self) -> type[Form]:
        """Build no form from the table: what may be typed is declared, field by field."""
        return Form

    # --- scope: the one place -------------------------------------------------------------------

    def within(self, held: Reach) -> ColumnElement[bool]:
        """Return the filter that keeps to the rows inside a reach; a view that declares none shows nothing."""
        return false()

    def reach(self) -> Reach:
        """Return where the caller may read this list."""
        assert self.permission is not None
        return reach(door.actor(), self.permission)

    def get_query(self) -> Query[Any]:
        """Return the rows the caller may see; list, details, look-up, inline edit, buttons and export start here."""
        query: Query[Any] = super().get_query()
        return query.options(*self.eager).filter(self.within(self.reach()))

    def get_count_query(self) -> Query[Any]:
        """Count the same rows."""
        query: Query[Any] = super().get_count_query()
        return query.filter(self.within(self.reach()))

    def get_one(self, id: Any) -> Any:
        """Return a row by its typed id. Raises NotFound, for one out of scope just as for one that does not exist."""
        number = door.row_id(str(id))
        column = getattr(self.model, self.key)
        row = self.get_query().filter(column == number).execution_options(populate_existing=True).one_or_none()
        if row is None:
            raise NotFound
        return row

    # --- the list -------------------------------------------------------------------------------

    def asked(self) -> Asked:
        """Read what the address asks of the list. Raises NotFound for a column that is not for sorting."""
        found = filters.read(request.args, self.list_filters)
        if found.sort and found.order[0] not in self._sortable_columns:
            raise NotFound
        return found

    def matching(self, asked: Asked) -> Query[Any]:
        """Return the rows in scope that the filters and the search keep."""
        query = self.get_query().filter(*(one.condition for one in asked.chosen))
        for term in asked.search.split():
            query = query.filter(or_(*(self._contains(column, term) for column, _ in self._search_fields or ())))
        return query

    @staticmethod
    def _contains(column: Any, term: str) -> ColumnElement[bool]:
        found: ColumnElement[bool] = column.icontains(term, autoescape=True)
        return found

    def count(self, asked: Asked) -> int:
        """Return how many rows match; counting stops at a cap, so that a big table costs no more than that."""
        rows = self.matching(asked).order_by(None).enable_eagerloads(False).with_entities(getattr(self.model, self.key))
        return db.session.scalar(select(func.count()).select_from(rows.limit(COUNT_CAP + 1).subquery())) or 0

    def ordered(self, asked: Asked) -> Query[Any]:
        """Return the matching rows in the order asked for, the primary key as the last word."""
        column, descending = asked.order
        own = getattr(self.model, self.key)
        query = self.matching(asked)
        if not column:
            return query.order_by(*self.default_order())
        sort = self._sortable_columns[column]
        return query.order_by(sort.desc() if descending else sort.asc(), own.desc())

    def default_order(self) -> Sequence[Any]:
        """Return the order of the list when nobody asks for another: newest first."""
        return (getattr(self.model, self.key).desc(),)

    @expose("/")
    def index_view(self) -> ResponseReturnValue:
        """Show the list."""
        asked = self.asked()
        found = self.count(asked)
        count = min(found, COUNT_CAP)
        pages = max(1, -(-count // asked.size))
        page = min(asked.page, pages)
        rows = self._rows_of(asked, page)
        return self.render(
            self.list_page,
            asked=asked,
            rows=rows,
            count=count,
            capped=found > COUNT_CAP,
            xlsx_offered=found <= XLSX_MAX,
            page=page,
            pages=pages,
            sizes=filters.PAGE_SIZES,
            columns=self._list_columns,
            here=self.list_url(asked, page=page if page > 1 else None),
            may_create=False,
        )

    def _rows_of(self, asked: Asked, page: int) -> list[Any]:
        """Find the page's keys first, for which an index is enough, then its rows; to sort whole rows costs ten times that."""
        own = getattr(self.model, self.key)
        wanted = self.keys_of(asked, page)
        found = {getattr(row, self.key): row for row in self.get_query().filter(own.in_(wanted))}
        return [found[key] for key in wanted if key in found]

    def keys_of(self, asked: Asked, page: int) -> list[Any]:
        """Return the keys of a page in order."""
        return self.keys_in(self.ordered(asked), asked, page)

    def keys_in(self, rows: Query[Any], asked: Asked, page: int) -> list[Any]:
        """Return the keys of a page of ordered rows."""
        keys = rows.enable_eagerloads(False).with_entities(getattr(self.model, self.key))
        return [key for (key,) in keys.limit(asked.size).offset((page - 1) * asked.size)]

    def list_url(self, asked: Asked, **changes: Any) -> str:
        """Return the address of this list with some of what was asked changed."""
        return url_for(f"{self.endpoint}.index_view", **asked.address(**changes))

    def cell(self, row: Any, column: str) -> Cell:
        """Return what a cell shows."""
        return self.get_list_value(None, row, column)

    def buttons_of(self, row: Any) -> list[ServiceAction]:
        """Return the buttons that the caller may press on a row now."""
        place = self.place_of(row)
        return [one for one in self.buttons if may(one.permission, **place) and one.when(row)]

    def place_of(self, row: Any) -> dict[str, Any]:
        """Return where a row lies, as the permissions ask for it: district_id, station_id."""
        return {}

    # --- details and export ---------------------------------------------------------------------

    @expose("/details/")
    def details_view(self) -> ResponseReturnValue:
        """Show one row on a page of cards."""
        if not self.has_details:
            raise NotFound
        row = self.get_one(request.args.get("id"))
        return self.render(self.details_page, row=row, title=self.title_of(row), **self.details_of(row))

    def details_of(self, row: Any) -> dict[str, Any]:
        """Return what the details page shows besides the row."""
        return {}

    def title_of(self, row: Any) -> str:
        """Return a row's name for headings and confirmations."""
        return f"{self.noun} #{getattr(row, self.key)}"

    def details_url(self, row: Any) -> str:
        """Return the address of a row's page."""
        return url_for(f"{self.endpoint}.details_view", id=getattr(row, self.key))

    @expose("/export/<export_type>/")
    def export(self, export_type: str) -> ResponseReturnValue:
        """Hand out exactly the filtered rows as CSV or as an Excel file, through get_export_value."""
        if not self.can_export or export_type not in ("csv", "xlsx"):
            raise NotFound
        asked = self.asked()
        answer, most = (export.csv_answer, EXPORT_MAX) if export_type == "csv" else (export.xlsx_answer, XLSX_MAX)
        titles = [title for _, title in self._export_columns]

        def rows() -> Iterator[list[Cell]]:
            for row in self.ordered(asked).limit(most).yield_per(_BATCH):
                yield [self.get_export_value(row, name) for name, _ in self._export_columns]

        return answer(str(self.name), titles, rows(), clock.now())

    # --- buttons --------------------------------------------------------------------------------

    def row_to_act_on(self, id: Any) -> Any:
        """Return the row that a button is pressed on. Raises NotFound."""
        return self.get_one(id)

    @expose("/act/<pressed>/", methods=("GET", "POST"))
    def act(self, pressed: str) -> ResponseReturnValue:
        """Ask what a button needs to know (GET), then do it (POST)."""
        button = next((one for one in self.buttons if one.name == pressed), None)
        if button is None:
            raise NotFound
        row = self.row_to_act_on(request.values.get("id"))
        if request.method == "GET":
            if not may(button.permission, **self.place_of(row)):
                raise AccessDenied
            form = button.asks(data=self.prefilled(button, row)) if button.asks else PanelForm()
            return self._ask(button, row, form)
        form = (button.asks or PanelForm)(request.form)
        try:
            done = door.write(lambda: button.act(door.actor(), row, form.plain(), clock.now()))
        except DomainError as refusal:
            if refusal.kind in (Kind.NOT_FOUND, Kind.DENIED) or not button.needs_page:
                raise
            return self._ask(button, row, form, form.show(refusal)), status_of(refusal)
        return self.acted(button, row, done)

    def prefilled(self, button: ServiceAction, row: Any) -> dict[str, Any]:
        """Return what the form of a button holds at first."""
        return {}

    def acted(self, button: ServiceAction, row: Any, done: Any) -> ResponseReturnValue:
        """Answer a button that has done its work."""
        self.say(button.done)
        return door.go(
            door.way_back(self.details_url(row) if self.has_details else url_for(f"{self.endpoint}.index_view"))
        )

    def _ask(self, button: ServiceAction, row: Any, form: PanelForm, problem: str = "") -> str:
        bare = request.headers.get("X-Requested-With") == "panel"
        return self.render(
            "panel/ask.html",
            layout="panel/bare.html" if bare else "panel/base.html",
            button=button,
            row=row,
            form=form,
            problem=problem,
            title=f"{button.label}：{self.title_of(row)}",
            back=door.way_back(self.details_url(row)),
        )

    @staticmethod
    def say(sentence: str, tone: str = "good") -> None:
        """Show a sentence on the next page."""
        from flask import flash

        flash(sentence, tone)

    def handle_view_exception(self, exc: Exception) -> bool:
        """Let every error reach the panel's own pages; no text of the database is ever shown."""
        return False


def per_request(name: str, read: Callable[[], Any]) -> Any:
    """Return something that a page needs for many rows, read once per request."""
    kept: dict[str, Any] = g.setdefault("panel_kept", {})
    if name not in kept:
        kept[name] = read()
    return kept[name]


def city(at: datetime | None, form: str = "%Y-%m-%d %H:%M") -> str:
    """Write an instant on the city's clock; a dash for none."""
    return clock.city_time(at).strftime(form) if at else "—"
