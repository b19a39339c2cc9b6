// Keeps the list equal to a page that is loaded now: a window of the newest entries without a gap, and above it the pin.
// New entries can be held back from the page; edits and removals reach them, too.

import { steady } from "./anchor.js";
import { chaptersOf, head } from "./headings.js";
import { become, place } from "./morph.js";
import { byTime, fits, isPlaying } from "./order.js";
import { pin, replacePin } from "./pin.js";
import { upgrade } from "./relative-time.js";
import { Waiting } from "./waiting.js";

const FRESH = 6_000;
const REMOVED = "entry.removed";
const KNOWN = /^entry\.(published|updated|removed)$/;
const MOST = 400; // entries on a page that stays open, and remembered events of other entries
const KEPT = 200; // entries that stay on it

export function parse(html) {
  const template = document.createElement("template");
  template.innerHTML = html;
  upgrade(template.content);
  return template.content;
}

export class EntryList {
  #root;
  #feed;
  #pinned;
  #chapters; // those of the whole story
  #beyond = new Map(); // id -> last event of an entry that is outside of the window, or removed
  #playing = new Map(); // id -> event of an entry whose video is playing
  #ends = {}; // the outermost entries of the window, if there are more to load: {top, bottom}
  #asked = 0; // entries that the reader has loaded, which stay
  #order;
  #changed = false; // since the entries were counted
  waiting = new Waiting(); // new entries that are not shown yet

  constructor(root) {
    this.#root = root;
    this.#feed = root.querySelector("[role=feed]");
    this.#pinned = root.querySelector(".pinned");
    this.#chapters = chaptersOf(root);
    this.#order = (a, b) => (this.ascending ? -1 : 1) * byTime(a, b);
    this.#feed.addEventListener("keydown", (event) => this.#walk(event));
    this.#settle();
  }

  get feed() {
    return this.#feed;
  }

  get held() {
    return this.waiting.size;
  }

