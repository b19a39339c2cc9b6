# ruff: noqa: RUF001 - full-width signs are its point
"""Markdown through the rich text editor: untouched it stays as it was written, edited it says the same."""

from __future__ import annotations

import random
import re

import pytest
from browser import Visitor
from desk_client import Editor
from markdown_lines import ADDRESSES, DEAD, OTHERS
from processes import Server
from selectolax.lexbor import LexborHTMLParser

from liveblog.content.markup.markdown import to_html
from liveblog.errors import Invalid

pytestmark = pytest.mark.anyio

WORDS = (
    "a b1 Київ خبر 日本 **bold** *em* _u_ __x__ snake_case 2*3*4 `co|de` ``a`b`` ~~gone~~ ~ [l](https://x.y/a_(b)) "
    '[t](<https://x.y/a b> "ti\\"tle") <https://x.y> <a@b.c> ![p](q) [r][x] \\* \\# \\[ & &amp; &copy; &#35; < <b> > # ## '
    "- + * 1. 2) 1986. | \\| ||| --- === *** ``` ~~~ \\ \\\\ ! !! : [] [ ] ( ) https://x.y $1 ***both*** **a*b*c** "
    'a**"b"**c *a*b \\` これは**「重要」**です **注意：**请看 **스크립트(a)**라고 ~~「旧」~~了 10<sup>3</sup> x<sub>max</sub> <sup> [^1] '
    "https://x.y/a_b*c* https://x.y/?a[]=1&b=2 https://x.y/_a_ 見https://x.y/aを www.x.example desk@x.example [m](/desk) [c](tel:+38)"
).split(" ")
BLOCKS = (
    "{}", "{}\n{}", "{}  \n{}", "{}\\\n{}", "# {}", "### {}", "{}\n===", "> {}", "> {}\n>\n> - {}", "- {}\n- {}",
    "* {}\n\n* {}", "1. {}\n2. {}", "7) {}\n8) {}", "- {}\n  - {}\n    1. {}", "```\n{}\n```", "~~~js\n{}\n{}\n~~~",
    "    {}", "---", "| {} | {} |\n|---|:-:|\n| {} | {} |", "- {}\n\n  {}\n\n      {}", "> > {}\n{}", "[x]: https://x.y '{}'",
)  # fmt: skip
AGAIN = """async ([url, samples]) => {
  const { parse, serialize } = await import(url);
  const anew = (node) => node.isText ? node : node.type.create(node.attrs, node.content.content.map(anew), node.marks);
  return samples.map((source) => {
    const doc = parse(source);
    const second = doc.childCount > 1 ? doc.type.create(null, [anew(doc.child(0)), ...doc.content.content.slice(1)]) : doc;
    return [serialize(anew(doc)), serialize(second)];
  });
}"""
KEPT = """async ([url, samples]) => {
  const { mount } = await import(url);
  const none = () => false;
  const place = document.createElement("div");
  const editor = mount(place, { value: "", attributes: {}, changed: none, selected: none, pasted: none, keydown: none });
  return samples.filter((source) => (editor.set(source), editor.value !== source));
}"""


def samples(count: int) -> list[str]:
    """Texts of everything that has a meaning, next to everything."""
    dice = random.Random(20221122)
    found = []
    for _ in range(count):
        blocks = [
            re.sub(
                r"\{\}",
                lambda _: " ".join(dice.choices(WORDS, k=dice.randint(1, 4))),
                dice.choice(BLOCKS),
            )
            for _ in range(dice.randint(1, 4))
        ]
        found.append(dice.choice(["\n\n", "\n\n", "\n"]).join(blocks))
    return found


