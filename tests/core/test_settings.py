"""Settings: read once from the environment; whatever cannot be used is one sentence that names the variable."""

from __future__ import annotations

import dataclasses
import stat
from pathlib import Path

import pytest

from config import keys
from config.settings import SECTIONS, Settings, SettingsError, current, load, use, variable

KEY = "0123456789abcdef0123456789abcdef"
SAFE = {
    "OUYU_PROFILE": "production",
    "OUYU_SECRETS__MASTER_KEY": KEY,
    "OUYU_SERVER__PUBLIC_URL": "https://ouyu.example.cn",
}


def refusal(environ: dict[str, str]) -> str:
    with pytest.raises(SettingsError) as refused:
        load(environ)
    return str(refused.value)


def is_one_sentence(text: str) -> bool:
    return text.endswith(".") and "\n" not in text and len(text) < 300


def test_without_any_variable_the_demo_runs_on_a_file_of_its_own() -> None:
    settings = load({})
    assert settings.profile == "demo"
    assert settings.database_url.endswith("/data/demo.sqlite3")
    assert settings.public_url == "http://127.0.0.1:8000"


def test_a_value_lands_in_its_section_with_its_type() -> None:
    settings = load({"OUYU_SERVER__WORKERS": "7", "OUYU_CITY__LAT_MIN": "30.5", "OUYU_SERVER__DATA_DIR": "/srv/ouyu"})
    assert settings.server.workers == 7
    assert settings.city.lat_min == 30.5
    assert settings.server.data_dir == Path("/srv/ouyu")


def test_settings_cannot_be_changed_afterwards() -> None:
    settings = load({})
    with pytest.raises(dataclasses.FrozenInstanceError):
        settings.profile = "production"  # type: ignore[misc]
    with pytest.raises(dataclasses.FrozenInstanceError):
        settings.server.workers = 1


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("OUYU_PROFILE", "staging"),
        ("OUYU_PROFILE", ""),
        ("OUYU_SERVER__WORKERS", "two"),
        ("OUYU_CITY__TILES_URL", "https://tiles.example.cn/"),
        ("OUYU_CITY__TILES_URL", "http://tiles.example.cn/{z}/{x}/{y}.png"),
        ("OUYU_CITY__TILES_URL", "https://a b;script-src *;/{z}/{x}/{y}.png"),
        ("OUYU_SERVER__WORKERS", "2.5"),
        ("OUYU_SERVER__WORKERS", ""),
        ("OUYU_SERVER__WORKERS", "-1"),
        ("OUYU_SERVER__WORKERS", "0"),
        ("OUYU_SERVER__THREADS", "0"),
        ("OUYU_SERVER__PROXY_HOPS", "-1"),
        ("OUYU_LIMITS__GUESTS_PER_MIN", "many"),
        ("OUYU_LIMITS__CHECKINS_PER_MIN", "0"),
        ("OUYU_CITY__LAT_MIN", "north"),
        ("OUYU_CITY__LAT_MIN", "nan"),
        ("OUYU_CITY__LNG_MAX", "inf"),
        ("OUYU_DATABASE__URL", "mysql://root@db/ouyu"),
        ("OUYU_DATABASE__URL", "ouyu.db"),
    ],
)
def test_a_value_that_cannot_be_used_is_one_sentence_with_the_variable(name: str, value: str) -> None:
    said = refusal({name: value})
    assert name in said
    assert is_one_sentence(said)


@pytest.mark.parametrize("name", ["OUYU_SERVER__WORKER", "OUYU_REDIS__URL", "OUYU_SERVER__PORT_FILE", "OUYU_X__Y"])
def test_a_variable_that_nobody_reads_is_refused(name: str) -> None:
    said = refusal({name: "1"})
    assert said.startswith(f"{name} is not a setting")
    assert is_one_sentence(said)


def test_a_foreign_variable_is_none_of_our_business() -> None:
    assert load({"HOME": "/root", "OUYUAN__X": "1", "FLASK_DEBUG": "1"}).profile == "demo"


def test_a_bad_database_address_is_told_without_its_password() -> None:
    said = refusal({"OUYU_DATABASE__URL": "mysql://root:hunter2@db/ouyu"})
    assert "hunter2" not in said
    assert "OUYU_DATABASE__URL" in said


@pytest.mark.parametrize("scheme", ["postgres", "postgresql", "postgresql+psycopg"])
def test_every_spelling_of_postgresql_gets_our_driver(scheme: str) -> None:
    assert load({"OUYU_DATABASE__URL": f"{scheme}://u:p@h/d"}).database_url == "postgresql+psycopg://u:p@h/d"


