"""The file somebody takes home: all their rows once as JSON for machines, and once as sheets for people."""

from __future__ import annotations

import csv
import io
import json
import zipfile
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from app.core.clock import city_time, rfc3339
from app.sheets.cells import BOM, guarded

README = """鸥遇：您的个人数据副本，{at}

data.json 是全部内容，便于交给别的系统；各个 .csv 用表格软件打开即可。时间为青岛时间，坐标为 WGS-84。
这里只有您自己的数据。请妥善保管，不要转发。

Ouyu: a copy of your personal data, {at}

data.json holds everything, for other systems; each .csv opens in a spreadsheet. Times are Qingdao time, positions
WGS-84. Only your own data is in here. Please keep it safe.
"""


def build(rows: Mapping[str, Sequence[Mapping[str, Any]]], at: datetime) -> bytes:
    """Return a zip of data.json, one sheet per kind of rows (empty ones too), and a page that explains them."""
    packed = io.BytesIO()
    stamp = city_time(at).timetuple()[:6]
    files = {"README.txt": README.format(at=rfc3339(at))}
    files["data.json"] = json.dumps({"made_at": rfc3339(at), **rows}, ensure_ascii=False, indent=2)
    files |= {f"{name}.csv": _sheet(found) for name, found in rows.items()}
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, text in files.items():
            archive.writestr(zipfile.ZipInfo(name, stamp), text.encode(), zipfile.ZIP_DEFLATED)
    return packed.getvalue()


def _sheet(rows: Sequence[Mapping[str, Any]]) -> str:
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\r\n")
    if rows:
        writer.writerow(rows[0])
        writer.writerows([guarded(value) for value in row.values()] for row in rows)
    return BOM + text.getvalue()
