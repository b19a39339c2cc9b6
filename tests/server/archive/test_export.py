"""An export is the story as readers have it: its files are whole, and an import of it gives the same story."""

from __future__ import annotations

import json
import re
import stat
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from buckets import KEY, Buckets
from commands import run
from desk_client import Editor, add_token
from photos import jpeg, photo
from processes import Server
from public_pages import ENGLISH, full_story

# What names an entry or a file here; and what is made anew of a picture that is encoded again.
OURS = {"id", "seq", "rev", "url", "html"}
JSON = {"Accept": "application/json"}


@pytest.fixture(scope="module")
def editor(shared_server: Server) -> Iterator[Editor]:
    client = Editor(shared_server.url, add_token(shared_server.env))
    yield client
    client.close()


@pytest.fixture(scope="module")
def slug(editor: Editor) -> str:
    """A story with an entry of each kind, a correction, a settled verification, a chapter, points and a cover."""
    made = full_story(editor, ENGLISH)
    settling = editor.post(made.slug, "The ministry says so.", chapter="The second day")["id"]
    claim = editor.post(
        made.slug,
        "They say it **holds**.",
        pinned=True,
        key=True,
        labels=["quote"],
        occurred_at="2022-02-25T10:00:00Z",
        publish_at="2022-02-25T12:00:00+02:00",
        verification={"status": "checking"},
        sources=[{"kind": "official", "name": "The ministry", "quote": "It holds."}],
    )["id"]
    editor.edit(
        made.slug,
        claim,
        verification={"status": "confirmed", "settled_by": settling, "note": "Read it."},
    )
    editor.edit(made.slug, claim, body="They say it **held**.", correction="It was over by then.")
    files = {"file": ("a.jpg", jpeg(photo(500, 300)), "image/jpeg")}
    cover = editor.http.post("/api/media", files=files, data={"alt": "A square"}).json()["id"]
    points = [{"text": "It held.", "entry": claim}, {"text": "More to come."}]
    editor.change_story(made.slug, points=points, cover={"id": cover, "credit": "Ana"})
    return made.slug


def entries(editor: Editor, slug: str) -> list[dict[str, Any]]:
    """All public entries as JSON, newest first."""
    first = editor.http.get(f"/api/stories/{slug}/entries?limit=200").json()
    known = [one["id"] for one in first["entries"]]
    answer = editor.http.get(
        f"/stories/{slug}/entries?before={known[0]}&limit=50", headers=JSON
    ).json()
    newest = editor.http.get(
        f"/stories/{slug}/entries?after={known[1]}&limit=50", headers=JSON
    ).json()
    found = [*[one for one in newest["entries"] if one["id"] == known[0]], *answer["entries"]]
    assert [one["id"] for one in found] == known
    return found


def comparable(listed: list[dict[str, Any]]) -> list[Any]:
    """Entries without the names that are of one server: ids become places in the list."""
    places = {one["id"]: str(at) for at, one in enumerate(listed)}

    def clean(value: Any, name: str = "") -> Any:
        if isinstance(value, dict):
            if "variants" in value:
                kept = ("kind", "width", "height", "alt", "caption", "credit")
                sizes = [(one["type"], one["width"], one["height"]) for one in value["variants"]]
                return {key: value[key] for key in kept} | {"sizes": sizes}
            return {key: clean(one, key) for key, one in value.items()}
        if isinstance(value, list):
            return [clean(one) for one in value]
        return places.get(value, value) if name == "settled_by" else value

    return [clean({key: one for key, one in row.items() if key not in OURS}) for row in listed]


