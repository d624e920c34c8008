"""How staff get in and out: one-time link, sign-in, own password, own sessions."""

from __future__ import annotations

from typing import Any

from flask import request, session, url_for
from flask.typing import ResponseReturnValue
from flask_admin import expose

from admin import door
from admin.base import ReadOnlyView
from admin.errors import status_of
from admin.forms import Line, PanelForm, Secret
from admin.views import PUBLIC, SIGNED_IN, PanelView
from admin.wording import ROLES, grant_scope
from app.core import clock
from app.core.errors import DomainError, InvalidInput, Text
from app.orgs import passwords, queries, sign_in
from app.orgs.errors import LinkSpent, SignInFailed
from app.orgs.models import Staff
from app.orgs.rules import LINK_LIFE, SESSION_IDLE, SESSION_MAX

NOT_THE_SAME = Text("两次输入的密码不一致。", "The two passwords differ.")
PASSWORD_HINT = f"至少 {passwords.MIN_CHARS} 个字符，可以是几个不相干的词；不要用登录名、姓名或常见密码。"
_LOGIN_CHARS = 80
_PASSWORD_CHARS = 1000


class SignInForm(PanelForm):
    login = Line("登录名", required=True)
    password = Secret("密码", autocomplete="current-password")


class NewPasswordForm(PanelForm):
    password = Secret("新密码", autocomplete="new-password", hint=PASSWORD_HINT)
    again = Secret("再输入一次", autocomplete="new-password")


class ChangePasswordForm(PanelForm):
    current = Secret("当前密码", autocomplete="current-password")
    password = Secret("新密码", autocomplete="new-password", hint=PASSWORD_HINT)
    again = Secret("再输入一次", autocomplete="new-password")


class SignInView(PanelView):
    """The way in."""

    permission = PUBLIC

    def __init__(self) -> None:
        super().__init__(name="登录", endpoint="sign_in", url="/admin/sign-in")

    @expose("/", methods=("GET", "POST"))
    def index(self) -> ResponseReturnValue:
        """Show the form; on POST count the try, prove the password outside any transaction, open a session."""
        home = url_for("admin.index")
        if request.method == "GET":
            if door.signed_in():
                return door.go(door.way_back(home))
            return self._form(SignInForm())
        form = SignInForm(request.form)
        login = form.login.data.replace("\0", "").strip().lower()[:_LOGIN_CHARS]
        try:
            token = self._sign_in(login, form.password.data)
        except DomainError as refusal:
            return self._form(form, refusal.sentence("zh-CN")), status_of(refusal)
        return _enter(login, token, door.way_back(home))

    def _sign_in(self, login: str, password: str) -> str:
        tried_at = clock.now()
        tried: dict[str, Any] = {"login": login, "address": door.address(), "known_device": door.known_device(login)}
        door.write(lambda: _Tried(sign_in.count_try(**tried, at=tried_at)))
        proof = sign_in.proven_hash(login, password) if len(password) <= _PASSWORD_CHARS else None
        verdict = door.write(
            lambda: sign_in.sign_in(**tried, proof=proof, device=door.device(), tried_at=tried_at, at=clock.now())
        )
        if verdict.token is None:
            raise SignInFailed
        return verdict.token

    def _form(self, form: PanelForm, problem: str = "") -> str:
        return self.render("panel/sign_in.html", form=form, problem=problem, back=door.way_back(""))


class _Tried:
    """The count of a try, committed before it is refused."""

    def __init__(self, refused: DomainError | None) -> None:
        self.refused = refused


