import assert from "node:assert/strict";
import test from "node:test";
import { page } from "./page.mjs";

page("<html data-interface=en><body></body></html>");
const { EntryList } = await import("../../static/reader/entry-list.js");

const article = (id, { at = "2026-11-30T12:00:00Z", seq = 1, rev = 1, text = id, more = "" } = {}) =>
  `<article id="${id}" data-published-at="${at}" data-seq="${seq}" data-rev="${rev}" ${more}><p class="when" data-day="${at.slice(0, 10)}"></p><div class="body">${text}</div></article>`;

function list(articles = "", { choice = "", bottom = "" } = {}) {
  document.body.innerHTML = `<live-blog ${choice}><section class="since"></section>
    <div class="updates"><div class="pinned"></div><div role="feed">${articles}</div><p class="empty"></p>${bottom}</div></live-blog>`;
  return new EntryList(document.querySelector("live-blog"));
}
const shown = () => [...document.querySelector("[role=feed]").children].map(({ id }) => id);
const body = (id) => document.getElementById(id).querySelector(".body").textContent;
const event = (kind, id, values = {}) => ({
  kind: `entry.${kind}`,
  id,
  seq: values.seq ?? 1,
  rev: values.rev ?? 1,
  html: article(id, values),
});

test("a new entry stands by its time", () => {
  const entries = list(article("e1", { at: "2026-11-30T12:00:00Z" }));
  assert.equal(entries.apply(event("published", "e3", { at: "2026-11-30T12:02:00Z" })), true);
  assert.equal(entries.apply(event("published", "e2", { at: "2026-11-30T12:01:00Z" })), true);
  assert.deepEqual(shown(), ["e3", "e2", "e1"]);
});

test("where the oldest is first, a new entry is last, and waits as others do", () => {
  const entries = list(article("e1"), { choice: 'order="oldest"' });
  entries.apply(event("published", "e2", { at: "2026-11-30T12:01:00Z" }));
  assert.deepEqual(shown(), ["e1", "e2"]);
  entries.apply(event("published", "e3", { seq: 3, at: "2026-11-30T12:02:00Z" }), true);
  entries.apply(event("published", "e4", { seq: 4, at: "2026-11-30T12:03:00Z" }), true);
  assert.deepEqual([entries.held, shown(), entries.waiting.reached(4)], [2, ["e1", "e2"], 2]);
  assert.equal(entries.release().id, "e3");
  assert.deepEqual(shown(), ["e1", "e2", "e3", "e4"]);
});

test("an entry that waits was not seen, also after an edit", () => {
  const entries = list(article("e1"));
  entries.apply(event("published", "e2", { seq: 100 }), true);
  entries.apply({ ...event("updated", "e2", { seq: 100, rev: 2 }), seq: 105 }, true);
  assert.equal(entries.waiting.reached(105), 99);
});

test("the newest headline of a key event is quoted, as it is by then", () => {
  const entries = list(article("e1"));
  const key = (id, minute, seq, rev = 1) => {
    const at = `2026-11-30T12:0${minute}:00Z`;
    const text = `<h2 id="h-${id}">Headline ${rev} of ${id}</h2>`;
    return { ...event("published", id, { at, seq, rev, text, more: "data-key" }), key: true, published_at: at };
  };
  entries.apply(key("e2", 5, 2), true);
  entries.apply(key("e3", 3, 3), true);
  entries.apply({ ...key("e4", 6, 4), key: false }, true);
  assert.equal(entries.waiting.headline, "Headline 1 of e2");
  entries.apply({ ...key("e2", 5, 5, 2), kind: "entry.updated" }, true);
  assert.equal(entries.waiting.headline, "Headline 2 of e2");
  entries.apply({ kind: "entry.removed", id: "e2", seq: 6 });
  assert.equal(entries.waiting.headline, "Headline 1 of e3");
});

test("the headings of chapters follow the events, also of entries outside of the page", () => {
  const more = '<a class="older" data-end="bottom" href="#">Older</a>';
  const entries = list(article("e2", { seq: 2, at: "2026-11-30T12:02:00Z" }), { bottom: more });
  const chapter = () => document.querySelector("#e2 .when").dataset.chapter;
  const outside = { seq: 1, at: "2026-11-30T11:00:00Z" };
  const begun = { ...event("published", "e1", outside), chapter: "The waiting", published_at: outside.at };
  entries.apply(begun);
  assert.deepEqual([shown(), chapter()], [["e2"], "The waiting"]);
  entries.apply({ kind: "entry.removed", id: "e1", seq: 3 });
  assert.equal(chapter(), undefined);
});

test("an edit changes an entry in its place, an older one does not", () => {
  const entries = list(article("e2", { seq: 2 }) + article("e1"));
  assert.equal(entries.apply(event("updated", "e1", { rev: 3, text: "new" })), false);
  assert.equal(entries.apply(event("updated", "e1", { rev: 2, text: "late" })), false);
  assert.equal(body("e1"), "new");
  assert.deepEqual(shown(), ["e2", "e1"]);
});

test("an entry that was removed goes, from what is held back too", () => {
  const entries = list(article("e1"));
  entries.apply(event("published", "e2", { seq: 2 }), true);
  assert.equal(entries.held, 1);
  entries.apply({ kind: "entry.removed", id: "e2", seq: 3 });
  entries.apply({ kind: "entry.removed", id: "e1", seq: 4 });
  assert.equal(entries.held, 0);
  assert.deepEqual(shown(), []);
});

test("entries that are held back come into the page together, as they are by then", () => {
  const entries = list(article("e1"));
  entries.apply(event("published", "e2", { seq: 2, at: "2026-11-30T12:01:00Z" }), true);
  entries.apply(event("published", "e3", { seq: 3, at: "2026-11-30T12:02:00Z" }), true);
  entries.apply(event("updated", "e2", { seq: 4, rev: 2, at: "2026-11-30T12:01:00Z", text: "edited" }), true);
  assert.deepEqual([entries.held, shown()], [2, ["e1"]]);
  entries.release();
  assert.deepEqual([entries.held, shown(), body("e2")], [0, ["e3", "e2", "e1"], "edited"]);
});

test("an entry that the reader has not chosen to see stays out, and goes when it changes to one", () => {
  const entries = list(article("e1", { more: "data-key" }), { choice: 'show="key"' });
  assert.equal(entries.apply(event("published", "e2", { seq: 2 })), false);
  assert.deepEqual(shown(), ["e1"]);
  entries.apply(event("updated", "e1", { seq: 3, rev: 2 }));
  assert.deepEqual(shown(), []);
});

test("an event of a kind that is not known is skipped", () => {
  const entries = list(article("e1"));
  for (const unknown of [
    { kind: "poll.opened", seq: 2 },
    { kind: "entry.translated", id: "e1", rev: 9, seq: 3 },
  ]) {
    assert.equal(entries.apply(unknown), false);
    assert.equal(entries.apply(unknown, true), false);
  }
  assert.deepEqual([entries.held, shown(), body("e1")], [0, ["e1"], "e1"]);
});
