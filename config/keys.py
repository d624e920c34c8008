"""The demo's master key: made once, kept in the data folder, readable by its owner only."""

from __future__ import annotations

import os
import secrets
from contextlib import suppress
from dataclasses import replace
from pathlib import Path

from config.settings import Settings, SettingsError

KEY_FILE = "secret.key"
MIN_KEY_CHARS = 32
_KEY_BYTES = 36


def ensure_master_key(settings: Settings) -> Settings:
    """Return the settings with a master key: the given one, else (demo and testing only) the data folder's own.

    Raises:
        SettingsError: the data folder cannot be written, or its key file is damaged or cannot be read.
    """
    if settings.secrets.master_key or settings.profile == "production":
        return settings
    path = settings.server.data_dir / KEY_FILE
    try:
        if not path.exists():
            _make(path)
        key = path.read_text(encoding="ascii").strip()
    except OSError as error:
        raise SettingsError(
            f"The data folder {settings.server.data_dir} cannot be used ({error.strerror}); "
            "make it writable or name another with OUYU_SERVER__DATA_DIR."
        ) from None
    except ValueError:
        key = ""
    if len(key) < MIN_KEY_CHARS:
        raise SettingsError(
            f"{path} is damaged; put the key back from a copy, or remove the data folder to start the demo anew."
        )
    return replace(settings, secrets=replace(settings.secrets, master_key=key))


def _make(path: Path) -> None:
    """Write a new key under a name of its own and link it into place, so that of two first starts one wins whole."""
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    draft = path.with_name(f"{KEY_FILE}.{os.getpid()}.{secrets.token_hex(4)}")
    with os.fdopen(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w", encoding="ascii") as file:
        file.write(secrets.token_urlsafe(_KEY_BYTES) + "\n")
    with suppress(FileExistsError):
        os.link(draft, path)
    draft.unlink()
