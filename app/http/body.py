"""Read what was sent, write what is answered."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any, NamedTuple, cast

import orjson
from flask import Response, g, request
from marshmallow import Schema, ValidationError

from app.core.errors import DomainError, InvalidInput
from app.http.problems import Malformed, MediaType, flatten

MAX_BODY_BYTES = 1_000_000


class Answer(NamedTuple):
    """What an effect wants to say: a body with its status, or a refusal that still commits its trace."""

    body: Any
    status: int = 200
    refused: DomainError | None = None


def read(schema: Schema) -> dict[str, Any]:
    """Return the JSON body as its schema reads it. Raises Malformed, MediaType, InvalidInput; 413 over 1 MB."""
    return _load(schema, raw_body())


def read_query(schema: Schema) -> dict[str, Any]:
    """Return the query parameters; names the schema does not know are ignored, of repeated ones the first counts."""
    return parse_query(schema, request.args.to_dict())


def parse_query(schema: Schema, given: Mapping[str, str]) -> dict[str, Any]:
    """Return query parameters as their schema reads them, those it does not know left out."""
    return _load(schema, {name: value for name, value in given.items() if name in schema.fields})


def raw_body() -> Any:
    """Return the parsed JSON body, duplicate keys and NaN refused; {} when nothing was sent. Parsed once a request."""
    if "raw_body" not in g:
        g.raw_body = _parsed()
    return g.raw_body


def _parsed() -> Any:
    data = request.get_data(cache=True)
    if not data:
        return {}
    if request.mimetype != "application/json":
        raise MediaType
    try:
        return json.loads(data.decode(), object_pairs_hook=_unique, parse_constant=_refuse_constant)
    except (ValueError, RecursionError):
        raise Malformed from None


def answer(body: Any, status: int = 200) -> Response:
    """Write a JSON answer."""
    if body is None:
        return Response(status=status)
    return Response(orjson.dumps(body), status=status, content_type="application/json")


def _load(schema: Schema, data: Any) -> dict[str, Any]:
    try:
        return cast(dict[str, Any], schema.load(data))
    except ValidationError as error:
        raise InvalidInput(fields=flatten(error.messages)) from None


def _unique(pairs: list[tuple[str, Any]]) -> Mapping[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        raise ValueError("a key stands twice")
    return found


def _refuse_constant(name: str) -> float:
    raise ValueError(f"{name} is not JSON")
