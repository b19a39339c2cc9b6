// Keeps the feed equal to a page loaded just now: the pinned entries, then a gapless window of the newest.
// New entries can be held back out of the page; edits and removals reach those too.

import { upgrade } from "./relative-time.js";

const FRESH = 6_000;
const REMOVED = "entry.removed";

export function parse(html) {
  const template = document.createElement("template");
  template.innerHTML = html;
  upgrade(template.content);
  return template.content;
}

/** Newest first. Takes datasets; negative where `a` stands above `b`. */
function byTime(a, b) {
  if (a.publishedAt !== b.publishedAt) return a.publishedAt > b.publishedAt ? -1 : 1;
  return b.seq - a.seq;
}

/** The order of the page: pinned entries above all, then by time. */
function byPlace(a, b) {
  return ("pinned" in b) - ("pinned" in a) || byTime(a, b);
}

/** Puts `item` where `order` wants it, in place of `old` if there is one. */
function place(list, item, old, order) {
  const next = [...list.children].find((other) => other !== old && order(item.dataset, other.dataset) < 0) ?? null;
  if (!old) return list.insertBefore(item, next);
  keep(old, item);
  const focus = focusIn(old);
  if (old.nextElementSibling === next) old.replaceWith(item);
  else {
    old.remove();
    list.insertBefore(item, next);
  }
  if (focus >= 0) stops(item)[focus]?.focus({ preventScroll: true });
}

const stops = (item) => [item, ...item.querySelectorAll("a, summary")];
const focusIn = (item) => stops(item).indexOf(document.activeElement);

/** What the reader has opened stays open. */
function keep(old, item) {
  const opened = old.querySelectorAll("details");
  item.querySelectorAll("details").forEach((details, i) => (details.open = opened[i]?.open ?? false));
}

/** Runs `change` while the first entry in sight that survives it keeps its place on the screen. */
export function steady(feed, change) {
  const seen = [...feed.children].map((entry) => [entry.id, entry.getBoundingClientRect()])
    .filter(([, box]) => box.bottom > 0 && box.top < innerHeight);
  const result = change();
  for (const [id, box] of seen) {
    const entry = document.getElementById(id);
    if (!entry) continue;
    const moved = entry.getBoundingClientRect().top - box.top;
    if (moved) scrollBy({ top: moved, behavior: "instant" });
    break;
  }
  return result;
}

export class EntryList {
  #root;
  #feed;
  #keys;
  #held = new Map(); // id -> {article, event}: new, and not yet shown
  #beyond = new Map(); // id -> last event of an entry that is older than the window, or removed
  #floor = null; // where the loaded window ends, while there is more to load

  constructor(root) {
    this.#root = root;
    this.#feed = root.querySelector("[role=feed]");
    this.#keys = root.querySelector(".key-events");
    this.#feed.addEventListener("keydown", (event) => this.#walk(event));
    this.#settle();
  }

  get feed() {
    return this.#feed;
  }

  get held() {
    return this.#held.size;
  }

