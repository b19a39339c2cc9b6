// Three-way merge of the form's fields. A field that only one side changed takes that side's value. If both changed it: lists and
// pictures are united, the text is merged by blocks, and of other fields one side's value is taken.
// docs/decisions.md says why the script merges, and not the server alone.

import { SEVERAL } from "./attributes.js";
import { mergedText } from "./blocks.js";

const WORDS = ["alt", "caption", "credit"];
const named = ({ file, medium }) => medium ?? file;
const plain = (text) => (text ?? "").replace(/\r\n/g, "\n").trim();
const said = (one) => JSON.stringify(WORDS.map((name) => plain(one[name])));

/** The merged value if at most one side differs from `base`; undefined if both do. */
function settled(base, mine, theirs, like) {
  if (like(mine) === like(theirs) || like(theirs) === like(base)) return mine;
  return like(mine) === like(base) ? theirs : undefined;
}

/** `first` and the additions of `second`, without the items that one side removed and the other did not change. */
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

/** Merges fields by name, as `Fields` gives them. `whose` decides a clash: "mine", "theirs", or "both" (both in the text, mine
 * elsewhere). Returns `{values, clash, theirs, mine, both}`: the values, and the names of the fields that clash, that only they
 * changed, that only I changed, and that are united. */
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

/** Merges pictures, as `Pictures` gives them: `{pictures, changed}`; `changed` is "mine", "theirs", "both" or "". */
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
