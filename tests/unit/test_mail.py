"""Mail as programs write it: what its sender wrote remains, in the right letters, and what is left out is said."""

from __future__ import annotations

import io
import time
from contextlib import suppress
from email import message_from_bytes
from email.message import EmailMessage

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from mails import ATTRIBUTIONS, HTML, MAILS, Mail, mail, of_parts

from liveblog.content.markup.markdown import to_html, to_text
from liveblog.errors import Invalid, TooLarge
from liveblog.inbound.mail.charset import header_text
from liveblog.inbound.mail.header import POLICY, answering, automatic
from liveblog.inbound.mail.mail_message import Content, from_text, read
from liveblog.inbound.mail.quoting import Answering

ODD = st.text(st.sampled_from("ab 1ж🔥*_`~[](){}<>&#!|\\;:/'\"amp"), max_size=40)


def content(raw: bytes) -> Content:
    return read(io.BytesIO(raw))


@pytest.mark.parametrize("mail", MAILS, ids=lambda mail: mail.name)
def test_a_mail_is_what_its_sender_wrote(mail: Mail) -> None:
    found = content(mail.raw)
    assert found.text == mail.text
    assert found.forwarded == mail.forwarded
    assert len(found.notes) == len(mail.told)
    assert all(map(str.startswith, found.notes, mail.told))


@pytest.mark.parametrize("mail", MAILS, ids=lambda mail: mail.name)
def test_no_mail_names_who_wrote_what_is_answered_or_forwarded(mail: Mail) -> None:
    said = content(mail.raw).text
    assert "desk@example.org" not in said
    assert "marko" not in said.casefold()


@pytest.mark.parametrize("mail", ATTRIBUTIONS, ids=lambda mail: mail.name)
@pytest.mark.parametrize("own", ["Closed at 06:00", "On the roof.", "He said: no\nTwo dead:"])
def test_words_directly_above_an_attribution_are_kept(mail: Mail, own: str) -> None:
    lines = own.replace("\n", "\r\n")
    raw = mail.raw.replace(b"1, 2.\r\n\r\n", f"{lines}\r\n".encode())
    assert content(raw).text == own.replace("\n", "\\\n")


def test_the_table_is_of_many_kinds() -> None:
    assert len(MAILS) >= 40
    assert len({mail.name for mail in MAILS}) == len(MAILS)
    assert sum(mail.forwarded for mail in MAILS) >= 8


@settings(max_examples=200, derandomize=True, deadline=None)
@given(ODD)
def test_plain_text_is_shown_as_it_was_typed(typed: str) -> None:
    shown = to_text(to_html(from_text(f"x {typed}", Answering()).text))
    assert shown == " ".join(f"x {typed}".split())


@settings(max_examples=200, derandomize=True, deadline=None)
@given(st.text(st.sampled_from("ab 1.)-+=#>|\\\t\n"), max_size=30))
def test_lines_of_plain_text_become_no_headings_and_no_code(typed: str) -> None:
    shown = to_html(from_text(f"x\n{typed}", Answering()).text)
    assert not any(tag in shown for tag in ("<h3", "<h4", "<hr", "<pre", "<table"))


@pytest.mark.parametrize(
    ("raw", "subject"),
    [
        (b"=?cp-850?Q?R=82ouverture?=", "Réouverture"),
        (b"=?utf8mb4?B?0JLQvtC0?= =?utf8mb4?B?0LA=?=", "Вода"),
        (b"=?utf-8?Q?=D0=92=D0?=\r\n =?utf-8?Q?=BE=D0=B4=D0=B0?= is back", "Вода is back"),
        (b"=?koi8-r?B?98/EwQ==?=", "Вода"),
        (b"=?iso-2022-jp?B?GyRCNjYbKEI=?=", "橋"),
        ("Вода".encode(), "Вода"),
        ("Вода є".encode("cp1251"), "Вода є"),
        (b"=?nothing?X?x?= 1 < 2", "=?nothing?X?x?= 1 < 2"),
    ],
)
def test_subjects_are_read_as_mail_programs_read_them(raw: bytes, subject: str) -> None:
    head = message_from_bytes(b"Subject: " + raw + b"\r\n\r\n", policy=POLICY)
    assert isinstance(head, EmailMessage)
    assert answering(head).subject == subject


