// The writing direction of a block by its words. The same rules are explained in liveblog/content/markup/directions.py.
const RIGHT = /[\u0590-\u08ff\ufb1d-\ufdff\ufe70-\ufefc\u{10800}-\u{10fff}\u{1e800}-\u{1efff}]/u;
const LETTER = /\p{L}/u;
const UNCOUNTED = /^(?:[a-z]{2,8}:\/\/|www\.|[@#]?[\w.+-]*@[\w.-])/i;

/** "ltr" or "rtl"; null for a text without letters. */
export function direction(text) {
  let left = 0,
    right = 0,
    first = null;
  for (const word of text.split(/\s+/)) {
    const letter = !UNCOUNTED.test(word) && LETTER.exec(word)?.[0];
    if (!letter) continue;
    if (RIGHT.test(letter)) right += 1;
    else left += 1;
    first ??= RIGHT.test(letter) ? "rtl" : "ltr";
  }
  const share = right / (left + right);
  return first && (share > 0.4 || (first === "rtl" && share > 0.25) ? "rtl" : "ltr");
}