  /** Applies one event; true where a new entry came into the page or into what is held. Skips a kind that this page does not
   * know: its server is newer. */
  apply(event, hold = false) {
    const isNew = this.#apply(event, hold);
    if (this.#changed) this.#count();
    return isNew;
  }

  #apply(event, hold) {
    const { id, kind } = event;
    if (!KNOWN.test(kind)) return false;
    const old = this.#find(id);
    if (kind === REMOVED) {
      pin(this.#pinned, id, null);
      this.#chapter(event);
      this.#forget(id, event, old);
      return false;
    }
    const article = parse(event.html).querySelector("article");
    const wanted = this.#wanted(article.dataset);
    pin(this.#pinned, id, wanted && event.pin_html ? parse(event.pin_html).firstElementChild : null);
    this.#chapter(event, article.dataset.seq);
    const known = old ?? this.waiting.article(id);
    if (known && Number(known.dataset.rev) >= event.rev) {
      // Older entries may be loaded before their event comes; the key events still wait for it.
      if (old && Number(old.dataset.rev) === event.rev) this.#key(event);
      return false;
    }
    if (!wanted || this.#outside(article, this.#oldestEnd)) {
      this.#forget(id, event, old);
      return false;
    }
    if (!old && (this.#outside(article, this.#newestEnd) || this.waiting.incomplete)) {
      const isNew = !this.#beyond.has(id) && kind === "entry.published";
      // A widget whose oldest updates come first shows the first few, and says nothing of the others.
      const counts = (isNew && !(this.ascending && this.#few)) || this.waiting.isBeyond(id);
      this.#forget(id, event, old);
      if (counts) this.waiting.putBeyond(article, event);
      return isNew;
    }
    this.#beyond.delete(id);
    const isNew = !known && kind === "entry.published";
    if (old && isPlaying(old)) this.#wait(old, event);
    else if (!old && (known || (hold && isNew))) this.waiting.hold(article, event);
    else this.#show(article, event, old, isNew);
    return isNew;
  }

  /** An entry begins a chapter, or no longer does. */
  #chapter({ id, chapter: title, published_at: publishedAt }, seq) {
    const before = this.#chapters.get(id);
    if (title) this.#chapters.set(id, { publishedAt, seq, title });
    else this.#chapters.delete(id);
    this.#changed ||= before || title;
  }

  get ascending() {
    return this.#root.getAttribute("order") === "oldest";
  }

  get #newestEnd() {
    return this.ascending ? "bottom" : "top";
  }

  get #oldestEnd() {
    return this.ascending ? "top" : "bottom";
  }

  /** How many entries a widget shows; 0 on a page. */
  get #few() {
    return Number(this.#root.getAttribute("limit"));
  }

  /** An entry is not touched while its video plays. */
  #wait(old, event) {
    const { id } = event;
    if (!this.#playing.has(id)) {
      const apply = () => {
        const last = this.#playing.get(id);
        this.#playing.delete(id);
        if (last) this.apply(last);
      };
      old.addEventListener("pause", apply, { capture: true, once: true });
    }
    this.#playing.set(id, event);
  }

  /** Brings what was held back into the page, and returns the first of it there. */
  release() {
    const held = this.waiting.take();
    for (const { article, event } of held) this.#show(article, event, null, true);
    this.#count();
    return [...this.#feed.children].find((entry) => held.some(({ article }) => article === entry));
  }

  /** Takes over the feed of a page loaded anew. */
  replace(root) {
    for (const known of [this.waiting, this.#beyond, this.#playing]) known.clear();
    this.#asked = 0;
    this.#chapters = chaptersOf(root);
    const theirs = root.querySelector("[role=feed]");
    upgrade(theirs);
    let at = this.#feed.firstElementChild;
    for (const item of [...theirs.children]) {
      const old = this.#find(item.id);
      if (old) become(old, item);
      if (old && old === at) at = at.nextElementSibling;
      else this.#feed.insertBefore(old ?? item, at);
    }
    while (at) {
      const gone = at;
      at = at.nextElementSibling;
      gone.remove();
    }
    const pinned = root.querySelector(".pinned");
    upgrade(pinned);
    replacePin(this.#pinned, pinned);
    for (const end of ["top", "bottom"]) {
      this.#link(end)?.remove();
      const link = root.querySelector(`[data-end=${end}]`);
      if (link) this.#put(link, end);
    }
    for (const copy of this.#root.querySelectorAll(".since .points [data-entry]")) {
      if (!("key" in (this.#find(copy.dataset.entry)?.dataset ?? {}))) copy.remove();
    }
    this.#settle();
  }

  /** Loads what the link to more entries points to, and sets the link after it. */
  async more(link) {
    if (this.#feed.getAttribute("aria-busy") === "true") return;
    this.#feed.setAttribute("aria-busy", "true");
    try {
      const answer = await fetch(link.href); // no header of its own: a frame without origin would have to ask first
      if (!answer.ok) throw new Error(`${answer.status}`);
      const page = parse(await answer.text());
      // After a reset there is another link: then this answer belongs to the old page.
      if (link.isConnected) this.#append(page, link);
    } catch {
      link.textContent = link.dataset.failed;
    } finally {
      this.#feed.setAttribute("aria-busy", "false");
    }
  }

  #append(page, link) {
    const { end } = link.dataset;
    const articles = [...page.querySelectorAll("article")];
    const next = page.querySelector(`[data-end=${end}]`);
    const added = articles.filter(
      ({ id }) => !this.#find(id) && !this.waiting.article(id) && this.#beyond.get(id)?.kind !== REMOVED,
    );
    if (end === "bottom") this.#feed.append(...added);
    else steady(this.#feed, () => this.#feed.prepend(...added));
    this.#asked += added.length;
    if (next) link.replaceWith(next);
    else link.remove();
    const last = end === "bottom" ? articles.at(-1) : articles[0];
    this.#ends[end] = next && last ? { ...last.dataset } : next && this.#ends[end];
    if (end === this.#newestEnd && !next) this.waiting.caughtUp();
    // The answer may come from a cache: later events of these entries win.
    for (const event of [...this.#beyond.values()]) this.#apply(event);
    this.#count();
    (end === "bottom" ? added[0] : added.at(-1))?.focus({ preventScroll: true });
  }

  #link(end) {
    return this.#root.querySelector(`.updates > [data-end=${end}]`);
  }

  #put(link, end) {
    end === "top" ? this.#feed.before(link) : this.#root.querySelector(".empty").after(link);
  }

  #find(id) {
    const article = document.getElementById(id);
    return article?.parentElement === this.#feed ? article : null;
  }

  #wanted(entry) {
    return fits(entry, (name) => this.#root.getAttribute(name));
  }

  /** Whether an entry stands beyond an end of the window. */
  #outside(article, end) {
    const last = this.#ends[end];
    if (!last) return false;
    const place = this.#order(article.dataset, last);
    return end === "bottom" ? place > 0 : place < 0;
  }

  #forget(id, event, old) {
    for (const known of [this.waiting, this.#playing, this.#beyond]) known.delete(id);
    this.#beyond.set(id, event);
    if (this.#beyond.size > MOST) this.#beyond.delete(this.#beyond.keys().next().value);
    if (old?.contains(document.activeElement))
      (old.nextElementSibling ?? old.previousElementSibling)?.focus({ preventScroll: true });
    old?.remove();
    this.#changed ||= old;
    this.#key(event);
  }

  #show(article, event, old, isNew) {
    place(this.#feed, article, old, this.#order);
    this.#key(event);
    if (isNew) {
      article.classList.add("fresh");
      setTimeout(() => article.classList.remove("fresh"), FRESH);
      this.#trim();
    }
    this.#changed = true;
  }

  /** A page that is left open for a day does not grow without bound: what is farthest from the newest
   * goes, and can be loaded again. */
  #trim() {
    const few = this.#few;
    const most = (few ? 3 * few : MOST) + this.#asked,
      kept = (few ? 2 * few : KEPT) + this.#asked,
      end = this.#oldestEnd;
    if (this.#feed.childElementCount <= most) return;
    const entries = [...this.#feed.children].filter((entry) => !isPlaying(entry));
    if (this.ascending) entries.reverse();
    const last = entries[kept - 1];
    steady(this.#feed, () => entries.slice(kept).forEach((entry) => entry.remove()));
    if (!this.#link(end))
      this.#put(this.#root.querySelector("[data-onward]").content.firstElementChild.cloneNode(true), end);
    const url = new URL(`${this.#root.getAttribute("src")}/entries${location.search}`, location.href);
    for (const name of ["at", "after"]) url.searchParams.delete(name);
    if (few) url.searchParams.set("limit", few);
    const place = btoa(`${last.dataset.publishedAt}|${last.dataset.seq}`); // as the server writes a cursor
    url.searchParams.set("before", place.replaceAll("+", "-").replaceAll("/", "_").replace(/=+$/, ""));
    this.#link(end).href = url;
    this.#ends[end] = { ...last.dataset };
  }

  /** The copies of a key event's line, which tell what the reader missed. */
  #key({ id, key_html: html }) {
    for (const copy of this.#root.querySelectorAll(`.since .points [data-entry="${CSS.escape(id)}"]`)) {
      html ? copy.replaceWith(parse(html)) : copy.remove();
    }
  }

  /** Beyond a link to more, the window ends with the outermost entry that is there. */
  #settle() {
    for (const [end, last] of [
      ["top", this.#feed.firstElementChild],
      ["bottom", this.#feed.lastElementChild],
    ])
      this.#ends[end] = this.#link(end) && last ? { ...last.dataset } : null;
    this.#count();
  }

  #count() {
    this.#changed = false;
    const all = this.#feed.children;
    head(this.#feed, this.#chapters);
    const size = this.#link("top") || this.#link("bottom") ? -1 : all.length;
    for (let i = 0; i < all.length; i++) {
      // Writing the same value again would make the browser recompute every style.
      for (const [name, value] of [
        ["aria-posinset", `${i + 1}`],
        ["aria-setsize", `${size}`],
      ]) {
        if (all[i].getAttribute(name) !== value) all[i].setAttribute(name, value);
      }
    }
  }

  /** The keys of a feed: Page Down and Page Up from entry to entry, Ctrl+End and Ctrl+Home out of it. */
  #walk(event) {
    const here = event.target.closest("article");
    const leave = event.ctrlKey && { Home: this.#root.querySelector("a"), End: this.#link("bottom") }[event.key];
    const step = { PageDown: here?.nextElementSibling, PageUp: here?.previousElementSibling }[event.key];
    const next = leave || (!event.ctrlKey && step);
    if (!next) return;
    event.preventDefault();
    next.focus();
  }
}
