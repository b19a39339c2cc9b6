"""Decodes the bytes of a mail. The named charset is checked, because many programs name a wrong one."""

from __future__ import annotations

import codecs
import re
from binascii import Error as NotBase64
from binascii import a2b_qp
from email.base64mime import decode as base64_decoded
from typing import NamedTuple

import webencodings

# Names of charsets in mails that no standard lists. The WHATWG's labels are in the library `webencodings`.
_ALIASES = {
    "utf8mb3": "utf-8",
    "utf8mb4": "utf-8",
    "utf-8mb4": "utf-8",
    "cp65001": "utf-8",
    "ansi": "cp1252",
    "ms-ansi": "cp1252",
    "ms-cyrl": "cp1251",
    "ansi_x3.110-1983": "cp1252",
    "unicode-1-1-utf-7": "utf-7",
    "utf7": "utf-7",
    "x-unicode-2-0-utf-7": "utf-7",
    "koi8-unified": "koi8_u",
    "koi8u": "koi8_u",
    "x-sjis": "cp932",
    "x-gbk": "gb18030",
    "cp936": "gb18030",
    "x-big5": "big5hkscs",
    "ks_c_5601": "cp949",
    "iso-ir-100": "cp1252",
    "x-mac-ce": "mac_latin2",
    "x-mac-centraleurroman": "mac_latin2",
}
# Charsets whose name is also used for a superset: programs that name the first one write the second.
_SUPERSETS = {
    "ascii": "cp1252",
    "latin_1": "cp1252",
    "iso8859-1": "cp1252",
    "iso8859-9": "cp1254",
    "iso8859-11": "cp874",
    "gb2312": "gb18030",
    "gbk": "gb18030",
    "shift_jis": "cp932",
    "euc_kr": "cp949",
    "big5": "big5hkscs",
    "koi8-r": "koi8_u",
    "iso2022_jp": "iso2022_jp_ext",
}
_UNKNOWN = {
    "", "8bit", "7bit", "binary", "ascii", "us-ascii", "unknown", "unknown-8bit", "x-unknown",
    "ascii-8bit", "default", "none", "x-user-defined", "user-defined", "_autodetect", "utf-8",
}  # fmt: skip
_SEVEN_BITS = ("iso2022", "hz", "utf-7", "utf-16", "utf-32", "utf_16", "utf_32")
_WIDE = ("utf-16", "utf_16", "utf-32", "utf_32")
_MANY_BYTES = ("gb", "big5", "cp932", "cp949", "cp950", "euc", "johab", "shift")
_TEXT = re.compile(
    r"(cp\d+|iso8859[-_]\d+|mac[-_]\w+|koi8[-_]\w|utf[-_](7|8|16|32)([-_][bl]e)?|hz|iso2022[-_]\w+"
    r"|gb\w+|big5\w*|euc[-_]\w+|johab|ptcp154|kz1048|tis[-_]620|hp[-_]roman8|shift[-_]jis\w*|ascii|latin[-_]1)"
)
_MARKS = (
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
_CONTROLS = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x84\x86-\x9f\ud800-\udfff\ufeff]")
_MULTIBYTE = re.compile(rb"[\xc2-\xf4][\x80-\xbf]+")
# An encoded word (RFC 2047, section 2). Unlike there, its text may hold spaces: some programs write them.
_WORD = re.compile(r"=\?([\w.:()+-]{1,40})(?:\*[\w-]{0,20})?\?([bBqQ])\?([^?\r\n]{0,2000})\?=")
_BETWEEN_WORDS = re.compile(r"(\?=)\s+(?==\?)")

_CYRILLIC = ("cp1251", "koi8_u")
_WESTERN = {"cp1252", "iso8859-15"}
# Letters in windows-1252, windows-1251 or KOI8-U.
_WORDS = re.compile(rb"[A-Za-z\xa1-\xa8\xaa\xad\xaf\xb2-\xb4\xb6-\xb8\xba\xbd\xbf-\xff]+")
_FREQUENT = frozenset("оаеиіынтрсвлк")
# A capital after a small letter in a Cyrillic word, and characters that are not Cyrillic letters.
_STRANGE = re.compile(
    "[\u0430-\u045f\u0491](?=[\u0400-\u042f\u0490])|[^\\s\u0400-\u045f\u0490\u0491]"
)


class Decoded(NamedTuple):
    """A decoded text. `problem` tells the desk what is uncertain about it; None if nothing is."""

    text: str
    problem: str | None = None


def decoded(content: bytes, label: str = "") -> Decoded:
    """Decode bytes that are labelled with the charset `label`.

    It never fails: undecodable bytes become U+FFFD. Control characters are removed.
    """
    for mark, name in _MARKS:
        if content.startswith(mark):
            return Decoded(_clean(content.removeprefix(mark) if name == "utf-8" else content, name))
    named = label.strip(" \t\"'<>;").lower()
    codec = _codec(named)
    if (
        codec
        and codec.startswith(_WIDE)
        and b"\0" not in content
        and _is_utf_8(content, certain=False)
    ):
        named = codec = ""
    if content.isascii() and not (codec or "").startswith(_SEVEN_BITS):
        return Decoded(content.decode("ascii").translate(_DROPPED))
    if (not codec or not codec.startswith((*_SEVEN_BITS, *_MANY_BYTES))) and _is_utf_8(
        content, certain=named in _UNKNOWN or codec == "cp1252"
    ):
        return Decoded(_clean(content, "utf-8"))
    if codec and named not in _UNKNOWN and (found := _as_labelled(content, codec, named)):
        return found
    if (text := _strict(content, "utf-8")) is not None:
        return Decoded(_CONTROLS.sub("", text))
    if codec and named not in _UNKNOWN:
        text = _clean(content, codec)
        lost = text.count("\ufffd")
        return Decoded(
            text, f"{lost} of its characters cannot be read as {codec}" if lost else None
        )
    text = _clean(content, "utf-8")
    lost = text.count("\ufffd")
    if lost <= len(_MULTIBYTE.findall(content)):
        return Decoded(text, f"{lost} of its characters are broken")
    guess = _guess(content)
    said = f"its charset is called {named[:40]!r}" if named else "it names no charset"
    return Decoded(_clean(content, guess), f"{said}; it was read as {guess}")


