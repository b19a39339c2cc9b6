"""On PostgreSQL everything is as on SQLite: what is written, what is read, and what is refused."""

from __future__ import annotations

import json
import secrets
import sys
import traceback
from collections.abc import Awaitable, Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from commands import run
from desk_client import PASSWORD, Editor, add_user
from desk_forms import Desk, Form
from processes import PATIENCE, Postgres, Process, Server, environment
from sqlalchemy import insert, text
from sqlalchemy.exc import DBAPIError, IntegrityError
from uploads import uploaded

from liveblog.errors import Unavailable
from liveblog.store import Store, schema
from liveblog.store.tables import users

pytestmark = pytest.mark.anyio

SECRET = "the name of a source"


@pytest.fixture
def writer(postgres_server: Server, postgres_token: str) -> Iterator[Editor]:
    client = Editor(postgres_server.url, postgres_token)
    yield client
    client.close()


def read(client: Editor, address: str) -> dict[str, Any]:
    answer = client.http.get(address, headers={"Accept": "application/json"})
    assert answer.status_code == 200, answer.text
    content: dict[str, Any] = json.loads(answer.text)
    return content


def test_a_story_from_the_first_entry_to_a_purge(writer: Editor) -> None:
    topic = f"Харків_{secrets.token_hex(4)}"
    slug = writer.story(title="On PostgreSQL", category="World", topics=[topic])
    fin = {"role": "text", "name": "Fin", "handle": "@Fin"}
    sent: dict[str, Any] = {"key": True, "verification": "confirmed", "topics": [topic]}
    first = writer.post(
        slug, "The first.", credits=[fin], occurred_at="2022-02-25T14:32:00Z", **sent
    )
    second = writer.post(slug, "The second.", pinned=True, verification="unverified")["id"]
    third = writer.post(slug, "The third.")["id"]
    writer.edit(slug, first["id"], body="The first, mended.", correction="It was wrong.")
    writer.edit(slug, second, verification="disputed")

    end = second  # the pinned one stands at its time
    for view in ("show=confirmed", "show=key", f"topic=%23{topic.upper()}", "author=%40fin"):
        assert [entry["id"] for entry in older(writer, slug, end, view)] == [first["id"]], view
        page = writer.http.get(f"/stories/{slug}?{view}").text
        assert f'id="{first["id"]}"' in page
        assert f'id="{third}"' not in page
    around = writer.http.get(f"/stories/{slug}?at={first['id']}")
    assert (around.status_code, around.text.count("<article")) == (200, 3)
    (corrected,) = read(writer, f"/stories/{slug}/corrections")["corrections"]
    assert (corrected["note"], corrected["inserted"]) == ("It was wrong.", [", mended"])
    about = read(writer, f"/topics/{topic.casefold()}")
    assert [entry["id"] for entry in about["entries"]] == [first["id"]]
    assert [story["slug"] for story in about["stories"]] == [slug]
    assert "On PostgreSQL" in writer.http.get("/?category=World").text
    assert "The first, mended." in writer.http.get(f"/stories/{slug}/entries/{first['id']}").text
    listed = read(writer, f"/api/stories/{slug}/entries?topic={topic}&key=true&limit=1")
    assert [entry["id"] for entry in listed["entries"]] == [first["id"]]
    assert len(read(writer, f"/stories/{slug}/events?after=0")["events"]) == writer.head(slug) == 5

    writer.remove(slug, third)
    assert writer.http.get(f"/stories/{slug}/entries/{third}").status_code == 410
    writer.remove(slug, first["id"], purge=True)
    for address in (f"/stories/{slug}", f"/stories/{slug}/events?after=0", f"/topics/{topic}"):
        assert "The first" not in writer.http.get(address).text
    assert read(writer, f"/stories/{slug}/corrections")["corrections"] == []


def older(client: Editor, slug: str, before: str, view: str) -> list[dict[str, Any]]:
    address = f"/stories/{slug}/entries?before={before}&{view}"
    entries: list[dict[str, Any]] = read(client, address)["entries"]
    return entries


def test_a_cover_that_is_replaced(postgres_server: Server, writer: Editor) -> None:
    one, other = uploaded(writer), uploaded(writer)
    slug = writer.story(cover=one["id"])
    entry = writer.post(slug, media=[other["id"]])["id"]
    writer.edit(slug, entry, media=[])
    writer.change_story(slug, cover=other["id"])
    files = postgres_server.folder / "data" / "media"
    assert not (files / one["id"]).exists()
    writer.change_story(slug, cover=None)
    assert (files / other["id"]).exists()  # an undo may show it again