def test_an_import_of_an_export_gives_the_same_story(
    shared_server: Server, editor: Editor, slug: str, tmp_path: Path
) -> None:
    env = shared_server.env
    place = tmp_path / "there"
    done = run("export", slug, str(place), env=env)
    assert done.returncode == 0, done.stderr
    packed = tmp_path / "there.zip"
    assert run("export", slug, str(packed), env=env).returncode == 0
    told = json.loads((place / "story.json").read_text())
    with zipfile.ZipFile(packed) as archive:
        names = {str(path.relative_to(place)) for path in place.rglob("*") if path.is_file()}
        assert set(archive.namelist()) == names
        assert json.loads(archive.read("story.json")) | {"exported_at": told["exported_at"]} == told

    copy = f"{slug}-copy"
    done = run("import", copy, str(packed), env=env)
    assert done.returncode == 0, done.stderr
    before, after = entries(editor, slug), entries(editor, copy)
    assert done.stdout.startswith(f"{len(before)} entries: ")
    assert comparable(after) == comparable(before)
    assert not {one["id"] for one in before} & {one["id"] for one in after}

    one, two = (editor.http.get(f"/api/stories/{name}").json() for name in (slug, copy))
    public = ("title", "summary", "status", "category", "topics", "place", "timezone", "language", "coverage_start",
              "coverage_end", "related", "sponsors")  # fmt: skip
    assert {name: two[name] for name in public} == {name: one[name] for name in public}
    assert two["cover"]["credit"] == "Ana"
    briefs = [story["brief"] for story in (one, two)]
    for brief in briefs:
        for point in brief["points"]:
            point["entry"] = point["url"] = bool(point["entry"])
        del brief["since"]  # counted from the same time
    assert briefs[0] == briefs[1]

    # The history has the earlier texts at their times, and says that the entry was imported.
    ours, theirs = (
        next(row["id"] for row in listed if row["corrections"]) for listed in (before, after)
    )
    pages = [
        editor.http.get(f"/stories/{name}/entries/{entry}").text
        for name, entry in ((slug, ours), (copy, theirs))
    ]
    steps = [
        re.findall(r'<p class="what-changed"><b>(\w[^<]*)</b> <time datetime="([^"]+)', page)
        for page in pages
    ]
    assert steps[1][:-1] == steps[0]
    assert steps[1][-1][0] == "Imported"
    corrected = [
        editor.http.get(f"/stories/{name}/corrections", headers=JSON).json()
        for name in (slug, copy)
    ]
    assert [(row["struck"], row["inserted"], row["at"]) for row in corrected[1]["corrections"]] == [
        (row["struck"], row["inserted"], row["at"]) for row in corrected[0]["corrections"]
    ]

    # Once is enough: the same again adds nothing, nor does it bring back what was removed since.
    head = editor.head(copy)
    again = run("import", copy, str(place), env=env)
    assert again.stdout.startswith(f"0 entries, {len(before)} were there already: ")
    assert editor.head(copy) == head
    editor.remove(copy, theirs)
    assert run("import", copy, str(place), env=env).returncode == 0
    assert editor.http.get(f"/stories/{copy}/entries/{theirs}").status_code == 410
    # The story itself has its own entries already.
    own = run("import", slug, str(place / "story.json"), env=env)
    assert own.stdout.startswith(f"0 entries, {len(before)} were there already: ")


def test_answers_of_the_api_and_events_are_imported_too(
    shared_server: Server, editor: Editor, slug: str, tmp_path: Path
) -> None:
    events = editor.http.get(f"/stories/{slug}/events?after=0").text
    listed = editor.http.get(
        f"/api/stories/{slug}/entries?limit=200&status=draft&status=published"
    ).text
    before = comparable(entries(editor, slug))
    for name, content in (("events", events), ("api", listed)):
        place = editor.story()
        file = tmp_path / f"{name}.json"
        file.write_text(content)
        done = run("import", place, str(file), "--verbose", env=shared_server.env)
        assert done.returncode == 0, done.stderr
        after = comparable(entries(editor, place))
        assert [row["published_at"] for row in after] == [row["published_at"] for row in before]
        assert [row["headline"] for row in after] == [row["headline"] for row in before]
        assert [row["body_html"].split("<a")[0] for row in after] == [
            row["body_html"].split("<a")[0] for row in before
        ]
        assert [row["key"] for row in after] == [row["key"] for row in before]
        names = ["name", "handle", "role"]
        credited = [
            [
                [
                    {key: one[key] for key in names}
                    for one in row["credits"]
                    if one["role"] == "text"
                ]
                for row in rows
            ]
            for rows in (before, after)
        ]
        assert credited[1] == credited[0]
        again = run("import", place, str(file), env=shared_server.env)
        assert again.stdout.startswith(f"0 entries, {len(before)} were there already")


