// Rich text editing of a Markdown field. `mount()` returns the interface for static/desk/composer/rich.js.
import { diffArrays as differ } from "diff";
import { baseKeymap, chainCommands, exitCode, lift, setBlockType, toggleMark, wrapIn } from "prosemirror-commands";
import { closeHistory, history, redo, undo } from "prosemirror-history";
import { InputRule, inputRules, textblockTypeInputRule, wrappingInputRule } from "prosemirror-inputrules";
import { keymap } from "prosemirror-keymap";
import { Slice } from "prosemirror-model";
import { liftListItem, sinkListItem, splitListItem, wrapInList } from "prosemirror-schema-list";
import { EditorState, Plugin, Selection } from "prosemirror-state";
import { EditorView } from "prosemirror-view";
import { parse, serialize } from "./markdown.js";
import { clean, plain, worded } from "./paste.js";
import { schema } from "./schema.js";
import { shown } from "./shown.js";

export { differ, parse, serialize };

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

/** An input rule: text typed between two signs gets a mark, and the signs are removed. `attributes` gets the rest of the match. */
const between = (pattern, sign, mark, attributes = () => null) =>
  new InputRule(pattern, ({ tr }, match, start, end) => {
    const begun = start + sign,
      [, words, rest] = match;
    tr.delete(begun + words.length, end).delete(start, begun);
    return tr.addMark(start, start + words.length, mark.create(attributes(rest))).removeStoredMark(mark);
  });