  /** Applies one event; true where a new entry came into the page or into what is held. */
  apply(event, hold = false) {
    const { id } = event;
    const old = this.#find(id);
    if (event.kind === REMOVED) {
      this.#forget(id, event, old);
      return false;
    }
    const article = parse(event.html).querySelector("article");
    const known = old ?? this.#held.get(id)?.article;
    if (known && Number(known.dataset.rev) >= event.rev) {
      // Older entries may be loaded before their event comes; the key events still wait for it.
      if (old && Number(old.dataset.rev) === event.rev) this.#key(event);
      return false;
    }
    if (this.#outside(article)) {
      this.#forget(id, event, old);
      return false;
    }
    this.#beyond.delete(id);
    const isNew = !known && event.kind === "entry.published";
    if (this.#held.has(id) || (hold && isNew)) this.#held.set(id, { article, event });
    else this.#show(article, event, old, isNew);
    return isNew;
  }

  /** Brings what was held back into the page. */
  release() {
    const held = [...this.#held.values()];
    this.#held.clear();
    for (const { article, event } of held) this.#show(article, event, null, true);
  }

  /** Takes over the feed and the key events of a page loaded anew. */
  replace(root) {
    this.#held.clear();
    this.#beyond.clear();
    for (const [mine, theirs] of [[this.#feed, root.querySelector("[role=feed]")], [this.#keys, root.querySelector(".key-events")]]) {
      upgrade(theirs);
      for (const item of theirs.children) {
        const old = item.id && this.#find(item.id);
        if (old) keep(old, item);
      }
      mine.replaceChildren(...theirs.children);
    }
    this.#root.querySelector(".older")?.remove();
    const older = root.querySelector(".older");
    if (older) this.#root.querySelector(".empty").after(older);
    this.#settle();
  }

  /** Loads what the link for older entries points to, and sets the link after it. */
  async older(link) {
    if (this.#feed.getAttribute("aria-busy") === "true") return;
    this.#feed.setAttribute("aria-busy", "true");
    try {
      const answer = await fetch(link.href); // no header of its own: a frame without origin would have to ask first
      if (!answer.ok) throw new Error(`${answer.status}`);
      const page = parse(await answer.text());
      // A reset may have put another link here meanwhile: then this answer belongs to a page that is gone.
      if (link.isConnected) this.#append(page, link);
    } catch {
      link.textContent = link.dataset.failed;
    } finally {
      this.#feed.setAttribute("aria-busy", "false");
    }
  }

  #append(page, link) {
    const articles = [...page.querySelectorAll("article")];
    const next = page.querySelector(".older");
    const added = articles.filter(({ id }) => !this.#find(id) && !this.#held.has(id) && this.#beyond.get(id)?.kind !== REMOVED);
    this.#feed.append(...added);
    if (next) link.replaceWith(next);
    else link.remove();
    this.#floor = next && articles.length ? { ...articles.at(-1).dataset } : next && this.#floor;
    // The answer may come from a cache: what was said about these entries since holds.
    for (const event of [...this.#beyond.values()]) this.apply(event);
    this.#count();
    added[0]?.focus({ preventScroll: true });
  }

  #find(id) {
    const article = document.getElementById(id);
    return article?.parentElement === this.#feed ? article : null;
  }

  #outside(article) {
    return this.#floor && !("pinned" in article.dataset) && byTime(article.dataset, this.#floor) > 0;
  }

  #forget(id, event, old) {
    this.#held.delete(id);
    this.#beyond.set(id, event);
    if (old?.contains(document.activeElement)) (old.nextElementSibling ?? old.previousElementSibling)?.focus({ preventScroll: true });
    old?.remove();
    this.#key(event);
    this.#count();
  }

  #show(article, event, old, isNew) {
    place(this.#feed, article, old, byPlace);
    this.#key(event);
    this.#count();
    if (!isNew) return;
    article.classList.add("fresh");
    setTimeout(() => article.classList.remove("fresh"), FRESH);
  }

  /** The key events are those of the whole story, also of entries beyond the window. */
  #key({ id, key_html: html }) {
    const old = this.#keys.querySelector(`[data-entry="${CSS.escape(id)}"]`);
    if (html) place(this.#keys, parse(html).querySelector("li"), old, byTime);
    else old?.remove();
    this.#keys.parentElement.hidden = !this.#keys.childElementCount;
  }

  /** The window ends with the last entry that is there; below it stands the link for older ones. */
  #settle() {
    const last = this.#root.querySelector(".older") && [...this.#feed.children].findLast((entry) => !("pinned" in entry.dataset));
    this.#floor = last ? { ...last.dataset } : null;
    this.#keys.parentElement.hidden = !this.#keys.childElementCount;
    this.#count();
  }

  #count() {
    const all = this.#feed.children;
    const size = this.#root.querySelector(".older") ? -1 : all.length;
    for (let i = 0; i < all.length; i++) {
      all[i].setAttribute("aria-posinset", i + 1);
      all[i].setAttribute("aria-setsize", size);
    }
  }

  /** The keys of a feed: Page Down and Page Up from entry to entry, Ctrl+End and Ctrl+Home out of it. */
  #walk(event) {
    const here = event.target.closest("article");
    const leave = event.ctrlKey && { Home: this.#root.querySelector("a"), End: this.#root.querySelector(".older") }[event.key];
    const step = { PageDown: here?.nextElementSibling, PageUp: here?.previousElementSibling }[event.key];
    const next = leave || (!event.ctrlKey && step);
    if (!next) return;
    event.preventDefault();
    next.focus();
  }
}
