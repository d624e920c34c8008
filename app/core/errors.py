"""Refusals in domain words: each has a kind, a stable code and a sentence in zh and en; no HTTP here."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from enum import StrEnum
from typing import Any, ClassVar, NamedTuple


class Kind(StrEnum):
    """What sort of refusal it is; the doors map it to a status."""

    MALFORMED = "malformed"
    UNAUTHENTICATED = "unauthenticated"
    DENIED = "denied"
    NOT_FOUND = "not_found"
    CONFLICT = "conflict"
    MEDIA_TYPE = "media_type"
    INVALID = "invalid"
    TOO_MANY = "too_many"
    UNAVAILABLE = "unavailable"


class Text(NamedTuple):
    """One sentence in both languages."""

    zh: str
    en: str

    def in_(self, locale: str) -> str:
        """Return the sentence in a language; any but `en` means Chinese."""
        return self.en if locale == "en" else self.zh

    def fill(self, **facts: Any) -> Text:
        """Return the sentence with its blanks filled."""
        return Text(self.zh.format(**facts), self.en.format(**facts))


Problems = Mapping[str, Sequence[Text]]
"""Field name → sentences about it; what `rules.problems` returns. Empty when all is well."""


class DomainError(Exception):
    """A refusal. Raised, it rolls the unit of work back; carried by a Verdict, it is committed with its trace."""

    kind: ClassVar[Kind] = Kind.INVALID
    code: ClassVar[str]
    text: ClassVar[Text]

    def __init__(self, *, fields: Problems | None = None, **facts: Any) -> None:
        self.fields: Problems = fields or {}
        self.facts = facts
        super().__init__(self.code)

    def sentence(self, locale: str) -> str:
        """Return the refusal for people, in their language, its facts filled in."""
        return self.text.fill(**self.facts).in_(locale) if self.facts else self.text.in_(locale)

    def sentences(self, locale: str) -> list[str]:
        """Return all that the refusal has to say, a sentence for each of its reasons."""
        return [self.sentence(locale)]


class InvalidInput(DomainError):
    code = "request.invalid"
    text = Text("有几处需要修改，请看标出的地方。", "Some fields need a change; see the ones marked.")


class NotFound(DomainError):
    kind = Kind.NOT_FOUND
    code = "resource.not_found"
    text = Text("没有找到，请检查链接或编号。", "Not found. Please check the link or the number.")


class AccessDenied(DomainError):
    kind = Kind.DENIED
    code = "access.denied"
    text = Text(
        "您的账号没有这项权限，请联系上级管理员。",
        "Your account may not do this. Please ask an administrator above you.",
    )


class ServiceBusy(DomainError):
    kind = Kind.UNAVAILABLE
    code = "service.busy"
    text = Text("现在有点忙，请过几秒再试一次。", "The service is busy. Please try again in a few seconds.")


class StorageFull(DomainError):
    kind = Kind.UNAVAILABLE
    code = "storage.full"
    text = Text(
        "存储空间已满，暂时不能保存，请稍后再试。", "Storage is full, so nothing can be saved now. Please try later."
    )


class ChangedMeanwhile(DomainError):
    kind = Kind.CONFLICT
    code = "record.changed"
    text = Text(
        "{by} 刚刚修改了这条记录（{what}）。请核对后再保存，您填写的内容还在。",
        "{by} has just changed this record ({what}). Please check and save again; what you typed is kept.",
    )


CONSTRAINTS: dict[str, tuple[type[DomainError], str | None, Text | None]] = {}
"""Constraint name → (refusal, field it belongs to, its sentence); filled by each domain's errors."""


def on_constraint(
    name: str, error: type[DomainError] = InvalidInput, *, field: str | None = None, text: Text | None = None
) -> None:
    """Say which refusal a violated constraint stands for, so that a race ends in the rule's own sentence."""
    CONSTRAINTS[name] = (error, field, text)


def error_of_constraint(name: str | None) -> DomainError | None:
    """Return the refusal of a violated constraint, or None when no domain has named it."""
    if name not in CONSTRAINTS:
        return None
    error, field, text = CONSTRAINTS[name]
    return error(fields={field: [text or error.text]} if field else None)
