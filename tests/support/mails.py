"""Mails as programs write them, and the text that an entry gets of each: words and addresses are ours."""

from __future__ import annotations

from base64 import b64encode
from typing import NamedTuple

HTML = "text/html"


class Mail(NamedTuple):
    """`raw` as it comes by SMTP, `text` the Markdown that is submitted; `told` is what the desk's note begins with."""

    name: str
    raw: bytes
    text: str
    forwarded: bool = False
    told: tuple[str, ...] = ()


def mail(
    text: str,
    *,
    subject: str = "Re: Where are you?",
    kind: str = "text/plain",
    label: str = "utf-8",
    codec: str = "",
    more: str = "",
    encoding: str = "8bit",
) -> bytes:
    """A mail of one part; `label` is the charset that it claims, `codec` the one that it has."""
    content = text.replace("\n", "\r\n").encode(codec or label)
    if encoding == "base64":
        content = b64encode(content)
    charset = f"; charset={label}" if label else ""
    head = (
        f"From: Ann <ann@example.org>\r\nTo: News Desk <desk@example.org>\r\nSubject: {subject}\r\n"
        f"Message-ID: <1@example.org>\r\nMIME-Version: 1.0\r\nContent-Type: {kind}{charset}{more}\r\n"
        f"Content-Transfer-Encoding: {encoding}\r\n\r\n"
    )
    return head.encode() + content


def of_parts(kind: str, *parts: tuple[str, str], subject: str = "Re: Where are you?") -> bytes:
    """A multipart of `(content type, text)`."""
    body = "".join(
        f"--b1\r\nContent-Type: {of}\r\nContent-Transfer-Encoding: 8bit\r\n\r\n{text}\r\n"
        for of, text in parts
    )
    return (
        f"From: Ann <ann@example.org>\r\nTo: desk@example.org\r\nSubject: {subject}\r\nMessage-ID: <1@example.org>\r\n"
        f"MIME-Version: 1.0\r\nContent-Type: {kind}; boundary=b1\r\n\r\n{body}--b1--\r\n"
    ).encode()


def reply(name: str, text: str, expected: str) -> Mail:
    return Mail(name, mail(text), expected)


def html_reply(name: str, markup: str, expected: str) -> Mail:
    return Mail(name, mail(markup, kind=HTML), expected)


def forward(
    name: str, text: str, expected: str, subject: str = "Fwd: Water", kind: str = "text/plain"
) -> Mail:
    return Mail(name, mail(text, subject=subject, kind=kind), expected, forwarded=True)


def original(
    name: str, text: str, expected: str, kind: str = "text/plain", told: tuple[str, ...] = ()
) -> Mail:
    return Mail(name, mail(text, subject="Water", kind=kind), expected, told=told)


