"""What calls about the inbox take and answer."""

from __future__ import annotations

from marshmallow import Schema

from app.http.fields import AwareTime, Str
from app.http.query import PageQuery, QueryBool


class InboxQuery(PageQuery):
    unread = QueryBool(load_default=None, metadata={"description": "true: only what was not read yet."})


class MessageOut(Schema):
    """A message in the asked language."""

    id = Str(required=True)
    kind = Str(required=True)
    title = Str(required=True)
    text = Str(required=True)
    link = Str(allow_none=True)
    created_at = AwareTime(required=True)
    read_at = AwareTime(allow_none=True)
