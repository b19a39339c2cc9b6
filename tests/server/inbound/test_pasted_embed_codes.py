"""Embed codes that are sent become the address in them, on every way."""

from __future__ import annotations

from desk_client import Editor
from embed_codes import X_CODE, YOUTUBE, YOUTUBE_CODE, X

from liveblog.inbound.mail.mail_message import from_text
from liveblog.inbound.mail.quoting import Answering


def test_a_code_that_is_sent_is_the_address_on_every_way(editor: Editor) -> None:
    entry = editor.post(editor.story(), f"Smoke:\n\n{X_CODE}")
    assert entry["body"] == f"Smoke:\n\n{X}?ref_src=twsrc%5Etfw"
    assert [card["url"] for card in entry["embeds"]] in ([X], [])
    assert f'href="{X}?ref_src=twsrc%5Etfw"' in entry["body_html"]
    assert "blockquote" not in entry["body_html"]
    kept = editor.post(editor.story(), "<iframe src=javascript:alert(1)></iframe>")
    assert "&lt;iframe" in kept["body_html"]
    mail = from_text(f"Smoke:\r\n\r\n{YOUTUBE_CODE}\r\n", Answering())
    assert mail.text == f"Smoke:\n\n<{YOUTUBE}>"