def test_every_link_within_an_export_leads_to_a_file_of_it(
    shared_server: Server, slug: str, tmp_path: Path
) -> None:
    place = tmp_path / "there"
    assert run("export", slug, str(place), env=shared_server.env).returncode == 0
    missing = []
    for page in place.rglob("*.html"):
        html = page.read_text()
        assert not re.search(r"<(?:script|iframe|template|button)\b", html)
        assert ' href="/' not in html
        addresses = re.findall(r'\s(?:href|src|poster)="([^"]*)"', html)
        addresses += [
            part.split()[0]
            for one in re.findall(r'srcset="([^"]*)"', html)
            for part in one.split(",")
        ]
        for address in addresses:
            if re.match(r"[a-z]+:", address):
                continue
            name, _, fragment = address.partition("#")
            file = (page.parent / name).resolve() if name else page
            if not file.is_file() or (fragment and f'id="{fragment}"' not in file.read_text()):
                missing.append((page.name, address))
    assert missing == []
    assert all(stat.S_IMODE(path.stat().st_mode) in {0o644, 0o755} for path in place.rglob("*"))


def test_a_removed_entry_is_in_no_export_and_an_earlier_one_is_replaced(
    shared_server: Server, editor: Editor, tmp_path: Path
) -> None:
    env = shared_server.env
    place = editor.story()
    editor.post(place, "It stays.")
    gone = editor.post(place, "The name that must not be named.", headline="A name")["id"]
    out = tmp_path / "out"
    assert run("export", place, str(out), env=env).returncode == 0
    assert "must not be named" in (out / "story.json").read_text()
    editor.remove(place, gone, purge=True)
    refused = run("export", place, str(out), env=env)
    assert refused.returncode == 1
    assert "is not empty; --replace replaces an earlier export" in refused.stderr
    assert run("export", place, str(out), "--replace", env=env).returncode == 0
    everything = "".join(
        path.read_text() for path in out.rglob("*") if path.suffix in {".html", ".json"}
    )
    assert "It stays." in everything
    assert gone not in everything
    assert "must not be named" not in everything
    assert [path.name for path in tmp_path.iterdir()] == ["out"]

    other = tmp_path / "photos"
    other.mkdir()
    (other / "mine.jpg").write_bytes(b"mine")
    refused = run("export", place, str(other), "--replace", env=env)
    assert "holds no earlier export (no story.json), so it is not replaced" in refused.stderr
    assert (other / "mine.jpg").read_bytes() == b"mine"
    with Buckets(tmp_path / "s3") as buckets:
        bucket = f"s3://desk/out?endpoint=http://127.0.0.1:{buckets.port}"
        keys = {**env, "AWS_ACCESS_KEY_ID": KEY, "AWS_SECRET_ACCESS_KEY": KEY}
        last = editor.post(place, "It goes later.")["id"]
        assert run("export", place, bucket, env=keys).returncode == 0
        names = set(buckets.media("out"))
        assert f"entries/{last}.html" in names
        editor.remove(place, last)
        assert "is not empty" in run("export", place, bucket, env=keys).stderr
        assert run("export", place, bucket, "--replace", env=keys).returncode == 0
        assert set(buckets.media("out")) == names - {f"entries/{last}.html"}
    assert "no story 'nowhere'" in run("export", "nowhere", str(tmp_path / "x"), env=env).stderr