class LinkView(PanelView):
    """The one-time link: looking at it changes nothing, setting the password spends it."""

    permission = PUBLIC

    def __init__(self) -> None:
        super().__init__(name="一次性链接", endpoint="link", url="/admin/link")

    @expose("/")
    def index(self) -> ResponseReturnValue:
        """Lead somebody who cut the link short to the sign-in page."""
        return door.go(url_for("sign_in.index"))

    @expose("/<token>", methods=("GET", "POST"))
    def follow(self, token: str) -> ResponseReturnValue:
        """Show the form for the own password; on POST set it and sign in."""
        try:
            staff = sign_in.staff_of_link(token, clock.now())
        except LinkSpent as refusal:
            return self.render("panel/link_spent.html", sentence=refusal.sentence("zh-CN")), 404
        if request.method == "GET":
            return self._form(NewPasswordForm(), staff)
        form = NewPasswordForm(request.form)
        try:
            _expect_the_same(form)
            session_token, login = door.write(lambda: self._set(token, form.password.data))
        except LinkSpent as refusal:
            return self.render("panel/link_spent.html", sentence=refusal.sentence("zh-CN")), 404
        except DomainError as refusal:
            return self._form(form, staff, form.show(refusal)), status_of(refusal)
        ReadOnlyView.say("密码已设好，您已登录。下次用登录名和密码进入。")
        return _enter(login, session_token, url_for("admin.index"))

    def _set(self, token: str, password: str) -> tuple[str, str]:
        at = clock.now()
        staff = sign_in.set_password_by_link(token, password=password, at=at)
        return sign_in.open_session(staff, device=door.device(), at=at), staff.login

    def _form(self, form: PanelForm, staff: Staff, problem: str = "") -> str:
        minutes = int(LINK_LIFE.total_seconds() // 60)
        return self.render("panel/link.html", form=form, staff=staff, problem=problem, minutes=minutes)


class AccountView(PanelView):
    """What belongs to oneself: roles, password, places signed in."""

    permission = SIGNED_IN

    def __init__(self) -> None:
        super().__init__(name="我的账号", endpoint="account", url="/admin/account")

    @expose("/", methods=("GET", "POST"))
    def index(self) -> ResponseReturnValue:
        """Show the account; on POST change the password and begin a new session."""
        if request.method == "GET":
            return self._page(ChangePasswordForm())
        form = ChangePasswordForm(request.form)
        caller = door.signed_in()
        assert caller is not None
        try:
            _expect_the_same(form)
            token = door.write(lambda: self._change(form.current.data, form.password.data))
        except DomainError as refusal:
            return self._page(form, form.show(refusal)), status_of(refusal)
        ReadOnlyView.say("密码已修改，其他地方的登录都已结束。")
        return _enter(caller.login, token, url_for("account.index"))

    def _change(self, current: str, password: str) -> str:
        at = clock.now()
        staff = sign_in.change_own_password(door.actor(), current=current, password=password, at=at)
        return sign_in.open_session(staff, device=door.device(), at=at)

    @expose("/sessions/end", methods=("POST",))
    def end_session(self) -> ResponseReturnValue:
        """End another place where one is signed in."""
        session_id = door.row_id(request.form.get("id")) or 0
        door.write(lambda: sign_in.end_own_session(door.actor(), session_id, at=clock.now()))
        ReadOnlyView.say("那一处登录已结束。")
        return door.go(url_for("account.index"))

    @expose("/sign-out", methods=("POST",))
    def sign_out(self) -> ResponseReturnValue:
        """End this session, here and on every worker."""
        caller = door.signed_in()
        assert caller is not None
        door.write(lambda: sign_in.sign_out(caller.actor, caller.session_id, at=clock.now()))
        session.clear()
        answer = door.go(url_for("sign_in.index"))
        door.drop_cookie(answer, "staff")
        return answer

    def _page(self, form: PanelForm, problem: str = "") -> str:
        caller = door.signed_in()
        assert caller is not None
        at = clock.now()
        live = [one for one in queries.list_sessions(caller.actor.id or 0, at) if at - one.last_seen_at < SESSION_IDLE]
        return self.render(
            "panel/account.html",
            form=form,
            problem=problem,
            sessions=live,
            grants=[
                (dict(ROLES)[row.role], grant_scope(row), row.valid_until)
                for row in queries.list_grants(caller.actor.id or 0)
            ],
            idle_min=int(SESSION_IDLE.total_seconds() // 60),
            longest_h=int(SESSION_MAX.total_seconds() // 3600),
        )


def _expect_the_same(form: PanelForm) -> None:
    if form.password.data != form.again.data:
        raise InvalidInput(fields={"again": [NOT_THE_SAME]})


def _enter(login: str, token: str, url: str) -> ResponseReturnValue:
    """Give the browser its new session; a fresh CSRF secret and a place among the known devices go with it."""
    flashes = session.get("_flashes")
    session.clear()
    if flashes:
        session["_flashes"] = flashes
    answer = door.go(url)
    door.set_cookie(answer, "staff", token)
    door.remember_device(answer, login)
    return answer
