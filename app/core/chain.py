"""A hash chain over rows: each hash covers the one before, so no row changes, moves or goes unseen."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from typing import Any

GENESIS = "0" * 64


def canonical(value: Any) -> str:
    """Write a field for hashing: one spelling per value."""
    if value is None:
        return "-"
    if isinstance(value, datetime):
        return "t" + value.astimezone(UTC).isoformat(timespec="microseconds")
    if isinstance(value, str):
        return "s" + value
    return "j" + json.dumps(value, ensure_ascii=False, sort_keys=True, separators=(",", ":"))


def link(prev_hash: str, fields: Mapping[str, Any]) -> str:
    """Return the hash of a row: SHA-256 over prev_hash and every field, each length-prefixed, by name."""
    sha = hashlib.sha256(prev_hash.encode())
    for name in sorted(fields):
        for part in (name, canonical(fields[name])):
            data = part.encode()
            sha.update(len(data).to_bytes(8, "big") + data)
    return sha.hexdigest()


def faults(rows: Iterable[tuple[int, str, str, Mapping[str, Any]]]) -> list[str]:
    """Return what is wrong with a chain of (seq, prev_hash, hash, fields) in order of seq; empty when it holds."""
    found: list[str] = []
    expected_seq, prev = 1, GENESIS
    for seq, prev_hash, row_hash, fields in rows:
        if seq != expected_seq:
            found.append(f"row {expected_seq} is missing: the next one found is {seq}")
        if prev_hash != prev:
            found.append(f"row {seq} does not follow the row before it")
        if link(prev_hash, fields) != row_hash:
            found.append(f"row {seq} was changed: its hash does not match its content")
        expected_seq, prev = seq + 1, row_hash
    return found