SIGNED = ("What looks like a signature",)
PLAIN_REPLIES = [
    reply(
        "gmail",
        "At the bridge.\n\nOn Mon, 30 Nov 2026 at 07:12, News Desk <desk@example.org> wrote:\n\n> Where are you?\n",
        "At the bridge.",
    ),
    reply(
        "gmail_wrapped",
        "At the bridge.\n\nOn Mon, 30 Nov 2026 at 07:12, News Desk\n<desk@example.org> wrote:\n\n> Where are you?\n>\n",
        "At the bridge.",
    ),
    reply(
        "gmail_uk",
        "Я на мосту.\n\nпн, 30 лист. 2026 р. о 07:12 News Desk <desk@example.org> пише:\n\n> Де ви?\n",
        "Я на мосту.",
    ),
    reply(
        "gmail_ru",
        "Я на мосту.\n\nпн, 30 нояб. 2026 г. в 07:12, News Desk <desk@example.org>:\n\n> Где вы?\n",
        "Я на мосту.",
    ),
    reply(
        "gmail_de",
        "Auf der Brücke.\n\nAm Mo., 30. Nov. 2026 um 07:12 Uhr schrieb News Desk <\ndesk@example.org>:\n\n> Wo sind Sie?\n",
        "Auf der Brücke.",
    ),
    reply(
        "gmail_fr",
        "Sur le pont.\n\nLe lun. 30 nov. 2026 à 07:12, News Desk <desk@example.org> a écrit :\n\n> Où êtes-vous ?\n",
        "Sur le pont.",
    ),
    reply(
        "gmail_es",
        "En el puente.\n\nEl lun, 30 nov 2026 a las 7:12, News Desk (<desk@example.org>) escribió:\n\n> ¿Dónde está?\n",
        "En el puente.",
    ),
    reply(
        "gmail_it",
        "Sul ponte.\n\nIl giorno lun 30 nov 2026 alle ore 07:12 News Desk <desk@example.org>\nha scritto:\n\n> Dove siete?\n",
        "Sul ponte.",
    ),
    reply(
        "gmail_pt",
        "Na ponte.\n\nEm seg., 30 de nov. de 2026 às 07:12, News Desk <desk@example.org>\nescreveu:\n\n> Onde?\n",
        "Na ponte.",
    ),
    reply(
        "gmail_pl",
        "Na moście.\n\npon., 30 lis 2026 o 07:12 News Desk <desk@example.org> napisał(a):\n\n> Gdzie?\n",
        "Na moście.",
    ),
    reply(
        "gmail_tr",
        "Köprüdeyim.\n\nNews Desk <desk@example.org>, 30 Kas 2026 Pzt, 07:12 tarihinde şunu yazdı:\n\n> Nerede?\n",
        "Köprüdeyim.",
    ),
    reply(
        "gmail_ja",
        "橋にいます。\n\n2026年11月30日(月) 7:12 News Desk <desk@example.org>:\n\n> どこですか?\n",
        "橋にいます。",
    ),
    reply(
        "gmail_zh",
        "我在桥上。\n\nNews Desk <desk@example.org> 于2026年11月30日周一 07:12写道：\n\n> 在哪里？\n",
        "我在桥上。",
    ),
    reply(
        "gmail_ar",
        "أنا عند الجسر.\n\nفي الاثنين، 30 نوفمبر 2026 في 7:12 ص تمت كتابة ما يلي بواسطة \u202aNews Desk\u202c\u200f <\u202adesk@example.org\u202c\u200f>:\u202c\n\n> أين أنت؟\n",
        "أنا عند الجسر.",
    ),
    reply(
        "gmail_he",
        "אני על הגשר.\n\n\u202bבתאריך יום ב׳, 30 בנוב׳ 2026 ב-7:12 מאת \u202aNews Desk\u202c\u200f <\u202adesk@example.org\u202c\u200f>:\u202c\n\n> איפה?\n",
        "אני על הגשר.",
    ),
    reply(
        "apple",
        "At the bridge.\n\nAnn\n\n> On Nov 30, 2026, at 07:12, News Desk <desk@example.org> wrote:\n> \n> Where are you?\n> \n",
        "At the bridge.\n\nAnn",
    ),
    reply(
        "iphone",
        "At the bridge.\n\nSent from my iPhone\n\n> On 30 Nov 2026, at 07:12, News Desk <desk@example.org> wrote:\n> \n> ﻿Where?\n",
        "At the bridge.",
    ),
    reply(
        "iphone_de",
        "Auf der Brücke.\n\nVon meinem iPhone gesendet\n\n> Am 30.11.2026 um 07:12 schrieb News Desk <desk@example.org>:\n> \n> Wo?\n",
        "Auf der Brücke.",
    ),
    reply(
        "thunderbird",
        "At the bridge.\n\nOn 30/11/2026 07:12, News Desk wrote:\n> Where are you?\n\n-- \nAnn\n+380 44 123 45 67\n",
        "At the bridge.",
    ),
    reply(
        "thunderbird_ru",
        "На мосту.\n\n30.11.2026 07:12, News Desk пишет:\n> Где вы?\n",
        "На мосту.",
    ),
    reply(
        "thunderbird_below",
        "Am 30.11.26 um 07:12 schrieb News Desk:\n> Wo sind Sie?\n\nAuf der Brücke.\n\n-- \nAnn, 0170 1234567\n",
        "Auf der Brücke.",
    ),
    reply(
        "between_the_lines",
        "Hello,\n\nOn 30/11/2026 07:12, News Desk wrote:\n> Where are you?\n\nAt the bridge.\n\n> How many are there?\n> And who?\n\nTwo.\n\n> Thanks!\n> Desk\n",
        "Hello,\n\n> Where are you?\n\nAt the bridge.\n\n> How many are there?\\\n> And who?\n\nTwo.",
    ),
    reply(
        "outlook",
        "At the bridge.\n\n________________________________\nFrom: News Desk <desk@example.org>\nSent: Monday, November 30, 2026 7:12 AM\nTo: Ann <ann@example.org>\nSubject: Where are you?\n\nWhere are you?\n",
        "At the bridge.",
    ),
    reply(
        "outlook_desktop",
        "At the bridge.\n\n-----Original Message-----\nFrom: News Desk <desk@example.org> \nSent: Monday, November 30, 2026 7:12 AM\nTo: Ann\nSubject: Where are you?\n\nWhere are you?\n",
        "At the bridge.",
    ),
    reply(
        "outlook_de",
        "Auf der Brücke.\n\n-----Ursprüngliche Nachricht-----\nVon: News Desk <desk@example.org>\nGesendet: Montag, 30. November 2026 07:12\nAn: Ann\nBetreff: Wo sind Sie?\n\nWo sind Sie?\n",
        "Auf der Brücke.",
    ),
    reply(
        "outlook_uk",
        "Я на мосту.\n\nВід: News Desk <desk@example.org>\nНадіслано: 30 листопада 2026 р. 7:12\nКому: Ann <ann@example.org>\nТема: Де ви?\n\nДе ви?\n",
        "Я на мосту.",
    ),
    reply(
        "outlook_fr",
        "Sur le pont.\n\nDe : News Desk <desk@example.org>\nEnvoyé : lundi 30 novembre 2026 07:12\nÀ : Ann\nObjet : Où êtes-vous ?\n\nOù êtes-vous ?\n",
        "Sur le pont.",
    ),
    reply(
        "outlook_ios",
        "At the bridge.\n\nGet Outlook for iOS<https://aka.ms/o0ukef>\n________________________________\nFrom: News Desk <desk@example.org>\nSent: Monday, November 30, 2026 7:12:05 AM\nTo: Ann <ann@example.org>\nSubject: Where\n\nWhere are you?\n",
        "At the bridge.",
    ),
    reply(
        "yahoo",
        "At the bridge.\n\n    On Monday, November 30, 2026 at 07:12:05 AM GMT+2, News Desk <desk@example.org> wrote:  \n \n Where are you?\n",
        "At the bridge.",
    ),
    reply(
        "proton",
        "At the bridge.\n\nSent with Proton Mail secure email.\n\nOn Monday, November 30th, 2026 at 07:12, News Desk <desk@example.org> wrote:\n\n> Where are you?\n",
        "At the bridge.",
    ),
    reply(
        "samsung",
        "At the bridge.\n\n\nSent from my Galaxy\n\n\n-------- Original message --------\nFrom: News Desk <desk@example.org> \nDate: 30/11/2026  07:12  (GMT+02:00) \nTo: Ann <ann@example.org> \nSubject: Where are you? \n\nWhere are you?\n",
        "At the bridge.",
    ),
    reply(
        "k9",
        "Auf der Brücke.\n\n-- \nDiese Nachricht wurde von meinem Android-Gerät mit K-9 Mail gesendet.\n\n-------- Ursprüngliche Nachricht --------\nVon: News Desk <desk@example.org>\nGesendet: 30. November 2026 07:12:05 MEZ\nAn: ann@example.org\nBetreff: Wo?\n\nWo sind Sie?\n",
        "Auf der Brücke.",
    ),
    reply(
        "roundcube",
        "At the bridge.\n\nOn 2026-11-30 07:12, News Desk wrote:\n> Where are you?\n",
        "At the bridge.",
    ),
    reply(
        "gmx",
        'Auf der Brücke.\n\nGesendet: Montag, 30. November 2026 um 07:12 Uhr\nVon: "News Desk" <desk@example.org>\nAn: ann@example.org\nBetreff: Wo sind Sie?\n\nWo sind Sie?\n',
        "Auf der Brücke.",
    ),
    reply(
        "mail_ru",
        "На мосту.\n\nПонедельник, 30 ноября 2026, 7:12 +03:00 от News Desk <desk@example.org>:\n\n>Где вы?\n",
        "На мосту.",
    ),
    reply(
        "ukr_net",
        'Я на мосту.\n\n30 листопада 2026, 07:12:05, від "News Desk" <desk@example.org>:\n\nДе ви?\n',
        "Я на мосту.",
    ),
    reply(
        "only_a_quotation",
        "On Mon, 30 Nov 2026 at 07:12, News Desk <desk@example.org> wrote:\n\n> Where are you?\n",
        "> Where are you?",
    ),
]

# Name, own words, and the header above what is answered: sender, time, recipient, subject.
OUTLOOK = [
    reply(
        f"outlook_{language}",
        f"{own}\n\n{names[0]}: News Desk <desk@example.org>\n{names[1]}: 30.11.2026 07:12\n{names[2]}: Ann\n{names[3]}: ?\n\n?\n",
        own,
    )
    for language, own, names in (
        ("es", "Aquí.", ("De", "Enviado el", "Para", "Asunto")),
        ("it", "Qui.", ("Da", "Inviato", "A", "Oggetto")),
        ("nl", "Hier.", ("Van", "Verzonden", "Aan", "Onderwerp")),
        ("pl", "Tu.", ("Od", "Wysłano", "Do", "Temat")),
        ("pt", "Aqui.", ("De", "Enviado", "Para", "Assunto")),
        ("ru", "Здесь.", ("От", "Отправлено", "Кому", "Тема")),
        ("tr", "Burada.", ("Kimden", "Gönderildi", "Kime", "Konu")),
        ("he", "כאן.", ("מאת", "נשלח", "אל", "נושא")),
        ("ar", "هنا.", ("من", "تم الإرسال", "إلى", "الموضوع")),
        ("ja", "ここ。", ("差出人", "送信日時", "宛先", "件名")),
        ("zh", "在这里。", ("发件人", "发送时间", "收件人", "主题")),
        ("bold", "Here.", ("*From*", "*Sent*", "*To*", "*Subject*")),
    )
]

