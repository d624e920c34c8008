"""Refusals of imports."""

from __future__ import annotations

from app.core.errors import DomainError, Kind, ServiceBusy, Text, on_constraint


class ColumnsMissing(DomainError):
    code = "import.columns_missing"
    text = Text(
        "第一行没有这些列：{columns_zh}。请用模板的表头，或改成同样的名称。",
        "The first row lacks these columns: {columns_en}. Use the headings of the template.",
    )


class ImportHasErrors(DomainError):
    kind = Kind.CONFLICT
    code = "import.has_errors"
    text = Text(
        "还有 {count} 行有问题，所以一行也没有导入。请改好文件重新上传，或只导入没有问题的行。",
        "{count} rows still have problems, so nothing was imported. Correct the file, or import the good rows only.",
    )


class NothingToImport(DomainError):
    kind = Kind.CONFLICT
    code = "import.nothing_to_do"
    text = Text("没有要新建或修改的行，什么也没有改变。", "No row is new or changed, so there was nothing to do.")


class ImportOver(DomainError):
    kind = Kind.CONFLICT
    code = "import.over"
    text = Text(
        "这次导入已经做过、已撤销，或预览超过 24 小时。请重新上传文件。",
        "This import was run or undone already, or its preview is older than 24 hours. Please upload the file again.",
    )


class UndoTooLate(DomainError):
    kind = Kind.CONFLICT
    code = "import.undo_too_late"
    text = Text(
        "只能在导入后 24 小时内撤销。请逐条修改，或导入一份更正的文件。",
        "An import can be undone within 24 hours. Change the rows one by one, or import a corrected file.",
    )


class ImportChangedSince(DomainError):
    kind = Kind.CONFLICT
    code = "import.changed_since"
    text = Text(
        "这些记录在导入之后又被改过或用过，所以没有撤销：{keys}。请逐条处理。",
        "These records were changed or used since, so nothing was undone: {keys}. Please see to them one by one.",
    )


for _name in ("ck_imports_subject_known", "ck_imports_state_known", "ck_imports_counts_from_zero"):
    on_constraint(_name, ServiceBusy)
