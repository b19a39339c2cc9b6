"""Settings that are not accepted are named, with what is accepted."""

from __future__ import annotations

import struct
from datetime import timedelta
from pathlib import Path

import pytest

from liveblog.errors import SettingsError
from liveblog.models.links import links_of
from liveblog.settings import Settings


@pytest.mark.parametrize(
    ("setting", "given"),
    [
        ("PORT", "-1"),
        ("PORT", "65536"),
        ("PORT", "80 80"),
        ("WEB_CONCURRENCY", "65"),
        ("WEB_CONCURRENCY", "two"),
        ("DATABASE_URL", "liveblog.sqlite3"),
        ("DATABASE_URL", "sqlite://relative"),
        ("REDIS_URL", "localhost:6379"),
        ("REDIS_URL", "redis://"),
        ("REDIS_URL", "redis://localhost:port"),
        ("REDIS_URL", "redis://localhost:0"),
        ("REDIS_URL", "redis://localhost/first"),
        ("REDIS_URL", "unix://"),
        ("REDIS_URL", "sentinel://localhost:26379"),
        ("REDIS_URL", "sentinel:///news"),
        ("REDIS_URL", "sentinel://one:26379,:26379/news"),
        ("REDIS_URL", "sentinel://one:26379/news/first"),
        ("REDIS_URL", "cluster://"),
        ("REDIS_URL", "cluster://one:0,two:6379"),
        ("REDIS_URL", "cluster://one:port"),
        ("REDIS_URL", "cluster://one:6379/1"),
        ("SECRET_KEY", "x" * 31),
        ("BASE_URL", "ftp://example.org"),
        ("BASE_URL", "https://"),
        ("BASE_URL", "http://[::1"),
        ("FORWARDED_ALLOW_IPS", "banana"),
        ("FORWARDED_ALLOW_IPS", "127.0.0.1,10.0.0.0/99"),
        ("LIVEBLOG_MAX_READERS", "0"),
        ("LIVEBLOG_MAX_READERS_PER_ADDRESS", "some"),
        ("LIVEBLOG_DRAIN_SECONDS", "-1"),
        ("LIVEBLOG_LOG_LEVEL", "INFO"),
        ("LIVEBLOG_DESK_HOST", "https://desk.example.org"),
        ("LIVEBLOG_DESK_HOST", "desk.example.org/desk"),
        ("LIVEBLOG_DESK_HOST", "desk example"),
        ("LIVEBLOG_METRICS_ADDRESS", "9091"),
        ("LIVEBLOG_METRICS_ADDRESS", "127.0.0.1"),
        ("LIVEBLOG_METRICS_ADDRESS", "127.0.0.1:0"),
        ("LIVEBLOG_METRICS_ADDRESS", "127.0.0.1:70000"),
        ("LIVEBLOG_METRICS_ADDRESS", "127.0.0.1:9091/metrics"),
        ("LIVEBLOG_METRICS_ADDRESS", "[::1:9091"),
        ("LIVEBLOG_REACH", "99"),
        ("LIVEBLOG_REACH", "1000001"),
        ("LIVEBLOG_REDIS_PREFIX", "with space"),
        ("LIVEBLOG_SITE_NAME", "x" * 101),
        ("LIVEBLOG_SILENT_HOURS", "-1"),
        ("LIVEBLOG_SILENT_HOURS", "8761"),
        ("LIVEBLOG_UNANSWERED_HOURS", "soon"),
        ("LIVEBLOG_FOOTER_TEXT", "x" * 501),
        ("LIVEBLOG_MASTHEAD_LINKS", "News"),
        ("LIVEBLOG_MASTHEAD_LINKS", "=/news"),
        ("LIVEBLOG_MASTHEAD_LINKS", "News="),
        ("LIVEBLOG_MASTHEAD_LINKS", "News=news"),
        ("LIVEBLOG_MASTHEAD_LINKS", "News=javascript:alert(1)"),
        ("LIVEBLOG_MASTHEAD_LINKS", "News=data:text/html,x"),
        ("LIVEBLOG_MASTHEAD_LINKS", "News=//evil.test/"),
        ("LIVEBLOG_MASTHEAD_LINKS", "News=/\\evil.test/"),
        ("LIVEBLOG_MASTHEAD_LINKS", "News=https://a@evil.test/"),
        ("LIVEBLOG_MASTHEAD_LINKS", "News=https://"),
        ("LIVEBLOG_MASTHEAD_LINKS", "News=https://example.org/a b"),
        ("LIVEBLOG_MASTHEAD_LINKS", "\u200b=/news"),
        ("LIVEBLOG_MASTHEAD_LINKS", "x" * 61 + "=/news"),
        ("LIVEBLOG_FOOTER_LINKS", " | ".join(f"L{n}=/{n}" for n in range(11))),
        ("LIVEBLOG_FOOTER_LINKS", "A=/" + "a" * 2048),
    ],
)
def test_a_setting_outside_what_it_accepts_is_named(setting: str, given: str) -> None:
    with pytest.raises(SettingsError, match=f"^{setting}: .+ was given; accepted: .+"):
        Settings.read({setting: given})