// As in Markdown: "> " begins a quotation, "- " and "1. " a list, "# " a heading; **strong**, *emphasis*, [words](https://…).
const rules = inputRules({
  rules: [
    wrappingInputRule(/^\s*>\s$/, nodes.blockquote),
    wrappingInputRule(/^\s*([-*+])\s$/, nodes.bullet_list),
    wrappingInputRule(
      /^(\d{1,9})[.)]\s$/,
      nodes.ordered_list,
      (match) => ({ order: Number(match[1]) }),
      (match, node) => node.childCount + node.attrs.order === Number(match[1]),
    ),
    textblockTypeInputRule(/^(#{1,3})\s$/, nodes.heading, (match) => ({ level: match[1].length })),
    textblockTypeInputRule(/^```$/, nodes.code_block),
    between(/(?<![*\\])\*\*([^*\s](?:[^*]*[^*\s])?)\*\*$/u, 2, marks.strong),
    between(/(?<![_\\\p{L}\p{N}])__([^_\s](?:[^_]*[^_\s])?)__$/u, 2, marks.strong),
    between(/(?<![*\\\p{L}\p{N}])\*([^*\s](?:[^*]*[^*\s])?)\*$/u, 1, marks.em),
    between(/(?<![_\\\p{L}\p{N}@#/.:-])_([^_\s](?:[^_]*[^_\s])?)_$/u, 1, marks.em),
    between(/(?<![~\\])~~([^~\s](?:[^~]*[^~\s])?)~~$/u, 2, marks.strike),
    between(/(?<![`\\])`([^`]+)`$/u, 1, marks.code),
    between(
      /(?<![!\\])\[([^[\]]+)\]\(((?:https?:\/\/|mailto:|tel:)(?:[^\s()]|\([^\s()]*\))+)\)$/iu,
      1,
      marks.link,
      (href) => ({ href }),
    ),
  ],
});

const inside = (state, type) => {
  const { $from } = state.selection;
  for (let depth = $from.depth; depth > 0; depth -= 1) if ($from.node(depth).type === type) return true;
  return false;
};
const marked = ({ selection: { from, $from, to, empty }, storedMarks, doc }, type) =>
  empty ? Boolean(type.isInSet(storedMarks ?? $from.marks())) : doc.rangeHasMark(from, to, type);
const toggled = (type, wrap, unwrap) => (state, dispatch) =>
  inside(state, type) ? unwrap(state, dispatch) : wrap(state, dispatch);

const COMMANDS = {
  strong: [toggleMark(marks.strong), (state) => marked(state, marks.strong)],
  em: [toggleMark(marks.em), (state) => marked(state, marks.em)],
  quote: [toggled(nodes.blockquote, wrapIn(nodes.blockquote), lift), (state) => inside(state, nodes.blockquote)],
  list: [
    toggled(nodes.bullet_list, wrapInList(nodes.bullet_list), liftListItem(nodes.list_item)),
    (state) => inside(state, nodes.bullet_list),
  ],
  heading: [
    (state, dispatch) => setBlockType(inside(state, nodes.heading) ? nodes.paragraph : nodes.heading)(state, dispatch),
    (state) => inside(state, nodes.heading),
  ],
  link: [null, (state) => marked(state, marks.link)],
};

/** Puts an editor into an element, with the caret of the field. `changed()` runs after every edit; `value` then gives the Markdown.
 * `left(count)` runs after a paste without its pictures. */
export function mount(
  place,
  { value, caret = 0, attributes, changed, selected, pasted, left, keydown, addressed = (text) => text },
) {
  let untouched = value;
  const make = (source) =>
    EditorState.create({
      doc: parse(source),
      plugins: [rules, keys, keymap(baseKeymap), history(), placeholder, shown],
    });
  const placeholder = new Plugin({
    props: {
      attributes: ({ doc }) => ({
        class: doc.childCount === 1 && doc.firstChild.isTextblock && !doc.firstChild.content.size ? "untyped" : "",
      }),
    },
  });
  let missing = 0; // pictures
  const taken = (event) => {
    const elsewhere = pasted(event);
    if (missing && !elsewhere) left(missing);
    missing = 0;
    return elsewhere;
  };
  const view = new EditorView(place, {
    state: placed(make(value), value, caret),
    attributes,
    handleKeyDown: (_, event) => keydown(event),
    transformPastedHTML(html) {
      const found = clean(html);
      missing = found.pictures;
      return found.html;
    },
    transformPasted: (slice, { state }) => worded(slice, state.selection),
    // They come after it.
    handlePaste: (_, event) => {
      if (taken(event)) return true;
      const text = event.clipboardData?.getData("text/plain") ?? "";
      const address = addressed(text);
      return address !== text && view.pasteText(address);
    },
    handleDrop: (_, event) => taken(event),
    clipboardTextParser: (text, $context, verbatim, { state }) =>
      plain(text, state.storedMarks ?? $context.marks(), verbatim),
    clipboardTextSerializer: (slice) =>
      serialize(
        schema.node(
          "doc",
          null,
          slice.content.firstChild?.isInline ? [nodes.paragraph.create(null, slice.content)] : slice.content,
        ),
      ),
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
    /** Replaces the whole text; with `undone`, Ctrl+Z restores the old one. */
    set(source, undone = false, caret = source.length) {
      const next = make(source);
      if (undone) {
        const { tr, doc } = view.state;
        view.updateState(view.state.apply(closeHistory(tr.replaceWith(0, doc.content.size, next.doc.content))));
      }
      const state = undone ? view.state : next;
      view.updateState(placed(state, source, caret));
      untouched = source;
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
    /** Replaces the selection by Markdown; null if only plain text is allowed there. Returns a function that inserts a plain text
     * instead; it returns false if somebody has typed since. */
    insert(source) {
      const { $from } = view.state.selection;
      if ($from.parent.type.spec.code || /^table_/.test($from.parent.type.name)) return null;
      view.dispatch(
        closeHistory(view.state.tr)
          .replaceSelection(Slice.maxOpen(parse(source).content))
          .scrollIntoView(),
      );
      const { doc } = view.state;
      return (text) => {
        if (!view.state.doc.eq(doc)) return false;
        undo(view.state, view.dispatch);
        view.dispatch(view.state.tr.replaceSelection(plain(text, [], true)).scrollIntoView());
        view.focus();
        return true;
      };
    },
    /** The text from the beginning of the block to the caret; null if text is selected. */
    before() {
      const { $from, empty } = view.state.selection;
      if (!empty || $from.parent.type.spec.code) return null;
      return $from.parent.textBetween(Math.max(0, $from.parentOffset - 80), $from.parentOffset, null, "\ufffc");
    },
    /** Replaces `count` characters before the caret. */
    replace(count, text) {
      const { from } = view.state.selection;
      view.dispatch(view.state.tr.insertText(text, from - count, from).scrollIntoView());
    },
    caret() {
      return view.coordsAtPos(view.state.selection.from);
    },
  };
}

const CARET = "\ue000"; // in a private area of Unicode

/** The state with the caret at its place in the Markdown. */
function placed(state, source, caret) {
  if (caret >= source.length) return ended(state, source);
  let at = 0;
  if (caret) {
    parse(source.slice(0, caret) + CARET + source.slice(caret)).descendants(({ text }, place) => {
      if (text?.includes(CARET)) at = place + text.indexOf(CARET);
    });
  }
  return state.apply(state.tr.setSelection(Selection.near(state.doc.resolve(Math.min(at, state.doc.content.size)))));
}

/** The caret at the end, after a typed space or new line, which a document does not hold. */
function ended(state, source) {
  const { tr } = state;
  tr.setSelection(Selection.atEnd(state.doc)).setMeta("addToHistory", false);
  const { parent, parentOffset } = tr.selection.$from;
  const typed = /\s*$/.exec(source)[0];
  if (!typed || !parent.content.size || parentOffset < parent.content.size || parent.type.spec.code)
    return state.apply(tr);
  if (!typed.includes("\n")) return state.apply(tr.insertText(" "));
  tr.insert(tr.doc.content.size, nodes.paragraph.create());
  return state.apply(tr.setSelection(Selection.atEnd(tr.doc)));
}
