"""The desk's pages are compressed; those that show a secret are not, nor what another site asked for."""

from __future__ import annotations

import gzip

import pytest
from desk_client import Editor
from members import member
from processes import Server


def test_which_pages_of_the_desk_are_compressed(shared_server: Server, editor: Editor) -> None:
    slug = editor.story()
    for number in range(3):
        editor.post(slug, f"Number {number}")
    _, desk = member(shared_server, "admin")
    here = f"/desk/stories/{slug}"
    sizes = set()
    for address in ("/desk", here, f"{here}?q=Number", "/desk/users", "/desk/account"):
        answer = desk.http.get(address)
        assert answer.headers.get("content-encoding") == "gzip", address
        assert "Accept-Encoding" in answer.headers["vary"]
        assert answer.headers["cache-control"] == "no-store"
        plain = desk.http.get(address, headers={"Accept-Encoding": "identity"})
        assert "content-encoding" not in plain.headers
        assert len(plain.content) > int(answer.headers["content-length"])
    for _ in range(8):  # its length tells little
        sizes.add(desk.http.get(here).headers["content-length"])
    assert len(sizes) > 1
    # What another site made a browser ask for, with guesses of its own in it.
    for site in ("cross-site", "same-site"):
        asked = desk.http.get(f"{here}?q=guess", headers={"Sec-Fetch-Site": site})
        assert "content-encoding" not in asked.headers, site
    # Answers that show a secret, this once.
    token = desk.http.post("/desk/account/tokens", data={"label": "bot"})
    link = desk.http.post(
        "/desk/users/invitations", data={"email": "new@example.org", "role": "editor"}
    )
    assert (token.status_code, link.status_code) == (200, 200)
    for secret in (
        token,
        link,
        desk.http.get("/desk/invitation?token=x"),
        desk.http.get("/desk/login"),
    ):
        assert "content-encoding" not in secret.headers, secret.url
    desk.close()


@pytest.mark.parametrize("size", [0, 1, 1_000, 300_000])
def test_what_is_compressed_is_read_by_everybody(size: int) -> None:
    from liveblog.web.desk.compression import gzipped

    body = b"desk " * size
    assert gzip.decompress(gzipped(body)) == body
