"""Pages, feeds and files in each coding: which one a request gets, and that each follows its story."""

from __future__ import annotations

import asyncio
import gzip
from collections.abc import Iterator

import brotli
import httpx2
import pytest
from desk_client import Editor
from processes import NO_TLS, PATIENCE, Server
from public_pages import HTML

from liveblog.content.encodings import Coding, Encoded, accepted, compressed
from liveblog.web.cache.pages import Rendered

pytestmark = pytest.mark.anyio

BR, GZIP, IDENTITY = Coding.BROTLI, Coding.GZIP, Coding.IDENTITY
READ = {BR: brotli.decompress, GZIP: gzip.decompress, IDENTITY: bytes}
SECRET = "the hospital in Saltivka"
LONG = "The line is holding, and they could have gone further. " * 9


@pytest.mark.parametrize(
    ("header", "coding"),
    [
        ("gzip, deflate, br, zstd", BR),
        ("br", BR),
        ("gzip, deflate", GZIP),
        ("x-gzip", GZIP),
        ("GZIP;Q=0.8, BR;Q=0.1", GZIP),
        ("gzip;q=0.5, br;q=0.5", BR),
        ("br;q=0, gzip;q=0.2", GZIP),
        ("br ; q=0.9 , gzip;q=1.000", GZIP),
        ("br;q=0, gzip;q=0", IDENTITY),
        ("identity;q=1, gzip;q=0.5", IDENTITY),
        ("identity;q=0.5, gzip;q=0.5", GZIP),
        ("*", GZIP),
        ("*;q=0", IDENTITY),
        ("gzip, *;q=0", GZIP),
        ("br, *;q=0", BR),
        ("gzip;q=0, *", IDENTITY),
        ("identity;q=0", IDENTITY),
        ("", IDENTITY),
        ("deflate, zstd", IDENTITY),
        ("notgzip, brotli", IDENTITY),
        # Weights that are none refuse the coding.
        ("gzip;q=2", IDENTITY),
        ("gzip;q=-1, br;q=x", IDENTITY),
        ("gzip;level=9", IDENTITY),
        (f"br{',a' * 400}", BR),
        # Longer than any that browsers send, and dear to read.
        (f"br{',a' * 5000}", IDENTITY),
    ],
)
def test_a_header_chooses_a_coding(header: str, coding: Coding) -> None:
    assert accepted([(b"accept", b"*/*"), (b"accept-encoding", header.encode())]) is coding


def test_without_the_header_nothing_is_compressed_and_lines_of_it_are_one_list() -> None:
    assert accepted([(b"accept", b"gzip")]) is IDENTITY
    lines = [(b"accept-encoding", b"gzip;q=0.1"), (b"accept-encoding", b"br")]
    assert accepted(lines) is BR


@pytest.mark.parametrize("best", [True, False])
@pytest.mark.parametrize("content", [b"", b"a", LONG.encode(), bytes(range(256)) * 2000])
def test_every_coding_gives_the_content_back(content: bytes, *, best: bool) -> None:
    for coding in Coding:
        packed = compressed(coding, content, best=best)
        assert READ[coding](packed) == content
        assert packed == compressed(coding, content, best=best)


