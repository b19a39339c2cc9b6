"""The readers' stylesheet, changed for the shadow root of `<live-blog-embed>`.

Within a shadow root there is no `:root`, and `rem` is the host's: a page that sets `html { font-size: 62.5% }` would
shrink the text. Every colour and font becomes a property that the host can set.
"""

from __future__ import annotations

import re

# `--ink` takes the value of the host's `--liveblog-ink`, if it sets that.
SETTABLE = "paper|sheet|ink|soft|rule|live|on-live|link|fresh|confirmed|unverified|checking|disputed|retracted|serif|sans"
DECLARED = re.compile(rf"--({SETTABLE}):\s*([^;}}]+?)\s*(?=[;}}])")
ROOT = re.compile(r":root((?::not\([^()]*\)|\[[^\]]*\])*)")
# The `rem` of a condition is the browser's own size: it stays.
REM = re.compile(r"@media[^{]*|(-?\d*\.?\d+)rem\b")
SIZE = "--liveblog-size"


def in_shadow(stylesheet: str) -> str:
    """The stylesheet for a shadow root: `:root` is the host element, `data-theme` its attribute `theme`."""
    changed = DECLARED.sub(r"--\1: var(--liveblog-\1, \2)", stylesheet)
    changed = ROOT.sub(lambda found: f":host({found[1]})" if found[1] else ":host", changed)
    changed = changed.replace("data-theme", "theme")
    return REM.sub(
        lambda found: f"calc({found[1]} * var({SIZE}, 16px))" if found[1] else found[0], changed
    )
