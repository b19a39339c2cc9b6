// The rows of a story's lists: which one is an entry's, and what to call the entry.

export const element = (name, text, more = {}) =>
  Object.assign(document.createElement(name), { textContent: text, ...more });

export const rowOf = (id) => document.querySelector(`[data-entry="${CSS.escape(id)}"]`);

/** The headline of an entry, or its text; "" if the page does not show the entry. */
export function nameOf(id) {
  const row = rowOf(id);
  const words = row?.querySelector(".title") ?? row?.querySelector(".text") ?? row?.querySelector(".gist");
  return words?.textContent.trim() ?? "";
}

export const short = (text) => (text.length > 60 ? `${text.slice(0, 59)}…` : text);
