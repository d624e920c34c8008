"""What a password of staff must be, and its argon2id hash."""

from __future__ import annotations

import re
from collections.abc import Iterable
from functools import cache

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

from app.core.errors import Text
from app.core.types import has_control_characters
from app.orgs.common_passwords import COMMON_PIECES, COMMON_WHOLE

MIN_CHARS = 12
MAX_CHARS = 256
_LEAST_OWN_CHARS = 8
_PIECE_WORTH = 2
_CONTEXT = (
    "ouyu",
    "qingdao",
    "wenming",
    "yizhan",
    "zhanqiao",
    "laoshan",
    "admin",
    "staff",
    "鸥遇",
    "青岛",
    "文明",
    "驿站",
)
_DATE = re.compile(r"(19|20)\d\d((0[1-9]|1[0-2])([0-2]\d|3[01])?)?")
_LOOKALIKES = str.maketrans("@$!0135", "asioles")
_PIECES = sorted(COMMON_PIECES, key=len, reverse=True)
_HASHER = PasswordHasher(time_cost=2, memory_cost=19_456, parallelism=1)
"""19 MiB, 2 passes: about 20 ms. Source: OWASP Password Storage Cheat Sheet, argon2id."""

TOO_SHORT = Text(f"密码至少 {MIN_CHARS} 个字符。", f"A password has at least {MIN_CHARS} characters.")
TOO_LONG = Text(f"密码最多 {MAX_CHARS} 个字符。", f"A password has at most {MAX_CHARS} characters.")
TOO_COMMON = Text(
    "这个密码太常见或包含您的登录名、姓名、系统名，容易被猜到。试试几个不相干的词连在一起。",
    "This password is too common, or made of your login, your name or the system's name. "
    "Try a few unrelated words in a row.",
)
NOT_TYPEABLE = Text("密码里有无法输入的字符。", "The password holds characters that cannot be typed.")


def problems(password: str, *, own_words: Iterable[str]) -> list[Text]:
    """Return what is wrong with a new password, empty when it is good.

    own_words: login and name of the person, which must not carry the password.
    """
    if len(password) < MIN_CHARS:
        return [TOO_SHORT]
    if len(password) > MAX_CHARS:
        return [TOO_LONG]
    if has_control_characters(password):
        return [NOT_TYPEABLE]
    return [TOO_COMMON] if _is_guessable(password.lower(), [word.lower() for word in own_words]) else []


def _is_guessable(password: str, own_words: list[str]) -> bool:
    """Whether too little is left once the known parts are taken out; a common piece still counts a little.

    A known looseness: words of other languages and dates in words pass; length is the better half of the rule.
    """
    if password in COMMON_WHOLE or re.fullmatch(r"(.{1,6}?)\1+", password):
        return True
    rest, worth = _without_runs(password)
    return any(
        worth + _own_chars(spelling, own_words) < _LEAST_OWN_CHARS for spelling in (rest, rest.translate(_LOOKALIKES))
    )


def _without_runs(password: str) -> tuple[str, int]:
    rest, worth = password, 0
    for pattern in (_RUN, _DATE):
        rest, found = pattern.subn("\0", rest)
        worth += found * _PIECE_WORTH
    return rest, worth


def _own_chars(password: str, own_words: list[str]) -> int:
    rest, worth = password, 0
    for word in [*own_words, *_CONTEXT]:
        if len(word) >= 2:
            rest = rest.replace(word, "\0")
    for piece in _PIECES:
        if piece in rest:
            worth += _PIECE_WORTH
            rest = rest.replace(piece, "\0")
    return worth + len(rest.replace("\0", ""))


def _runs() -> str:
    """Build the pattern of runs along the alphabet, the digits or a keyboard row, and of one character repeated."""
    rows = (
        "abcdefghijklmnopqrstuvwxyz",
        "01234567890",
        "qwertyuiop",
        "asdfghjkl",
        "zxcvbnm",
        "1qaz2wsx3edc4rfv5tgb6yhn",
    )
    both = [*rows, *(row[::-1] for row in rows)]
    runs = {row[i : i + n] for row in both for n in range(4, len(row) + 1) for i in range(len(row) - n + 1)}
    return "|".join([*sorted(runs, key=len, reverse=True), r"(.)\1{2,}"])


_RUN = re.compile(_runs())


def hashed(password: str) -> str:
    """Return the argon2id hash of a password, salt and parameters in it."""
    return _HASHER.hash(password)


def matches(password_hash: str | None, password: str) -> bool:
    """Whether a password is the one behind a hash; without a hash the same time passes and the answer is no."""
    try:
        verified = _HASHER.verify(password_hash or _nobody(), password)
    except (VerificationError, InvalidHashError):
        return False
    return verified and password_hash is not None


@cache
def _nobody() -> str:
    return _HASHER.hash("the hash of nobody's password")
