"""Keys and what is made with them: sealed columns, keyed digests, token hashes."""

from __future__ import annotations

import base64
import hashlib
import hmac
import os
from functools import lru_cache

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

_NONCE_BYTES = 12
_master: list[bytes] = []


class BadSeal(Exception):
    """A sealed value that was changed, moved to another row, or made with another key."""


def configure(master_key: str, old_master_key: str = "") -> None:
    """Set the master key of the process; called once by the factory. old_master_key: still read, never written with."""
    _master[:] = [key.encode() for key in (master_key, old_master_key) if key]
    derived.cache_clear()
    unseal_kept.cache_clear()


@lru_cache(maxsize=64)
def derived(purpose: str, age: int = 0) -> bytes:
    """Return the 32-byte key of one purpose (HKDF-SHA-256), so that no key serves two. age: 1 for the old master key."""
    if not _master:
        raise RuntimeError("no master key yet: create_app() sets it")
    return HKDF(algorithm=SHA256(), length=32, salt=None, info=purpose.encode()).derive(_master[age])


def has_old_key() -> bool:
    """Whether an old master key is still read, as it is while keys are rotated."""
    return len(_master) > 1


def digests(purpose: str, *parts: str | int) -> tuple[bytes, ...]:
    """Return the digest under the present key, then under the old one: to look up what either may have written."""
    return tuple(keyed(derived(purpose, age), *parts) for age in range(len(_master)))


def digest(purpose: str, *parts: str | int) -> bytes:
    """Return a keyed SHA-256 over length-prefixed parts."""
    return keyed(derived(purpose), *parts)


def keyed(key: bytes, *parts: str | int) -> bytes:
    """Return HMAC-SHA-256 of length-prefixed parts under a key."""
    mac = hmac.new(key, digestmod=hashlib.sha256)
    for part in parts:
        data = str(part).encode()
        mac.update(len(data).to_bytes(4, "big") + data)
    return mac.digest()


def blind_index(column: str, value: str) -> str:
    """Return what a sealed column is searched and kept unique by: HMAC-SHA-256 under a key of the column's own, hex.

    column: `table.column`. value: normalised by the caller, so that one thing has one index.
    """
    return blind_indexes(column, value)[0]


def blind_indexes(column: str, value: str) -> tuple[str, ...]:
    """Return the index under the present key, then under the old one: while keys are rotated a row may carry either."""
    return tuple(found.hex() for found in digests(f"index {column}", value))


def key_id(age: int = 0) -> str:
    """Return the public name of the sealing key: the first bytes of its hash."""
    return hashlib.sha256(derived("seal", age)).hexdigest()[:8]


def seal(clear: bytes, *, where: str) -> str:
    """Encrypt a column value (AES-256-GCM). where: `table|column|public id`, bound into the seal."""
    nonce = os.urandom(_NONCE_BYTES)
    body = nonce + AESGCM(derived("seal")).encrypt(nonce, clear, where.encode())
    return f"{key_id()}:{base64.b64encode(body).decode()}"


def unseal(sealed: str, *, where: str) -> bytes:
    """Decrypt a sealed column value, made with the present or the old key. Raises BadSeal."""
    name, _, body = sealed.partition(":")
    age = next((age for age in range(len(_master)) if key_id(age) == name), None)
    if age is None:
        raise BadSeal(f"sealed with key {name}, not the present one")
    try:
        raw = base64.b64decode(body)
        return AESGCM(derived("seal", age)).decrypt(raw[:_NONCE_BYTES], raw[_NONCE_BYTES:], where.encode())
    except (InvalidTag, ValueError):
        raise BadSeal(where) from None


@lru_cache(maxsize=4096)
def unseal_kept(sealed: str, *, where: str) -> bytes:
    """Decrypt a value that a hot path needs again and again, and keep it in memory: our own secrets, never people's."""
    return unseal(sealed, where=where)


def new_token() -> str:
    """Return a 256-bit bearer secret, URL-safe."""
    return base64.urlsafe_b64encode(os.urandom(32)).rstrip(b"=").decode()


def token_hash(token: str) -> str:
    """Return what is stored of a token: SHA-256, hex. The token has 256 random bits, so no salt is needed."""
    return hashlib.sha256(token.encode()).hexdigest()


def same(left: str, right: str) -> bool:
    """Compare two secrets in constant time."""
    return hmac.compare_digest(left.encode(), right.encode())
