"""The OpenAPI 3.1 document, made from the routes' declarations, and a docs page that needs no outside host."""

from __future__ import annotations

import re
from functools import lru_cache
from importlib.resources import files
from typing import Any

import orjson
from apispec import APISpec
from apispec.ext.marshmallow import MarshmallowPlugin
from flask import Blueprint, Response, abort, current_app, render_template, send_from_directory, url_for
from marshmallow import Schema

import app as ouyu
from app.http.access import optional, people
from app.http.blueprint import ROUTES, Route
from app.http.problems import ERROR_CODES, STATUS

docs = Blueprint("docs", __name__, template_folder="templates", static_folder="static", static_url_path="/api/docs/own")

_ASSETS = ("swagger-ui-bundle.js", "swagger-ui.css", "favicon-32x32.png")
_ALWAYS = {422: "request.invalid", 429: "request.too_many", 500: "internal.error", 503: "service.busy"}


def document() -> dict[str, Any]:
    """Return the OpenAPI document of every declared route."""
    return _document(ouyu.__version__)


@lru_cache(maxsize=1)
def _document(version: str) -> dict[str, Any]:
    spec = APISpec(
        title="鸥遇 Ouyu API",
        version=version,
        openapi_version="3.1.0",
        info={
            "description": "文明旅游驿站与打卡。Civilised-tourism stations and check-ins.",
            "license": {"name": "MIT"},
        },
        plugins=[MarshmallowPlugin(schema_name_resolver=_schema_name)],
    )
    spec.components.security_scheme("session", {"type": "http", "scheme": "bearer"})
    spec.components.security_scheme("screen", {"type": "http", "scheme": "bearer"})
    spec.components.schema("Problem", _problem_schema())
    for route in ROUTES.values():
        path = re.sub(r"<(?:\w+:)?(\w+)>", r"{\1}", "/api/v1" + route.rule)
        spec.path(path=path, operations={route.method.lower(): _operation(route)})
    found: dict[str, Any] = spec.to_dict()
    return found


def _schema_name(schema: Any) -> str:
    cls = schema if isinstance(schema, type) else type(schema)
    return cls.__name__


def _operation(route: Route) -> dict[str, Any]:
    found: dict[str, Any] = {
        "operationId": route.endpoint.partition(".")[2],
        "summary": route.summary,
        "tags": [route.endpoint.partition(".")[0].removeprefix("api_")],
        "parameters": _parameters(route),
        "responses": _responses(route),
    }
    if route.description:
        found["description"] = route.description
    if route.access is people:
        found["security"] = [{"session": []}]
    elif route.access.name == "kiosk":
        found["security"] = [{"screen": []}]
    elif route.access is optional:
        found["security"] = [{}, {"session": []}]
    if route.body is not None:
        content: dict[str, Any] = {"schema": route.body}
        if route.example is not None:
            content["example"] = route.example
        found["requestBody"] = {"required": bool(route.example), "content": {"application/json": content}}
    if route.upload is not None:
        found["requestBody"] = {"required": True, "content": {"multipart/form-data": _upload(route.upload)}}
    return found


def _upload(name: str) -> dict[str, Any]:
    file = {"type": "string", "format": "binary", "contentMediaType": "application/octet-stream"}
    return {"schema": {"type": "object", "required": [name], "properties": {name: file}}}


def _parameters(route: Route) -> list[Any]:
    found: list[Any] = [
        {
            "in": "path",
            "name": name,
            "required": True,
            "schema": {"type": "string"},
            "example": route.path_example[name],
        }
        for name in re.findall(r"<(?:\w+:)?(\w+)>", route.rule)
    ]
    if route.query is not None:
        example = route.example if isinstance(route.example, dict) and route.body is None else {}
        for attribute, field in route.query.fields.items():
            name = field.data_key or attribute
            schema = {key: value for key, value in field.metadata.items() if key != "description"}
            parameter = {"in": "query", "name": name, "required": False, "schema": schema}
            if name in example:
                parameter["example"] = example[name]
            found.append(parameter)
    found.append(
        {
            "in": "header",
            "name": "Accept-Language",
            "required": False,
            "schema": {"type": "string", "enum": ["zh-CN", "en"]},
        }
    )
    if _takes_key(route):
        key = {"type": "string", "minLength": 8, "maxLength": 255, "pattern": "^[!-~]+$"}
        found.append({"in": "header", "name": "Idempotency-Key", "required": False, "schema": key})
    return found


