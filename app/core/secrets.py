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


def configure(master_key: str) -> None:
    """Set the master key of the process; called once by the factory."""
    _master[:] = [master_key.encode()]
    derived.cache_clear()
    unseal.cache_clear()


@lru_cache(maxsize=32)
def derived(purpose: str) -> bytes:
    """Return the 32-byte key of one purpose (HKDF-SHA-256), so that no key serves two."""
    if not _master:
        raise RuntimeError("no master key yet: create_app() sets it")
    return HKDF(algorithm=SHA256(), length=32, salt=None, info=purpose.encode()).derive(_master[0])


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


def key_id() -> str:
    """Return the public name of the sealing key: the first bytes of its hash."""
    return hashlib.sha256(derived("seal")).hexdigest()[:8]


def seal(clear: bytes, *, where: str) -> str:
    """Encrypt a column value (AES-256-GCM). where: `table|column|public id`, bound into the seal."""
    nonce = os.urandom(_NONCE_BYTES)
    body = nonce + AESGCM(derived("seal")).encrypt(nonce, clear, where.encode())
    return f"{key_id()}:{base64.b64encode(body).decode()}"


@lru_cache(maxsize=4096)
def unseal(sealed: str, *, where: str) -> bytes:
    """Decrypt a sealed column value. Raises BadSeal."""
    name, _, body = sealed.partition(":")
    if name != key_id():
        raise BadSeal(f"sealed with key {name}, not the present one")
    try:
        raw = base64.b64decode(body)
        return AESGCM(derived("seal")).decrypt(raw[:_NONCE_BYTES], raw[_NONCE_BYTES:], where.encode())
    except (InvalidTag, ValueError):
        raise BadSeal(where) from None


def new_token() -> str:
    """Return a 256-bit bearer secret, URL-safe."""
    return base64.urlsafe_b64encode(os.urandom(32)).rstrip(b"=").decode()


def token_hash(token: str) -> str:
    """Return what is stored of a token: SHA-256, hex. The token has 256 random bits, so no salt is needed."""
    return hashlib.sha256(token.encode()).hexdigest()


def same(left: str, right: str) -> bool:
    """Compare two secrets in constant time."""
    return hmac.compare_digest(left.encode(), right.encode())