# What stands between the words of the sender and the quotation.
ATTRIBUTIONS = [
    reply(f"attribution_{name}", f"1, 2.\n\n{line}\n\n> ?\n", "1, 2.")
    for name, line in (
        ("sv", "Den mån 30 nov. 2026 kl 07:12 skrev News Desk <desk@example.org>:"),
        ("nl", "Op ma 30 nov 2026 om 07:12 schreef News Desk <desk@example.org>:"),
        ("cs", "po 30. 11. 2026 v 7:12 odesílatel News Desk <desk@example.org> napsal:"),
        ("ko", "2026년 11월 30일 (월) 오전 7:12, News Desk <desk@example.org>님이 작성:"),
        ("thunderbird_fr", "Le 30/11/2026 à 07:12, News Desk a écrit :"),
        ("thunderbird_es", "El 30/11/26 a las 7:12, News Desk escribió:"),
        ("thunderbird_it", "Il 30/11/2026 07:12, News Desk ha scritto:"),
        ("thunderbird_pl", "W dniu 30.11.2026 o 07:12, News Desk pisze:"),
        ("thunderbird_uk", "30.11.26 07:12, News Desk пише:"),
        ("zoho", "---- On Mon, 30 Nov 2026 07:12:00 +0200 News Desk <desk@example.org> wrote ---"),
        (
            "yahoo_android",
            "On Mon, Nov 30, 2026 at 7:12, News Desk<desk@example.org> wrote:   Where?",
        ),
        ("aol", "On Mon, Nov 30, 2026 at 7:12 AM, News Desk\n<desk@example.org> wrote:   Where?"),
    )
]

SENT_FROM = [
    original(f"sent_from_{number}", f"1, 2.\n\n{line}\n", "1, 2.")
    for number, line in enumerate(
        (
            "Sent from my Pixel 8 Pro. Please excuse brevity.",
            "Sent from Yahoo Mail on Android",
            "Gesendet von meinem Samsung Galaxy Smartphone.",
            "Envoyé de mon iPhone",
            "Enviado desde mi iPhone",
            "Enviado do meu iPhone",
            "Inviato da iPhone",
            "Wysłane z iPhone'a",
            "Отправлено с iPhone",
            "Надіслано з iPhone",
            "iPhone'umdan gönderildi",
            "iPhoneから送信",
            "发自我的iPhone",
            "נשלח מה-iPhone שלי",
            "أُرسلت من الـ iPhone",
            "Outlook für iOS beziehen",
            "从我的 iPhone 发送",
            "從我的 iPhone 傳送",
            "Odesláno z iPhonu",
            "Odoslané z iPhonu",
            "Nadesłano z Samsung",
            "Надіслано з пошти ukr.net",
            "Відправлено з пошти ukr.net",
        )
    )
]

HTML_REPLIES = [
    html_reply(
        "gmail_html",
        '<div dir="ltr"><div>At the <b>bridge</b>.</div><div><br></div><div>Two boats.</div><div><br></div><div class="gmail_signature">Ann<br>+380 44 123</div></div><br><div class="gmail_quote gmail_quote_container"><div dir="ltr" class="gmail_attr">On Mon, 30 Nov 2026 at 07:12, News Desk &lt;<a href="mailto:desk@example.org">desk@example.org</a>&gt; wrote:<br></div><blockquote class="gmail_quote" style="margin:0px 0px 0px 0.8ex"><div>Where are you?</div></blockquote></div>',
        "At the **bridge**.\n\nTwo boats.",
    ),
    html_reply(
        "gmail_html_between_the_lines",
        '<div dir="ltr"><div class="gmail_quote"><div dir="ltr" class="gmail_attr">On Mon, 30 Nov 2026 at 07:12, News Desk &lt;desk@example.org&gt; wrote:<br></div><blockquote class="gmail_quote">Where are you?</blockquote><div>At the bridge.</div><blockquote class="gmail_quote">How many?</blockquote><div>Two.</div><blockquote class="gmail_quote">Thanks</blockquote></div></div>',
        "> Where are you?\n\nAt the bridge.\n\n> How many?\n\nTwo.",
    ),
    html_reply(
        "outlook_web",
        '<html><head><style>P {margin-top:0}</style></head><body dir="ltr"><div class="elementToProof">At the bridge.</div><div id="Signature"><div>Ann, +380 44 123</div></div><div id="appendonsend"></div><hr style="display:inline-block;width:98%" tabindex="-1"><div id="divRplyFwdMsg" dir="ltr"><font face="Calibri"><b>From:</b> News Desk &lt;desk@example.org&gt;<br><b>Sent:</b> Monday, November 30, 2026 7:12 AM<br><b>To:</b> Ann &lt;ann@example.org&gt;<br><b>Subject:</b> Where are you?</font><div>&nbsp;</div></div><div>Where are you?</div></body></html>',
        "At the bridge.",
    ),
    html_reply(
        "outlook_desktop_html",
        '<html xmlns:o="urn:schemas-microsoft-com:office:office"><head><!--[if gte mso 9]><xml>x</xml><![endif]--></head><body><div class="WordSection1"><p class="MsoNormal">At the bridge:<o:p></o:p></p><p class="MsoListParagraph"><![if !supportLists]><span style="font-family:Symbol"><span style="mso-list:Ignore">·<span>&nbsp;&nbsp;&nbsp;&nbsp; </span></span></span><![endif]>two boats<o:p></o:p></p><p class="MsoListParagraph"><![if !supportLists]>·<span>&nbsp;&nbsp; </span><![endif]>one car</p><p class="MsoNormal"><o:p>&nbsp;</o:p></p><div style="border:none;border-top:solid #E1E1E1 1.0pt;padding:3.0pt 0in 0in 0in"><p class="MsoNormal"><b>Von:</b> News Desk &lt;desk@example.org&gt; <br><b>Gesendet:</b> Montag, 30. November 2026 07:12<br><b>An:</b> Ann<br><b>Betreff:</b> Wo?</p></div><p class="MsoNormal">Wo?</p></div></body></html>',
        "At the bridge:\n\n- two boats\n- one car",
    ),
    html_reply(
        "apple_html",
        '<html><body style="overflow-wrap: break-word;">At the bridge.<br id="lineBreakAtBeginningOfMessage"><div><br><blockquote type="cite"><div>On Nov 30, 2026, at 07:12, News Desk &lt;desk@example.org&gt; wrote:</div><br class="Apple-interchange-newline"><div>Where are you?</div></blockquote></div><br></body></html>',
        "At the bridge.",
    ),
    html_reply(
        "iphone_html_uk",
        '<html><body dir="auto">Я на мосту.<br><br><div dir="ltr">Надіслано з iPhone</div><div dir="ltr"><br><blockquote type="cite">30 лист. 2026 р. о 07:12 News Desk &lt;desk@example.org&gt; пише:<br><br></blockquote></div><blockquote type="cite"><div dir="ltr">﻿Де ви?</div></blockquote></body></html>',
        "Я на мосту.",
    ),
    html_reply(
        "thunderbird_html",
        '<html><body><p>At the bridge.</p><div class="moz-cite-prefix">On 30/11/2026 07:12, News Desk wrote:<br></div><blockquote type="cite" cite="mid:x@example.org"><p>Where are you?</p></blockquote><pre class="moz-signature" cols="72">-- \nAnn, +380 44 123</pre></body></html>',
        "At the bridge.",
    ),
    html_reply(
        "yahoo_html",
        '<html><body><div class="ydp1yahoo-style-wrap"><div dir="ltr">At the bridge.</div></div><div id="yahoo_quoted_1" class="yahoo_quoted"><div>On Monday, November 30, 2026 at 07:12:05 AM GMT+2, News Desk &lt;desk@example.org&gt; wrote:</div><div><br></div><div>Where are you?</div></div></body></html>',
        "At the bridge.",
    ),
    html_reply(
        "proton_html",
        '<div style="font-family: Arial">At the bridge.</div><div class="protonmail_signature_block"><div class="protonmail_signature_block-proton">Sent with <a href="https://proton.me/mail/home">Proton Mail</a> secure email.</div></div><div class="protonmail_quote">On Monday, November 30th, 2026 at 07:12, News Desk &lt;desk@example.org&gt; wrote:<br><blockquote class="protonmail_quote" type="cite">Where are you?</blockquote></div>',
        "At the bridge.",
    ),
    html_reply(
        "gmx_html",
        '<html><body><div>Auf der Brücke.<div>&nbsp;</div><div name="quote" style="margin:10px"><div><b>Gesendet:</b> Montag, 30. November 2026 um 07:12 Uhr<br><b>Von:</b> "News Desk" &lt;desk@example.org&gt;<br><b>Betreff:</b> Wo?</div><div name="quoted-content">Wo sind Sie?</div></div></div></body></html>',
        "Auf der Brücke.",
    ),
    html_reply(
        "outlook_mobile_html",
        '<html><body><div dir="ltr">Sur le pont.</div><div id="ms-outlook-mobile-signature"><div>Télécharger <a href="https://aka.ms/o0ukef">Outlook pour iOS</a></div></div><div id="mail-editor-reference-message-container"><hr><div id="divRplyFwdMsg"><b>De :</b> News Desk &lt;desk@example.org&gt;<br><b>Objet :</b> Où ?</div><div>Où êtes-vous ?</div></div></body></html>',
        "Sur le pont.",
    ),
]

