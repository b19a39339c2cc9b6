// Paste and drop: turns the HTML of other programs into what an entry may hold; plain text stays as it is.
import { DOMParser, DOMSerializer, Fragment, Slice } from "prosemirror-model";
import { parse } from "./markdown.js";
import { schema } from "./schema.js";
import { inUnicode } from "./superscripts.js";

const { nodes } = schema;
const EMOJI = /^(?:\p{Extended_Pictographic}|\p{Regional_Indicator})[\p{Extended_Pictographic}\p{Emoji_Component}]*$/u;
const BLOCKS =
  "address, article, aside, blockquote, br, dd, div, dl, dt, figcaption, figure, footer, form, h1, h2, h3, h4, h5, h6, header, hr, li, main, nav, ol, p, pre, section, ul";
// The styles of a span that become marks; values in `mso-…` are for Word alone.
const STYLES = [
  ["strong", /(?:^|;)\s*font-weight\s*:\s*(?:bold|[6-9]00)/i],
  ["em", /(?:^|;)\s*font-style\s*:\s*(?:italic|oblique)/i],
  ["sup", /(?:^|;)\s*vertical-align\s*:\s*super/i],
  ["sub", /(?:^|;)\s*vertical-align\s*:\s*sub/i],
  ["s", /(?:^|;)\s*text-decoration(?:-line)?\s*:[^;]*\bline-through/i],
];
const NORMAL = /(?:^|;)\s*font-weight\s*:\s*(?:normal|400)/i; // Google Docs puts such a <b> around everything
const LINES = /(?:^|;)\s*white-space(?:-collapse)?\s*:\s*(?:pre|break-spaces)/i;
// Plain text is read as Markdown if it has one of these: **words**, [words](https://…), a footnote, a line that begins with ##.
// Beside letters of scripts with spaces, two asterisks may be anything.
const MARKDOWN = [
  /(?<![*\p{N}A-Za-z\u00aa-\u07ff\u0900-\u0dff])\*\*(?=\S)[^*\n]+(?<=\S)\*\*(?![*\p{N}A-Za-z\u00aa-\u07ff\u0900-\u0dff])/u,
  /\[[^[\]\n]+\]\((?:https?:\/\/|mailto:|tel:|www\.)[^\s)]/i,
  /\[\^\w{1,20}\][\s\S]*^\[\^\w{1,20}\]: \S/m,
  /^#{2,6} [^#\n]+$/m,
];

/** Plain text with the marks of its place: a new line is a line break, a blank line begins a paragraph, and no character has a
 * meaning. Unless `verbatim`, Markdown is read as Markdown. */
export function plain(text, marks, verbatim) {
  const raised = (whole, tag, inner) => inUnicode(tag.toLowerCase(), inner) ?? whole;
  const lines = text
    .replace(/\r\n?|[\u2028\u2029]/g, "\n")
    .replaceAll("\ufeff", "")
    .replace(/<(sup|sub)>([^<>\n]{1,80})<\/\1>/gi, raised);
  if (!verbatim && MARKDOWN.some((sign) => sign.test(lines))) return Slice.maxOpen(parse(lines, true).content);
  const blocks = lines
    .replace(/[^\S\n]*\n[^\S\n]*/g, "\n")
    .replace(/^\n+|\n+$/g, "")
    .split(/\n{2,}/);
  const content = (block) =>
    block
      .split("\n")
      .flatMap((line, at) => [at && nodes.hard_break.create(), line && schema.text(line, marks)].filter(Boolean));
  return Slice.maxOpen(
    nodes.doc.create(
      null,
      blocks.map((block) => nodes.paragraph.create(null, content(block))),
    ).content,
  );
}

/** The words of a text for a table cell, which holds one line. */
export function worded(slice, { $from, $to }) {
  if (!/^table_/.test($from.parent.type.name) || !$from.sameParent($to)) return slice;
  const found = [];
  slice.content.descendants((node) => {
    if (node.isTextblock && found.length) found.push(schema.text(" "));
    if (node.isInline) found.push(node.isText ? node : schema.text(" "));
  });
  return new Slice(Fragment.from(found), 0, 0);
}

/** The usable HTML of a program, read in a separate document without scripts; and the number of pictures left out. */
export function clean(html) {
  // The page's policy holds in that document, too, and would report every style attribute.
  const quiet = html
    .replace(/<(\/?)style\b/gi, "<$1template")
    .replace(/<[a-z][^<>]*>/gi, (tag) => tag.replace(/(\s)(style|on[a-z]+)(?=\s*=)/gi, "$1data-$2"));
  const { body } = new window.DOMParser().parseFromString(quiet, "text/html");
  const pictures = strip(body);
  const doc = DOMParser.fromSchema(schema).parse(body);
  const holder = document.implementation.createHTMLDocument("").createElement("div");
  holder.append(DOMSerializer.fromSchema(schema).serializeFragment(doc.content, { document: holder.ownerDocument }));
  return { html: holder.innerHTML, pictures };
}

