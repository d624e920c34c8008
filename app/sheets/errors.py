"""Why an Excel file is not read."""

from __future__ import annotations

from app.core.errors import DomainError, Text


class SheetRefused(DomainError):
    """why: the sentence for people. The file is refused as a whole, before any of its rows is looked at."""

    code = "sheet.refused"
    text = Text("这个文件没有导入：{why_zh}。", "This file was not imported: {why_en}.")

    def __init__(self, why: Text) -> None:
        super().__init__(why_zh=why.zh, why_en=why.en)


NOT_XLSX = Text(
    "它不是 .xlsx 文件。请在 Excel 或 WPS 里“另存为”Excel 工作簿（.xlsx）",
    "it is no .xlsx file. Save it as an Excel workbook (.xlsx) in Excel or WPS",
)
BROKEN = Text(
    "文件已损坏或被改动过。请用 Excel 或 WPS 打开后另存一份再试",
    "it is damaged. Open it in Excel or WPS, save it anew and try again",
)
TOO_LARGE = Text(
    "它展开后太大。请只留要导入的那张表，删去图片和多余的格式后再试",
    "it is too large when unpacked. Keep only the sheet to import, without pictures and spare formats",
)
MACROS = Text("它含有宏。请另存为不含宏的 .xlsx 再上传", "it holds macros. Save it as an .xlsx without macros")
ENTITIES = Text(
    "里面有普通表格不会有的内容。请用 Excel 或 WPS 打开后另存一份再试",
    "it holds what no ordinary sheet holds. Open it in Excel or WPS and save it anew",
)
FORMULA = Text(
    "{cell} 是公式。请复制后“粘贴为数值”，再上传", "{cell} is a formula. Copy it, paste it as a value, and try again"
)
TOO_MANY_ROWS = Text("一次最多 {most} 行。请分成几个文件", "at most {most} rows at once. Split it into several files")
TOO_MANY_COLUMNS = Text("最多 {most} 列。请删去多余的列", "at most {most} columns. Delete the spare ones")
EMPTY = Text("第一张表里没有内容。请用模板填写", "its first sheet is empty. Fill in the template")
