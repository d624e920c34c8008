"""Read what was sent, write what is answered."""

from __future__ import annotations

import json
from collections.abc import Mapping
from io import BytesIO
from typing import Any, NamedTuple, cast

import orjson
from flask import Response, abort, g, request
from marshmallow import Schema, ValidationError
from werkzeug.formparser import FormDataParser

from app.core.errors import DomainError, InvalidInput
from app.http.fields import REQUIRED
from app.http.problems import Malformed, MediaType, flatten

MAX_BODY_BYTES = 1_000_000
_ENVELOPE_BYTES = 16_000
"""What the parts around an uploaded file may take."""


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
    known = {field.data_key or name for name, field in schema.fields.items()}
    return _load(schema, {name: value for name, value in given.items() if name in known})


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


def read_upload(name: str, *, bytes_max: int) -> bytes:
    """Return one uploaded file, held in memory and never written down.

    Raises MediaType for another kind of body, InvalidInput when the file is missing; 413 over its size.
    """
    if request.mimetype != "multipart/form-data":
        raise MediaType
    request.max_content_length = bytes_max + _ENVELOPE_BYTES
    parser = FormDataParser(lambda *_, **__: BytesIO(), max_form_memory_size=None, max_form_parts=4)
    _, _, files = parser.parse(request.stream, request.mimetype, request.content_length, request.mimetype_params)
    found = files.get(name)
    data = found.stream.read() if found else b""
    if not data:
        raise InvalidInput(fields={name: [REQUIRED]})
    if len(data) > bytes_max:
        abort(413)
    return data


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
