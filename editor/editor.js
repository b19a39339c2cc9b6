// Rich text over a Markdown field. `mount()` gives what composer.js needs; all else stays in here.
import { baseKeymap, chainCommands, exitCode, lift, setBlockType, toggleMark, wrapIn } from "prosemirror-commands";
import { history, redo, undo } from "prosemirror-history";
import { inputRules, textblockTypeInputRule, wrappingInputRule } from "prosemirror-inputrules";
import { keymap } from "prosemirror-keymap";
import { DOMParser, DOMSerializer, Slice } from "prosemirror-model";
import { liftListItem, sinkListItem, splitListItem, wrapInList } from "prosemirror-schema-list";
import { EditorState, Plugin } from "prosemirror-state";
import { EditorView } from "prosemirror-view";
import { parse, serialize } from "./markdown.js";
import { schema } from "./schema.js";

export { parse, serialize };

const { nodes, marks } = schema;
const APPLE = /Mac|iPhone|iPad/.test(navigator.platform);

const lineBreak = chainCommands(exitCode, (state, dispatch) => {
  dispatch?.(state.tr.replaceSelectionWith(nodes.hard_break.create()).scrollIntoView());
  return true;
});

const keys = keymap({
  "Mod-b": toggleMark(marks.strong),
  "Mod-i": toggleMark(marks.em),
  "Mod-z": undo,
  "Shift-Mod-z": redo,
  ...(APPLE ? {} : { "Mod-y": redo }),
  Enter: splitListItem(nodes.list_item),
  "Shift-Enter": lineBreak,
  "Mod-[": liftListItem(nodes.list_item),
  "Mod-]": sinkListItem(nodes.list_item),
});

// As in Markdown: "> " begins a quotation, "- " and "1. " a list, "# " a heading.
const rules = inputRules({
  rules: [
    wrappingInputRule(/^\s*>\s$/, nodes.blockquote),
    wrappingInputRule(/^\s*([-*+])\s$/, nodes.bullet_list),
    wrappingInputRule(/^(\d{1,9})[.)]\s$/, nodes.ordered_list, (match) => ({ order: Number(match[1]) }), (match, node) => node.childCount + node.attrs.order === Number(match[1])),
    textblockTypeInputRule(/^(#{1,3})\s$/, nodes.heading, (match) => ({ level: match[1].length })),
    textblockTypeInputRule(/^```$/, nodes.code_block),
  ],
});

const inside = (state, type) => {
  const { $from } = state.selection;
  for (let depth = $from.depth; depth > 0; depth -= 1) if ($from.node(depth).type === type) return true;
  return false;
};
const marked = ({ selection: { from, $from, to, empty }, storedMarks, doc }, type) =>
  empty ? Boolean(type.isInSet(storedMarks ?? $from.marks())) : doc.rangeHasMark(from, to, type);
const toggled = (type, wrap, unwrap) => (state, dispatch) => (inside(state, type) ? unwrap(state, dispatch) : wrap(state, dispatch));

const COMMANDS = {
  strong: [toggleMark(marks.strong), (state) => marked(state, marks.strong)],
  em: [toggleMark(marks.em), (state) => marked(state, marks.em)],
  quote: [toggled(nodes.blockquote, wrapIn(nodes.blockquote), lift), (state) => inside(state, nodes.blockquote)],
  list: [toggled(nodes.bullet_list, wrapInList(nodes.bullet_list), liftListItem(nodes.list_item)), (state) => inside(state, nodes.bullet_list)],
  heading: [
    (state, dispatch) => setBlockType(inside(state, nodes.heading) ? nodes.paragraph : nodes.heading)(state, dispatch),
    (state) => inside(state, nodes.heading),
  ],
  link: [null, (state) => marked(state, marks.link)],
};

/** Puts an editor into an element. `changed()` is called after every edit, with the Markdown on demand by `value`. */
export function mount(place, { value, attributes, changed, selected, pasted, keydown }) {
  let untouched = value;
  const make = (source) => EditorState.create({ doc: parse(source), plugins: [rules, keys, keymap(baseKeymap), history(), placeholder] });
  const placeholder = new Plugin({
    props: { attributes: ({ doc }) => ({ class: doc.childCount === 1 && doc.firstChild.isTextblock && !doc.firstChild.content.size ? "untyped" : "" }) },
  });
  const view = new EditorView(place, {
    state: make(value),
    attributes,
    handleKeyDown: (_, event) => keydown(event),
    handlePaste: (_, event) => pasted(event),
    handleDrop: (_, event) => pasted(event),
    // What a program put on the clipboard is read in a document of its own, without styles, scripts and pictures.
    transformPastedHTML: clean,
    clipboardTextParser: (text, _, plain) => (plain ? Slice.maxOpen(paragraphs(text)) : Slice.maxOpen(parse(text).content)),
    clipboardTextSerializer: (slice) => serialize(schema.node("doc", null, slice.content.firstChild?.isInline ? [nodes.paragraph.create(null, slice.content)] : slice.content)),
    dispatchTransaction(transaction) {
      view.updateState(view.state.apply(transaction));
      if (transaction.docChanged) {
        untouched = null;
        changed();
      }
      selected();
    },
  });

  return {
    element: view.dom,
    get value() {
      return untouched ?? serialize(view.state.doc);
    },
    set(source) {
      untouched = source;
      view.updateState(make(source));
    },
    focus: () => view.focus(),
    destroy: () => view.destroy(),
    run(name) {
      COMMANDS[name][0](view.state, view.dispatch);
      view.focus();
    },
    on: (name) => COMMANDS[name][1](view.state),
    link(href, words) {
      const { tr, selection } = view.state;
      const mark = marks.link.create({ href });
      if (selection.empty) tr.replaceSelectionWith(schema.text(words || href, [mark]), false);
      else tr.addMark(selection.from, selection.to, mark);
      view.dispatch(tr);
      view.focus();
    },
    unlink() {
      const { $from, from, to, empty } = view.state.selection;
      const index = $from.index();
      const start = empty ? $from.posAtIndex(index) : from;
      const end = empty ? $from.posAtIndex(Math.min(index + 1, $from.parent.childCount)) : to;
      view.dispatch(view.state.tr.removeMark(start, end, marks.link));
      view.focus();
    },
    /** The text between the beginning of the block and the caret; null where something is selected. */
    before() {
      const { $from, empty } = view.state.selection;
      if (!empty || $from.parent.type.spec.code) return null;
      return $from.parent.textBetween(Math.max(0, $from.parentOffset - 80), $from.parentOffset, null, "\ufffc");
    },
    /** Replaces so many characters before the caret. */
    replace(count, text) {
      const { from } = view.state.selection;
      view.dispatch(view.state.tr.insertText(text, from - count, from).scrollIntoView());
    },
    caret() {
      return view.coordsAtPos(view.state.selection.from);
    },
  };
}

function paragraphs(text) {
  return schema.node("doc", null, text.split(/(?:\r\n?|\n)+/).map((line) => nodes.paragraph.create(null, line ? schema.text(line) : null))).content;
}

function clean(html) {
  const page = new window.DOMParser().parseFromString(html, "text/html");
  const doc = DOMParser.fromSchema(schema).parse(strip(page.body));
  const holder = document.implementation.createHTMLDocument("").createElement("div");
  holder.append(DOMSerializer.fromSchema(schema).serializeFragment(doc.content, { document: holder.ownerDocument }));
  return holder.innerHTML;
}

function strip(body) {
  for (const element of body.querySelectorAll("script, style, template, noscript, iframe, object, svg, math, head, title")) element.remove();
  return body;
}