# The attribution stands directly below the words of the sender.
DIRECTLY_BELOW = [
    reply(f"directly_below_{name}", f"{own}\n{line}\n> Where?\n", own.replace("\n", "\\\n"))
    for name, own, line in (
        (
            "gmail",
            "Bridge closed.",
            "On Mon, 30 Nov 2026 at 07:12, News Desk <desk@example.org> wrote:",
        ),
        (
            "two_lines",
            "Bridge closed.\nTwo dead",
            "On Mon, 30 Nov 2026 at 07:12, News Desk <desk@example.org> wrote:",
        ),
        (
            "wrapped",
            "Closed at 06:00\nTwo dead",
            "On Mon, 30 Nov 2026 at 07:12, News Desk\n<desk@example.org> wrote:",
        ),
        (
            "without_time",
            "Bridge closed at 06:00",
            "News Desk <desk@example.org> wrote:",
        ),
        ("without_address", "Bridge closed.", "On 30/11/2026 07:12, News Desk wrote:"),
        (
            "an_address",
            "Ask ann@example.com",
            "On 30/11/2026 07:12, News Desk wrote:",
        ),
        (
            "de",
            "Auf der Brücke.",
            "Am 30.11.2026 um 07:12 schrieb News Desk <desk@example.org>:",
        ),
        ("yandex", "Мост закрыт.", '30.11.2026, 07:12, "Desk" <desk@example.org>:'),
        (
            "tr",
            "Köprü kapalı.",
            "News Desk <desk@example.org>, 30 Kas 2026 Pzt,\n07:12 tarihinde şunu yazdı:",
        ),
    )
] + [
    reply(
        "directly_below_paragraphs",
        "Bridge closed.\n\nTwo dead.\nMore soon.\nOn Mon, 30 Nov 2026 at 07:12, News Desk <desk@example.org> wrote:\n> Where?\n",
        "Bridge closed.\n\nTwo dead.\\\nMore soon.",
    ),
    html_reply(
        "directly_below_html",
        '<div>The bridge is closed.</div><div>On Mon, 30 Nov 2026 at 07:12, News Desk &lt;desk@example.org&gt; wrote:</div><blockquote type="cite">Where?</blockquote>',
        "The bridge is closed.",
    ),
    html_reply(
        "directly_below_yandex_html",
        '<div>Мост закрыт.</div><div> </div><div>30.11.2026, 07:12, "Desk" &lt;desk@example.org&gt;:</div><blockquote><div>Где вы?</div></blockquote>',
        "Мост закрыт.",
    ),
    html_reply(
        "directly_below_yandex_nbsp",
        '<div>Мост закрыт.</div><div>&nbsp;</div><div>30.11.2026, 07:12, "Desk" &lt;desk@example.org&gt;:</div><blockquote><div>Где вы?</div></blockquote>',
        "Мост закрыт.",
    ),
    html_reply(
        "directly_below_gmail_html",
        '<div dir="ltr">The ministry:<blockquote>We hold.</blockquote>More soon.</div><div class="gmail_quote"><div dir="ltr" class="gmail_attr">On Mon, 30 Nov 2026 at 07:12, Desk &lt;desk@example.org&gt; wrote:<br></div><blockquote class="gmail_quote">Where?</blockquote></div>',
        "The ministry:\n\n> We hold.\n\nMore soon.",
    ),
]

