"""The contract as a judge: what a problem document holds, and whether an answer is what the OpenAPI document says."""

from __future__ import annotations

import json
import re
from functools import lru_cache
from typing import Any

import jsonschema_rs
from werkzeug.test import TestResponse

from app.http import openapi
from tests.builders import Guest

REQUEST_ID = re.compile(r"[A-Za-z0-9._-]{8,64}")
ALWAYS = {"type", "title", "status", "detail", "instance", "code", "request_id"}


def assert_problem(response: TestResponse, status: int, code: str) -> dict[str, Any]:
    """Hold an answer against RFC 9457 and api §1; returns the document."""
    body: dict[str, Any] = response.json
    assert (response.status_code, body.get("code")) == (status, code), body
    assert response.content_type == "application/problem+json"
    assert body.keys() >= ALWAYS
    assert body["status"] == status
    assert body["type"] == f"/problems/{code}"
    assert body["instance"] == response.request.path
    assert body["request_id"] == response.headers["X-Request-ID"]
    assert REQUEST_ID.fullmatch(body["request_id"])
    assert body["title"].strip()
    assert body["detail"].strip()
    assert ("errors" in body) == (code == "request.invalid")
    assert ("WWW-Authenticate" in response.headers) == (status == 401)
    assert ("Retry-After" in response.headers) == (status in (429, 503))
    validator({"$ref": "#/components/schemas/Problem"}).validate(body)
    return body


def pointers(response: TestResponse) -> list[str]:
    """Where a refused input is wrong."""
    body = assert_problem(response, 422, "request.invalid")
    assert all(error["message"].strip() for error in body["errors"])
    return [error["pointer"] for error in body["errors"]]


def template_of(path: str) -> str | None:
    """The path of the OpenAPI document that a concrete one belongs to."""
    templates = openapi.document()["paths"]
    for template in sorted(templates, key=lambda one: -len(re.sub(r"{\w+}", "", one))):
        if re.fullmatch(re.sub(r"{\w+}", "[^/]+", template), path.partition("?")[0]):
            return str(template)
    return None


def assert_documented(method: str, response: TestResponse, template: str | None = None) -> None:
    """Hold an answer of the API against the document: its status, its code, its body, and nothing beside it."""
    template = template or template_of(response.request.path)
    assert template is not None, f"{response.request.path} is in no document"
    answers = openapi.document()["paths"][template][method.lower()]["responses"]
    assert str(response.status_code) in answers, f"{method} {template} may not answer {response.status_code}"
    said = answers[str(response.status_code)]
    if response.status_code >= 400:
        assert_problem(response, response.status_code, response.json["code"])
        assert response.json["code"] in said["description"].split(", ")
    elif "content" in said and "application/json" not in said["content"]:
        assert response.mimetype in said["content"]
    elif "content" in said:
        assert response.mimetype == "application/json"
        validator(said["content"]["application/json"]["schema"]).validate(response.json)
    else:
        assert response.data == b""


def validator(schema: dict[str, Any]) -> Any:
    """A validator of one schema in which nothing undeclared may stand (facts may stand in a problem)."""
    return _validator(json.dumps(schema))


@lru_cache(maxsize=64)
def _validator(schema: str) -> Any:
    components = openapi.document()["components"]
    closed = {name: part if name == "Problem" else _closed(part) for name, part in components["schemas"].items()}
    whole = _closed(json.loads(schema)) | {"components": {"schemas": closed}}
    return jsonschema_rs.Draft202012Validator(whole, validate_formats=True)


def _closed(schema: Any) -> Any:
    if isinstance(schema, list):
        return [_closed(part) for part in schema]
    if not isinstance(schema, dict):
        return schema
    closed = {name: _closed(part) for name, part in schema.items()}
    return closed | {"additionalProperties": False} if closed.get("type") == "object" else closed


class Caller:
    """Calls operations and holds every answer against the document."""

    def __init__(self, guest: Guest) -> None:
        self.guest, self.seen = guest, set[tuple[str, str]]()

    def send_photo(self, path: str, image: Any) -> None:
        answer = self.guest.client.post(f"/api/v1{path}", data={"image": image})
        assert_documented("POST", answer)
        assert answer.status_code == 200
        self.seen.add(("post", path))

    def __call__(self, method: str, path: str, body: Any = None, **headers: str) -> TestResponse:
        answer = self.guest.call(method, path, body, **headers)
        assert_documented(method, answer)
        if answer.status_code < 300:
            self.seen.add((method.lower(), path.partition("?")[0]))
        return answer
