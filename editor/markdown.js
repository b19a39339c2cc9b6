// Markdown into a document and back, by the grammar of liveblog/content/markup/markdown.py (markdown-it on both sides).
import { defaultMarkdownSerializer, MarkdownParser, MarkdownSerializer } from "prosemirror-markdown";
import { Fragment } from "prosemirror-model";
import { addressesIn, grammar, lines as withLines } from "./grammar.js";
import { schema } from "./schema.js";

const tight = (tokens, at) => {
  while (++at < tokens.length) if (tokens[at].type !== "list_item_open") return tokens[at].hidden;
  return false;
};
const align = (token) => ({ align: /text-align:(\w+)/.exec(token.attrGet("style") ?? "")?.[1] ?? null });
const tokens = {
  paragraph: { block: "paragraph" },
  heading: { block: "heading", getAttrs: (token) => ({ level: Number(token.tag.slice(1)) }) },
  blockquote: { block: "blockquote" },
  bullet_list: { block: "bullet_list", getAttrs: (_, all, at) => ({ tight: tight(all, at) }) },
  ordered_list: {
    block: "ordered_list",
    getAttrs: (token, all, at) => ({ order: Number(token.attrGet("start") ?? 1), tight: tight(all, at) }),
  },
  list_item: { block: "list_item" },
  code_block: { block: "code_block", noCloseToken: true },
  fence: { block: "code_block", getAttrs: (token) => ({ params: token.info }), noCloseToken: true },
  hr: { node: "horizontal_rule" },
  table: { block: "table" },
  thead: { ignore: true },
  tbody: { ignore: true },
  tr: { block: "table_row" },
  th: { block: "table_header", getAttrs: align },
  td: { block: "table_cell", getAttrs: align },
  hardbreak: { node: "hard_break" },
  em: { mark: "em" },
  strong: { mark: "strong" },
  s: { mark: "strike" },
  link: { mark: "link", getAttrs: (token) => ({ href: token.attrGet("href"), title: token.attrGet("title") || null }) },
  code_inline: { mark: "code", noCloseToken: true },
  sup: { mark: "sup" },
  sub: { mark: "sub" },
};

// The parser needs a type for each token: a row of headers is another node than a row of cells. A bare address is text here, so
// that it can be edited; with `linked` it is a link, as for readers.
const parserTokens = (env, lines, linked) => ({
  parse(source) {
    const found = grammar.parse(source, env);
    let head = false;
    for (const token of found) {
      if (token.type === "thead_open") head = true;
      if (token.type === "thead_close") head = false;
      if (head && /^tr_/.test(token.type)) token.type = token.type.replace("tr", "hr_row");
      if (!linked)
        token.children =
          token.children?.filter(
            ({ type, info, markup }) => !/^link_/.test(type) || info !== "auto" || markup === "autolink",
          ) ?? null;
      if (lines) for (const child of token.children ?? []) if (child.type === "softbreak") child.type = "hardbreak";
    }
    env.tokens = found;
    return found;
  },
});
const withRows = { ...tokens, hr_row: { block: "table_head" } };

const sources = new WeakMap(); // top-level node → its lines in the Markdown

/** The document of a Markdown text; its blocks remember their source. With `lines`, each new line is a line break. */
export function parse(given, lines = false, linked = false) {
  const env = {},
    source = withLines(given);
  const doc = new MarkdownParser(schema, parserTokens(env, lines, linked), withRows).parse(source);
  // Blocks that use a reference need its definition.
  if (!lines && !Object.keys(env.references ?? {}).length) {
    const written = source.split(/\r\n?|\n/);
    const blocks = env.tokens.filter((token) => token.level === 0 && token.map && token.nesting >= 0);
    if (blocks.length === doc.childCount) {
      blocks.forEach(({ map: [from, to] }, index) =>
        sources.set(doc.child(index), written.slice(from, to).join("\n").replace(/\s+$/, "")),
      );
    }
  }
  return doc;
}

