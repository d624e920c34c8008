"""Keys: one master key, a key per purpose, seals that hold to their row."""

from __future__ import annotations

import base64
from collections.abc import Iterator

import pytest

from app.core import secrets
from app.core.secrets import BadSeal

WHERE = "station_credentials|secret|abc"
MASTER = "a master key of the tests, long enough for anything"


@pytest.fixture(autouse=True)
def master_key() -> Iterator[None]:
    secrets.configure(MASTER)
    yield
    secrets.configure(MASTER)


def test_a_seal_opens_where_it_was_put() -> None:
    assert secrets.unseal(secrets.seal(b"clear", where=WHERE), where=WHERE) == b"clear"


def test_a_seal_does_not_show_its_content_and_never_looks_the_same_twice() -> None:
    one, other = secrets.seal(b"clear clear clear", where=WHERE), secrets.seal(b"clear clear clear", where=WHERE)
    assert one != other
    assert b"clear" not in base64.b64decode(one.partition(":")[2])


@pytest.mark.parametrize(
    "elsewhere",
    ["station_credentials|secret|abd", "station_credentials|other|abc", "staff|secret|abc", "", WHERE + "|"],
)
def test_a_seal_moved_to_another_row_column_or_table_is_refused(elsewhere: str) -> None:
    sealed = secrets.seal(b"clear", where=WHERE)
    with pytest.raises(BadSeal):
        secrets.unseal(sealed, where=elsewhere)


def test_a_seal_with_any_byte_changed_is_refused() -> None:
    name, _, body = secrets.seal(b"clear", where=WHERE).partition(":")
    raw = base64.b64decode(body)
    for n in range(len(raw)):
        flipped = raw[:n] + bytes([raw[n] ^ 1]) + raw[n + 1 :]
        with pytest.raises(BadSeal):
            secrets.unseal(f"{name}:{base64.b64encode(flipped).decode()}", where=WHERE)


@pytest.mark.parametrize("kept", [0, 5, 11, 12, 20])
def test_a_cut_seal_is_refused(kept: int) -> None:
    name, _, body = secrets.seal(b"clear", where=WHERE).partition(":")
    cut = base64.b64encode(base64.b64decode(body)[:kept]).decode()
    with pytest.raises(BadSeal):
        secrets.unseal(f"{name}:{cut}", where=WHERE)


@pytest.mark.parametrize("sealed", ["", ":", "clear", "zzzz:AAAA", "no colon at all"])
def test_what_is_no_seal_is_refused(sealed: str) -> None:
    with pytest.raises(BadSeal):
        secrets.unseal(sealed, where=WHERE)


def test_a_seal_names_its_key_and_another_key_is_told_from_damage() -> None:
    sealed = secrets.seal(b"clear", where=WHERE)
    assert sealed.startswith(secrets.key_id() + ":")
    secrets.configure("another master key, which is long enough too")
    with pytest.raises(BadSeal, match="not the present one"):
        secrets.unseal(sealed, where=WHERE)


def test_a_changed_master_key_changes_every_derived_key_at_once() -> None:
    before = {secrets.derived("cursor"), secrets.derived("seal"), secrets.digest("device", "x")}
    secrets.configure("another master key, which is long enough too")
    assert before.isdisjoint({secrets.derived("cursor"), secrets.derived("seal"), secrets.digest("device", "x")})


def test_no_key_serves_two_purposes() -> None:
    purposes = ["seal", "cursor", "cookie", "counter", "device", "audit checkpoint"]
    assert len({secrets.derived(purpose) for purpose in purposes}) == len(purposes)


def test_parts_of_a_digest_cannot_be_shifted_into_each_other() -> None:
    assert secrets.digest("x", "ab", "c") != secrets.digest("x", "a", "bc")
    assert secrets.digest("x", "a") != secrets.digest("x", "a", "")
    assert secrets.digest("x", "1", "2") != secrets.digest("y", "1", "2")


def test_tokens_have_256_bits_and_only_their_hash_is_kept() -> None:
    tokens = {secrets.new_token() for _ in range(100)}
    assert len(tokens) == 100
    assert all(len(base64.urlsafe_b64decode(token + "=")) == 32 for token in tokens)
    token = tokens.pop()
    assert len(secrets.token_hash(token)) == 64
    assert token not in secrets.token_hash(token)


def test_comparing_secrets_takes_any_text() -> None:
    assert secrets.same("鸥", "鸥")
    assert not secrets.same("a", "b")
    assert not secrets.same("", "a")


def test_a_blind_index_finds_one_value_and_belongs_to_its_column() -> None:
    index = secrets.blind_index("persons.phone", "13800138000")
    assert index == secrets.blind_index("persons.phone", "13800138000")
    assert index != secrets.blind_index("persons.phone", "13800138001")
    assert index != secrets.blind_index("volunteers.name", "13800138000")
    assert "13800138000" not in index


def test_a_blind_index_and_a_seal_share_no_key() -> None:
    assert secrets.derived("index persons.phone") != secrets.derived("seal")
