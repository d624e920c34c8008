"""What makes a poster or the digits on a screen genuine. Pure."""

from __future__ import annotations

import hashlib
import hmac
from base64 import b32encode
from datetime import datetime
from enum import StrEnum

from app.core import secrets

STEP_S = 30
"""How long the digits on a screen stand."""


class CredentialKind(StrEnum):
    POSTER = "poster"
    ROTATING = "rotating"


def poster_mac(secret: bytes, code: str, version: int) -> str:
    """Return the 80-bit MAC printed in a poster's link."""
    return b32encode(secrets.keyed(secret, "poster", code, version)[:10]).decode().lower()


def step_of(at: datetime) -> int:
    """Return the number of the 30-second step that an instant falls in."""
    return int(at.timestamp()) // STEP_S


def rotating_digits(secret: bytes, step: int) -> str:
    """Return the six digits of a step. Source: RFC 4226 §5.3 over SHA-256 (RFC 6238 §1.2), 30 s steps."""
    mac = hmac.new(secret, step.to_bytes(8, "big"), hashlib.sha256).digest()
    offset = mac[-1] & 0x0F
    number = int.from_bytes(mac[offset : offset + 4], "big") & 0x7FFF_FFFF
    return f"{number % 1_000_000:06d}"