def meaning(source: str) -> str:
    """What a reader gets, without the white space that a browser does not show."""
    html = re.sub(r"\s+", " ", to_html(source)).replace(" </code></pre>", "</code></pre>")
    html = re.sub(r"<p> ?</p>|(?: ?<br> ?)+(?=</(?:p|td|th|h[3-6])>)", "", html)
    blocks = "p|li|h[3-6]|td|th|blockquote|ul|ol|br|pre|hr|table|tr|thead|tbody"
    html = re.sub(rf" ?(</?(?:{blocks})\b[^>]*>) ?", r"\1", html)
    html = re.sub(r"</?p(?: dir=\"\w+\")?>", "", html)  # a list is tight or loose
    return re.sub(r"</(em|strong|s)><\1>", "", html).strip()


async def test_what_goes_through_the_editor_says_the_same(
    shared_server: Server, editor: Editor, reader: Visitor
) -> None:
    page = await reader.open(f"{shared_server.url}/stories/{editor.story()}")
    asset = (await page.get_attribute("link[href*=liveblog]", "href") or "").rpartition("/")[0]
    url = f"{asset}/desk/editor.min.js"
    texts = [text for text in samples(600) if can(text)]
    assert len(texts) > 560
    assert await page.evaluate(KEPT, [url, texts]) == []
    again = await page.evaluate(AGAIN, [url, texts])
    different = [
        f"{source!r}\n  {got!r}\n  {meaning(source)}\n  {meaning(got)}"
        for source, both in zip(texts, again, strict=True)
        for got in both
        if meaning(got) != meaning(source)
    ]
    assert not different, f"{len(different)} of {len(texts)}:\n" + "\n".join(different[:12])


SHOWN = """async ([url, sources]) => {
  const { parse } = await import(url);
  return sources.map((source) => {
    const found = [];
    parse(source, false, true).descendants((node) => {
      if (!node.isText) return;
      const marks = node.marks.map(({ type, attrs }) => ({ strike: "s", link: `a ${attrs.href}` })[type.name] ?? type.name).sort();
      found.push([node.text.replace(/\\s+/g, " "), ...marks]);
    });
    return found;
  });
}"""


async def test_the_editor_takes_each_line_as_readers_get_it(
    shared_server: Server, editor: Editor, reader: Visitor
) -> None:
    page = await reader.open(f"{shared_server.url}/stories/{editor.story()}")
    asset = (await page.get_attribute("link[href*=liveblog]", "href") or "").rpartition("/")[0]
    sources = [*ADDRESSES, *OTHERS, *DEAD]
    shown = await page.evaluate(SHOWN, [f"{asset}/desk/editor.min.js", sources])
    assert dict(zip(sources, map(joined, shown), strict=True)) == {
        source: joined(of_readers(to_html(source))) for source in sources
    }


def of_readers(html: str) -> list[list[str]]:
    """The texts, each with the elements that say something about it."""
    found = []
    tree = LexborHTMLParser(html)
    assert tree.body is not None
    for node in tree.body.traverse(include_text=True):
        if node.tag != "-text":
            continue
        marks, code = [], False
        above = node.parent
        while above is not None and above.tag != "body":
            code = code or above.tag == "pre"
            if above.tag in {"strong", "em", "s", "code", "sup", "sub"}:
                marks.append(above.tag)
            elif above.tag == "a":
                marks.append(f"a {above.attributes['href']}")
            above = above.parent
        marks = [mark for mark in marks if not (code and mark == "code")]
        found.append([re.sub(r"\s+", " ", node.text()), *sorted(marks)])
    return found


def joined(texts: list[list[str]]) -> list[list[str]]:
    found: list[list[str]] = []
    for text, *marks in texts:
        if found and found[-1][1:] == marks:
            found[-1][0] = f"{found[-1][0]}{text}"
        elif text.strip() or marks:
            found.append([text, *marks])
    return [[re.sub(r"\s+", "", text), *marks] for text, *marks in found]


def can(source: str) -> bool:
    """Not emphasis within the same emphasis, which a document of the editor does not hold."""
    try:
        return not re.search(r"<(em|strong|s)>(?:(?!</\1>).)*<\1>", to_html(source), re.DOTALL)
    except Invalid:
        return False
