"""The photos on a station's page: uploaded, put in the place of another, removed."""

from __future__ import annotations

from datetime import datetime
from types import MappingProxyType
from typing import Any

from flask import request
from flask.typing import ResponseReturnValue
from flask_admin import expose

from admin import door
from admin.actions import ServiceAction
from admin.errors import status_of
from admin.forms import Hidden, PanelForm
from app.core import clock
from app.core.db import db
from app.core.errors import AccessDenied, InvalidInput, NotFound, ServiceBusy, StorageFull, Text
from app.core.pictures import BYTES_MAX
from app.stations import photos
from app.stations.models import Photo, Station

NONE_CHOSEN = Text("请先选择一张照片。", "Choose a photo first.")
_FORM_BYTES = 20_000


class RemovePhotoForm(PanelForm):
    photo = Hidden()


class PhotoPages:
    """The part of the stations' view that takes photos in."""

    uploads = MappingProxyType({"add_photo": BYTES_MAX + _FORM_BYTES})

    @expose("/photo/", methods=("POST",))
    def add_photo(self: Any) -> ResponseReturnValue:
        """Take a photo in; with ?replaces it stands in the place of another."""
        row = self.get_one(request.form.get("id"))
        if not self.may_edit(row):
            raise AccessDenied
        try:
            photo = photos.develop(_sent())
            at, replaces = clock.now(), door.row_id(request.form.get("replaces"))
            door.write(lambda: photos.add_photo(door.actor(), row.id, photo=photo, replaces=replaces, at=at))
        except InvalidInput as refusal:
            said = " ".join(text.zh for texts in refusal.fields.values() for text in texts)
            return _again(self, row, said), status_of(refusal)
        except (ServiceBusy, StorageFull) as refusal:
            return _again(self, row, refusal.sentence("zh-CN")), status_of(refusal)
        self.say("照片已保存，手机页马上可见。")
        return door.go(f"{self.details_url(row)}#photos")


def _again(view: Any, row: Station, said: str) -> str:
    row = view.get_one(row.id)
    page: str = view.render(
        view.details_page, row=row, title=view.title_of(row), photo_problem=said, **view.details_of(row)
    )
    return page


def _sent() -> bytes:
    file = request.files.get("image")
    data = file.stream.read(BYTES_MAX + 1) if file else b""
    if not data:
        raise InvalidInput(fields={"image": [NONE_CHOSEN]})
    return data


def _remove(actor: Any, row: Station, data: dict[str, Any], at: datetime) -> None:
    photo = db.session.get(Photo, data["photo"])
    if photo is None or photo.station_id != row.id:
        raise NotFound
    photos.remove_photo(actor, photo.id, at=at)


REMOVE_PHOTO = ServiceAction(
    "remove_photo",
    "移除照片",
    "stations.edit",
    _remove,
    asks=RemovePhotoForm,
    tone="danger",
    icon="ban",
    consequence="照片会从手机页和服务器上移除，不能撤销；可以再上传。",
    done="照片已移除。",
    when=lambda _: False,
)
"""Offered beside each photo, nowhere else."""