def test_lists_go_on_page_by_page(writer: Editor) -> None:
    slug = writer.story()
    made = [writer.post(slug, f"Number {n}")["id"] for n in range(7)][::-1]
    for entry in made[:3]:
        writer.edit(slug, entry, correction="Corrected.")
    seen: list[str] = []
    following = ""
    while True:
        page = read(writer, f"/api/stories/{slug}/entries?limit=3{following}")
        seen += [entry["id"] for entry in page["entries"]]
        if page["next"] is None:
            break
        following = f"&before={page['next']}"
    assert seen == made


async def test_seconds_of_reading_add_up(postgres: Postgres, writer: Editor) -> None:
    slug = writer.story(title="Read most of all")
    store = Store(f"postgresql://desk@127.0.0.1:{postgres.port}/shared")
    try:
        for _ in range(2):
            await store.audience.add(datetime.now(UTC).date(), {slug: 10**6, "none": 1})
        assert (await store.stories.top(limit=1))[0].slug == slug
    finally:
        await store.close()
    assert "Read most of all" in writer.http.get("/").text


def test_migrations_at_once_all_succeed(postgres: Postgres, tmp_path: Path) -> None:
    url = postgres.database("empty")
    env = environment(
        DATABASE_URL=url, SECRET_KEY=secrets.token_hex(16), LIVEBLOG_DATA=str(tmp_path)
    )
    command = [sys.executable, "-m", "liveblog", "migrate"]
    runs = [Process(command, env, tmp_path / f"{name}.log") for name in "abc"]
    try:
        codes = [run.child.wait(PATIENCE) for run in runs]
        assert codes == [0, 0, 0], [run.said() for run in runs]
    finally:
        for run in runs:
            run.close()


async def test_what_a_statement_was_given_is_not_told(postgres: Postgres) -> None:
    """Neither where asyncpg cannot send it nor where PostgreSQL does not take it; nor is that an outage."""
    store = Store(postgres.database("faults"))
    await schema.migrate(store.database)

    async def ask(words: str, value: object) -> None:
        async with store.database.write() as connection:
            await connection.execute(text(words), {"value": value})

    faults: list[Callable[[], Awaitable[object]]] = [
        lambda: store.stories.get(f"{SECRET}\0"),
        lambda: ask("SELECT CAST(:value AS integer)", SECRET),
        lambda: ask("SELECT CAST(CAST(:value AS text) AS integer)", SECRET),
        lambda: ask("INSERT INTO users (email) VALUES (:value)", SECRET),
    ]
    try:
        for fault in faults:
            with pytest.raises(DBAPIError) as caught:
                await fault()
            assert SECRET not in "".join(traceback.format_exception(caught.value))
        with pytest.raises(IntegrityError):
            async with store.database.write() as connection:
                await connection.execute(insert(users).values(email=SECRET, name=None))
    finally:
        await store.close()


async def test_a_database_that_does_not_answer_is_an_outage(postgres: Postgres) -> None:
    postgres.database("outage")
    here = f"127.0.0.1:{postgres.port}"
    for url in (
        f"postgresql://desk@{here}/none",
        f"postgresql://nobody@{here}/outage",
        "postgresql://desk@127.0.0.1:1/outage",
    ):
        store = Store(url)
        with pytest.raises(Unavailable):
            await store.stories.recent()
        await store.close()
    store = Store(f"postgresql://desk@{here}/outage")
    try:
        with pytest.raises(Unavailable):
            async with store.database.write() as connection:
                await connection.execute(text("SELECT pg_terminate_backend(pg_backend_pid())"))
    finally:
        await store.close()


def test_the_desk_and_whom_it_knows(postgres_server: Server, writer: Editor) -> None:
    """What the desk alone asks the database: accounts, drafts, queues, filters, notes, books, what is withheld."""
    mark = secrets.token_hex(4)
    slug = writer.story(timezone="Europe/Kyiv", place="Kharkiv")
    here = f"/desk/stories/{slug}"
    admin, street = Desk(postgres_server.url), Desk(postgres_server.url)
    try:
        chief = f"chief-{mark}@example.org"
        add_user(postgres_server.env, chief, "admin", "Cleo")
        assert admin.sign_in(chief).status_code == 303
        email = join(admin, street, f"fin-{mark}@example.org", slug)
        own_account(street, email)
        protected = run(
            "user", "protect", email, "--place", "region", "--region", "Kharkiv region",
            "--place-delay", "1", env=postgres_server.env,
        )  # fmt: skip
        assert protected.returncode == 0, protected.stderr
        keep_a_draft(street, slug)
        entry = review(admin, street, writer, slug)
        search(admin, street, slug, entry)
        look_up_in_the_directory(admin, slug, mark)
        assert run("user", "disable", email, env=postgres_server.env).returncode == 0
        assert street.http.get(here).url.path == "/desk/login"
    finally:
        admin.close()
        street.close()


