// Decorations that are not part of the document: the writing direction of each block, and the bare addresses that become links.
import { Plugin } from "prosemirror-state";
import { Decoration, DecorationSet } from "prosemirror-view";
import { direction } from "./directions.js";
import { addressesIn } from "./grammar.js";

const known = new WeakMap(); // node → its decorations; a node never changes

function of(node) {
  let found = known.get(node);
  if (!found) {
    found = {
      dir: node.type.spec.code ? "ltr" : direction(node.textBetween(0, node.content.size, " ", " ")),
      addresses: [],
    };
    if (node.isTextblock && !node.type.spec.code) {
      node.forEach((child, offset) => {
        if (!child.isText || child.marks.some(({ type }) => /^(?:link|code)$/.test(type.name))) return;
        for (const { start, end, href } of addressesIn(child.text))
          found.addresses.push({ from: offset + start, to: offset + end, href });
      });
    }
    known.set(node, found);
  }
  return found;
}

function decorated(doc) {
  const all = [];
  doc.descendants((node, at) => {
    if (!node.isBlock || /^table_(?:row|head)$/.test(node.type.name)) return;
    const { dir, addresses } = of(node);
    if (dir) all.push(Decoration.node(at, at + node.nodeSize, { dir }));
    for (const { from, to, href } of addresses)
      all.push(Decoration.inline(at + 1 + from, at + 1 + to, { nodeName: "a", title: href, dir: "ltr" }));
  });
  return DecorationSet.create(doc, all);
}

export const shown = new Plugin({
  state: {
    init: (_, { doc }) => decorated(doc),
    apply: ({ docChanged, doc }, before) => (docChanged ? decorated(doc) : before),
  },
  props: { decorations: (state) => shown.getState(state) },
});
