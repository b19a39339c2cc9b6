"""Media in a bucket: what the desk uploads lies there, readers get it from there, and a purge takes it out."""

from __future__ import annotations

import io
from pathlib import Path

import httpx2
from buckets import KEY, Buckets
from desk_client import Editor, add_token
from photos import jpeg, recording
from PIL import Image
from processes import NO_TLS, PATIENCE, Server
from uploads import upload, uploaded


def test_media_in_a_bucket(tmp_path: Path) -> None:
    with Buckets(tmp_path / "s3") as buckets:
        place = f"s3://desk/live?endpoint=http://127.0.0.1:{buckets.port}"
        with (
            Server(
                tmp_path / "server",
                LIVEBLOG_MEDIA=place,
                AWS_ACCESS_KEY_ID=KEY,
                AWS_SECRET_ACCESS_KEY=KEY,
            ) as server,
            httpx2.Client(timeout=PATIENCE, trust_env=False, verify=NO_TLS) as reader,
        ):
            editor = Editor(server.url, add_token(server.env))
            keep_and_purge(buckets, server, editor, reader, tmp_path)
            editor.close()


def keep_and_purge(
    buckets: Buckets, server: Server, editor: Editor, reader: httpx2.Client, tmp_path: Path
) -> None:
    slug = editor.story()
    picture = uploaded(editor)
    # More than one part, going in and coming out.
    sound = recording(tmp_path, "a.mp3")
    long = uploaded(editor, sound * (6 * 1024**2 // len(sound)), name="a.mp3", kind="audio/mpeg")
    variants = picture["variants"] + long["variants"]
    names = {variant["url"].partition("/media/")[2] for variant in variants}
    assert set(buckets.media()) == names
    assert not (server.folder / "data" / "media").exists()
    assert reader.get(picture["url"]).status_code == 404

    entry = editor.post(slug, media=[picture["id"], long["id"]])["id"]
    for variant in picture["variants"]:
        with Image.open(io.BytesIO(reader.get(variant["url"]).content)) as image:
            assert image.size == (variant["width"], variant["height"])
    whole = reader.get(long["url"]).content
    assert len(whole) == buckets.media()[long["url"].partition("/media/")[2]] > 5 * 1024**2
    for start, end in ((0, 10), (1_000_000, 3_500_000), (len(whole) - 7, len(whole))):
        part = reader.get(long["url"], headers={"Range": f"bytes={start}-{end - 1}"})
        assert part.status_code == 206
        assert part.headers["content-range"] == f"bytes {start}-{end - 1}/{len(whole)}"
        assert part.content == whole[start:end]

    buckets.kill()
    for answer in (reader.get(picture["url"]), upload(editor, jpeg())):
        assert answer.status_code == 503
        assert str(buckets.port) not in answer.text  # where it is, is for the log
    assert "Nothing was saved. Try again in a moment." in upload(editor, jpeg()).json()["detail"]
    assert "the bucket of the media fails" in server.said()
    assert reader.get(f"{server.url}/stories/{slug}").status_code == 200
    with Buckets(buckets.folder, buckets.port) as back:
        assert reader.get(long["url"], headers={"Range": "bytes=0-9"}).content == whole[:10]
        editor.remove(slug, entry, purge=True)
        assert back.media() == {}
        assert reader.get(picture["url"]).status_code == 404
    assert "Traceback" not in server.said()