def _as_labelled(content: bytes, codec: str, named: str) -> Decoded | None:
    """Decode bytes by their label, or as Cyrillic with a Western label; None if that fails."""
    if codec in _WESTERN and (found := _cyrillic(content)):
        said = f"its charset is called {named[:40]!r}; it was read as {found}"
        return Decoded(_clean(content, found), said)
    text = _strict(content, codec)
    return None if text is None else Decoded(_CONTROLS.sub("", text))


def header_text(value: str) -> str:
    """The text of a header: its encoded words (RFC 2047) and raw bytes (as surrogates) are decoded."""
    raw = re.sub(r"[\r\n]+", "", value)
    joined = _BETWEEN_WORDS.sub(r"\1", raw)
    done: list[str] = []
    held: tuple[str, bytes] = ("", b"")  # a character may be split between neighbours
    at = 0
    for word in _WORD.finditer(joined):
        label, content = word[1], _word(word[2], word[3])
        if word.start() > at or label.lower() != held[0].lower():
            done += [decoded(held[1], held[0]).text, _raw(joined[at : word.start()])]
            held = (label, content)
        else:
            held = (label, held[1] + content)
        at = word.end()
    return "".join([*done, decoded(held[1], held[0]).text, _raw(joined[at:])])


def _word(encoding: str, text: str) -> bytes:
    if encoding in "qQ":
        return a2b_qp(text.replace("_", " ").encode(errors="surrogateescape"), header=True)
    kept = re.sub(r"[^A-Za-z0-9+/]", "", text)
    try:
        return base64_decoded(kept + "=" * (-len(kept) % 4))
    except (NotBase64, ValueError):
        return base64_decoded(kept[: len(kept) // 4 * 4])


def _raw(text: str) -> str:
    return decoded(text.encode(errors="surrogateescape")).text


def _codec(label: str) -> str | None:
    """Python's name of a charset; None if there is none, or if it is not a charset of text."""
    if known := webencodings.lookup(label):
        name = str(known.codec_info.name)
        name = label if name in {"replacement", "x-user-defined"} else name
    else:
        name = _ALIASES.get(label) or re.sub(r"^(x-)?(cp|win|windows|ms)[-_ ]?(?=\d)", "cp", label)
    try:
        name = codecs.lookup(_ALIASES.get(name, name)).name
    except (LookupError, ValueError):
        return None
    return _SUPERSETS.get(name, name) if _TEXT.fullmatch(name) else None


def _is_utf_8(content: bytes, *, certain: bool) -> bool:
    """Whether all bytes above ASCII are valid UTF-8. If another charset is named (not `certain`), at least three
    such characters are required."""
    if _strict(content, "utf-8") is None:
        return False
    return certain or len(_MULTIBYTE.findall(content, 0, 4096)) > 2


def _strict(content: bytes, codec: str) -> str | None:
    try:
        return content.decode(codec)
    except (UnicodeError, ValueError):
        return None


def _clean(content: bytes, codec: str) -> str:
    return _CONTROLS.sub("", content.decode(codec, "replace"))


def _guess(content: bytes) -> str:
    """Guess the charset of a text that is not UTF-8: Cyrillic if most letters are above ASCII, otherwise Western.

    From 0xE0 on, windows-1251 has small letters and KOI8 has capitals.
    """
    letters = [byte for byte in content[:20_000] if byte >= 0x80 or chr(byte).isalpha()]
    high = [byte for byte in letters if byte >= 0xC0]
    if len(high) * 2 < len(letters):
        return "cp1252"
    return "cp1251" if sum(byte >= 0xE0 for byte in high) * 2 > len(high) else "koi8_u"


def _cyrillic(content: bytes) -> str | None:
    """The charset of a Cyrillic text that is labelled as Western; None if it is not Cyrillic.

    In a Cyrillic text, letters above ASCII form whole words. In Western languages, words mix them with ASCII letters.
    """
    words = _WORDS.findall(content, 0, 20_000)
    above = [word for word in words if max(word) >= 0xC0]
    own = [word for word in above if min(word) >= 0x80]
    certain = any(len(word) >= 4 for word in own) or sum(len(word) >= 2 for word in own) >= 3
    if not certain or (len(above) - len(own)) * 20 > len(own):
        return None
    text = b" ".join(own)
    score, codec = max((_likeness(text.decode(codec, "replace")), codec) for codec in _CYRILLIC)
    return codec if score > 0 else None


def _likeness(text: str) -> int:
    """A score for Cyrillic words, by frequent letters and by case. A positive score means Cyrillic."""
    frequent = sum(letter in _FREQUENT for letter in text.lower())
    return frequent - 3 * len(_STRANGE.findall(text))


_DROPPED = dict.fromkeys([*range(9), 11, 12, *range(14, 32), 127])
