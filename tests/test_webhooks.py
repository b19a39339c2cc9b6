"""Webhooks: every event arrives, signed and in order, whatever happens to the receiver or to the server."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
from commands import run
from desk_client import Editor, add_token, add_user
from processes import Server, free_port
from receiver import Receiver

from liveblog.errors import NotFetched, Unsafe
from liveblog.models.entry_fields import PUBLIC
from liveblog.net.safe_fetch import SafeFetcher
from liveblog.webhooks.receivers import Receivers


def add(server: Server, receiver: Receiver, slug: str) -> str:
    """A webhook's number; the receiver knows its secret."""
    done = run("webhook", "add", receiver.url, "--story", slug, env=server.env)
    assert done.returncode == 0, done.stderr
    receiver.secret = done.stdout.strip()
    return done.stderr.split()[-1]


def row_of(server: Server, number: str) -> str:
    rows = run("webhook", "list", env=server.env).stdout.splitlines()
    return next(row for row in rows if row.startswith(f"{number}\t"))


def seen(events: list[dict[str, Any]]) -> list[tuple[int, str]]:
    return [(event["seq"], event["type"]) for event in events]


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    with Receiver() as somebody:
        yield somebody


def test_events_arrive_in_order_through_failures_and_carry_what_is_public_now(
    shared_server: Server, editor: Editor, receiver: Receiver
) -> None:
    slug = editor.story()
    before = editor.post(slug, "Before the webhook.")
    number = add(shared_server, receiver, slug)
    purged = threading.Event()
    refused: list[int] = []

    def stubborn(event: dict[str, Any]) -> int:
        """Fails for the second event until that is purged, and takes the rest."""
        if event["seq"] == 3 and not refused:
            refused.append(event["seq"])
            purged.wait()
            return 500
        return 200

    receiver.answer = stubborn
    first = editor.post(slug, "**First** update.", credits=[{"role": "text", "name": "K."}])
    second = editor.post(slug, "Second.")
    draft = editor.post(slug, "Not yet.", status="draft")
    editor.edit(slug, first["id"], body="First, mended.", correction="It was wrong.")
    editor.remove(slug, second["id"], purge=True)
    purged.set()
    editor.change_story(slug, title="Another title")
    receiver.until(lambda: len(receiver.taken) == 5)
    assert seen(receiver.taken) == [
        (2, "entry.published"),
        (3, "entry.removed"),  # what was purged is not told any more, only its place is kept
        (4, "entry.updated"),
        (5, "entry.removed"),
        (6, "story.updated"),
    ]
    assert [event["seq"] for event in receiver.came] == [2, 3, 3, 4, 5, 6]
    assert receiver.unsigned == 0
    last = receiver.taken[2]
    assert last["entry"].keys() == set(PUBLIC)
    # Either server on this database may be the one that tells it, under its own address.
    assert urlsplit(last["entry"]["url"]).path == f"/stories/{slug}/entries/{first['id']}"
    assert last["entry"]["corrections"][0]["note"] == "It was wrong."
    assert receiver.taken[3]["entry"] is None
    assert receiver.taken[4]["story"]["title"] == "Another title"
    assert len({event["id"] for event in receiver.taken}) == 5
    told = str(receiver.came)
    assert "Second." not in str(receiver.came[2:])
    assert before["id"] not in told
    assert draft["id"] not in told

    log: list[str] = []
    while len(log) < 6:  # more where the receiver was so slow that it was asked again
        log = run("webhook", "log", number, env=shared_server.env).stdout.splitlines()
    assert [line.split("\t")[3] for line in log].count("500") == 1
    listed = run("webhook", "list", env=shared_server.env).stdout
    assert f"{number}\t{slug}\twell\t{receiver.url}" in listed
    assert receiver.secret not in listed

    receiver.answer = lambda _: 410
    editor.post(slug, "Nobody wants to know.")
    receiver.until(lambda: receiver.came[-1]["seq"] == 7)
    while "disabled at" not in row_of(shared_server, number):
        pass
    receiver.answer = lambda _: 200
    assert run("webhook", "enable", number, env=shared_server.env).returncode == 0
    receiver.until(lambda: len(receiver.taken) == 6)
    assert run("webhook", "remove", number, env=shared_server.env).returncode == 0
    assert run("webhook", "log", number, env=shared_server.env).returncode == 1


