"""Settings: frozen dataclasses, filled once from OUYU_<SECTION>__<FIELD> (or …_FILE)."""

from __future__ import annotations

import math
import re
from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from pathlib import Path
from typing import Any, get_type_hints

PROFILES = ("demo", "testing", "production")


class SettingsError(Exception):
    """A setting that cannot be used; the message is one sentence with the variable and the fix."""


def _setting(default: Any, help: str, *, low: int = 1) -> Any:
    return field(default=default, metadata={"help": help, "low": low})


@dataclass(frozen=True, slots=True)
class Server:
    """How the service is reached and where it keeps its files."""

    public_url: str = _setting(
        "", "The address people use, e.g. https://ouyu.example.cn; every link and poster is built from it."
    )
    data_dir: Path = _setting(Path("data"), "Folder for the database file, the lock and the audit checkpoints.")
    workers: int = _setting(2, "gunicorn worker processes.")
    threads: int = _setting(4, "Threads per worker; the database pool has as many connections.")
    proxy_hops: int = _setting(0, "Trusted reverse proxies in front; 0 ignores X-Forwarded-* headers.", low=0)
    drain_s: int = _setting(
        3,
        "Seconds that wsgi.py serves on after a TERM while /readyz answers 503, so that a proxy sends nobody here any "
        "more; twice the interval at which the proxy asks.",
        low=0,
    )
    frame_ancestors: str = _setting("'none'", "CSP frame-ancestors: who may show our pages in a frame.")


@dataclass(frozen=True, slots=True)
class Database:
    """Where the rows live."""

    url: str = _setting(
        "", "SQLAlchemy address; empty means SQLite in the data folder. Example: postgresql://ouyu:…@db/ouyu."
    )


@dataclass(frozen=True, slots=True)
class Secrets:
    """What must never be in the repository."""

    master_key: str = _setting(
        "",
        "At least 32 characters of randomness; every other key is derived from it. "
        "The demo makes one in its data folder.",
    )
    old_master_key: str = _setting(
        "",
        "The master key before this one, still read while `keys rotate` seals everything anew; take it away afterwards.",
    )


@dataclass(frozen=True, slots=True)
class Limits:
    """Generous per address (a station's Wi-Fi is one address), closer per person."""

    guests_per_min: int = _setting(3000, "Guest sessions one address may open in a minute.")
    reads_per_min: int = _setting(12000, "Public reads one address may make in a minute.")
    calls_per_min: int = _setting(120, "Calls one person may make in a minute on routes without a limit of their own.")
    scans_per_min: int = _setting(300, "Photos of QR codes one address may have read in a minute.")
    checkins_per_min: int = _setting(30, "Check-ins one person may try in a minute.")
    feedback_per_min: int = _setting(30, "Things that one address may tell us in a minute.")
    batches_per_min: int = _setting(10, "Offline queues, of up to 50 visits each, one person may send in a minute.")
    sign_ins_per_min: int = _setting(600, "Calls to sign in that one address may make in a minute.")
    codes_per_phone_day: int = _setting(10, "One-time codes that are sent to one phone in a day.")
    codes_per_address_hour: int = _setting(300, "One-time codes that one address may ask for in an hour.")


@dataclass(frozen=True, slots=True)
class Sms:
    """The gateway that brings one-time codes to phones."""

    url: str = _setting(
        "",
        "Where codes are posted as JSON; the operator's guide describes the call. Empty: the demo shows its codes "
        "itself, production offers no sign-in by phone.",
    )
    token: str = _setting("", "Sent to the gateway as `Authorization: Bearer …`.")


@dataclass(frozen=True, slots=True)
class Wechat:
    """The mini-program, and the files by which WeChat proves that an address is ours."""

    appid: str = _setting(
        "", "The mini-program's AppID. Empty: the demo pretends, production offers no WeChat sign-in."
    )
    secret: str = _setting("", "The mini-program's AppSecret.")
    api_url: str = _setting("https://api.weixin.qq.com", "Where WeChat's server interface answers.")
    verify_files: str = _setting(
        "", "Verification files served under /c/, as NAME.txt=CONTENT, several with spaces between."
    )

    def find_verify_file(self, name: str) -> str | None:
        """Return the content of a verification file, or None."""
        return dict(pair.split("=", 1) for pair in self.verify_files.split()).get(name)