const PUNCTUATION = /[!-/:-@[-`{-~]/g;
const entity = (letter) => `&#${letter.codePointAt(0)};`;

/** As `plainly`, but addresses stay addresses. */
function escaped(text, care, { start, borders }) {
  if (care === 1) return plainly(text, care, { start, borders });
  const parts = [];
  let done = 0;
  for (const address of [...addressesIn(text), { start: text.length, end: text.length }]) {
    const last = address.start === text.length;
    const edges = { before: borders.before && !done, after: borders.after && last, end: borders.end && last };
    parts.push(
      plainly(text.slice(done, address.start), care, { start: start && !done, borders: edges }),
      plainly(text.slice(address.start, address.end), 1, { start: false, borders }),
    );
    done = address.end;
  }
  return parts.join("");
}

/** Escapes a text: with `care` 1 only where needed, with 2 everywhere, with 3 also by entities beside marks. */
function plainly(text, care, { start, borders }) {
  if (care === 1) {
    const plain = text
      .replace(/[`*\\~[\]]/g, "\\$&")
      .replace(/(?<![\p{L}\p{N}])_|_(?![\p{L}\p{N}])/gu, "\\_")
      .replace(/&(?=#?\w+;)/g, "\\&")
      .replace(/<(?=su[bp]>)/gi, "\\<")
      .replace(/<(?=[a-z][a-z0-9+.-]{1,31}:|[^\s@<>]+@)/gi, "\\<");
    return start
      ? plain.replace(/^([-+](?=\s|$)|[>#]|-(?=[-\s]))/, "\\$&").replace(/^(\d{1,9})([.)])(?=\s|$)/, "$1\\$2")
      : plain;
  }
  const letters = [...text];
  return letters
    .map((letter, index) => {
      const edge = (borders.before && index === 0) || (borders.after && index === letters.length - 1);
      if (care === 3 && edge) return entity(letter);
      if (
        letter === "\t" ||
        (start && index === 0 && /\s/.test(letter)) ||
        (letter === " " && index === letters.length - 1 && borders.end)
      )
        return entity(letter);
      return letter.replace(PUNCTUATION, "\\$&");
    })
    .join("");
}

const base = defaultMarkdownSerializer;
/** Whether Markdown has no line breaks there. */
const oneLine = ({ type }) => /^(?:table_.*|heading)$/.test(type.name);
const place = (href) =>
  (href === "" || /[\s()<>\\]/.test(href)
    ? `<${href.replace(/[<>\\]/g, "\\$&").replace(/\s/g, (space) => encodeURIComponent(space))}>`
    : href
  ).replace(/&(?=#?\w+;)/g, "\\&");
const title = (text) => (text ? ` "${text.replace(/["\\]/g, "\\$&").replace(/&(?=#?\w+;)/g, "\\&")}"` : "");

function serializer(care) {
  const row = (state, node) => {
    state.write("|");
    node.forEach((cell) => {
      const begun = state.out.length;
      state.out += " ";
      state.renderInline(cell, false);
      const text = state.out
        .slice(begun)
        .replace(/(?<!\\)((?:\\\\)*)\|/g, "$1\\|")
        .replace(/\n/g, " ");
      state.out = `${state.out.slice(0, begun) + text} |`;
    });
  };
  const other = (parent, index, type) => {
    let before = 0;
    while (index - before - 1 >= 0 && parent.child(index - before - 1).type === type) before += 1;
    return before % 2 === 1;
  };
  const list = (state, node, delimiter, first) => {
    // Two lists in a row need different marks: blank lines do not divide them.
    if (state.closed && state.closed.type === node.type) state.flushClose(2);
    state.renderList(node, delimiter, first);
  };
  const nodes = {
    ...base.nodes,
    text(state, node, parent, index) {
      if (state.inAutolink) return state.text(node.text, false);
      const start = state.atBlockStart || index === 0 || parent.child(index - 1).type.name === "hard_break";
      const borders = {
        before: index > 0 || node.marks.length > 0,
        after: index < parent.childCount - 1 || node.marks.length > 0,
        end: index === parent.childCount - 1,
      };
      return state.text(escaped(node.text, care, { start, borders }), false);
    },
    heading(state, node) {
      state.write(`${"#".repeat(node.attrs.level)} `);
      state.renderInline(node, false);
      // Markdown removes # at the end of a heading.
      state.out = state.out.replace(/(?<!\\)(#+)$/, "\\$1");
      return state.closeBlock(node);
    },
    code_block(state, node) {
      const runs = node.textContent.match(/`{3,}/g) ?? [];
      const fence = "`".repeat(Math.max(3, ...runs.map((run) => run.length + 1)));
      state.write(`${fence}${node.attrs.params.replace(/`/g, "")}\n`);
      state.text(node.textContent, false);
      if (node.textContent) state.write("\n");
      state.write(fence);
      state.closeBlock(node);
    },
    horizontal_rule(state, node) {
      state.write(state.delim ? "___" : "---"); // "- ---" is a rule, not a list
      state.closeBlock(node);
    },
    bullet_list(state, node, parent, index) {
      const mark = other(parent, index, node.type) ? "* " : "- ";
      list(state, node, "  ", () => mark);
    },
    ordered_list(state, node, parent, index) {
      const mark = other(parent, index, node.type) ? ") " : ". ";
      const width = String(node.attrs.order + node.childCount - 1).length;
      list(
        state,
        node,
        " ".repeat(width + 2),
        (at) => String(node.attrs.order + at) + mark + " ".repeat(width - String(node.attrs.order + at).length),
      );
    },
    table(state, node) {
      node.forEach((child, _, index) => {
        row(state, child);
        if (index === 0) {
          state.ensureNewLine();
          const rules = { left: ":--", right: "--:", center: ":-:" };
          state.write("|");
          child.forEach((cell) => (state.out += ` ${rules[cell.attrs.align] ?? "---"} |`));
        }
        if (index < node.childCount - 1) state.ensureNewLine();
      });
      state.closeBlock(node);
    },
    hard_break(state, node, parent, index) {
      if (oneLine(parent)) return state.text(" ", false);
      return base.nodes.hard_break(state, node, parent, index);
    },
  };
  const marks = {
    ...base.marks,
    sup: { open: "<sup>", close: "</sup>" },
    sub: { open: "<sub>", close: "</sub>" },
    strike: { open: "~~", close: "~~", mixable: true, expelEnclosingWhitespace: true },
    link: {
      ...base.marks.link,
      open(state, mark, parent, index) {
        state.inAutolink = care === 1 && plain(mark, parent, index) ? true : undefined;
        return state.inAutolink ? "<" : "[";
      },
      close(state, mark) {
        const closing = state.inAutolink ? ">" : `](${place(mark.attrs.href)}${title(mark.attrs.title)})`;
        state.inAutolink = undefined;
        return closing;
      },
    },
  };
  return new MarkdownSerializer(nodes, marks);
}

function plain(mark, parent, index) {
  const node = parent.child(index);
  return (
    !mark.attrs.title &&
    /^https?:[^\s<>\\]+$/i.test(mark.attrs.href) &&
    node.text === mark.attrs.href &&
    node.marks.length === 1 &&
    (index === parent.childCount - 1 || !mark.isInSet(parent.child(index + 1).marks))
  );
}

const serializers = [1, 2, 3].map(serializer);

/** The Markdown of a document. Unchanged blocks keep their source; the others get the plainest text that is read back as the
 * same document. */
export function serialize(doc) {
  const known = (node) => sources.get(node);
  const joined = (by) => {
    const blocks = [];
    doc.forEach((node, _, index) => {
      const after = index > 0 && doc.child(index - 1);
      const listed = after && after.type === node.type && /_list$/.test(node.type.name);
      blocks.push((!listed && known(node)) ?? false);
    });
    if (!blocks.some((block) => block !== false)) return by.serialize(doc);
    const parts = [];
    const run = [];
    const flush = () => run.length && parts.push(by.serialize(schema.node("doc", null, run.splice(0))));
    blocks.forEach((block, index) => {
      if (block === false) return run.push(doc.child(index));
      flush();
      return parts.push(block);
    });
    flush();
    return parts.filter((part) => part !== "").join("\n\n");
  };
  const wanted = normal(doc, true);
  for (const attempt of [() => joined(serializers[0]), ...serializers.map((by) => () => by.serialize(doc))]) {
    const text = attempt();
    if (normal(parse(text, false, true), false).eq(wanted)) return text;
  }
  return serializers[1].serialize(doc);
}

/** The document without what Markdown cannot express: empty paragraphs, and spaces at the edges of blocks. With `linking`,
 * addresses are links. */
function normal(node, linking) {
  if (node.isText || node.isLeaf) return node;
  let children = [];
  node.forEach((child) => children.push(normal(child, linking)));
  if (linking && node.isTextblock && !node.type.spec.code) children = children.flatMap(linkedText);
  if (oneLine(node)) children = children.map((child) => (child.type.name === "hard_break" ? schema.text(" ") : child));
  if (node.isTextblock && !node.type.spec.code) children = trimmed(children);
  const content = children.filter((child) => child.type.name !== "paragraph" || child.childCount);
  const kept = Fragment.fromArray(node.type.validContent(Fragment.from(content)) ? content : children);
  const attrs = "tight" in node.attrs ? { ...node.attrs, tight: true } : node.attrs;
  return node.type.create(attrs, kept, node.marks);
}

/** A text with its addresses as links. */
function linkedText(node) {
  if (!node.isText || node.marks.some(({ type }) => /^(?:link|code|sup|sub)$/.test(type.name))) return [node];
  const parts = [];
  let done = 0;
  for (const { start, end, href } of [...addressesIn(node.text), { start: node.text.length, end: node.text.length }]) {
    if (start > done) parts.push(schema.text(node.text.slice(done, start), node.marks));
    if (end > start)
      parts.push(schema.text(node.text.slice(start, end), schema.marks.link.create({ href }).addToSet(node.marks)));
    done = end;
  }
  return parts;
}

function trimmed(children) {
  const found = children.flatMap((child) => (child.isText ? apart(child) : [child]));
  while (
    found.length &&
    (found.at(-1).type.name === "hard_break" || (found.at(-1).isText && !found.at(-1).text.trim()))
  )
    found.pop();
  while (found.length && found[0].isText && !found[0].text.trim()) found.shift();
  if (found[0]?.isText) found[0] = schema.text(found[0].text.replace(/^\s+/, "") || " ", found[0].marks);
  if (found.at(-1)?.isText)
    found[found.length - 1] = schema.text(found.at(-1).text.replace(/\s+$/, "") || " ", found.at(-1).marks);
  return found;
}

/** A text whose marks leave out the spaces at its edges: emphasis cannot begin or end with a space. */
function apart(node) {
  if (node.marks.some(({ type }) => type.name === "code")) return [node];
  const [, before, words, after] = /^(\s*)(.*?)(\s*)$/s.exec(node.text);
  return [
    before && schema.text(" "),
    words && schema.text(words.replace(/\s+/g, " "), node.marks),
    after && schema.text(" "),
  ].filter(Boolean);
}
