"""Buttons that change a state: declared on a view, judged by the service, asked about before they act."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from admin.forms import PanelForm, ReasonForm
from app.core.actor import Actor


def always(_: Any) -> bool:
    """Offer a button on every row."""
    return True


@dataclass(frozen=True)
class ServiceAction:
    """A button. name: in the address. permission: who sees it; the service judges again. asks: what it wants to know.

    when: row → whether to offer it. tone: plain, good, warn or danger. consequence: what will happen, said beforehand.
    """

    name: str
    label: str
    permission: str
    act: Callable[[Actor, Any, dict[str, Any], datetime], Any]
    when: Callable[[Any], bool] = always
    asks: type[PanelForm] | None = None
    tone: str = "plain"
    icon: str = "dot"
    consequence: str = ""
    done: str = "已完成。"
    in_list: bool = False
    key: str = ""
    """The key that presses it on a record's own page."""
    where: str = "head"
    """Where a record's own page shows it: head, posters, kiosks or more."""

    @property
    def needs_page(self) -> bool:
        """Whether it asks or warns first, instead of acting at the click."""
        return self.asks is not None or bool(self.consequence)


def service_action(
    name: str,
    label: str,
    service: Callable[..., Any],
    *,
    permission: str,
    asks: str | type[PanelForm] | None = None,
    **looks: Any,
) -> ServiceAction:
    """Make a button of a service function (actor, row id, *, at).

    asks: "reason" hands `reason=` on; a form hands its values on as `data=`; None asks nothing.
    """

    def act(actor: Actor, row: Any, data: dict[str, Any], at: datetime) -> Any:
        if asks == "reason":
            return service(actor, row.id, reason=data["reason"], at=at)
        if asks is not None:
            return service(actor, row.id, data=data, at=at)
        return service(actor, row.id, at=at)

    form = ReasonForm if asks == "reason" else asks
    assert form is None or isinstance(form, type)
    return ServiceAction(name, label, permission, act, asks=form, **looks)
