"""An archive may come from anybody: what leads out of it is refused, and nothing private is in one of ours."""

from __future__ import annotations

import json
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from liveblog.archive import container
from liveblog.archive.container import opened
from liveblog.content.markup.markdown import rendered
from liveblog.content.markup.shown_source import shown_source
from liveblog.errors import LiveblogError
from liveblog.newsroom.entries.imports import entry_id_of


def member(name: str, mode: int = 0o100644) -> zipfile.ZipInfo:
    info = zipfile.ZipInfo(name)
    info.external_attr = mode << 16
    return info


def packed(path: Path, *members: tuple[zipfile.ZipInfo, bytes]) -> None:
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as made:
        for info, content in [(member("story.json"), b"{}"), *members]:
            made.writestr(info, content, zipfile.ZIP_DEFLATED)


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda path: packed(path, (member("../a"), b"")), "names a file outside of it ('../a')"),
        (lambda path: packed(path, (member("media/../../a"), b"")), "names a file outside of it"),
        (lambda path: packed(path, (member("/etc/passwd"), b"")), "names a file outside of it"),
        (lambda path: packed(path, (member("C:\\a"), b"")), "names a file outside of it"),
        (lambda path: packed(path, (member("media/a", 0o120777), b"/etc/passwd")), "holds a link or a device"),
        (lambda path: packed(path, (member("media/a"), bytes(8 * 1024 * 1024))), "unpacks to far more than its size"),
        (lambda path: path.write_bytes(b"PK\x03\x04broken"), "is a broken zip file"),
        (lambda path: zipfile.ZipFile(path, "w").close(), "holds no story.json"),
        (lambda path: path.mkdir(), "holds no story.json"),
    ],
)  # fmt: skip
def test_an_archive_that_leads_out_of_itself_is_refused(
    make: Callable[[Path], Any], message: str, tmp_path: Path
) -> None:
    path = tmp_path / "archive.zip"
    make(path)
    with pytest.raises(LiveblogError) as refused, opened(path) as there:
        there.document()
    assert message in str(refused.value)
    assert "\n" not in str(refused.value)


def test_a_file_is_read_only_within_its_archive(tmp_path: Path) -> None:
    (tmp_path / "secret").write_text("secret")
    place = tmp_path / "there"
    (place / "media").mkdir(parents=True)
    (place / "story.json").write_text("{}")
    (place / "media" / "a").symlink_to(tmp_path / "secret")
    (place / "media" / "b").write_text("b")
    (place / "out").symlink_to(tmp_path)
    with opened(place) as there:
        assert there.document() == b"{}"
        assert there.read("media/b", 10) == b"b"
        assert there.read("media/c", 10) is None
        for long in ("x" * 300, "é" * 200, "/".join("x" * 9 for _ in range(900))):
            assert there.read(long, 10) is None
        for name in (
            "../secret",
            "/etc/passwd",
            "media/a",
            "out/secret",
            "media/../../secret",
            "a\\b",
        ):
            with pytest.raises(LiveblogError):
                there.read(name, 10)
        with pytest.raises(LiveblogError, match="larger than"):
            there.read("media/b", 0)


def test_a_document_has_a_bound(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(container, "DOCUMENT", 100)
    (tmp_path / "a.json").write_text(json.dumps({"entries": ["x" * 200]}))
    with pytest.raises(LiveblogError, match="is larger than"), opened(tmp_path / "a.json") as there:
        there.document()


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        ("Plain *words* and [a link](https://example.org/a_b).", None),
        ("1. One\n2. Two\n\nCO<sub>2</sub> &copy; `x_y`", None),
        ("Text.\n\n[//]: # (ask Olena)\n\nEnd.", "Text.\n\n\nEnd."),
        ("See [a].\n\n[a]: https://example.org 'Shown'\n[b]: https://hidden.example", "See [a].\n\n[a]: https://example.org 'Shown'"),
        ("```olena\nx\n```", "```\nx\n```"),
        ("> [//]: # (Olena)\n> Said.", "> Said."),
    ],
)  # fmt: skip
def test_an_archive_has_no_words_of_a_text_that_no_reader_sees(
    source: str, expected: str | None
) -> None:
    shown = rendered(source).html
    found = shown_source(source, shown)
    assert found == (expected or source)
    assert rendered(found).html == shown


def test_a_text_whose_hidden_words_cannot_be_taken_out_is_made_of_its_html() -> None:
    source = "| a | b |\n| --- | --- |\n| 1 | 2 | Olena |"
    assert shown_source(source, rendered(source).html) is None


def test_an_entry_of_elsewhere_has_one_id_in_a_story() -> None:
    first = entry_id_of(1, "wordpress https://example.org 3")
    assert first == entry_id_of(1, "wordpress https://example.org 3")
    assert (
        len(
            {
                first,
                entry_id_of(2, "wordpress https://example.org 3"),
                entry_id_of(1, "superdesk 3"),
            }
        )
        == 3
    )
