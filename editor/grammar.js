// The Markdown of this newsroom. The same rules, with their reasons, are in liveblog/content/markup/grammar.py.
import MarkdownIt from "markdown-it";
import { addressAt, SCHEMELESS, target, UNSPACED } from "./addresses.js";
import { inUnicode } from "./superscripts.js";

const SCHEME = /(?<![0-9A-Za-z+.-])https?$/i;
const ONE_UNSPACED = new RegExp(`[${UNSPACED}]`, "u");
const SCRIPT = /<(sup|sub)>((?:[^<>\\\n]|\\.){1,80})<\/\1>/iy;
const NOTED = /\[\^[\p{L}\p{N}_]{1,20}\]:(?!\s*(?:#|<>))/uy;
const NUMBERED = /\[[0-9]{1,3}\]:/y;
const NOTE = /\[\^([0-9]{1,3})\](:? *)/y;

/** The text with the line ends of Markdown. */
export const lines = (source) => source.replace(/[\u2028\x85]/g, "\n").replaceAll("\u2029", "\n\n");

let strict = false; // whether a link without a usable target is plain text
const strictly =
  (rule, when = () => true) =>
  (state, ...given) => {
    strict = when(state, ...given);
    try {
      return rule(state, ...given);
    } finally {
      strict = false;
    }
  };
const at = (pattern, text, place) => {
  pattern.lastIndex = place;
  return pattern.exec(text);
};

export const grammar = MarkdownIt("commonmark", { html: false, maxNesting: 20 })
  .enable(["table", "strikethrough"])
  .disable(["image", "html_block", "html_inline", "lheading"]);

grammar.validateLink = (url) => !strict || !url || url.startsWith("#") || target(url) !== null;
const rules = (ruler) => Object.fromEntries(ruler.__rules__.map(({ name, fn }) => [name, fn]));
const reference = strictly(
  rules(grammar.block.ruler).reference,
  (state, start) => at(NUMBERED, state.src, state.bMarks[start] + state.tShift[start]) !== null,
);
grammar.block.ruler.at(
  "reference",
  (state, start, ...given) =>
    !at(NOTED, state.src, state.bMarks[start] + state.tShift[start]) && reference(state, start, ...given),
);
grammar.inline.ruler.at("autolink", strictly(rules(grammar.inline.ruler).autolink));

// Letters and punctuation of scripts without spaces allow emphasis on both sides, as white space does.
const { isMdAsciiPunct, isPunctChar, isWhiteSpace, unescapeAll } = grammar.utils;
grammar.inline.State = class extends grammar.inline.State {
  scanDelims(start, canSplitWord) {
    let end = start;
    while (end < this.posMax && this.src[end] === this.src[start]) end += 1;
    const sides = [
      start ? [...this.src.slice(Math.max(0, start - 2), start)].at(-1) : " ",
      end < this.posMax ? String.fromCodePoint(this.src.codePointAt(end)) : " ",
    ];
    const white = sides.map((one) => isWhiteSpace(one.codePointAt(0)));
    const marks = sides.map(
      (one) => isMdAsciiPunct(one.codePointAt(0)) || isPunctChar(one) || /[\p{P}\p{S}]/u.test(one),
    );
    const unspaced = sides.map((one) => ONE_UNSPACED.test(one));
    const apart = sides.map((_, side) => white[side] || marks[side] || unspaced[side]);
    const left = !white[1] && (!marks[1] || unspaced[1] || apart[0]);
    const right = !white[0] && (!marks[0] || unspaced[0] || apart[1]);
    return {
      can_open: left && (canSplitWord || !right || marks[0]),
      can_close: right && (canSplitWord || !left || marks[1]),
      length: end - start,
    };
  }
};

const linked = (state, href, text) => {
  const opening = state.push("link_open", "a", 1);
  opening.attrs = [["href", href]];
  opening.info = "auto";
  state.push("text", "", 0).content = text;
  state.push("link_close", "a", -1).info = "auto";
};
grammar.inline.ruler.after("text", "address", (state, silent) => {
  if (state.linkLevel || !state.src.startsWith("://", state.pos)) return false;
  const scheme = SCHEME.exec(state.src.slice(Math.max(0, state.pos - 6), state.pos))?.[0];
  if (!scheme || (!silent && !state.pending.endsWith(scheme))) return false;
  const found = addressAt(state.src, state.pos - scheme.length, state.posMax);
  if (!found) return false;
  if (!silent) {
    state.pending = state.pending.slice(0, -scheme.length);
    linked(state, grammar.normalizeLink(found.href), found.text);
  }
  state.pos = found.end;
  return true;
});
grammar.inline.ruler.before("link", "note", (state, silent) => {
  const found = at(NOTE, state.src, state.pos);
  const end = found && state.pos + found[0].length;
  if (!found || end > state.posMax || /[([]/.test(state.src[end] ?? "")) return false;
  const heads = (!state.pos || state.src[state.pos - 1] === "\n") && found[2].startsWith(":");
  if (!silent) state.pending += inUnicode("sup", found[1]) + (heads ? " " : "");
  state.pos = heads ? end : state.pos + found[1].length + 3;
  return true;
});
grammar.inline.ruler.before("autolink", "script", (state, silent) => {
  const found = at(SCRIPT, state.src, state.pos);
  const end = found && state.pos + found[0].length;
  if (!found || end > state.posMax) return false;
  if (!silent) {
    const tag = found[1].toLowerCase(),
      text = unescapeAll(found[2]),
      raised = inUnicode(tag, text);
    if (raised === null) {
      state.push(`${tag}_open`, tag, 1);
      const most = state.posMax;
      state.pos += tag.length + 2;
      state.posMax = state.pos + found[2].length;
      state.md.inline.tokenize(state);
      state.posMax = most;
      state.push(`${tag}_close`, tag, -1);
    } else state.pending += raised;
  }
  state.pos = end;
  return true;
});
grammar.core.ruler.push("links", ({ tokens, Token }) => {
  for (const block of tokens) if (block.type === "inline") block.children = links(block.children, Token);
});

/** Removes links without a usable target; mailboxes and hosts that begin with www. become links. */
function links(tokens, Token) {
  const found = [];
  let within = false,
    kept = false;
  for (const token of tokens) {
    if (token.type === "link_open") {
      const href = target(token.attrGet("href"));
      [within, kept] = [true, href !== null];
      token.attrSet("href", href ?? "");
    }
    if (/^link_/.test(token.type)) {
      if (token.nesting < 0) within = false;
      if (kept) found.push(token);
    } else if (token.type === "text" && !within) found.push(...schemeless(token, Token));
    else found.push(token);
  }
  return found;
}

function schemeless(token, Token) {
  const text = token.content,
    parts = [];
  const make = (type, tag, nesting, more) =>
    parts.push(Object.assign(new Token(type, tag, nesting), { level: token.level }, more));
  let done = 0;
  for (const match of text.matchAll(SCHEMELESS)) {
    if (match.index < done) continue;
    const mail = match[1];
    const address = mail
      ? { text: mail, href: `mailto:${mail.replace(/^mailto:/, "")}`, end: match.index + mail.length }
      : addressAt(text, match.index);
    if (!address) continue;
    make("text", "", 0, { content: text.slice(done, match.index) });
    make("link_open", "a", 1, { attrs: [["href", grammar.normalizeLink(address.href)]], info: "auto" });
    make("text", "", 0, { content: address.text });
    make("link_close", "a", -1, { info: "auto" });
    done = address.end;
  }
  if (!parts.length) return [token];
  make("text", "", 0, { content: text.slice(done) });
  return parts;
}

const SCHEMED = /(?<![0-9A-Za-z+.-])https?:\/\//gi;

/** The addresses in a text without marks: `[{start, end, href}]`. */
export function addressesIn(text) {
  const starts = [...text.matchAll(SCHEMED), ...text.matchAll(SCHEMELESS)].sort(
    (one, other) => one.index - other.index,
  );
  const found = [];
  let done = 0;
  for (const match of starts) {
    const { index: start, 1: mail } = match;
    if (start < done) continue;
    const address = mail
      ? { href: `mailto:${mail.replace(/^mailto:/, "")}`, end: start + mail.length }
      : addressAt(text, start);
    if (!address) continue;
    found.push({ start, end: address.end, href: grammar.normalizeLink(address.href) });
    done = address.end;
  }
  return found;
}
