// The schema of an entry's text: exactly what liveblog/content/markup/markdown.py allows.
import { Schema } from "prosemirror-model";

const cell = (tag) => ({
  content: "inline*",
  isolating: true,
  attrs: { align: { default: null } },
  parseDOM: [{ tag }],
  toDOM: () => [tag, 0],
});

const http = (href) => /^(https?:\/\/[^/?#\\\s]|mailto:|tel:)/i.test(href);

export const schema = new Schema({
  nodes: {
    doc: { content: "block+" },
    paragraph: { content: "inline*", group: "block", parseDOM: [{ tag: "p" }], toDOM: () => ["p", 0] },
    heading: {
      content: "inline*",
      group: "block",
      defining: true,
      attrs: { level: { default: 1 } },
      // On readers' pages the headings in an entry begin with h3.
      parseDOM: [1, 2, 3, 4, 5, 6].map((level) => ({ tag: `h${level}`, attrs: { level: Math.max(1, level - 2) } })),
      toDOM: ({ attrs }) => [`h${Math.min(attrs.level + 2, 6)}`, 0],
    },
    blockquote: {
      content: "block+",
      group: "block",
      defining: true,
      parseDOM: [{ tag: "blockquote" }],
      toDOM: () => ["blockquote", 0],
    },
    bullet_list: {
      content: "list_item+",
      group: "block",
      attrs: { tight: { default: true } },
      parseDOM: [{ tag: "ul" }],
      toDOM: () => ["ul", 0],
    },
    ordered_list: {
      content: "list_item+",
      group: "block",
      attrs: { order: { default: 1 }, tight: { default: true } },
      parseDOM: [{ tag: "ol", getAttrs: (dom) => ({ order: Math.max(0, dom.start ?? 1), tight: true }) }],
      toDOM: ({ attrs }) => (attrs.order === 1 ? ["ol", 0] : ["ol", { start: attrs.order }, 0]),
    },
    list_item: { content: "block+", defining: true, parseDOM: [{ tag: "li" }], toDOM: () => ["li", 0] },
    code_block: {
      content: "text*",
      marks: "",
      group: "block",
      code: true,
      defining: true,
      attrs: { params: { default: "" } },
      parseDOM: [{ tag: "pre", preserveWhitespace: "full" }],
      toDOM: () => ["pre", ["code", 0]],
    },
    horizontal_rule: { group: "block", parseDOM: [{ tag: "hr" }], toDOM: () => ["hr"] },
    table: {
      content: "table_head table_row*",
      group: "block",
      isolating: true,
      parseDOM: [{ tag: "table" }],
      toDOM: () => ["table", ["tbody", 0]],
    },
    table_head: {
      content: "table_header+",
      parseDOM: [{ tag: "tr", getAttrs: (dom) => (dom.querySelector("th") ? null : false), priority: 60 }],
      toDOM: () => ["tr", 0],
    },
    table_row: { content: "table_cell+", parseDOM: [{ tag: "tr" }], toDOM: () => ["tr", 0] },
    table_header: cell("th"),
    table_cell: cell("td"),
    text: { group: "inline" },
    hard_break: { inline: true, group: "inline", selectable: false, parseDOM: [{ tag: "br" }], toDOM: () => ["br"] },
  },
  marks: {
    link: {
      attrs: { href: {}, title: { default: null } },
      inclusive: false,
      parseDOM: [
        {
          tag: "a[href]",
          getAttrs: (dom) =>
            http(dom.getAttribute("href")) && { href: dom.getAttribute("href"), title: dom.getAttribute("title") },
        },
      ],
      // Readers would not get this address, so the editor does not link it.
      toDOM: ({ attrs: { href, title } }) => [
        "a",
        http(href) ? { href, title, rel: "noopener nofollow" } : { title },
        0,
      ],
    },
    em: { parseDOM: [{ tag: "em" }, { tag: "i" }], toDOM: () => ["em", 0] },
    strong: { parseDOM: [{ tag: "strong" }, { tag: "b" }], toDOM: () => ["strong", 0] },
    strike: { parseDOM: [{ tag: "s" }, { tag: "del" }, { tag: "strike" }], toDOM: () => ["s", 0] },
    sup: { excludes: "sup sub", parseDOM: [{ tag: "sup" }], toDOM: () => ["sup", 0] },
    sub: { excludes: "sup sub", parseDOM: [{ tag: "sub" }], toDOM: () => ["sub", 0] },
    code: { code: true, excludes: "", parseDOM: [{ tag: "code" }], toDOM: () => ["code", 0] },
  },
});
