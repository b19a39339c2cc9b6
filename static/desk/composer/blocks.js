// Merges two edits of a text block by block. Blank lines divide blocks; most are paragraphs.
// `liveblog/content/blocks.py` does the same for the form without scripts; docs/decisions.md says why there are two.
const MOST = 500; // blocks; a text of more is one
const FENCE = /^\s*(`{3,}|~{3,})(.*)$/;

/** The blocks of a text. What stands between fences is never divided (https://spec.commonmark.org/0.31.2/#fenced-code-blocks). */
export function blocks(text) {
  const found = [];
  let fence = "",
    begun = false;
  for (const line of text.replace(/\r\n?/g, "\n").split("\n")) {
    const [, run = "", rest = ""] = FENCE.exec(line) ?? [];
    if (!fence && !line.trim()) {
      begun = false;
      continue;
    }
    if (begun) found[found.length - 1] += `\n${line}`;
    else found.push(line);
    begun = true;
    if (!fence && !(run.startsWith("`") && rest.includes("`"))) fence = run;
    else if (fence && run.startsWith(fence) && !rest.trim()) fence = "";
  }
  return found.length > MOST ? [text] : found;
}

/** The changes from `base` to `other`, by a longest common subsequence: `[{start, end, now}]`, where `now` replaces the blocks of
 * `base` from `start` to before `end`. Where the number of blocks stays, each block is a change of its own. */
function changes(base, other) {
  const common = base.concat(null).map(() => new Uint16Array(other.length + 1)); // lengths for the rests of both lists
  for (let i = base.length - 1; i >= 0; i -= 1) {
    for (let j = other.length - 1; j >= 0; j -= 1) {
      common[i][j] = base[i] === other[j] ? common[i + 1][j + 1] + 1 : Math.max(common[i + 1][j], common[i][j + 1]);
    }
  }
  const found = [];
  for (let i = 0, j = 0; i < base.length || j < other.length; i += 1, j += 1) {
    const [start, from] = [i, j];
    while ((i < base.length || j < other.length) && base[i] !== other[j]) {
      if (j === other.length || (i < base.length && common[i + 1][j] > common[i][j + 1])) i += 1;
      else j += 1;
    }
    const now = other.slice(from, j);
    if (now.length === i - start)
      found.push(...now.map((one, at) => ({ start: start + at, end: start + at + 1, now: [one] })));
    else found.push({ start, end: i, now });
  }
  return found;
}

const without = (list, other) => list.filter((one) => !other.includes(one));

/** Merges `base, mine, theirs` into `{mine, theirs, both, clash}`. All three results hold the changes of only one side, and
 * insertions of both sides at one place, mine first. Where both sides changed the same blocks (a `clash`), `mine` and `theirs`
 * hold one version, and `both` holds mine with theirs below it.
 *
 * Three-way merge as in Sanjeev Khanna, Keshav Kunal, Benjamin C. Pierce: A Formal Investigation of Diff3 (FSTTCS 2007), but
 * that changes which only touch are two: they are of different paragraphs. */
export function mergedText(...texts) {
  const [base, mine, theirs] = texts.map(blocks);
  const sides = { mine: changes(base, mine), theirs: changes(base, theirs) };
  const all = Object.entries(sides).flatMap(([by, list]) => list.map((one) => ({ ...one, by })));
  all.sort((one, other) => one.start - other.start || one.end - other.end);
  const found = { mine: [], theirs: [], both: [] };
  const put = (own, other = own, together = own) => {
    found.mine.push(...own);
    found.theirs.push(...other);
    found.both.push(...together);
  };
  let at = 0,
    clash = false;
  while (all.length) {
    const group = [all.shift()];
    let [{ start, end }] = group;
    while (all.length && (all[0].start < end || (all[0].start === start && all[0].end === start && end === start))) {
      group.push(all.shift());
      end = Math.max(end, group.at(-1).end);
    }
    put(base.slice(at, start));
    at = end;
    const of = (by) => {
      const now = [];
      let from = start;
      for (const one of group.filter((change) => change.by === by)) {
        now.push(...base.slice(from, one.start), ...one.now);
        from = one.end;
      }
      return now.concat(base.slice(from, end));
    };
    const [own, other] = [of("mine"), of("theirs")];
    const changed = (by) => group.some((change) => change.by === by);
    const together = [...own, ...without(other, own)];
    if (!changed("theirs") || own.join("\n\n") === other.join("\n\n")) put(own);
    else if (!changed("mine")) put(other);
    else if (start === end) put(together);
    else {
      clash = true;
      put(own, other, together);
    }
  }
  put(base.slice(at));
  return { ...Object.fromEntries(Object.entries(found).map(([name, list]) => [name, list.join("\n\n")])), clash };
}