FORWARDS = [
    forward(
        "gmail_forward",
        "See below, from the water works.\n\n---------- Forwarded message ---------\nFrom: Marko K. <marko@example.com>\nDate: Mon, 30 Nov 2026 at 06:50\nSubject: Water\nTo: Ann <ann@example.org>\n\n\nNo water until noon.\n\nTwo pumps are down.\n",
        "See below, from the water works.\n\n> No water until noon.\n>\n> Two pumps are down.",
    ),
    forward(
        "gmail_forward_html",
        '<div dir="ltr"><br><br><div class="gmail_quote"><div dir="ltr" class="gmail_attr">---------- Forwarded message ---------<br>From: <strong class="gmail_sendername" dir="auto">Marko</strong> <span dir="auto">&lt;<a href="mailto:marko@example.com">marko@example.com</a>&gt;</span><br>Date: Mon, 30 Nov 2026 at 06:50<br>Subject: Water<br>To:  &lt;<a href="mailto:ann@example.org">ann@example.org</a>&gt;<br></div><br><br><div>No water until <b>noon</b>.</div></div></div>',
        "No water until **noon**.",
        kind=HTML,
    ),
    forward(
        "apple_forward",
        "Begin forwarded message:\n\n> From: Marko <marko@example.com>\n> Subject: Water\n> Date: 30 November 2026 at 06:50:00 EET\n> To: ann@example.org\n> \n> No water until noon.\n",
        "No water until noon.",
    ),
    forward(
        "outlook_forward",
        "FYI\n\n________________________________\nFrom: Marko <marko@example.com>\nSent: Monday, November 30, 2026 6:50 AM\nTo: Ann\nSubject: Water\n\nNo water until noon.\n",
        "FYI\n\n> No water until noon.",
        subject="FW: Water",
    ),
    forward(
        "outlook_forward_de",
        "Von: Marko <marko@example.com>\nGesendet: Montag, 30. November 2026 06:50\nAn: Ann\nBetreff: Wasser\n\nKein Wasser bis Mittag.\n",
        "Kein Wasser bis Mittag.",
        subject="WG: Wasser",
    ),
    forward(
        "thunderbird_forward_uk",
        "\n\n-------- Переслане повідомлення --------\nТема: \tВода\nДата: \tMon, 30 Nov 2026 06:50:00 +0200\nВід: \tMarko <marko@example.com>\nКому: \tann@example.org\n\nВоди немає до полудня.\n",
        "Води немає до полудня.",
    ),
    forward(
        "mail_ru_forward",
        "-------- Пересылаемое сообщение --------\nОт: Marko <marko@example.com>\nКому: ann@example.org\nДата: понедельник, 30 ноября 2026, 6:50 +03:00\nТема: Вода\n\nВоды нет до полудня.\n",
        "Воды нет до полудня.",
    ),
    forward(
        "apple_forward_html_de",
        '<div>Siehe unten.</div><div><br><blockquote type="cite"><div>Anfang der weitergeleiteten Nachricht:</div><br><div><b>Von: </b>Marko &lt;marko@example.com&gt;<br></div><div><b>Betreff: </b><b>Wasser</b><br></div><div><b>Datum: </b>30. November 2026<br></div><div><b>An: </b>ann@example.org<br></div><br><div>Kein Wasser.</div></blockquote></div>',
        "Siehe unten.\n\n> Kein Wasser.",
        kind=HTML,
    ),
    forward(
        "thunderbird_forward_html",
        '<p>Look</p><div class="moz-forward-container"><br><br>-------- Forwarded Message --------<table class="moz-email-headers-table"><tbody><tr><th>Subject: </th><td>Water</td></tr><tr><th>Date: </th><td>Mon</td></tr><tr><th>From: </th><td>Marko &lt;marko@example.com&gt;</td></tr></tbody></table><br><br><p>No water.</p></div>',
        "Look\n\n> No water.",
        kind=HTML,
    ),
    forward(
        "thunderbird_forward_html_addresses",
        '<p>Look</p><div class="moz-forward-container"><br><br>-------- Forwarded Message --------<table class="moz-email-headers-table" border="0"><tbody><tr><th align="RIGHT" nowrap="nowrap" valign="BASELINE">Subject: </th><td>Water</td></tr><tr><th align="RIGHT" nowrap="nowrap" valign="BASELINE">Date: </th><td>Mon, 30 Nov 2026 06:50:00 +0200</td></tr><tr><th align="RIGHT" nowrap="nowrap" valign="BASELINE">From: </th><td>Marko <a class="moz-txt-link-rfc2396E" href="mailto:marko@example.com">&lt;marko@example.com&gt;</a></td></tr><tr><th align="RIGHT" nowrap="nowrap" valign="BASELINE">To: </th><td>Ann <a class="moz-txt-link-rfc2396E" href="mailto:ann@example.org">&lt;ann@example.org&gt;</a></td></tr></tbody></table><br><br><p>No water.</p></div>',
        "Look\n\n> No water.",
        kind=HTML,
    ),
    forward(
        "thunderbird_forward_html_de",
        '<p>Look</p><div class="moz-forward-container"><br><br>-------- Weitergeleitete Nachricht --------<table class="moz-email-headers-table" border="0"><tbody><tr><th align="RIGHT" nowrap="nowrap" valign="BASELINE">Betreff: </th><td>Wasser</td></tr><tr><th align="RIGHT" nowrap="nowrap" valign="BASELINE">Datum: </th><td>Mon, 30 Nov 2026 06:50:00 +0200</td></tr><tr><th align="RIGHT" nowrap="nowrap" valign="BASELINE">Von: </th><td>Marko <a class="moz-txt-link-rfc2396E" href="mailto:marko@example.com">&lt;marko@example.com&gt;</a></td></tr><tr><th align="RIGHT" nowrap="nowrap" valign="BASELINE">An: </th><td>Ann <a class="moz-txt-link-rfc2396E" href="mailto:ann@example.org">&lt;ann@example.org&gt;</a></td></tr><tr><th align="RIGHT" nowrap="nowrap" valign="BASELINE">Kopie (CC): </th><td>Bob <a class="moz-txt-link-rfc2396E" href="mailto:bob@example.org">&lt;bob@example.org&gt;</a></td></tr></tbody></table><br><br><p>No water.</p></div>',
        "Look\n\n> No water.",
        kind=HTML,
    ),
    forward(
        "thunderbird_forward_html_of_another_subject",
        '<p>Look</p><div class="moz-forward-container"><br><br>-------- Forwarded Message --------<table class="moz-email-headers-table" border="0"><tbody><tr><th align="RIGHT" nowrap="nowrap" valign="BASELINE">Subject: </th><td>Water</td></tr><tr><th align="RIGHT" nowrap="nowrap" valign="BASELINE">Date: </th><td>Mon, 30 Nov 2026 06:50:00 +0200</td></tr><tr><th align="RIGHT" nowrap="nowrap" valign="BASELINE">From: </th><td>Marko <a class="moz-txt-link-rfc2396E" href="mailto:marko@example.com">&lt;marko@example.com&gt;</a></td></tr><tr><th align="RIGHT" nowrap="nowrap" valign="BASELINE">To: </th><td>Ann <a class="moz-txt-link-rfc2396E" href="mailto:ann@example.org">&lt;ann@example.org&gt;</a></td></tr></tbody></table><br><br><p>No water.</p></div>',
        "Look\n\n> No water.",
        subject="Water",
        kind=HTML,
    ),
    forward(
        "thunderbird_forward_plain_de",
        "Sieh\n\n-------- Weitergeleitete Nachricht --------\nBetreff: \tWasser\nDatum: \tMon, 30 Nov 2026 06:50:00 +0200\nVon: \tMarko <marko@example.com>\nAn: \tann@example.org\nKopie (CC): \tBob <bob@example.org>\n\nKein Wasser.\n",
        "Sieh\n\n> Kein Wasser.",
    ),
    forward(
        "a_header_in_paragraphs",
        "<p>Look</p><p>From: Marko &lt;marko@example.com&gt;</p><p>Date: Mon, 30 Nov 2026 06:50</p><p>Subject: Water</p><p>To: ann@example.org</p><p>To: all. No water.</p>",
        "Look\n\n> To: all. No water.",
        kind=HTML,
    ),
    forward(
        "thunderbird_forward_html_of_another_language",
        '<p>Look</p><div class="moz-forward-container"><br><br>-------- Edasi saadetud kiri --------<table class="moz-email-headers-table" border="0"><tbody><tr><th align="RIGHT" nowrap="nowrap" valign="BASELINE">Teema: </th><td>Vann</td></tr><tr><th align="RIGHT" nowrap="nowrap" valign="BASELINE">Kuupäev: </th><td>Mon, 30 Nov 2026 06:50:00 +0200</td></tr><tr><th align="RIGHT" nowrap="nowrap" valign="BASELINE">Saatja: </th><td>Marko <a class="moz-txt-link-rfc2396E" href="mailto:marko@example.com">&lt;marko@example.com&gt;</a></td></tr></tbody></table><br><br><p>No water.</p></div>',
        "Look\n\n> No water.",
        subject="Water",
        kind=HTML,
    ),
    forward(
        "outlook_forward_html",
        '<div>FYI</div><div id="appendonsend"></div><hr><div id="divRplyFwdMsg"><b>From:</b> Marko &lt;marko@example.com&gt;<br><b>Sent:</b> Monday<br><b>To:</b> Ann<br><b>Subject:</b> Water</div><div>No water.</div>',
        "FYI\n\n> No water.",
        subject="FW: Water",
        kind=HTML,
    ),
    forward(
        "yahoo_forward_html",
        '<div>FYI</div><div class="yahoo_quoted"><div>----- Forwarded message -----</div><div><b>From:</b> Marko &lt;marko@example.com&gt;</div><div><b>Sent:</b> Monday at 07:12</div><div><b>Subject:</b> Water</div><div>No water.</div></div>',
        "FYI\n\n> No water.",
        subject="Fw: Water",
        kind=HTML,
    ),
    forward(
        "proton_forward_html",
        '<div>FYI</div><div class="protonmail_quote">------- Forwarded Message -------<br>From: Marko &lt;marko@example.com&gt;<br>Date: On Monday, November 30th, 2026 at 06:50<br>Subject: Water<br><br><blockquote class="protonmail_quote" type="cite">No water.</blockquote></div>',
        "FYI\n\n> No water.",
        kind=HTML,
    ),
    forward(
        "another_subject",
        "From: Marko <marko@example.com>\nSent: Monday, November 30, 2026 6:50 AM\nTo: Ann\nSubject: Water\n\nNo water until noon.\n",
        "No water until noon.",
        subject="For the blog",
    ),
]