function strip(body) {
  for (const element of body.querySelectorAll(
    "script, style, template, noscript, iframe, object, svg, math, head, title",
  ))
    element.remove();
  // Google Docs writes one for an empty line.
  for (const line of body.querySelectorAll("br"))
    if (line.previousSibling?.matches?.("p, div, table, ul, ol, h1, h2, h3, h4, h5, h6")) line.remove();
  const pictures = pictured(body);
  listed(body);
  styled(body);
  for (const found of body.querySelectorAll("sup, sub")) {
    const text = inUnicode(found.localName, found.textContent.trim());
    if (text !== null) found.replaceWith(text);
  }
  for (const table of body.querySelectorAll("table")) tabled(table);
  return pictures;
}

/** The number of pictures, without the emoji of messengers and invisible ones. */
function pictured(body) {
  let count = 0;
  for (const picture of body.querySelectorAll("img")) {
    if (EMOJI.test(picture.alt)) picture.replaceWith(picture.alt);
    else if (!picture.matches("[width='0'], [width='1'], [height='0'], [height='1']")) count += 1;
  }
  return count;
}

/** Turns styles into elements, and new lines within a text into `<br>`. */
function styled(body) {
  for (const found of body.querySelectorAll(
    "[data-style]:not(table, thead, tbody, tfoot, tr, col, colgroup, ul, ol)",
  )) {
    const style = found.getAttribute("data-style");
    const element = found.matches("b, strong") && NORMAL.test(style) ? named(found, "span") : found;
    for (const [name, pattern] of STYLES) {
      if (!pattern.test(style) || (name === "strong" && element.closest("h1, h2, h3, h4, h5, h6, th"))) continue;
      const made = body.ownerDocument.createElement(name);
      made.append(...element.childNodes);
      element.append(made);
    }
  }
  const texts = body.ownerDocument.createTreeWalker(body, NodeFilter.SHOW_TEXT);
  const broken = [];
  while (texts.nextNode())
    if (/\S/.test(texts.currentNode.data) && texts.currentNode.data.includes("\n")) broken.push(texts.currentNode);
  for (const text of broken) {
    const element = text.parentElement.closest("pre, [data-style*='white-space']");
    if (!element || element.localName === "pre" || !LINES.test(element.getAttribute("data-style"))) continue;
    text.replaceWith(
      ...text.data.split("\n").flatMap((line, at) => (at ? [body.ownerDocument.createElement("br"), line] : [line])),
    );
  }
}

/** Turns a table into one for Markdown: headings in the first row only, no merged cells, one line in each cell. */
function tabled(table) {
  // A table that holds other tables is for layout only.
  if (table.querySelector("table"))
    return table.replaceWith(...[...table.rows].flatMap(({ cells }) => [...cells].map((cell) => named(cell, "div"))));
  if (table.caption) table.before(named(table.caption, "p"));
  const rows = [...table.rows];
  rows.forEach((row, at) => {
    for (const cell of [...row.cells]) {
      for (let more = cell.colSpan; more > 1; more -= 1) cell.after(Object.assign(cell.cloneNode(), { colSpan: 1 }));
    }
    [...row.cells].forEach((cell, place) => {
      for (const below of rows.slice(at + 1, at + cell.rowSpan))
        below.insertBefore(table.ownerDocument.createElement("td"), below.cells[place] ?? null);
    });
  });
  const width = Math.max(...rows.map(({ cells }) => cells.length));
  rows.forEach((row, at) => {
    while (row.cells.length < width) row.insertCell();
    for (const cell of [...row.cells]) {
      for (const block of cell.querySelectorAll(BLOCKS)) block.replaceWith(" ", ...block.childNodes, " ");
      named(cell, at ? "td" : "th");
    }
  });
}

function named(element, name) {
  if (element.localName === name) return element;
  const made = element.ownerDocument.createElement(name);
  made.append(...element.childNodes);
  element.replaceWith(made);
  return made;
}

/** Word writes lists as paragraphs: `mso-list` holds their level, and the mark is part of the text. */
function listed(body) {
  let open = []; // the lists around the last item, the outermost first
  for (const item of body.querySelectorAll("p[data-style*='mso-list']")) {
    const level = Number(/mso-list:[^;]*\blevel(\d)/.exec(item.getAttribute("data-style"))?.[1]);
    if (!level) continue;
    const mark = item.querySelector("[data-style*='mso-list:Ignore']");
    const kind = /^\(?\w{1,4}[.)]/.test(mark?.textContent.trim()) ? "ol" : "ul";
    mark?.remove();
    if (item.previousElementSibling !== open[0]?.list) open = [];
    while (open.length > 1 && open.at(-1).level > level) open.pop();
    const last = open.at(-1);
    if (!last || last.level < level || last.list.localName !== kind) {
      const list = body.ownerDocument.createElement(kind);
      if (!last) item.before(list);
      else if (last.level < level) last.list.lastElementChild.append(list);
      else open.pop().list.after(list);
      open.push({ list, level });
    }
    const entry = body.ownerDocument.createElement("li");
    entry.append(...item.childNodes);
    open.at(-1).list.append(entry);
    item.remove();
  }
}
