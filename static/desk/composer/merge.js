// Three ways to one: what only one of two changed is as that one made it; what both changed is as either has it, of lists and
// pictures as both have it, and of the text block by block.

import { SEVERAL } from "./attributes.js";
import { mergedText } from "./blocks.js";

const WORDS = ["alt", "caption", "credit"];
const named = ({ file, medium }) => medium ?? file;
const plain = (text) => (text ?? "").replace(/\r\n/g, "\n").trim();
const said = (one) => JSON.stringify(WORDS.map((name) => plain(one[name])));

/** One of `base`, `mine` and `theirs` where no more than one differs from the base; undefined where both do. */
function settled(base, mine, theirs, like) {
  if (like(mine) === like(theirs) || like(theirs) === like(base)) return mine;
  return like(mine) === like(base) ? theirs : undefined;
}

/** `first`, and what `second` has besides; without what the other took away and this one left as it was. */
function joined(base, first, second, name, like) {
  const [was, here, there] = [base, first, second].map((list) => new Map(list.map((one) => [name(one), one])));
  const left = (one, other) => {
    const before = was.get(name(one));
    return other.has(name(one)) || !before || like(before) !== like(one);
  };
  return [
    ...first.filter((one) => left(one, there)),
    ...second.filter((one) => !here.has(name(one)) && left(one, here)),
  ];
}

/** Fields by name, as `Fields` gives them. `whose` counts where both changed what has one value: "mine", "theirs", or "both",
 * which is both in the text, and mine elsewhere.
 * `{values, clash, theirs, mine, both}`: the values, and the names of what both changed otherwise, of what only they or only I
 * changed, of what both changed and is put together. */
export function mergedFields(base, mine, theirs, whose) {
  const prefersMine = whose !== "theirs";
  const found = { values: {}, clash: [], theirs: [], mine: [], both: [] };
  for (const [name, own] of Object.entries(mine)) {
    const [before, other] = [base[name] ?? "", theirs[name] ?? ""];
    const one = settled(before, own, other, plain);
    if (one !== undefined) {
      found.values[name] = one;
      if (plain(own) !== plain(other)) found[one === other ? "theirs" : "mine"].push(name);
    } else if (SEVERAL[name]) {
      const [apart, together] = SEVERAL[name];
      const [first, second] = prefersMine ? [own, other] : [other, own];
      found.values[name] = together(
        joined(apart(before), apart(first), apart(second), (item) => item.toLowerCase(), plain),
      );
      found.both.push(name);
    } else if (name === "body") {
      const text = mergedText(before, own, other);
      found.values[name] = text[whose];
      found[text.clash ? "clash" : "both"].push(name);
    } else {
      found.values[name] = prefersMine ? own : other;
      found.clash.push(name);
    }
  }
  return found;
}

/** Pictures, as `Pictures` gives them: `{pictures, changed}`, who changed them: "mine", "theirs", "both" or "". */
export function mergedPictures(base, mine, theirs, prefersMine) {
  const like = (list) => JSON.stringify(list.map((one) => [named(one), said(one)]));
  const whole = settled(base, mine, theirs, like);
  if (whole) return { pictures: whole, changed: like(mine) === like(theirs) ? "" : whole === mine ? "mine" : "theirs" };
  const [was, own, other] = [base, mine, theirs].map((list) => new Map(list.map((one) => [named(one), one])));
  const words = (one) => {
    const [here, there] = [own.get(named(one)), other.get(named(one))];
    if (!here || !there) return one;
    const before = was.get(named(one)) ?? {};
    const picked = WORDS.map((name) => [
      name,
      settled(before[name], here[name], there[name], plain) ?? (prefersMine ? here : there)[name],
    ]);
    return { ...here, url: here.url ?? there.url, ...Object.fromEntries(picked) };
  };
  const [first, second] = prefersMine ? [mine, theirs] : [theirs, mine];
  return { pictures: joined(base, first, second, named, said).map(words), changed: "both" };
}