def test_integrations_on_postgresql(
    postgres_server: Server, postgres_token: str, receiver: Receiver
) -> None:
    editor = Editor(postgres_server.url, postgres_token)
    slug, account = editor.story(), f"{receiver.port}@example.org"
    editor.post(slug, "Before.")
    number = add(postgres_server, receiver, slug)
    add_user(postgres_server.env, account, "contributor")
    made = run(
        "inlet", "add", "telegram", slug, "--account", account, "--anyone", env=postgres_server.env
    )
    said = {"message_id": 1, "chat": {"id": 1}, "text": "From outside"}
    token = {"X-Telegram-Bot-Api-Secret-Token": made.stdout.strip()}
    for sent in (
        {"update_id": 1, "message": said},
        {"update_id": 2, "edited_message": said | {"edit_date": 2_000_000_000, "text": "Edited"}},
    ):
        answer = editor.http.post("/api/inbound/telegram", json=sent, headers=token)
        assert answer.status_code == 200, answer.text
    editor.edit(slug, answer.json()["entry"], status="published")
    receiver.until(lambda: len(receiver.taken) == 1)
    assert seen(receiver.taken) == [(2, "entry.published")]
    assert "Edited" in receiver.taken[0]["entry"]["body_html"]
    while not run("webhook", "log", number, env=postgres_server.env).stdout:
        pass
    assert run("webhook", "remove", number, env=postgres_server.env).returncode == 0
    editor.close()


def test_nothing_is_lost_while_a_receiver_is_away_or_the_server_is_killed(tmp_path: Path) -> None:
    port = str(free_port())
    network = {"LIVEBLOG_WEBHOOK_NETWORKS": "127.0.0.0/8", "PORT": port}
    receiver = Receiver()
    held = threading.Event()
    try:
        with Server(tmp_path, port=int(port), **network) as server:
            editor = Editor(server.url, add_token(server.env))
            slug = editor.story()
            add(server, receiver, slug)
            editor.post(slug, "While nobody is there.")

            def hold(_: dict[str, Any]) -> int:
                held.wait()
                return 200

            receiver.answer = hold
            receiver.up()
            receiver.until(lambda: len(receiver.came) == 1)
            editor.post(slug, "While the first is under way.")
            editor.close()
            server.kill()
        held.set()
        receiver.until(lambda: len(receiver.taken) == 1)
        receiver.answer = lambda _: 200
        with Server(tmp_path, port=int(port), **network):
            receiver.until(lambda: len(receiver.taken) == 3)
        # At least once: nobody told the server that the first had arrived.
        assert [event["seq"] for event in receiver.taken] == [1, 1, 2]
        assert receiver.taken[0]["id"] == receiver.taken[1]["id"]
        assert receiver.unsigned == 0
    finally:
        held.set()
        receiver.down()


@pytest.mark.parametrize(
    "url",
    [
        "http://127.0.0.1:9/x",
        "https://127.0.0.1/x",
        "https://localhost/x",
        "https://[::1]/x",
        "https://169.254.169.254/latest/meta-data",
        "https://user:pass@example.org/",
        "https://example.org:22/",
        "http://example.org/",
        "file:///etc/passwd",
        "https://2130706433/",
    ],
)
async def test_a_private_address_is_refused_when_it_is_added_and_when_it_is_called(
    url: str,
) -> None:
    receivers = Receivers("10.1.0.0/16", SafeFetcher())
    with pytest.raises(NotFetched):
        await receivers.check(url)
    with pytest.raises(NotFetched):
        await receivers.post(url, b"{}", {})


async def test_a_name_that_leads_elsewhere_later_is_refused_then() -> None:
    leads = {"intern.example.org": ["10.1.2.3"], "mixed.example.org": ["10.1.2.3", "127.0.0.1"]}

    async def resolve(host: str) -> list[str]:
        return leads[host]

    receivers = Receivers("10.1.0.0/16", SafeFetcher(resolve), resolve)
    await receivers.check("http://intern.example.org/hook")
    with pytest.raises(Unsafe):
        await receivers.check("https://mixed.example.org/hook")
    leads["intern.example.org"] = ["127.0.0.1"]
    with pytest.raises(Unsafe):
        await receivers.post("https://intern.example.org/hook", b"{}", {})


def test_the_command_says_why_an_address_is_refused(shared_server: Server) -> None:
    done = run("webhook", "add", "http://10.0.0.1/x", env=shared_server.env)
    assert (done.returncode, done.stderr) == (
        1,
        "liveblog: URL: the address must begin with https://\n",
    )
    unknown = run("webhook", "remove", "99999", env=shared_server.env)
    assert (unknown.returncode, unknown.stderr) == (1, "liveblog: there is no webhook 99999\n")
