// Marks the words that only one of two texts has.
const PATIENCE = 200; // milliseconds; texts with too little in common stay unmarked

/** The words of an element: `[{node, start, end, text}]`, offsets within their text nodes. */
function words(element) {
  const segmenter = new Intl.Segmenter(undefined, { granularity: "word" });
  const texts = document.createTreeWalker(element, NodeFilter.SHOW_TEXT);
  const found = [];
  for (let node = texts.nextNode(); node; node = texts.nextNode()) {
    if (!node.parentElement.closest("time")) {
      for (const { segment: text, index: start } of segmenter.segment(node.data)) {
        if (text.trim()) found.push({ node, start, end: start + text.length, text });
      }
    }
  }
  return found;
}

/** Neighbouring words as one range each, within one text node. */
function ranges(run) {
  const found = [];
  for (const { node, start, end } of run) {
    const last = found.at(-1);
    if (last?.endContainer === node) last.setEnd(node, end);
    else {
      found.push(document.createRange());
      found.at(-1).setStart(node, start);
      found.at(-1).setEnd(node, end);
    }
  }
  return found;
}

/** `differ` is jsdiff's `diffArrays` (https://github.com/kpdecker/jsdiff). */
export function markDifferences(first, second, differ) {
  const sides = { removed: words(first), added: words(second) };
  const texts = Object.values(sides).map((all) => all.map(({ text }) => text));
  const marks = [];
  const at = { removed: 0, added: 0 };
  for (const change of differ(...texts, { timeout: PATIENCE }) ?? []) {
    for (const side of ["removed", "added"]) {
      if (change[side]) marks.push(...ranges(sides[side].slice(at[side], at[side] + change.count)));
      if (change[side] || !(change.removed || change.added)) at[side] += change.count;
    }
  }
  for (const range of marks.reverse()) range.surroundContents(document.createElement("mark")); // from the end: the offsets stay right
}