ORIGINALS = [
    original(
        "a_colon",
        "On Monday he wrote: we hold\nthe bridge.",
        "On Monday he wrote: we hold\\\nthe bridge.",
    ),
    original(
        "wrote_alone",
        "On Monday he wrote:\n\nWe hold the bridge.",
        "On Monday he wrote:\n\nWe hold the bridge.",
    ),
    original("from_the_roof", "From: the roof.\nIt burns.", "From: the roof.\\\nIt burns."),
    original("sent_from", "Sent from my roof, more soon.", "Sent from my roof, more soon."),
    original(
        "a_quotation",
        "The governor said:\n\n> We hold.\n> All of it.\n",
        "The governor said:\n\n> We hold.\\\n> All of it.",
    ),
    original("more_than", "Dead:\n> 200 people", "Dead:\\\n\\> 200 people"),
    original("dashes", "Two dead.\n--\nAnn", "Two dead.", told=SIGNED),
    original("dashes_as_a_rule", "--\nTwo dead.", "\\--\\\nTwo dead."),
    original(
        "dashes_between",
        "Two dead.\n--\n"
        + "\n\n".join(f"{n} o'clock: all of this is a text and no signature." for n in range(14)),
        "Two dead.\\\n\\--\\\n"
        + "\n\n".join(f"{n} o'clock: all of this is a text and no signature." for n in range(14)),
    ),
    original("setext", "Two dead.\n===\nMore", "Two dead.\\\n\\===\\\nMore"),
    original(
        "a_year",
        "1986. It was worse.\n# 1 in the list\n+ one",
        "1986\\. It was worse.\\\n\\# 1 in the list\\\n\\+ one",
    ),
    original(
        "marks",
        "2 * 3 * 4, [sic], <b>, snake_case, `x`",
        "2 \\* 3 \\* 4, \\[sic\\], \\<b>, snake_case, \\`x\\`",
    ),
    original("a_list", "Seen:\n- two boats\n- one car", "Seen:\n\n- two boats\n- one car"),
    original("numbers", "1. two boats\n2. one car\n", "1. two boats\n2. one car"),
    original(
        "addresses",
        "See https://example.org/a_b_(c), or <https://example.org/x*y>.",
        "See <https://example.org/a_b_(c)>, or <https://example.org/x*y>.",
    ),
    original(
        "wrapped",
        "The bridge over the river was closed at noon after two loud\nexplosions nearby.\n\nMore soon.",
        "The bridge over the river was closed at noon after two loud\nexplosions nearby.\n\nMore soon.",
    ),
    Mail(
        "flowed",
        mail(
            "The bridge \nis closed.\n> and \n> so on\nMore.\n-- \nAnn",
            subject="Water",
            more="; format=flowed",
        ),
        "The bridge is closed.\n\n> and so on\n\nMore.",
    ),
    Mail(
        "flowed_delsp",
        mail("橋は \n閉鎖。\n", subject="Water", more="; format=flowed; delsp=yes"),
        "橋は閉鎖。",
    ),
    original(
        "html",
        '<p>The <a href="https://example.org/fund">fund</a> says <strong>no</strong>, <em>not now</em>.</p><blockquote>We hold.<br>All of it.</blockquote><ul><li>one<li>two</ul><h2>Later</h2><p>10<sup>3</sup> t CO<sub>2</sub> 10<sup>-1,5</sup></p>',
        "The [fund](<https://example.org/fund>) says **no**, *not now*.\n\n> We hold.\\\n> All of it.\n\n- one\n- two\n\n## Later\n\n10³ t CO₂ 10<sup>-1,5</sup>",
        HTML,
    ),
    original(
        "html_lines",
        "<div>One</div><div>Two</div><div><br></div><div>-- <br>Ann<br>+380 44</div>",
        "One\\\nTwo",
        HTML,
    ),
    original(
        "html_table",
        "<table><tr><th>City</th><th>Dead</th></tr><tr><td>Kharkiv</td><td>12</td></tr></table><table><tr><td>Kyiv</td><td>3</td></tr></table>",
        "| City | Dead |\n| --- | --- |\n| Kharkiv | 12 |\n\n|  |  |\n| --- | --- |\n| Kyiv | 3 |",
        HTML,
    ),
    original(
        "html_of_an_embed_code",
        '<div>See this:</div><div>&lt;iframe width="560" src="https://www.youtube.com/embed/abc" title="x"&gt;&lt;/iframe&gt;</div><div>More <b>soon</b>.</div>',
        "See this:\n\n<https://www.youtube.com/embed/abc>\n\nMore **soon**.",
        HTML,
    ),
    original(
        "html_of_an_embed_code_in_a_line",
        '<p>See &lt;iframe src="<a href="https://www.youtube.com/embed/abc">https://www.youtube.com/embed/abc</a>"&gt;&lt;/iframe&gt; now * &lt;b&gt;</p>',
        "See\n\n<https://www.youtube.com/embed/abc>\n\nnow \\* \\<b>",
        HTML,
    ),
    original(
        "html_layout",
        '<table><tr><td><table><tr><td><div style="display:none;max-height:0">Preheader</div><h1>News</h1><p>Two&nbsp;&nbsp; dead.</p></td></tr></table></td></tr></table><img src="https://t.example.org/p.gif" width="1" height="1"><script>1</script>',
        "# News\n\nTwo dead.",
        HTML,
    ),
    original(
        "html_marks",
        "<p>--</p><p>1986. It * was [x] &lt;b&gt;</p><p>&gt; no</p><p># 1</p>",
        "\\--\n\n1986\\. It \\* was \\[x\\] \\<b>\n\n\\> no\n\n\\# 1",
        HTML,
    ),
    original(
        "html_links",
        '<a href="javascript:alert(1)">js</a> <a href="www.example.org/x">bare</a> <a href="https://eur01.safelinks.protection.outlook.com/?url=https%3A%2F%2Fexample.org%2Fa&amp;data=05%7Cdesk%40example.org">here</a> <a href="tel:+380440000000">call</a>',
        "js [bare](<https://www.example.org/x>) [here](<https://example.org/a>) [call](<tel:+380440000000>)",
        HTML,
    ),
]