def _takes_key(route: Route) -> bool:
    """Whether a call heeds an Idempotency-Key: a person's POST, but nothing under /auth."""
    return route.method == "POST" and route.access is people and not route.rule.startswith("/auth/")


def _responses(route: Route) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for status in route.status:
        found[str(status)] = {"description": "OK"}
        if route.answer is not None and status != 204:
            found[str(status)]["content"] = {"application/json": {"schema": _answer_schema(route)}}
        elif route.produces != "application/json":
            found[str(status)]["content"] = {route.produces: {"schema": {"type": "string"}}}
    if route.query is not None and route.access is not people:
        found["304"] = {"description": "Not modified: the ETag sent still holds"}
    for status, names in sorted(_codes(route).items()):
        found[str(status)] = {
            "description": ", ".join(sorted(names)),
            "content": {"application/problem+json": {"schema": {"$ref": "#/components/schemas/Problem"}}},
        }
    return found


def _codes(route: Route) -> dict[int, set[str]]:
    """Return status → codes of the problems that a route may answer with."""
    codes: dict[int, set[str]] = {status: {code} for status, code in _ALWAYS.items()}
    if route.access is people or route.access is optional:
        codes[401] = {"auth.required", "auth.token_invalid"}
    if "<" in route.rule:
        codes[404] = {"resource.not_found"}
    if route.body is not None:
        for code in ("request.malformed", "request.too_large", "request.media_type"):
            codes.setdefault(ERROR_CODES[code], set()).add(code)
    if route.upload is not None:
        for code in ("request.too_large", "request.media_type"):
            codes.setdefault(ERROR_CODES[code], set()).add(code)
    if _takes_key(route):
        codes[422].add("idempotency.key_reused")
    for refusal in route.refusals:
        codes.setdefault(STATUS[refusal.kind], set()).add(refusal.code)
    return codes


def _answer_schema(route: Route) -> Schema | dict[str, Any] | None:
    if not route.listed:
        return route.answer
    return {
        "type": "object",
        "required": ["items", "next_cursor"],
        "properties": {
            "items": {"type": "array", "items": route.answer},
            "next_cursor": {"type": ["string", "null"]},
        },
    }


def _problem_schema() -> dict[str, Any]:
    text = {"type": "string"}
    return {
        "type": "object",
        "description": "RFC 9457. Facts of the refusal stand beside these.",
        "required": ["type", "title", "status", "detail", "instance", "code", "request_id"],
        "properties": {
            "type": text,
            "title": text,
            "status": {"type": "integer"},
            "detail": text,
            "instance": text,
            "code": text,
            "request_id": text,
            "errors": {
                "type": "array",
                "items": {
                    "type": "object",
                    "required": ["pointer", "message"],
                    "properties": {"pointer": text, "message": text},
                },
            },
        },
    }


@docs.get("/api/v1/openapi.json")
def openapi_json() -> Response:
    """Serve the document; in the demo its examples hold the poster that is valid today, so that each succeeds."""
    found = document()
    fill = current_app.config.get("OUYU_EXAMPLES")
    body = orjson.dumps(found)
    if fill is not None:
        for name, value in fill().items():
            body = body.replace(b"{%b}" % name.encode(), orjson.dumps(value)[1:-1])
    response = Response(body, content_type="application/json")
    response.headers["Cache-Control"] = "no-cache"
    return response


@docs.get("/api/docs")
def docs_page() -> str:
    """Serve the docs page."""
    return render_template(
        "docs/docs.html", spec=url_for("docs.openapi_json"), demo=current_app.config["OUYU"].profile == "demo"
    )


@docs.get("/api/docs/assets/<name>")
def docs_asset(name: str) -> Response:
    """Serve the few files of the docs page from the installed package."""
    if name not in _ASSETS:
        abort(404)
    response = send_from_directory(str(files("flask_swagger_ui") / "dist"), name)
    response.headers["Cache-Control"] = "public, max-age=86400"
    return response
