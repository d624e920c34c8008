"""Posters and rotating digits: what makes them genuine."""

from __future__ import annotations

from datetime import UTC, datetime

from app.stations import codes

SECRET = b"12345678901234567890123456789012"


def test_a_posters_mac_holds_for_one_secret_code_and_version() -> None:
    mac = codes.poster_mac(SECRET, "ZHANQIAO", 2)
    assert mac == codes.poster_mac(SECRET, "ZHANQIAO", 2)
    others = {
        codes.poster_mac(SECRET, "ZHANQIAO", 3),
        codes.poster_mac(SECRET, "ZHANQIA", 2),
        codes.poster_mac(SECRET[::-1], "ZHANQIAO", 2),
    }
    assert mac not in others
    assert len(others) == 3
    assert (len(mac), mac.islower() or mac.isdigit()) == (16, True)


def test_rotating_digits_follow_the_rfc_over_sha_256() -> None:
    """RFC 6238 appendix B, SHA-256, t = 59 s: 46119246 with 8 digits; ours are its last six."""
    assert codes.rotating_digits(SECRET, 59 // 30) == "119246"
    assert codes.rotating_digits(SECRET, 1111111109 // 30) == "084774"


def test_a_step_lasts_thirty_seconds() -> None:
    assert codes.step_of(datetime.fromtimestamp(59, UTC)) == 1
    assert codes.step_of(datetime.fromtimestamp(60, UTC)) == 2
