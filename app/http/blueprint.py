"""A blueprint whose routes must declare who may call them; the declarations make the OpenAPI document."""

from __future__ import annotations

import functools
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from flask import Blueprint, Response
from marshmallow import Schema

from app.core.errors import DomainError
from app.http import access as access_rules
from app.http import limits
from app.http.access import Access
from config import settings

View = Callable[..., Response]


@dataclass(frozen=True, slots=True)
class Route:
    """What a route declares. limit: the name of its setting in the section `limits`."""

    method: str
    rule: str
    endpoint: str
    access: Access
    limit: str
    status: tuple[int, ...]
    body: Schema | None
    upload: str | None
    query: Schema | None
    answer: Schema | None
    produces: str
    listed: bool
    refusals: tuple[type[DomainError], ...]
    example: Any
    path_example: dict[str, str]
    summary: str
    description: str


ROUTES: dict[str, Route] = {}
"""Endpoint → declaration, of every route under /api."""


class ApiBlueprint(Blueprint):
    """Blueprint of one domain under /api/v1."""

    def __init__(self, name: str) -> None:
        super().__init__(f"api_{name}", __name__, url_prefix="/api/v1")

    def call(
        self,
        method: str,
        rule: str,
        *,
        access: Access,
        limit: str | None = None,
        status: tuple[int, ...] = (200,),
        body: Schema | None = None,
        upload: str | None = None,
        query: Schema | None = None,
        answer: Schema | None = None,
        produces: str = "application/json",
        listed: bool = False,
        refusals: tuple[type[DomainError], ...] = (),
        example: Any = None,
        path_example: dict[str, str] | None = None,
    ) -> Callable[[View], View]:
        """Register a view. access is required: a route without one cannot be written.

        listed: the answer is a page of `answer`. example: a body that succeeds on the demo city.
        produces: the media type of an answer that is no JSON, and has no schema.
        upload: the name of the one file that the call takes instead of a JSON body.
        """
        amount_name = limit or ("reads_per_min" if access is access_rules.public else "calls_per_min")

        def register(view: View) -> View:
            endpoint = f"{self.name}.{view.__name__}"
            first, _, rest = (view.__doc__ or "").strip().partition("\n")
            ROUTES[endpoint] = Route(
                method, rule, endpoint, access, amount_name, status, body, upload, query, answer, produces, listed, refusals,
                example, path_example or {}, first, " ".join(rest.split()),
            )  # fmt: skip

            @functools.wraps(view)
            def guarded(**path: Any) -> Response:
                access.check()
                amount: int = getattr(settings.current().limits, amount_name)
                who = str(access_rules.caller().person_id) if access is access_rules.people else access_rules.address()
                limits.spend(amount, endpoint, who)
                return view(**path)

            self.add_url_rule(rule, view.__name__, guarded, methods=[method], provide_automatic_options=False)
            return view

        return register