def join(admin: Desk, street: Desk, email: str, slug: str) -> str:
    """By a link, after another was withdrawn; then by one for a new password."""
    form = admin.open("/desk/users").form("/desk/users/invitations")
    asked = {"email": email, "role": "contributor", "all_stories": "", "stories": slug}
    page = admin.send(form, asked)
    withdrawn = page.one("#made").attributes["value"] or ""
    [line] = [one for one in page.tree.css(".listed form") if email in (one.html or "")]
    assert "withdrawn" in admin.send(Form(line)).one("[role=status]").text()
    assert street.open(withdrawn).status == 404
    assert admin.send(form, asked | {"stories": "nowhere"}).status == 422
    link = admin.send(form, asked).one("#made").attributes["value"] or ""
    taken = street.send(street.open(link).form("/desk/invitation"), name="Fin", password=PASSWORD)
    assert taken.one("form.who bdi").text() == "Fin"
    [row] = [one for one in admin.open("/desk/users").tree.css(".people li") if email in one.text()]
    assert slug in row.text()
    [reset] = row.css("form[action$='/reset']")
    link = admin.send(Form(reset)).one("#made").attributes["value"] or ""
    taken = street.send(street.open(link).form("/desk/invitation"), password=PASSWORD + "2")
    assert taken.one("form.who bdi").text() == "Fin"
    return email


def own_account(street: Desk, email: str) -> None:
    """A session elsewhere that is ended, two that are ended at once, a token, another password."""
    others = [Desk(str(street.http.base_url).rstrip("/")) for _ in range(3)]
    for one in others:
        assert one.sign_in(email, PASSWORD + "2").status_code == 303
    page = street.open("/desk/account")
    ended = page.tree.css("form[action^='/desk/account/sessions/']")
    assert len(ended) == 4
    street.send(Form(ended[0]))
    street.send(page.form("/desk/account/sessions/end"))
    for one in others:
        assert one.http.get("/desk").url.path == "/desk/login"
        one.close()
    made = street.send(page.form("/desk/account/tokens"), label="A script")
    assert made.status == 200
    revoke = street.open("/desk/account").one("form[action$='/revoke']")
    assert "revoked" in street.send(Form(revoke)).one("[role=status]").text()
    form = street.open("/desk/account").form("/desk/account/password")
    changed = street.send(form, current=PASSWORD + "2", password=PASSWORD)
    assert "changed" in changed.one("[role=status]").text()


def keep_a_draft(street: Desk, slug: str) -> None:
    address = f"/desk/stories/{slug}/drafts/new.a1"
    as_json = {"Accept": "application/json"}
    for on, status in ((0, 200), (1, 200), (1, 409)):
        sent = {"fields": {"body": f"Half a sent {status} {on}"}, "on": on}
        assert street.http.put(address, json=sent, headers=as_json).status_code == status
    [draft] = street.http.get(f"/desk/stories/{slug}/drafts", headers=as_json).json()["drafts"]
    assert draft["fields"]["body"] == "Half a sent 200 1"
    assert street.http.delete(address, headers=as_json).status_code == 204


