// The headings in the feed: at the first entry of a day, and at the first one of a chapter. They depend on the neighbours of an
// entry, whose HTML is the same everywhere; so they are attributes, which this script sets and the style sheet draws. The first
// entry has its day by the style sheet alone. To a screen reader, a feed holds articles alone.

import { byTime } from "./order.js";

/** `{publishedAt, seq, title}` of each chapter of a page, by the id of the entry with which it begins. */
export const chaptersOf = (root) =>
  new Map(
    JSON.parse(root.getAttribute("chapters") ?? "[]").map(([publishedAt, seq, id, title]) => [
      id,
      { publishedAt, seq, title },
    ]),
  );

/** Writes the headings of all entries. The same again changes nothing. */
export function head(feed, chapters) {
  const begun = [...chapters.values()].sort(byTime);
  let day, chapter;
  for (const entry of feed.children) {
    const when = entry.querySelector(".when");
    const now = begun.find((one) => byTime(entry.dataset, one) <= 0);
    const title = now === chapter ? undefined : now?.title;
    const opens = when.dataset.day !== day;
    if (opens !== entry.hasAttribute("data-opens")) entry.toggleAttribute("data-opens", opens);
    if (title === undefined) delete when.dataset.chapter;
    else if (title !== when.dataset.chapter) when.dataset.chapter = title;
    [day, chapter] = [when.dataset.day, now];
  }
}