def test_links_are_read_line_by_line_or_between_bars() -> None:
    given = "News = https://example.org/a?b=c&d=1 | Über uns=/about\n\n  رأي=https://[::1]:8443/\n"
    links = links_of(Settings.read({"LIVEBLOG_MASTHEAD_LINKS": given}).masthead_links)
    assert links == (
        ("News", "https://example.org/a?b=c&d=1"),
        ("Über uns", "/about"),
        ("رأي", "https://[::1]:8443/"),
    )
    assert links_of("") == ()


def test_no_hours_mean_never() -> None:
    settings = Settings.read({"LIVEBLOG_SILENT_HOURS": "0", "LIVEBLOG_UNANSWERED_HOURS": "0"})
    assert (settings.ask_after, settings.end_after) == (None, None)
    assert Settings.read({}).ask_after == timedelta(hours=12)


def test_a_setting_that_is_misspelt_is_named() -> None:
    with pytest.raises(SettingsError, match=r"^LIVEBLOG_REECH: .* did you mean LIVEBLOG_REACH"):
        Settings.read({"LIVEBLOG_REECH": "500"})


def test_settings_that_are_empty_count_as_unset() -> None:
    assert Settings.read({"PORT": "", "REDIS_URL": "", "SECRET_KEY": ""}) == Settings.read({})


def test_a_logo_that_is_no_png_of_some_size_is_refused(tmp_path: Path) -> None:
    def png(width: int, height: int) -> bytes:
        return b"\x89PNG\r\n\x1a\n" + struct.pack(">I4sII", 13, b"IHDR", width, height)

    wrong = {
        "flat.png": png(500, 111),
        "narrow.png": png(111, 500),
        "large.png": png(112, 112) + bytes(1024**2),
        "short.png": png(500, 500)[:20],
        "picture.svg": b"<svg/>",
        "empty.png": b"",
    }
    for name, content in wrong.items():
        (tmp_path / name).write_bytes(content)
    for path in (tmp_path / "none.png", tmp_path, *(tmp_path / name for name in wrong)):
        with pytest.raises(
            SettingsError, match=r"LIVEBLOG_LOGO: .*; accepted: the publisher's logo"
        ):
            Settings.read({"LIVEBLOG_LOGO": str(path)})
    right = tmp_path / "right.png"
    right.write_bytes(png(112, 112))
    assert Settings.read({"LIVEBLOG_LOGO": str(right)}).logo == right


def test_a_stylesheet_that_cannot_be_read_is_refused(tmp_path: Path) -> None:
    long = tmp_path / "long.css"
    long.write_text("/*" + "x" * 70_000 + "*/", encoding="utf-8")
    for path in (tmp_path / "none.css", tmp_path, long):
        with pytest.raises(SettingsError, match=r"LIVEBLOG_STYLESHEET: .*; accepted: a CSS file"):
            Settings.read({"LIVEBLOG_STYLESHEET": str(path)})
