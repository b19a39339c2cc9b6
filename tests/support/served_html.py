"""What may stand in HTML that we serve, whatever was written into an entry."""

from __future__ import annotations

import re
from collections.abc import Iterator
from urllib.parse import urlsplit

from selectolax.lexbor import LexborHTMLParser, LexborNode

TEXT = "p br hr strong em b i s del ins small code pre kbd blockquote ul ol li dl dt dd table thead tbody tr th td"
PARTS = "html head body title header main section aside footer nav search article div span bdi figure figcaption h1 h2 h3 h4 h5 h6"
FORMS = "form fieldset legend input textarea select option datalist label button output"
OTHERS = "a time details summary svg path circle noscript template live-blog meta link base script"
TAGS = frozenset(f"{TEXT} {PARTS} {FORMS} {OTHERS}".split())
ANYWHERE = frozenset(
    "id class dir lang title role tabindex hidden viewBox aria-hidden focusable data-guard".split()
)
ATTRIBUTES = {
    "a": {"href", "rel", "target"},
    "time": {"datetime"},
    "output": {"for"},
    "ol": {"start"},
    "path": {"d"},
    "circle": {"cx", "cy", "r", "stroke-dasharray"},
    "details": {"open"},
    "live-blog": {"src", "epoch", "seq", "show", "topic", "author", "order", "limit", "chapters"},
    "meta": {"charset", "name", "content", "property"},
    "link": {"rel", "href", "type", "title", "media"},
    "base": {"target"},
    "script": {"src", "type"},
    "form": {"method", "action", "enctype"},
    "input": {
        "name",
        "type",
        "value",
        "autocomplete",
        "checked",
        "required",
        "accept",
        "capture",
        "multiple",
        "maxlength",
        "placeholder",
        "list",
        "inputmode",
        "min",
        "max",
        "form",
    },
    "textarea": {"name", "rows", "autocomplete", "required", "autofocus", "maxlength"},
    "select": {"name", "form"},
    "option": {"value", "selected", "label"},
    "label": {"for"},
    "fieldset": {"disabled"},
    "div": {"popover"},
    "button": {"type", "name", "value", "form", "popovertarget", "popovertargetaction"},
}
OWN = re.compile(r"/(static/[0-9a-f]{12}/[\w./-]+|stories/[\w-]+)?")
BIDI_CONTROLS = re.compile("[\u202a-\u202e\u2066-\u2069]")


def check_harmless(markup: str) -> LexborHTMLParser:
    """Parsed as browsers do, it holds no script, handler, style, frame or foreign resource."""
    tree = LexborHTMLParser(markup)
    for node in nodes(tree):
        if node.tag == "-text":
            assert "\0" not in node.text()
            continue
        assert node.tag in TAGS, f"<{node.tag}> in {markup[:200]!r}"
        for name, value in node.attributes.items():
            known = ANYWHERE | ATTRIBUTES.get(node.tag, set())
            assert name in known or name.startswith(("aria-", "data-")), f"{name} on <{node.tag}>"
            if name == "href" and node.tag == "a":
                check_link(value or "")
            elif name in {"src", "href", "action"}:
                loads_nothing = node.attributes.get("rel") in {"canonical", "alternate"}
                assert loads_nothing or is_own(value or "", node.tag), (
                    f"{node.tag} {name}={value!r}"
                )
        if node.attributes.get("type") == "application/ld+json":
            assert not set("<>&") & set(node.text())
        elif node.tag == "script":
            assert "src" in node.attributes, "an inline script"
            assert not node.text(), "an inline script"
    return tree


def check_link(address: str) -> None:
    """Browsers drop tabs and line ends wherever they stand, and leading control characters."""
    read = re.sub(r"[\t\n\r]", "", address).lstrip("".join(map(chr, range(0x21))))
    assert urlsplit(read).scheme in {"http", "https", "mailto", "tel", ""}, address
    assert not re.match(r"[a-zA-Z][a-zA-Z0-9+.-]*:", read) or read.startswith(
        ("http:", "https:", "mailto:", "tel:")
    )


def is_own(address: str, tag: str) -> bool:
    return bool(OWN.fullmatch(address)) or (tag == "form" and address.startswith("/desk"))


# The direction within ends with a paragraph (https://www.unicode.org/reports/tr9/#L1), and with these.
ISOLATING = frozenset("p li h3 h4 h5 h6 td th pre blockquote bdi textarea option".split())


def check_isolated(tree: LexborHTMLParser) -> None:
    """Text that changes the direction of writing changes it only within an element of its own."""
    for node in nodes(tree):
        if node.tag != "-text" or not BIDI_CONTROLS.search(node.text()):
            continue
        above = [parent.tag for parent in parents(node)]
        isolated = any(
            parent.tag in ISOLATING or (parent.tag != "html" and "dir" in parent.attributes)
            for parent in parents(node)
        )
        assert isolated or "title" in above, f"{node.text()!r} in {above}"


def nodes(tree: LexborHTMLParser) -> Iterator[LexborNode]:
    assert tree.root is not None
    for node in tree.root.traverse(include_text=True):
        assert node.tag != "-comment", f"a comment: {node.html!r}"
        yield node


def parents(node: LexborNode) -> Iterator[LexborNode]:
    while (parent := node.parent) is not None and parent.tag not in {"-undef", "-document"}:
        yield parent
        node = parent
