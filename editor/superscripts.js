// Superscripts and subscripts: 10³, CO₂. The same as liveblog/content/markup/superscripts.py.
const table = (from, to) => new Map([...from].map((letter, at) => [letter, [...to][at]]));
const TABLES = {
  sup: table("0123456789+-\u2212=()ni", "⁰¹²³⁴⁵⁶⁷⁸⁹⁺⁻⁻⁼⁽⁾ⁿⁱ"),
  sub: table("0123456789+-\u2212=()", "₀₁₂₃₄₅₆₇₈₉₊₋₋₌₍₎"),
};

/** The text in Unicode's characters; null if Unicode lacks one of them. */
export function inUnicode(tag, text) {
  const found = [...text].map((letter) => TABLES[tag].get(letter));
  return found.length && found.every(Boolean) ? found.join("") : null;
}
