"""The copy of a story in WordPress: never older than 30 seconds, and no crowd on our server."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import httpx2
import pytest
from desk_client import Editor, add_token
from processes import NO_TLS, PATIENCE, Server
from wordpress import WordPress

COPIES = r"SELECT COUNT(*) FROM wp_options WHERE option_name LIKE '\_transient\_liveblog\_embed\_%'"
WORDS = "SENSITIVE words"
ELEMENT = (
    '<live-blog-embed src="/stories/story" limit="8"><template shadowrootmode="open"><div class="blog" data-seq="1">'
    f'<div role="feed">{WORDS}</div></div></template></live-blog-embed>\n<script type="module" src="/element.js"></script>'
)


class Pretender(ThreadingHTTPServer):
    """In the place of our server: it says what a test wants, when a test wants."""

    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Answers)
        self.url = f"http://127.0.0.1:{self.server_address[1]}"
        self.asked: list[dict[str, str]] = []
        self.says: tuple[int, dict[str, str], str] = (200, {"ETag": '"1"'}, ELEMENT)
        self.may = threading.Event()  # answer
        self.may.set()


class Answers(BaseHTTPRequestHandler):
    server: Pretender

    def do_GET(self) -> None:
        self.server.asked.append({"path": self.path} | dict(self.headers))
        self.server.may.wait(PATIENCE)
        status, headers, body = self.server.says
        with suppress(OSError):  # who asked has gone
            self.send_response(status)
            for name, value in headers.items():
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(body.encode())

    def finish(self) -> None:
        with suppress(OSError):  # who asked has gone
            super().finish()

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - as in the base
        """Says nothing."""


@pytest.fixture
def pretender() -> Iterator[Pretender]:
    with Pretender() as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
        thread.start()
        yield server
        server.may.set()
        server.shutdown()
        thread.join()


def get(address: str) -> str:
    answer = httpx2.get(
        address, trust_env=False, verify=NO_TLS, timeout=PATIENCE, follow_redirects=True
    )
    assert answer.status_code == 200
    return answer.text


def together(address: str, many: int) -> list[str]:
    with ThreadPoolExecutor(many) as readers:
        return list(readers.map(get, [address] * many))


def test_what_is_taken_down_is_gone_when_the_copy_is_made_anew(
    wordpress: WordPress, addressed: Editor
) -> None:
    slug = addressed.story()
    addressed.post(slug, "Stays")
    entry = addressed.post(slug, WORDS)["id"]
    address = wordpress.post(f"[liveblog story={slug}]")
    assert WORDS in get(address)
    addressed.remove(slug, entry, purge=True)
    wordpress.age(15)
    text = get(address)
    assert WORDS not in text
    assert "Stays" in text


def test_when_the_server_is_down_an_old_copy_is_not_shown(
    wordpress: WordPress, tmp_path: Path
) -> None:
    with Server(tmp_path / "server") as server:
        editor = Editor(server.url, add_token(server.env))
        slug = editor.story()
        editor.post(slug, WORDS)
        editor.close()
        wordpress.follow(server.url)
        address = wordpress.post(f"[liveblog story={slug}]")
        assert WORDS in get(address)
    wordpress.age(20)
    assert WORDS in get(address), "it is younger than 30 seconds"
    wordpress.age(8)
    text = get(address)
    assert WORDS not in text
    assert f'<a href="{server.url}/stories/{slug}">Live coverage</a>' in text
    assert f'<live-blog-embed src="{slug}">' in text, "browsers may still reach it"
    begun = time.monotonic()
    get(address)
    assert time.monotonic() - begun < 20, "a bound against hanging"
    with Server(tmp_path / "server", port=server.port):
        assert WORDS not in get(address), "the failure is remembered"
        wordpress.age(10)
        assert WORDS in get(address)


def test_the_database_keeps_no_copy_that_is_too_old_to_be_shown(
    wordpress: WordPress, addressed: Editor
) -> None:
    slug = addressed.story()
    address = wordpress.post(f"[liveblog story={slug}]")
    get(address)
    assert wordpress.run("return false !== wp_next_scheduled( 'liveblog_embed_forget' );")
    wordpress.run("do_action( 'liveblog_embed_forget' );")
    assert wordpress.database.sql(COPIES) == [["1"]]
    wordpress.database.sql(
        r"UPDATE wp_options SET option_value = 1 WHERE option_name LIKE '\_transient\_timeout\_liveblog%'"
    )
    wordpress.run("do_action( 'liveblog_embed_forget' );")
    assert wordpress.database.sql(COPIES) == [["0"]]


def test_a_crowd_is_one_request(wordpress: WordPress, pretender: Pretender) -> None:
    wordpress.follow(pretender.url)
    address = wordpress.post("[liveblog story=story]")
    pretender.may.clear()
    with ThreadPoolExecutor(1) as one:
        crowd = one.submit(together, address, 12)
        while not pretender.asked:
            time.sleep(0.01)
        time.sleep(0.3)  # the others come meanwhile, and wait
        pretender.may.set()
        texts = crowd.result(PATIENCE)
    assert len(pretender.asked) == 1
    assert any(WORDS in text for text in texts)
    assert all('<live-blog-embed src="story">' in text for text in texts)
    assert WORDS in get(address)
    assert len(pretender.asked) == 1
    wordpress.age(15)
    pretender.may.clear()
    with ThreadPoolExecutor(1) as one:
        first = one.submit(get, address)
        while len(pretender.asked) < 2:
            time.sleep(0.01)
        assert all(WORDS in text for text in together(address, 4))
        pretender.may.set()
        assert WORDS in first.result(PATIENCE)
    assert len(pretender.asked) == 2
    assert pretender.asked[1]["If-None-Match"] == '"1"'
    assert "localhost" in pretender.asked[0]["path"], "the site names itself"


def test_an_unchanged_copy_is_asked_for_conditionally(
    wordpress: WordPress, pretender: Pretender
) -> None:
    wordpress.follow(pretender.url)
    address = wordpress.post("[liveblog story=story]")
    assert WORDS in get(address)
    pretender.says = (304, {"ETag": '"1"'}, "")
    for _ in range(2):
        wordpress.age(16)
        assert WORDS in get(address)
    assert [one.get("If-None-Match") for one in pretender.asked] == [None, '"1"', '"1"']
    wordpress.age(28)
    assert WORDS not in get(address), "a 304 for a copy that is gone is no answer"
    assert pretender.asked[-1].get("If-None-Match") is None


def test_a_failure_is_remembered_and_nobody_waits_again(
    wordpress: WordPress, pretender: Pretender
) -> None:
    wordpress.follow(pretender.url)
    address = wordpress.post("[liveblog story=story]\n\n[liveblog story=another]")
    pretender.may.clear()
    assert WORDS not in get(address)
    assert len(pretender.asked) == 1, "of two stories one was tried"
    begun = time.monotonic()
    assert all('<live-blog-embed src="another">' in text for text in together(address, 4))
    assert time.monotonic() - begun < 20, "a bound against hanging"
    assert len(pretender.asked) == 1
    pretender.may.set()
    wordpress.age(10)
    assert get(address).count(WORDS) == 2


@pytest.mark.parametrize(
    ("status", "headers", "body"),
    [
        (500, {}, ELEMENT),
        (503, {"Retry-After": "1"}, ""),
        (429, {}, ELEMENT),
        (403, {}, ELEMENT),
        (302, {"Location": "/elsewhere"}, ELEMENT),
        (200, {}, ""),
        (200, {}, ELEMENT[:-80]),
        (200, {}, f"<!doctype html><title>Sign in</title>{ELEMENT}"),
        (200, {}, ELEMENT.replace(WORDS, WORDS + "x" * 800_000)),
    ],
    ids=["500", "503", "429", "403", "redirect", "empty", "cut", "other", "huge"],
)
def test_what_is_no_whole_answer_is_not_shown(
    wordpress: WordPress, pretender: Pretender, status: int, headers: dict[str, str], body: str
) -> None:
    wordpress.follow(pretender.url)
    address = wordpress.post("[liveblog story=story]")
    pretender.says = (status, headers, body)
    for _ in range(2):
        text = get(address)
        assert WORDS not in text
        assert f'<a href="{pretender.url}/stories/story">Live coverage</a>' in text
    assert [one["path"].partition("?")[0] for one in pretender.asked] == ["/stories/story/element"]


@pytest.mark.parametrize(
    ("status", "body"), [(200, ELEMENT.replace(WORDS, "x" * 800_000)), (200, ""), (302, ELEMENT)]
)
def test_a_wrong_answer_for_one_story_holds_up_no_other(
    wordpress: WordPress, pretender: Pretender, status: int, body: str
) -> None:
    wordpress.follow(pretender.url)
    wrong = wordpress.post("[liveblog story=wrong]")
    other = wordpress.post("[liveblog story=other]")
    pretender.says = (status, {}, body)
    assert WORDS not in get(wrong)
    pretender.says = (200, {}, ELEMENT)
    assert WORDS in get(other)
    assert WORDS not in get(wrong), "it is not asked for again at once"
    assert len(pretender.asked) == 2
    wordpress.age(15)
    assert WORDS in get(wrong)


def test_a_story_after_the_headers_of_the_page_has_no_updates(
    wordpress: WordPress, pretender: Pretender
) -> None:
    """Caches cannot be told of it any more."""
    wordpress.follow(pretender.url)
    before = wordpress.run("return array( get_option( 'template' ), get_option( 'stylesheet' ) );")
    wordpress.run(
        """
        update_option( 'template', 'twentytwentyone' );
        update_option( 'stylesheet', 'twentytwentyone' );
        update_option( 'widget_block', array( 2 => array( 'content' => '[liveblog story=widget]' ), '_multiwidget' => 1 ) );
        update_option( 'sidebars_widgets', array( 'sidebar-1' => array( 'block-2' ), 'array_version' => 3 ) );"""
    )
    try:
        plain = wordpress.post("Nothing live here.")
        text = get(plain)
        assert '<live-blog-embed src="widget">' in text, text[-3000:]
        assert WORDS not in text
        both = wordpress.post("[liveblog story=story]")
        assert get(both).count(WORDS) == 2, "the story in the post has told them"
    finally:
        wordpress.run(
            """
            delete_option( 'sidebars_widgets' );
            delete_option( 'widget_block' );
            update_option( 'template', $args['theme'][0] );
            update_option( 'stylesheet', $args['theme'][1] );""",
            theme=before,
        )


def test_a_story_that_is_not_there_is_not_asked_for_again_and_again(
    wordpress: WordPress, pretender: Pretender
) -> None:
    wordpress.follow(pretender.url)
    address = wordpress.post("[liveblog story=story]")
    pretender.says = (404, {}, "")
    for _ in range(2):
        assert "live-blog-embed" not in get(address)
    assert len(pretender.asked) == 1
    pretender.says = (200, {}, ELEMENT)
    wordpress.age(15)
    assert WORDS in get(address)


def test_a_request_that_died_holds_nobody_up_for_long(
    wordpress: WordPress, pretender: Pretender
) -> None:
    wordpress.follow(pretender.url)
    address = wordpress.post("[liveblog story=story]")
    held = """
        $story = new LiveblogEmbed\\Story( array( 'story' => 'story' ) );
        return null !== LiveblogEmbed\\Lock::take( md5( $story->element() ), $args['seconds'] );"""
    assert wordpress.run(held, seconds=300)
    assert not wordpress.run(held, seconds=300)
    assert WORDS not in get(address)
    assert pretender.asked == []
    wordpress.database.sql(
        "UPDATE wp_options SET option_value = '1 x' WHERE option_name LIKE 'liveblog\\_embed\\_lock%'"
    )
    assert WORDS in get(address)
    assert len(pretender.asked) == 1


def test_with_the_setting_off_no_copy_is_made(wordpress: WordPress, pretender: Pretender) -> None:
    wordpress.follow(pretender.url, copy=False)
    address = wordpress.post("[liveblog story=story]")
    answer = httpx2.get(
        address, trust_env=False, verify=NO_TLS, timeout=PATIENCE, follow_redirects=True
    )
    assert "cache-control" not in answer.headers, "pages can be cached"
    assert WORDS not in answer.text
    assert '<live-blog-embed src="story">' in answer.text
    assert pretender.asked == []
