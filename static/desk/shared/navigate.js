// The way to another form. Where this page has its address already, but for the fragment, a browser would stay where it is.
export function go(to) {
  const there = new URL(to, location.href);
  if (there.pathname !== location.pathname || there.search !== location.search) return location.assign(to);
  location.hash = there.hash;
  return location.reload();
}

const CHOSEN = ["status", "key", "sure", "author", "mine", "q", "label", "before"]; // deskpage.py

/** Where somebody was before an edit: at its row, among the rows that were looked for. `word` says what was done. */
export function back(here, word, id) {
  const query = new URLSearchParams({ saved: word, of: id });
  for (const [name, value] of new URLSearchParams(location.search)) if (CHOSEN.includes(name)) query.set(name, value);
  return `${here}?${query}#row-${id}`;
}

/** Puts the focus where it belongs: at once, and again when the page is there, for its fragment takes the focus away then. */
export function focusing(work) {
  work();
  if (document.readyState !== "complete") addEventListener("load", () => requestAnimationFrame(() => setTimeout(work)));
}
