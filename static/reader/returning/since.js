// What changed since the reader left: the block above the updates, the line between old and new ones, and on an open page
// a notice about updates that were read and have changed out of sight. The server tells what changed
// (web/public/changes.py); only the device knows what was read.

import { say, words } from "../counter.js";
import { parse } from "../entry-list.js";
import { upgrade } from "../relative-time.js";
import { view } from "../view.js";
import { Reads } from "./reads.js";

const TICK = 1_000; // an update that stood on a visible page for so long was read
const TALL = 200; // pixels of a long update that are enough
const TOLD = 10; // seconds, after which the block was read
const AWAY = 5 * 60_000; // a tab that comes back after so long is told as a visit is

const page = document.querySelector("live-blog");
const feed = page.querySelector("[role=feed]");
const slot = page.querySelector(".since");
const notice = page.querySelector(".altered");
const here = (name) => page.getAttribute(name);
const reads = new Reads(here("src"), here("epoch"), Number(here("seq")));
const states = new Map(); // id -> what of an entry is told where it changes
const altered = new Map(); // id -> revision, of read entries that have changed out of sight
let seen = new Set(); // ids on the screen
let told = true; // whether the reader knows what the block says
let unsure = false; // whether something that was read changed, and only the server can say how
let shown = 0; // seconds
let left = 0;

const state = ({ dataset }) => `${dataset.verification} ${dataset.corrected}`;

/** The entries but the pinned one. */
const unpinned = () => [...feed.children].filter(({ dataset }) => !("pinned" in dataset));

/** Notes what is there, before it changes. */
function observe() {
  for (const entry of feed.children) if (!states.has(entry.id)) states.set(entry.id, state(entry));
}

function tick() {
  const now = new Set();
  if (document.hidden) return void (seen = now);
  const inSight = (element, least) => {
    const { top, bottom, height } = element.getBoundingClientRect();
    return height && Math.min(bottom, view.bottom) - Math.max(top, view.top) >= Math.min(height / 2, least);
  };
  for (const entry of feed.children) {
    if (!inSight(entry, TALL)) continue;
    now.add(entry.id);
    // What the block tells of stays in it until that was read, also where the update is in sight.
    if (seen.has(entry.id) && (told || !slot.querySelector(`[data-entry="${entry.id}"]`)))
      reads.add(entry.id, Number(entry.dataset.rev));
    if (altered.delete(entry.id)) show();
  }
  seen = now;
  observe();
  if (told) return;
  if (inSight(slot, 1)) shown += 1;
  if (shown >= TOLD || (shown && slot.getBoundingClientRect().bottom <= view.top)) know();
}

/** Notes the visit. How far the reader has come stays as it was while the block, or a change out of sight, is not known yet. A
 * page that shows a part of the story says nothing of the rest; but whoever reads on, the oldest first, comes further. */
function save() {
  const whole = told && !page.matches(":has(.newer)");
  if (unsure || altered.size || page.matches("[show], [topic], [author]")) reads.save();
  else if (whole) reads.save(here("epoch"), page.reached);
  else {
    const { seq, epoch } = reads;
    const entries = unpinned().filter(({ dataset }) => dataset.seq > seq);
    const unread = entries.findIndex(({ id }) => !reads.entries.has(id));
    const on = here("order") === "oldest" && epoch === here("epoch") && !unknown();
    const last = on && (unread < 0 ? entries : entries.slice(0, unread)).at(-1);
    reads.save(epoch, last ? Number(last.dataset.seq) : seq);
  }
}

/** Whether the block, which may not have come yet, tells of updates that were read. */
const unknown = () => !told && (slot.hidden || slot.querySelector("[data-rev]"));

/** The reader knows what the block says of updates that were read. */
function note() {
  for (const { dataset } of slot.querySelectorAll("[data-rev]")) reads.add(dataset.entry, Number(dataset.rev));
}

function know() {
  told = true;
  note();
}

async function tell() {
  const { epoch, seq: after, at } = reads;
  if (!at || (epoch === here("epoch") && after >= Number(here("seq")))) return;
  told = false; // also where no answer comes
  try {
    const asked = new URLSearchParams({ after, epoch });
    const [answer, { fill }] = await Promise.all([
      fetch(`${here("src")}/changes?${asked}`),
      import("../later/returned.js"), // who comes for the first time needs no block
    ]);
    const block = answer.ok && parse(await answer.text()).firstElementChild;
    if (block)
      page.keep(() => {
        told = slot.hidden = !fill(page, unpinned(), block, reads, words, after, at);
        upgrade(slot);
        shown = 0;
      });
  } catch {}
}

/** On an open page: an event was applied. */
function hear({ id, rev, html }) {
  if (!html) slot.querySelector(`[data-rev][data-entry="${id}"]`)?.remove(); // a takedown reaches the block, too
  const known = states.has(id);
  if (!known && !reads.entries.has(id)) return; // a new one, which will be noted where it is shown
  const before = states.get(id);
  const entry = feed.children[id];
  const now = html && state(entry?.dataset.rev === `${rev}` ? entry : parse(html).firstElementChild);
  states.set(id, now);
  if ((known && now === before) || !reads.before(id, rev) || seen.has(id)) return;
  if (html && !before) unsure = true;
  else {
    altered.set(id, rev);
    show();
  }
}

function show() {
  const [id] = altered.keys();
  notice.hidden = !id;
  if (!id) return;
  say(notice, altered.size);
  notice.href = `${here("src")}/entries/${id}`;
  notice.dataset.jump = id;
}

page.addEventListener("click", ({ target }) => {
  const { jump } = notice.dataset;
  if (target === notice) {
    reads.add(jump, altered.get(jump));
    altered.delete(jump);
    setTimeout(show); // when the press was followed
  } else if (target.matches(".hide")) {
    know();
    page.keep(() => (slot.hidden = true));
  } else if (target.closest(".go")) note();
  else if (target.closest(".since a")) know();
});
document.querySelector(".forget").addEventListener("click", ({ target }) => {
  reads.forget();
  altered.clear();
  show();
  target.parentElement.textContent = target.dataset.done;
});
page.addEventListener("liveblog:event", ({ detail }) => hear(detail));
page.addEventListener("liveblog:reset", tell);
addEventListener("pagehide", save);
document.addEventListener("visibilitychange", () => {
  if (document.hidden) {
    save();
    left = Date.now();
  } else if (Date.now() - left > AWAY) tell();
});
observe();
setInterval(tick, TICK);
tell().finally(() => delete document.documentElement.dataset.back);
