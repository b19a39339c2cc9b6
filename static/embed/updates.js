// The entries of an element: those that are shown, in their order and not too many, and those that wait.

import { become, place } from "../reader/morph.js";
import { byTime, fits, isPlaying } from "../reader/order.js";
import { pin, replacePin } from "../reader/pin.js";
import { Bounded } from "./bounded.js";

const KEPT = 50; // new entries that wait with their text; of more, the ids alone
const FRESH = 6_000;

export class Updates {
  #blog;
  #feed;
  #older;
  #pinned;
  #held = new Map(); // id -> article of new entries that wait; null where there are too many
  #bounded;
  #more; // whether the server has more that follow
  #waiting = new Map(); // id -> event of an entry whose video is playing

  limit = 0; // entries that are shown; those that the reader has loaded come on top

  constructor(blog, limit) {
    this.#blog = blog;
    this.limit = limit;
    this.#feed = blog.querySelector(".feed");
    this.#older = blog.querySelector(".older");
    this.#pinned = blog.querySelector(".pinned");
    this.#more = !this.#older.hidden;
    this.#bounded = new Bounded(blog, this.#feed, blog.querySelector("template[data-rest]"));
    this.settle();
  }

  get feed() {
    return this.#feed;
  }

  get held() {
    return this.#held.size;
  }

  get last() {
    return this.#feed.lastElementChild;
  }

  get ascending() {
    return this.#blog.dataset.order === "oldest";
  }

  #order = (a, b) => (this.ascending ? -1 : 1) * byTime(a, b);

  find(id) {
    const found = this.#blog.getRootNode().getElementById(id);
    return found?.parentElement === this.#feed ? found : null;
  }

  /** Shows an entry that was published or changed, or holds it back; true where it is new. `render` makes elements of HTML. */
  put(event, away, render) {
    const { id, rev, kind } = event;
    const old = this.find(id);
    const article = render(event.html);
    const wanted = fits(article.dataset, (name) => this.#blog.dataset[name]);
    pin(this.#pinned, id, wanted && event.pin_html ? render(event.pin_html) : null);
    if (old && Number(old.dataset.rev) >= rev) return false;
    if (!wanted || this.#outside(article)) {
      this.forget(id);
      return false;
    }
    if (old && isPlaying(old)) this.#wait(old, event, render);
    else if (!old && (this.#held.has(id) || (away && !this.ascending)))
      this.#held.set(id, this.#held.size < KEPT ? article : null);
    else this.#show(article, old);
    return !old && kind === "entry.published";
  }

  /** Whether an entry belongs below the last one, where there is more to load. */
  #outside({ dataset }) {
    return this.#more && this.last && this.#order(dataset, this.last.dataset) > 0;
  }

  #show(article, old) {
    place(this.#feed, article, old, this.#order);
    if (old) return;
    article.classList.add("fresh");
    setTimeout(() => article.classList.remove("fresh"), FRESH);
  }

  /** An entry is not touched while its video plays. */
  #wait(old, event, render) {
    const first = !this.#waiting.has(event.id);
    this.#waiting.set(event.id, event);
    if (!first) return;
    const go = () => {
      const last = this.#waiting.get(event.id);
      this.#waiting.delete(event.id);
      if (last && old.isConnected) this.put(last, false, render);
    };
    old.addEventListener("pause", go, { capture: true, once: true });
  }

  /** An entry was taken down. */
  remove(id) {
    pin(this.#pinned, id, null);
    this.forget(id);
  }

  forget(id) {
    this.#held.delete(id);
    this.#waiting.delete(id);
    const old = this.find(id);
    if (old?.contains(this.#blog.getRootNode().activeElement))
      (old.nextElementSibling ?? old.previousElementSibling)?.focus({ preventScroll: true });
    old?.remove();
  }

  /** As many entries as were asked for; the rest can be loaded again. */
  settle() {
    const spare = [...this.#feed.children].slice(this.limit).filter((entry) => !isPlaying(entry));
    for (const entry of spare) entry.remove();
    this.#more ||= spare.length > 0;
    const size = this.#more ? -1 : this.#feed.childElementCount;
    [...this.#feed.children].forEach((entry, index) => {
      entry.ariaPosInSet = index + 1;
      entry.ariaSetSize = size;
    });
    this.fit();
  }

  /** Keeps them within two screens; those that do not fit are shown by `reveal()`. */
  fit() {
    this.#bounded.cut();
    if (!this.ascending) {
      for (const entry of this.#feed.children) entry.hidden = false;
      this.#bounded.fit(() => this.#offer());
    }
    this.#offer();
  }

  #offer() {
    this.#older.hidden = !this.#more && !this.#bounded.hidden;
  }

  /** Shows all that is here; false where nothing was hidden. */
  reveal() {
    const first = this.#bounded.hidden;
    this.#bounded.asked = true;
    this.fit();
    first?.focus({ preventScroll: true });
    return Boolean(first);
  }

  /** Shows the rest of a long update. */
  open(button) {
    this.#bounded.open(button);
    this.fit();
  }

  /** Shows what was held back; false where it is no longer all here. */
  release() {
    const held = [...this.#held.values()];
    this.#held.clear();
    if (held.includes(null)) return false;
    for (const article of held) this.#show(article, null);
    this.settle();
    return true;
  }

  /** Takes over another rendering: entries that are there already are changed, and stay. */
  replace(blog, limit) {
    const feed = blog.querySelector(".feed");
    for (const item of [...feed.children]) {
      const old = this.find(item.id);
      if (!old) continue;
      item.replaceWith(old);
      become(old, item);
    }
    replacePin(this.#pinned, blog.querySelector(".pinned"));
    this.#held.clear();
    this.#waiting.clear();
    this.limit = limit;
    this.#feed.replaceChildren(...feed.children);
    this.#more = !blog.querySelector(".older").hidden;
    this.settle();
  }

  /** Adds at most `most` of the entries that follow. */
  append(blog, most) {
    const coming = [...blog.querySelectorAll(".feed > *")];
    const added = coming.filter(({ id }) => !this.find(id) && !this.#held.has(id)).slice(0, most);
    this.#feed.append(...added);
    this.limit += added.length;
    this.#more = !blog.querySelector(".older").hidden || added.length < coming.length;
    this.settle();
    added[0]?.focus({ preventScroll: true });
  }
}