async def test_a_content_is_compressed_once_for_all_and_only_where_asked(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    made: list[Coding] = []

    def counted(coding: Coding, content: bytes, *, best: bool = False) -> bytes:
        made.append(coding)
        return compressed(coding, content, best=best)

    monkeypatch.setattr("liveblog.content.encodings.compressed", counted)
    for text in (LONG, LONG * 100):  # at once, and in a thread
        kept = Encoded(text.encode())
        assert kept.size == len(text)
        await asyncio.gather(*(kept.get(coding) for coding in (BR, IDENTITY, BR, BR)))
        assert made == [BR]
        assert kept.made(GZIP) is None
        packed = await kept.get(BR)
        assert kept.size == len(text) + len(packed)
        made.clear()


async def test_a_reader_who_leaves_ends_nobody_elses_compression() -> None:
    kept = Encoded((LONG * 100).encode())
    left, stays = (asyncio.ensure_future(kept.get(BR)) for _ in range(2))
    await asyncio.sleep(0)
    left.cancel()
    assert brotli.decompress(await stays) == kept.content


async def test_a_few_bytes_are_sent_as_they_are() -> None:
    small = await Rendered.of("{}", {})
    body = await small.body(BR)
    assert (body.content, body.etag) == (b"{}", small.empty(IDENTITY).etag)


def asked(
    http: httpx2.Client, address: str, method: str = "GET", **headers: str
) -> tuple[httpx2.Response, bytes]:
    """The answer, and its bytes as they were sent."""
    with http.stream(method, address, headers=HTML | headers) as answer:
        sent = b"".join(answer.iter_raw())
    return answer, sent


@pytest.fixture
def http(live_server: Server) -> Iterator[httpx2.Client]:
    with httpx2.Client(
        base_url=live_server.url, timeout=PATIENCE, verify=NO_TLS, trust_env=False
    ) as client:
        yield client


def test_each_coding_of_an_address_has_its_own_etag(http: httpx2.Client, editor: Editor) -> None:
    slug = editor.story()
    editor.post(slug, LONG)
    here = f"/stories/{slug}"
    for address in (
        here,
        f"{here}/embed",
        f"{here}/feed.atom",
        f"{here}/events?after=0",
        f"{here}/timeline",
        f"{here}/element",
        "/",
        "/sitemap.xml",
    ):
        plain, content = asked(http, address, **{"Accept-Encoding": "identity"})
        assert plain.status_code == 200, address
        tags = {plain.headers["etag"]} if "etag" in plain.headers else set()
        for _ in range(2):  # compressed for this one, and kept
            for coding in (BR, GZIP):
                answer, sent = asked(http, address, **{"Accept-Encoding": coding})
                if "etag" not in answer.headers:
                    continue
                assert answer.headers["content-encoding"] == coding, address
                assert "Accept-Encoding" in answer.headers["vary"]
                assert READ[coding](sent) == content, address
                assert int(answer.headers["content-length"]) == len(sent) < len(content)
                tags.add(answer.headers["etag"])
                head, nothing = asked(http, address, "HEAD", **{"Accept-Encoding": coding})
                assert head.headers["content-length"] == answer.headers["content-length"]
                assert (head.headers["etag"], nothing) == (answer.headers["etag"], b"")
        assert len(tags) in {0, 3}, address
        for tag in tags:
            for coding in (BR, GZIP, IDENTITY):
                own = tag.endswith(f'-{coding}"') or (coding is IDENTITY and "-" not in tag)
                known = {"Accept-Encoding": coding, "If-None-Match": f'"other", W/{tag}'}
                answer, sent = asked(http, address, **known)
                assert answer.status_code == (304 if own else 200), (address, tag, coding)
                assert not (own and sent)
        for coding in (BR, GZIP, IDENTITY) if tags else ():
            anything = {"Accept-Encoding": coding, "If-None-Match": "*"}
            answer, sent = asked(http, address, **anything)
            assert (answer.status_code, sent) == (304, b""), address
            assert answer.headers["etag"] in tags


def test_an_edit_and_a_purge_reach_every_coding(http: httpx2.Client, editor: Editor) -> None:
    slug = editor.story()
    entry = editor.post(slug, f"{LONG} It was {SECRET}.", key=True)
    here = f"/stories/{slug}"
    addresses = (here, f"{here}/embed", f"{here}/feed.atom", f"{here}/events?after=0")

    def everywhere() -> list[tuple[str, bytes]]:
        return [
            (answer.headers["etag"], READ[coding](sent))
            for address in addresses
            for coding in Coding
            for answer, sent in [asked(http, address, **{"Accept-Encoding": coding})]
        ]

    first = everywhere()
    assert all(SECRET.encode() in content for _, content in first)
    editor.edit(slug, entry["id"], body=f"{LONG} It was not {SECRET}.")
    second = everywhere()
    assert all(b"It was not" in content for _, content in second)
    assert not {tag for tag, _ in first} & {tag for tag, _ in second}
    editor.remove(slug, entry["id"], purge=True)
    assert not [content for _, content in everywhere() if SECRET.encode() in content]


def test_scripts_and_styles_are_compressed_as_well_as_can_be(http: httpx2.Client) -> None:
    page = asked(http, "/", **{"Accept-Encoding": "identity"})[1].decode()
    style = page.partition('<link rel="stylesheet" href="')[2].partition('"')[0]
    for address in (style, "/embed.js", "/client.js", "/client.d.ts", "/favicon.ico"):
        plain, content = asked(http, address, **{"Accept-Encoding": "br;q=0"})
        assert "content-encoding" not in plain.headers, address
        sizes = []
        for coding in (GZIP, BR):
            answer, sent = asked(http, address, **{"Accept-Encoding": f"{coding}, *;q=0"})
            if "content-encoding" not in answer.headers:
                assert address == "/client.d.ts"
                continue
            assert answer.headers["content-encoding"] == coding
            assert answer.headers["vary"] == "Accept-Encoding"
            assert READ[coding](sent) == content
            sizes.append(len(sent))
        assert sizes == sorted(sizes, reverse=True)