def review(admin: Desk, street: Desk, writer: Editor, slug: str) -> str:
    """Handed in, noted, returned, handed in again, scheduled, published, taken back, published anew."""
    here = f"/desk/stories/{slug}"
    sent = street.write(slug, body="From the street. 100%", dateline="Saltivka", headline="Вибухи")
    assert sent.status == 200
    [card] = admin.open(here).tree.css(".waiting .card")
    entry = str(card.attributes["data-entry"])
    at = f"{here}/entries/{entry}"
    admin.send(admin.open(here).form(f"{at}/notes"), text="Which street?")
    admin.send(admin.open(here).form(f"{at}/return"), note="Name it.")
    assert "Name it." in street.open(here).one(".waiting .card").text()
    street.send(street.open(f"{here}?edit={entry}").composer, body="From Saltivka. 100%")
    said = street.open(f"{at}/notes").tree.css(".thread .said")
    assert [one.text() for one in said][:2] == ["Which street?", "Name it."]
    hour = {"publish_at": "2120-02-25T15:00", "embargo_until": "2120-02-25T14:00"}
    admin.send(admin.open(here).form(f"{at}/schedule"), hour)
    assert admin.send(admin.open(here).form(f"{at}/unschedule")).status == 200
    broken = admin.open(here).tree.css(f"form[action='{at}/publish']")[-1]
    assert admin.send(Form(broken), break_embargo="1").status == 200
    page = admin.open(here)
    assert admin.send(page.form(f"{at}/undo")).composer.values["body"] == "From Saltivka. 100%"
    admin.send(admin.open(f"{here}?edit={entry}").composer, embargo_until="", publish_at="")
    shown = writer.http.get(f"/stories/{slug}").text
    assert "Kharkiv region" in shown
    assert "street" not in shown
    admin.send(admin.open(here).form(f"{at}/remove"), reason="A test.")
    admin.send(admin.open(f"{here}?status=removed").form(f"{at}/restore"))
    assert f'id="{entry}"' in writer.http.get(f"/stories/{slug}").text
    return entry


def search(admin: Desk, street: Desk, slug: str, entry: str) -> None:
    here = f"/desk/stories/{slug}"
    admin.write(slug, body="Another.", credits="text | Olena | @olena", verification="confirmed")
    [other] = [
        str(row.attributes["data-entry"])
        for row in admin.open(f"{here}?author=%40OLENA").tree.css(".row")
    ]
    ids = [entry, other]
    done = admin.http.post(f"{here}/bulk", data={"action": "key", "entry": ids})
    assert done.status_code == 200
    for query, found in {
        "q=вибухи": [entry],
        "q=100%25": [entry],
        "q=10_%25": [],
        "q=olena+another": [other],
        "sure=confirmed": [other],
        "mine=1": [other],
        "key=1&author=%40olena": [other],
        "key=1": [other, entry],
        "status=removed": [],
    }.items():
        rows = admin.open(f"{here}?{query}").tree.css(".row")
        assert [row.attributes["data-entry"] for row in rows] == found, query
        for one in ids:
            fits = admin.http.get(f"{here}/rows/{one}?{query}")
            assert fits.status_code == (200 if one in found else 204), query
    for path in ("queue", "figures"):
        assert admin.http.get(f"{here}/{path}").status_code == 200
    assert street.http.get(f"{here}/queue").status_code == 200


def look_up_in_the_directory(admin: Desk, slug: str, mark: str) -> None:
    """It fills itself, takes lines by hand, refuses a second one of a kind, and forgets what is purged."""
    source = f"witness | Guest {mark}"
    admin.write(slug, body="For the book.", credits=f"photo | Женя {mark}", sources=source)

    def known(kind: str) -> list[str]:
        # As by a person: any spelling, and `_` is no wildcard.
        found = admin.http.get(f"/api/{kind}", params={"q": mark.upper()}).json()
        assert admin.http.get(f"/api/{kind}", params={"q": f"_{mark[1:]}"}).json() == {kind: []}
        return [one["name"] for one in found[kind]]

    assert (known("contributors"), known("sources")) == ([f"Женя {mark}"], [f"Guest {mark}"])
    line = {"name": f"Collin {mark}", "handle": "", "role": "photo", "url": ""}
    for status in (200, 409):
        answer = admin.http.post("/desk/book/contributors", data=line)
        assert answer.status_code == status
    assert known("contributors") == [f"Collin {mark}", f"Женя {mark}"]
    directory = admin.open(f"/desk/book?q={mark}")
    [number] = [
        Form(one).values["id"]
        for one in directory.tree.css("form[action$='/contributors']")
        if f"Collin {mark}" in Form(one).values.values()
    ]
    changed = line | {"id": number, "name": f"Colin {mark}"}
    assert admin.http.post("/desk/book/contributors", data=changed).status_code == 200
    assert known("contributors")[0] == f"Colin {mark}"
    admin.http.post("/desk/book/contributors", data=changed | {"strike": "1"})
    [entry] = [
        str(row.attributes["data-entry"])
        for row in admin.open(f"/desk/stories/{slug}?q=book").tree.css(".row")
    ]
    form = admin.open(f"/desk/stories/{slug}").form(f"/desk/stories/{slug}/entries/{entry}/remove")
    admin.send(form, purge="1")
    assert (known("contributors"), known("sources")) == ([], [])