@pytest.mark.parametrize(
    ("head", "what"),
    [
        ("Auto-Submitted: auto-replied", "an automatic reply"),
        (
            "Auto-Submitted: auto-generated\r\nSubject: Automatic reply: Where?",
            "an automatic reply",
        ),
        ("X-Autoreply: yes", "an automatic reply"),
        ("Precedence: auto_reply", "an automatic reply"),
        ("Return-Path: <>", "a report of a mail server"),
        ("Content-Type: multipart/report; boundary=x", "a report of a mail server"),
        ("Auto-Submitted: auto-generated\r\nSubject: Flood warning", None),
        ("Auto-Submitted: no\r\nPrecedence: bulk", None),
        ("Subject: Automatic reply: they have none", None),
    ],
)
def test_automatic_replies_and_reports_are_known(head: str, what: str | None) -> None:
    found = message_from_bytes(f"{head}\r\n\r\nx".encode(), policy=POLICY)
    assert isinstance(found, EmailMessage)
    assert automatic(found) == what


def test_what_comes_with_a_mail_is_told_by_its_kind() -> None:
    kinds = (
        "application/ms-tnef",
        "text/calendar",
        "application/pkcs7-mime",
        "multipart/encrypted",
    )
    whole = content(of_parts("multipart/mixed", ("text/plain", "See."), *((k, "x") for k in kinds)))
    assert whole.text == "See."
    told = [str(one) for one in whole.attachments]
    for words, found in zip(("winmail.dat", "calendar", "S/MIME", "PGP"), told, strict=True):
        assert words in found
    named = of_parts(
        "multipart/mixed",
        ("text/plain", "See."),
        ("application/octet-stream; name=winmail.dat", "x"),
    )
    assert "winmail.dat" in str(content(named).attachments[0])


def test_a_picture_in_answer_brings_no_words_of_the_desk() -> None:
    text = "\r\n\r\nOn Mon, 30 Nov 2026 at 07:12, News Desk <desk@example.org> wrote:\r\n\r\n> Send a picture.\r\n"
    raw = of_parts("multipart/mixed", ("text/plain", text), ("image/png", "x"))
    assert content(raw).text == ""
    assert len(content(raw).attachments) == 1


def test_pictures_elsewhere_are_told_and_not_fetched() -> None:
    found = content(
        mail('<p>Two <img src="https://example.org/a.jpg" width=600></p>', subject="", kind=HTML)
    )
    assert (found.text, found.notes) == (
        "Two",
        ("Pictures that the e-mail only links to were not fetched.",),
    )


@pytest.mark.parametrize(
    "text", ["x" * 400_000, "line\n" * 60_000, "line\n\n" * 20_000], ids=["long", "lines", "blocks"]
)
@pytest.mark.parametrize("kind", ["text/plain", HTML])
def test_what_is_too_long_is_cut_and_said(text: str, kind: str) -> None:
    if kind == HTML:
        text = text.replace("line\n", "<p>line</p>").replace("x" * 400_000, "x" * 1_200_000)
    found = content(mail(text, subject="", kind=kind))
    assert found.text.startswith(("line", "xxxx"))
    assert found.text.count("\n") < 4_000
    assert any("was cut" in note for note in found.notes)


HOSTILE = """On \n|On a, \n|> |>\n|From: a\n|From: a@b.c \n|-----Original |--\n|* |1. |www.|https://|<https://|https://a)))|https://a...|=?a?q?
|&amp;|\\|_ |[|`|- x\n|News Desk <a@example.org> 07:12 \n|wrote: |-----BEGIN PGP SIGNED MESSAGE-----\n|Sent from my |gesendet |a@b.|07:
|*|--- |\u200b|http://a.|\xa0|\r|\t|: |a: |From: |Hash: x\n|<a |=\n""".split("|")
MARKUP = """<style |<div>|<blockquote>|<!--|&|<p>x|<a><b>|<table><tr><td>x|<table>|<ul><li>|<b x=1><div>|<a a=|<td>|<p class='|<b>x</b> |<br>
|<a href=https://a>x</a>|<img src=https://a>|<sup>x</sup> |<div class=gmail_quote>|<div id=divRplyFwdMsg>|<p style='a:b;'>|<svg><p>""".split(
    "|"
)


@pytest.mark.parametrize("odd", HOSTILE)
def test_no_text_takes_longer_for_being_odd(odd: str) -> None:
    """A megabyte of it, within seconds on any machine: patterns take the square of that, or worse."""
    begun = time.process_time()
    with suppress(TooLarge, Invalid):  # too many marks: it is kept as it was typed
        to_html(content(mail(odd * (2**20 // len(odd)), subject="x")).text[:65_536])
    with suppress(TooLarge):
        content(mail((odd * 300)[:900] + "\n" + odd * 1_000, subject="Re: x"))
    header_text(odd * 2_000)
    assert time.process_time() - begun < 8


@pytest.mark.parametrize("odd", MARKUP)
def test_no_markup_takes_longer_for_being_odd(odd: str) -> None:
    begun = time.process_time()
    content(mail(odd * (2**20 // len(odd)), subject="x", kind=HTML))
    assert time.process_time() - begun < 8