@dataclass(frozen=True, slots=True)
class City:
    """The box in which a station can stand, WGS-84 degrees; a wrong datum or swapped axes fall out of it."""

    lat_min: float = _setting(35.5, "Southern edge, degrees.")
    lat_max: float = _setting(37.2, "Northern edge, degrees.")
    lng_min: float = _setting(119.4, "Western edge, degrees.")
    lng_max: float = _setting(121.1, "Eastern edge, degrees.")
    tiles_url: str = _setting(
        "",
        "Map tiles for the panel's station form, WGS-84, e.g. https://tiles.example.cn/{z}/{x}/{y}.png; the host is then "
        "allowed for pictures. Empty draws a schematic coast and asks nobody.",
    )
    tiles_credit: str = _setting("", "Whom the tiles come from, shown on the map.")


@dataclass(frozen=True, slots=True)
class Prints:
    """The typefaces of posters; both need Chinese."""

    sans_font: str = _setting(
        "", "Font file (OTF or TTF) of printed texts; empty takes the Noto Sans SC that came along."
    )
    serif_font: str = _setting(
        "", "Font file (OTF or TTF) of printed names; empty takes the Noto Serif SC that came along."
    )


@dataclass(frozen=True, slots=True)
class Settings:
    """All settings of one process."""

    profile: str
    server: Server
    database: Database
    secrets: Secrets
    limits: Limits
    sms: Sms
    wechat: Wechat
    city: City
    prints: Prints

    @property
    def database_url(self) -> str:
        """The SQLAlchemy address, the SQLite default filled in; the demo has a file of its own."""
        if self.database.url:
            return re.sub(r"^postgres(ql)?://", "postgresql+psycopg://", self.database.url)
        name = "demo.sqlite3" if self.profile == "demo" else "ouyu.sqlite3"
        return f"sqlite:///{(self.server.data_dir / name).resolve()}"

    @property
    def photo_dir(self) -> Path:
        """Where the photos of stations lie; a backup takes the folder along."""
        return self.server.data_dir / "photos"

    @property
    def public_url(self) -> str:
        """The base of every link, without a trailing slash."""
        return (self.server.public_url or "http://127.0.0.1:8000").rstrip("/")


SECTIONS: dict[str, type] = {
    "server": Server,
    "database": Database,
    "secrets": Secrets,
    "limits": Limits,
    "sms": Sms,
    "wechat": Wechat,
    "city": City,
    "prints": Prints,
}


def variable(section: str, name: str) -> str:
    """Name the environment variable of a setting."""
    return f"OUYU_{section.upper()}__{name.upper()}"


def load(environ: Mapping[str, str]) -> Settings:
    """Read the settings from an environment.

    Raises:
        SettingsError: a variable that nobody reads, a value of the wrong type, or an unsafe production set-up.
    """
    profile = environ.get("OUYU_PROFILE", "demo")
    if profile not in PROFILES:
        raise SettingsError(f"OUYU_PROFILE is {profile!r}; use one of: {', '.join(PROFILES)}.")
    _refuse_unknown(environ)
    sections = {name: _section(name, cls, environ) for name, cls in SECTIONS.items()}
    settings = Settings(profile=profile, **sections)
    _check(settings)
    return settings


def _refuse_unknown(environ: Mapping[str, str]) -> None:
    known = {"OUYU_PROFILE"}
    for section, cls in SECTIONS.items():
        for item in fields(cls):
            known |= {variable(section, item.name), variable(section, item.name) + "_FILE"}
    for name in environ:
        if name.startswith("OUYU_") and "__" in name and name not in known:
            raise SettingsError(f"{name} is not a setting; docs/settings.md lists them all.")


def _section(section: str, cls: type, environ: Mapping[str, str]) -> Any:
    hints = get_type_hints(cls)
    values: dict[str, Any] = {}
    for item in fields(cls):
        name = variable(section, item.name)
        raw = environ.get(name)
        if name + "_FILE" in environ:
            try:
                raw = Path(environ[name + "_FILE"]).read_text(encoding="utf-8").strip()
            except (OSError, UnicodeDecodeError) as error:
                why = error.strerror if isinstance(error, OSError) else "it is not UTF-8 text"
                raise SettingsError(
                    f"{name}_FILE names {environ[name + '_FILE']!r}, which cannot be read ({why})."
                ) from None
        if raw is not None:
            values[item.name] = _typed(name, raw, hints[item.name], item.metadata["low"])
    return cls(**values)


