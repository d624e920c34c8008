"""The columns of a file of stations, with what the template says about each."""

from __future__ import annotations

from app.core.errors import Text
from app.imports.rules import Column
from app.stations.rules import ADDRESS_CHARS, DESCRIPTION_CHARS, NAME_CHARS

_KEEP = Text("已有站点留空表示不改。", "For a station that exists, empty means unchanged.")

COLUMNS = (
    Column(
        "code", Text("编号", "Code"),
        Text("3–8 位大写字母或数字，印在海报上。已有的编号表示修改那个站点，新的编号会新建草稿。",
             "3–8 capital letters or digits, printed on posters. A known code changes that station, a new one makes a draft."),
        "ZHANQIAO", ("站点编号",), needed=True, narrow=True,
    ),
    Column(
        "name_zh", Text("中文名称", "Chinese name"),
        Text(f"最多 {NAME_CHARS['zh']} 个字。新建时必填；{_KEEP.zh}", f"At most {NAME_CHARS['zh']} characters. Required for a new one. {_KEEP.en}"),
        "栈桥文明旅游驿站", ("站点", "名称", "站点名称", "name"),
    ),
    Column(
        "name_en", Text("英文名称", "English name"),
        Text(f"最多 {NAME_CHARS['en']} 个字符。新建时必填。", f"At most {NAME_CHARS['en']} characters. Required for a new one."),
        "Zhanqiao Pier Station", ("英文名",),
    ),
    Column(
        "kind", Text("类型", "Kind"),
        Text("驿站、景点、文明窗口或斑马线路口。新建时必填。", "Station, Sight, Window or Crossing. Required for a new one."),
        "驿站", ("站点类型",),
    ),
    Column(
        "district", Text("区市", "District"),
        Text("区市名称或六位代码。新建时必填。", "Name or six-digit code of the district. Required for a new one."),
        "市南区", ("所属区市", "区县"),
    ),
    Column(
        "lat", Text("纬度", "Latitude"),
        Text("度，小数形式。新建时必填。电子围栏有几个圆时，这里是第一个圆。",
             "Decimal degrees. Required for a new one. Of several circles this is the first."),
        "36.061570", ("纬度 WGS-84", "lat"), narrow=True,
    ),
    Column(
        "lng", Text("经度", "Longitude"), Text("度，小数形式。新建时必填。", "Decimal degrees. Required for a new one."),
        "120.314260", ("经度 WGS-84", "lng", "lon"), narrow=True,
    ),
    Column(
        "datum", Text("坐标系", "Coordinate system"),
        Text("写了经纬度就必填：wgs84（GPS）、gcj02（高德、腾讯、微信）或 bd09（百度）。系统换算成 WGS-84 保存；写错会偏几百米。",
             "Required beside degrees: wgs84 (GPS), gcj02 (Amap, Tencent, WeChat) or bd09 (Baidu). A wrong one is off by hundreds of metres."),
        "gcj02", ("坐标系统", "datum", "coord_sys"), needed=True, narrow=True,
    ),
    Column(
        "radius_m", Text("半径（米）", "Radius (m)"),
        Text("20–1,000 的整数；新建时留空为 150。", "A whole number from 20 to 1,000; 150 where a new one has none."),
        "350", ("半径", "radius"), narrow=True,
    ),
    Column(
        "coord_quality", Text("坐标来源", "Source of the position"),
        Text("实测、已核对地图或大致位置；新建时留空为大致位置。", "Surveyed, Checked on a map or Approximate; Approximate where a new one has none."),
        "已核对地图",
    ),
    Column(
        "organisation", Text("机构", "Organisation"),
        Text("与“机构”列表里的名称一致。", "As in the list of organisations."), "", ("所属机构",),
    ),
    Column(
        "address_zh", Text("中文地址", "Chinese address"),
        Text(f"最多 {ADDRESS_CHARS} 个字。", f"At most {ADDRESS_CHARS} characters."), "太平路 12 号", ("地址",),
    ),
    Column(
        "address_en", Text("英文地址", "English address"),
        Text(f"最多 {ADDRESS_CHARS} 个字符。", f"At most {ADDRESS_CHARS} characters."), "12 Taiping Road",
    ),
    Column(
        "phone", Text("电话", "Phone"),
        Text("不公布就留空。请把单元格设为“文本”，免得丢掉开头的 0。", "Empty where none is published. Format the cell as text, or a leading 0 is lost."),
        "", ("联系电话",), narrow=True,
    ),
    Column(
        "languages", Text("服务语言", "Languages"), Text("用顿号或逗号分开。", "Separated by commas."), "中文、英语",
    ),
    Column(
        "services", Text("便民服务", "Services"),
        Text("“服务目录”里的名称或代码，用顿号或逗号分开。写了就是全部；已有的说明会保留。",
             "Names or codes of the service catalogue, separated by commas. What stands here is all of it; notes are kept."),
        "饮水、充电、休息",
    ),
    Column(
        "description_zh", Text("中文介绍", "Chinese description"),
        Text(f"最多 {DESCRIPTION_CHARS:,} 个字。开放时间请在站点页填写。", f"At most {DESCRIPTION_CHARS:,} characters. Opening hours are set on the station's page."),
        "", ("介绍",),
    ),
    Column(
        "description_en", Text("英文介绍", "English description"),
        Text(f"最多 {DESCRIPTION_CHARS:,} 个字符。", f"At most {DESCRIPTION_CHARS:,} characters."), "",
    ),
)  # fmt: skip