# Lines like those of a header, in mails that answer and forward nothing.
HEADED = [
    original(
        "headed_train",
        "Evacuation train:\n\nFrom: Kharkiv\nTo: Lviv\nDate: 30 November, 14:00\n\nBring documents. Free of charge.",
        "Evacuation train:\n\nFrom: Kharkiv\\\nTo: Lviv\\\nDate: 30 November, 14:00\n\nBring documents. Free of charge.",
    ),
    original(
        "headed_uk",
        "Евакуація.\nВід: Харків\nКому: усім мешканцям\nТема: евакуація\nБеріть документи.",
        "Евакуація.\\\nВід: Харків\\\nКому: усім мешканцям\\\nТема: евакуація\\\nБеріть документи.",
    ),
    original(
        "headed_letter",
        "The ministry published this letter:\nFrom: Minister\nTo: Governors\nSubject: Evacuation\nAll must leave by noon.",
        "The ministry published this letter:\\\nFrom: Minister\\\nTo: Governors\\\nSubject: Evacuation\\\nAll must leave by noon.",
    ),
    original(
        "headed_buses",
        "Buses:\nDate: 30 Nov\nFrom: Kharkiv\nTo: Poltava\nSubject to change.",
        "Buses:\\\nDate: 30 Nov\\\nFrom: Kharkiv\\\nTo: Poltava\\\nSubject to change.",
    ),
    original(
        "headed_contact",
        "Buses:\nFrom: Kharkiv\nTo: Poltava\nContact: bus@example.com\nFree of charge.",
        "Buses:\\\nFrom: Kharkiv\\\nTo: Poltava\\\nContact: bus@example.com\\\nFree of charge.",
    ),
    Mail(
        "headed_letter_of_four_lines",
        mail(
            "The ministry published this letter:\nFrom: Minister\nTo: Governors\nDate: 30.11.2026, 14:00\nSubject: Evacuation\nAll must leave by noon.",
            subject="Water",
        ),
        "The ministry published this letter:\n\n> All must leave by noon.",
        forwarded=True,
    ),
    reply(
        "headed_in_a_reply",
        "Train:\nFrom: Kharkiv\nTo: Lviv\nDate: 30.11.2026, 14:00\nBring documents.\n\nOn 30/11/2026 07:12, News Desk wrote:\n> Where?\n",
        "Train:\\\nFrom: Kharkiv\\\nTo: Lviv\\\nDate: 30.11.2026, 14:00\\\nBring documents.",
    ),
    reply(
        "headed_without_address",
        "At the bridge.\n\nFrom: Desk\nSent: Monday, November 30, 2026 7:12 AM\nTo: Ann\nSubject: Where?\n\nWhere are you?\n",
        "At the bridge.",
    ),
    forward(
        "headed_forward_of_another_subject",
        "From: Marko\nSent: Monday, November 30, 2026 6:50 AM\nTo: Ann\nSubject: Water\n\nNo water until noon.\n",
        "No water until noon.",
        subject="For the blog",
    ),
    forward(
        "headed_within",
        "See below.\n\n---------- Forwarded message ---------\nFrom: Marko <marko@example.com>\nDate: Mon, 30 Nov 2026 at 06:50\nSubject: Trains\nTo: Ann <ann@example.org>\n\nTrain:\nFrom: Kharkiv\nTo: Lviv\nDate: 30 November, 14:00\nBring documents.\n",
        "See below.\n\n> Train:\\\n> From: Kharkiv\\\n> To: Lviv\\\n> Date: 30 November, 14:00\\\n> Bring documents.",
    ),
]

CHARSETS = [
    Mail(
        f"charset_{label or 'none'}_{codec}",
        mail(text, subject="Water", label=label, codec=codec),
        text,
        told=told,
    )
    for label, codec, text, told in (
        ("cp-850", "cp850", "Réouverture du pont", ()),
        ("utf8mb4", "utf-8", "Світло є 🔥", ()),
        ("", "utf-8", "Світло є", ()),
        ("us-ascii", "utf-8", "Світло є", ()),
        ("iso-8859-1", "cp1252", "“Two” – 5 €", ()),
        ("iso-8859-1", "utf-8", "“Two” – 5 €", ()),
        ("koi8-u", "koi8-u", "Їжа є", ()),
        ("koi8-r", "koi8-u", "Їжа є", ()),
        ("windows-1251", "cp1251", "Їжа є", ()),
        ("cp-1251", "cp1251", "Їжа є", ()),
        ("x-cp1251", "cp1251", "Їжа є", ()),
        ("iso-2022-jp", "iso2022_jp", "橋は閉鎖", ()),
        ("shift_jis", "cp932", "橋は閉鎖①", ()),
        ("gb2312", "gb18030", "桥已关闭镕", ()),
        ("big5", "big5", "橋已關閉", ()),
        ("ks_c_5601-1987", "cp949", "다리는 폐쇄", ()),
        ("utf-7", "utf-7", "Світло є", ()),
        ("windows-1256", "cp1256", "الجسر مغلق", ()),
        ("iso-8859-8-i", "iso8859-8", "הגשר סגור", ()),
        (
            "unknown-8bit",
            "cp1251",
            "Світло повернулося",
            ("The e-mail may be read wrongly: its charset",),
        ),
        ("rot13", "cp1252", "Réouverture", ("The e-mail may be read wrongly: its charset",)),
        (
            "",
            "koi8-u",
            "Світло повернулося",
            ("The e-mail may be read wrongly: it names no charset",),
        ),
    )
] + [
    Mail(
        "broken_utf8",
        mail("Світло", subject="Water") + b" \xff \xd1",
        "Світло � �",
        told=("The e-mail may be read wrongly: 2 of its",),
    ),
    Mail(
        "base64_with_junk",
        mail("", subject="Water", encoding="base64") + b"0KHQstGW!!\r\n0YLQu9C+\r\nINGUIA\r\n",
        "Світло є",
    ),
    Mail(
        "broken_quoted_printable",
        mail("50 =% =D0=92=D0=BE=D0=B4=D0=B0 =ZZ=", subject="Water", encoding="quoted-printable"),
        "50 =% Вода =ZZ",
    ),
    Mail(
        "8bit_called_7bit",
        mail("Світло є", subject="Water", encoding="7bit"),
        "Світло є",
    ),
    Mail(
        "charset_of_html",
        mail(
            '<meta charset="windows-1251"><p>Їжа є</p>',
            subject="Water",
            kind=HTML,
            label="",
            codec="cp1251",
        ),
        "Їжа є",
    ),
]

# Quotations of the writer's own, in answers.
QUOTING = [
    html_reply(
        "quoting_gmail",
        '<div dir="ltr">The ministry said today:<blockquote style="margin:0 0 0 40px;border:none;padding:0px">We hold.</blockquote></div><br><div class="gmail_quote"><div dir="ltr" class="gmail_attr">On Mon, 30 Nov 2026 at 07:12, Desk &lt;desk@example.org&gt; wrote:<br></div><blockquote class="gmail_quote">Where?</blockquote></div>',
        "The ministry said today:\n\n> We hold.",
    ),
    html_reply(
        "quoting_gmail_alone",
        '<div dir="ltr"><blockquote style="margin:0 0 0 40px;border:none;padding:0px">We hold.</blockquote><div>So the ministry.</div></div><div class="gmail_quote"><div dir="ltr" class="gmail_attr">On Mon, 30 Nov 2026 at 07:12, Desk &lt;desk@example.org&gt; wrote:<br></div><blockquote class="gmail_quote">Where?</blockquote></div>',
        "> We hold.\n\nSo the ministry.",
    ),
    reply(
        "quoting_introduced",
        "The ministry said today:\n> We hold the line.\n",
        "The ministry said today:\n\n> We hold the line.",
    ),
    reply(
        "quoting_introduced_apart",
        "The ministry said today:\n\n> We hold the line.\n",
        "The ministry said today:\n\n> We hold the line.",
    ),
    reply(
        "quoting_above_an_attribution",
        "The ministry said today:\n> We hold the line.\n\nOn Mon, 30 Nov 2026 at 07:12, News Desk <desk@example.org> wrote:\n\n> Where?\n",
        "The ministry said today:\n\n> We hold the line.",
    ),
    reply(
        "quoting_above_a_header",
        "The ministry said today:\n> We hold the line.\n\n-----Original Message-----\nFrom: News Desk <desk@example.org>\nSent: Monday, November 30, 2026 7:12 AM\nSubject: Where are you?\n\nWhere?\n",
        "The ministry said today:\n\n> We hold the line.",
    ),
    reply(
        "quoting_below_an_answer",
        "On 30/11/2026 07:12, News Desk wrote:\n> Where are you?\n> What says he?\n\nHe said:\n> No comment\n",
        "> Where are you?\\\n> What says he?\n\nHe said:\n\n> No comment",
    ),
    reply(
        "quoting_nothing_below_a_colon",
        "Three dead, these are:\n\nOn 30/11/2026 07:12, News Desk wrote:\n> Where are you?\n",
        "Three dead, these are:",
    ),
    html_reply(
        "quoting_apple",
        '<div>He said:<br><blockquote type="cite">We hold.</blockquote></div>',
        "He said:\n\n> We hold.",
    ),
    html_reply(
        "quoting_apple_who_wrote",
        '<div>At the bridge.</div><div>News Desk wrote:</div><blockquote type="cite">Where?</blockquote></div>',
        "At the bridge.\\\nNews Desk wrote:",
    ),
    html_reply(
        "quoting_nothing_below_a_colon_gmail",
        '<div dir="ltr">Three dead, these are:</div><div class="gmail_quote"><div class="gmail_attr">On Mon, D &lt;desk@example.org&gt; wrote:<br></div><blockquote class="gmail_quote">Where?</blockquote></div>',
        "Three dead, these are:",
    ),
    reply("quoting_the_question", "At the bridge.\n\n> Where are you?\n", "At the bridge."),
    reply(
        "quoting_in_another_language",
        "At the bridge.\n\n07:12 2026-11-30 News Desk skribis:\n> Where are you?\n",
        "At the bridge.\n\n07:12 2026-11-30 News Desk skribis:",
    ),
]