@pytest.mark.parametrize(
    "item", [f"{section}.{f.name}" for section, c in SECTIONS.items() for f in dataclasses.fields(c)]
)
def test_every_setting_can_stand_in_a_file(item: str, tmp_path: Path) -> None:
    section, _, name = item.partition(".")
    present = getattr(getattr(load({}), section), name)
    usable = {"server.public_url": "https://x.example", "database.url": "sqlite:///x", "secrets.master_key": KEY}
    usable["sms.url"] = "https://sms.example"
    value = usable.get(item, str(present))
    path = tmp_path / "value"
    path.write_text(f"{value}\n", encoding="utf-8")
    settings = load({f"{variable(section, name)}_FILE": str(path)})
    assert str(getattr(getattr(settings, section), name)) == value


def test_a_file_that_cannot_be_read_is_one_sentence(tmp_path: Path) -> None:
    said = refusal({"OUYU_SECRETS__MASTER_KEY_FILE": str(tmp_path / "absent")})
    assert "OUYU_SECRETS__MASTER_KEY_FILE" in said
    assert is_one_sentence(said)


def test_a_file_that_is_no_text_is_one_sentence(tmp_path: Path) -> None:
    (tmp_path / "key").write_bytes(b"\xff\xfe\x00\x80")
    said = refusal({"OUYU_SECRETS__MASTER_KEY_FILE": str(tmp_path / "key")})
    assert "OUYU_SECRETS__MASTER_KEY_FILE" in said
    assert is_one_sentence(said)


def test_production_starts_with_key_and_https_address() -> None:
    assert load(SAFE).public_url == "https://ouyu.example.cn"


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("OUYU_SECRETS__MASTER_KEY", None),
        ("OUYU_SECRETS__MASTER_KEY", ""),
        ("OUYU_SECRETS__MASTER_KEY", "short"),
        ("OUYU_SECRETS__MASTER_KEY", KEY[:31]),
        ("OUYU_SERVER__PUBLIC_URL", None),
        ("OUYU_SERVER__PUBLIC_URL", ""),
        ("OUYU_SERVER__PUBLIC_URL", "http://ouyu.example.cn"),
        ("OUYU_SERVER__PUBLIC_URL", "https://"),
        ("OUYU_SERVER__PUBLIC_URL", "ouyu.example.cn"),
    ],
)
def test_x9_production_refuses_a_missing_or_weak_secret_or_address(name: str, value: str | None) -> None:
    environ = {key: text for key, text in (SAFE | {name: value}).items() if text is not None}
    said = refusal(environ)
    assert name in said
    assert is_one_sentence(said)
    assert KEY not in said


def test_every_setting_explains_itself() -> None:
    for cls in SECTIONS.values():
        for item in dataclasses.fields(cls):
            assert item.metadata["help"].strip().endswith("."), item.name


def test_the_demo_makes_its_master_key_once_and_keeps_it_to_itself(tmp_path: Path) -> None:
    settings = load({"OUYU_SERVER__DATA_DIR": str(tmp_path / "data")})
    made = keys.ensure_master_key(settings).secrets.master_key
    path = tmp_path / "data" / keys.KEY_FILE
    assert len(made) >= keys.MIN_KEY_CHARS
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert keys.ensure_master_key(settings).secrets.master_key == made
    assert [found.name for found in path.parent.iterdir()] == [keys.KEY_FILE]


def test_a_given_master_key_makes_no_file_and_production_never_makes_one(tmp_path: Path) -> None:
    given = load({"OUYU_SERVER__DATA_DIR": str(tmp_path), "OUYU_SECRETS__MASTER_KEY": KEY})
    assert keys.ensure_master_key(given) is given
    production = load(SAFE | {"OUYU_SERVER__DATA_DIR": str(tmp_path)})
    assert keys.ensure_master_key(production) is production
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("content", [b"", b"short\n", b"\xff\xfe"])
def test_a_damaged_key_file_is_never_replaced_behind_anybodys_back(tmp_path: Path, content: bytes) -> None:
    (tmp_path / keys.KEY_FILE).write_bytes(content)
    with pytest.raises(SettingsError, match="damaged"):
        keys.ensure_master_key(load({"OUYU_SERVER__DATA_DIR": str(tmp_path)}))
    assert (tmp_path / keys.KEY_FILE).read_bytes() == content


def test_the_settings_in_use_are_the_ones_given_last() -> None:
    before: Settings = load({"OUYU_SERVER__WORKERS": "3"})
    use(before)
    assert current() is before