def _typed(name: str, raw: str, kind: type, low: int) -> Any:
    try:
        value = kind(raw)
        if kind is float and not math.isfinite(value):
            raise ValueError(raw)
    except ValueError:
        example = {int: "4", float: "36.1"}.get(kind, "a value")
        raise SettingsError(f"{name} is {raw!r}, which is not a number; write for example {name}={example}.") from None
    if kind is int and value < low:
        raise SettingsError(f"{name} is {raw!r}; it must be at least {low}.")
    return value


def _check(settings: Settings) -> None:
    url = settings.database.url
    if url and not re.match(r"^(sqlite|postgres(ql)?(\+psycopg)?)://", url):
        raise SettingsError(
            f"OUYU_DATABASE__URL is {_without_password(url)!r}, which is neither SQLite nor PostgreSQL; "
            "write for example postgresql://user:password@host/ouyu, or leave it out for SQLite."
        )
    if settings.secrets.old_master_key and settings.secrets.old_master_key == settings.secrets.master_key:
        raise SettingsError(
            "OUYU_SECRETS__OLD_MASTER_KEY equals OUYU_SECRETS__MASTER_KEY; put the new key into MASTER_KEY, "
            "the one used so far into OLD_MASTER_KEY, and run `keys rotate`."
        )
    for name in ("sans_font", "serif_font"):
        path = getattr(settings.prints, name)
        if path and not Path(path).is_file():
            raise SettingsError(
                f"{variable('prints', name)} names {path!r}, which is no file; leave it out for our own."
            )
    _check_clients(settings)
    tiles = settings.city.tiles_url
    if tiles and not re.match(r"^(https://[\w.:-]+)?/[^{]*\{z\}[^{]*\{[xy]\}[^{]*\{[xy]\}[^{]*$", tiles):
        raise SettingsError(
            f"OUYU_CITY__TILES_URL is {tiles!r}; write an https:// address or a path with {{z}}, {{x}} and {{y}}, "
            "for example https://tiles.example.cn/{z}/{x}/{y}.png."
        )
    if settings.profile != "production":
        return
    if len(settings.secrets.master_key) < 32:
        raise SettingsError(
            "OUYU_SECRETS__MASTER_KEY is missing or shorter than 32 characters; make one with "
            "`openssl rand -base64 36` and keep it outside the repository."
        )
    if not re.match(r"^https://[^/]+", settings.server.public_url):
        raise SettingsError(
            "OUYU_SERVER__PUBLIC_URL must be the https:// address that people use, "
            "for example https://ouyu.example.cn; posters are printed with it."
        )


def _check_clients(settings: Settings) -> None:
    for name, url in (("OUYU_SMS__URL", settings.sms.url), ("OUYU_WECHAT__API_URL", settings.wechat.api_url)):
        if url and not re.match(r"^https?://[^/]", url):
            raise SettingsError(f"{name} is {url!r}, which is no address; write one with https://, or leave it out.")
    if bool(settings.wechat.appid) != bool(settings.wechat.secret):
        missing = "SECRET" if settings.wechat.appid else "APPID"
        raise SettingsError(f"OUYU_WECHAT__{missing} is missing; set AppID and AppSecret both, or neither.")
    if not all(re.fullmatch(r"[A-Za-z0-9_-]{1,80}\.txt=\S+", pair) for pair in settings.wechat.verify_files.split()):
        raise SettingsError(
            "OUYU_WECHAT__VERIFY_FILES cannot be read; write for example AbC123.txt=0f1e2d, several with spaces between."
        )


def _without_password(url: str) -> str:
    return re.sub(r"://[^@/]*@", "://…@", url)


_current: list[Settings] = []


def use(settings: Settings) -> None:
    """Make these the settings of the process; called once by the factory."""
    _current[:] = [settings]


def current() -> Settings:
    """Return the settings of the process. Raises RuntimeError before the factory has run."""
    if not _current:
        raise RuntimeError("the settings are not loaded yet: create_app() does that")
    return _current[0]