# Dashes that stand in a text.
DASHES = [
    original(
        "dashes_and_a_blank_line",
        "Two dead.\n\n--\n\nThree wounded, the mayor said.",
        "Two dead.\n\n\\--\n\nThree wounded, the mayor said.",
    ),
    original(
        "dashes_and_a_sentence",
        "Two dead.\n--\nThree wounded, the mayor said.",
        "Two dead.\\\n\\--\\\nThree wounded, the mayor said.",
    ),
    original("dash_and_a_word", "He said:\n—\nNo.", "He said:\\\n—\\\nNo."),
    original(
        "dashes_and_a_company", "Two dead.\n--\nAnn Smith\nWater Ltd.", "Two dead.", told=SIGNED
    ),
    original(
        "dashes_and_a_device",
        "Two dead.\n--\nDiese Nachricht wurde von meinem Android-Gerät mit K-9 Mail gesendet.",
        "Two dead.",
        told=SIGNED,
    ),
    original("dash_and_a_name", "Two dead.\n—\nAnn", "Two dead.", told=SIGNED),
]

STUBS = [
    Mail(
        f"stub_{number}",
        of_parts(
            "multipart/alternative",
            ("text/plain", text),
            ("text/html", "<p>The <b>bridge</b> is closed.</p>"),
            subject="Water",
        ),
        "The **bridge** is closed.",
    )
    for number, text in enumerate(
        (
            "This message requires an HTML viewer.",
            "Your email client does not support HTML messages",
            "This is an HTML email. Please use a program that can display it.",
            "To view this message, please use an HTML compatible email viewer!",
            "HTML version only.",
            "Ihr E-Mail-Programm unterstützt kein HTML.",
            "Diese E-Mail ist im HTML-Format.\r\nBitte zeigen Sie sie als HTML an.",
            "Votre logiciel de messagerie ne prend pas en charge le HTML.",
            "Su cliente de correo no soporta HTML.",
            "Twój program pocztowy nie obsługuje HTML.",
            "Ваш почтовый клиент не поддерживает HTML.",
            "Ваш поштовий клієнт не підтримує HTML.",
            "您的邮件客户端不支持 HTML 格式。",
        )
    )
] + [
    Mail(
        f"no_stub_{number}",
        of_parts(
            "multipart/alternative",
            ("text/plain", text),
            ("text/html", f"<p><b>{text}</b></p>"),
            subject="Water",
        ),
        text,
    )
    for number, text in enumerate(
        ("The minister's HTML page is gone.", "This message is short.", "The bridge.")
    )
]

CALLED_LATIN = [
    Mail(
        f"called_{label}_{codec}_{number}",
        mail(text, subject="Water", label=label, codec=codec),
        text,
        told=(f"The e-mail may be read wrongly: its charset is called '{label}'",),
    )
    for label, codec in (
        ("iso-8859-1", "cp1251"),
        ("windows-1252", "cp1251"),
        ("iso-8859-1", "koi8-u"),
        ("iso-8859-15", "cp1251"),
    )
    for number, text in enumerate(
        (
            "Обстріл триває",
            'Мост закрыт. Two dead, см. www. В 7:12 "да".',
            "УВАГА! ПОВІТРЯНА ТРИВОГА",
            "Всё тихо",
        )
    )
] + [
    Mail(
        f"latin_{number}",
        mail(text, subject="Water", label="iso-8859-1", codec="cp1252"),
        text,
    )
    for number, text in enumerate(
        (
            "ÉTÉ À PARIS",
            "Là où çà et là",
            "Ñu, ÆØÅ og æøå",
            "»Ça y est« – été",
            "À",
            "Œuvre ÄÖÜ, äöüß",
            "50 ± 3 °C, ½ ¾",
        )
    )
]

STRUCTURES = [
    Mail(
        "blank_plain",
        of_parts(
            "multipart/alternative",
            ("text/plain", " \r\n\xa0\r\n"),
            ("text/html", "<p>The <b>bridge</b>.</p>"),
        ),
        "The **bridge**.",
    ),
    Mail(
        "plain_first",
        of_parts(
            "multipart/alternative",
            ("text/plain", "The bridge."),
            ("text/html", "<p>Not this.</p>"),
        ),
        "The bridge.",
    ),
    Mail(
        "texts_between_pictures",
        of_parts("multipart/mixed", ("text/plain", "Before."), ("text/html", "<i>After.</i>")),
        "Before.\n\n*After.*",
    ),
    Mail(
        "one_part_called_an_attachment",
        b"From: ann@example.org\r\nMessage-ID: <1@a>\r\nContent-Type: text/plain\r\nContent-Disposition: attachment; filename=a.txt\r\n\r\nThe bridge.\r\n",
        "The bridge.",
    ),
    Mail(
        "no_boundary",
        b"From: ann@example.org\r\nMessage-ID: <1@a>\r\nContent-Type: multipart/mixed\r\n\r\nThe bridge.\r\n",
        "The bridge.",
    ),
    Mail(
        "wrong_boundary",
        b"From: ann@example.org\r\nMessage-ID: <1@a>\r\nContent-Type: multipart/mixed; boundary=x\r\n\r\nThe bridge.\r\n",
        "The bridge.",
    ),
    Mail(
        "forwarded_as_attachment",
        of_parts(
            "multipart/mixed",
            ("text/plain", "See this."),
            (
                "message/rfc822",
                "From: marko@example.com\r\nSubject: Water\r\n\r\nNo water.\r\n-- \r\nMarko, 123",
            ),
            subject="Fwd: Water",
        ),
        "See this.\n\n> No water.",
        forwarded=True,
    ),
    Mail(
        "signed_in_itself",
        mail(
            "-----BEGIN PGP SIGNED MESSAGE-----\nHash: SHA256\n\n- - Two boats.\n-----BEGIN PGP SIGNATURE-----\n\niQ\n-----END PGP SIGNATURE-----\n",
            subject="Water",
        ),
        "\\- Two boats.",
    ),
    Mail(
        "encrypted",
        mail("-----BEGIN PGP MESSAGE-----\n\nhQ\n-----END PGP MESSAGE-----\n", subject="Water"),
        "-----BEGIN PGP MESSAGE-----\n\nhQ\\\n-----END PGP MESSAGE-----",
        told=("A part of the text is encrypted",),
    ),
]

MAILS = [
    *CALLED_LATIN,
    *QUOTING,
    *DASHES,
    *STUBS,
    *HEADED,
    *PLAIN_REPLIES,
    *OUTLOOK,
    *ATTRIBUTIONS,
    *SENT_FROM,
    *HTML_REPLIES,
    *DIRECTLY_BELOW,
    *FORWARDS,
    *ORIGINALS,
    *CHARSETS,
    *STRUCTURES,
]
