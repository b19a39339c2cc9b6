// Navigation at the desk. For an address that differs only in its fragment a browser would not load the page again; `go()` does.
export function go(to) {
  const there = new URL(to, location.href);
  if (there.pathname !== location.pathname || there.search !== location.search) return location.assign(to);
  location.hash = there.hash;
  return location.reload();
}

const CHOSEN = ["status", "key", "sure", "author", "mine", "q", "label", "before"]; // see web/desk/page.py

/** The address to return to after an edit: the row of the entry, with the same filter. `word` is the outcome. */
export function back(here, word, id) {
  const query = new URLSearchParams({ saved: word, of: id });
  for (const [name, value] of new URLSearchParams(location.search)) if (CHOSEN.includes(name)) query.set(name, value);
  return `${here}?${query}#row-${id}`;
}

/** Sets the focus by `work`: at once, and again when the page has loaded, because the fragment then takes the focus away. */
export function focusing(work) {
  work();
  if (document.readyState !== "complete") addEventListener("load", () => requestAnimationFrame(() => setTimeout(work)));
}
