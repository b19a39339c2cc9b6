// The new entries that wait behind the counter: those that can be shown at once, and those beyond the window, of which only
// this is known: {seq, at, headline}. A widget and a page alike.

const KEPT = 200; // entries that wait with their text
const QUOTED = 120; // characters of a headline

/** What is told of an entry that waits: of its publication, not of an edit; the headline of a key event alone. */
const told = (article, { key, published_at: at }) => ({
  seq: Number(article.dataset.seq),
  at,
  headline: key && article.querySelector(`[id="h-${article.id}"]`)?.textContent.slice(0, QUOTED),
});

export class Waiting {
  #held = new Map(); // id -> {article, event}
  #beyond = new Map(); // id -> {seq, at, headline}

  get size() {
    return this.#held.size + this.#beyond.size;
  }

  /** Whether not all of it is here, so that the page must be loaded anew to show it. */
  get incomplete() {
    return this.#beyond.size > 0;
  }

  /** The id of the first entry beyond the window. */
  get next() {
    return this.#beyond.keys().next().value;
  }

  get #all() {
    return [...[...this.#held.values()].map(({ article, event }) => told(article, event)), ...this.#beyond.values()];
  }

  /** The newest headline among the key events. */
  get headline() {
    const quoted = this.#all.filter(({ headline }) => headline);
    return quoted.sort((a, b) => (a.at === b.at ? b.seq - a.seq : a.at > b.at ? -1 : 1))[0]?.headline;
  }

  /** How far the reader has come where the page has come to `seq`: what waits was not seen. */
  reached(seq) {
    return this.#all.reduce((least, one) => Math.min(least, one.seq - 1), seq);
  }

  /** The article of an entry that can be shown at once. */
  article(id) {
    return this.#held.get(id)?.article;
  }

  isBeyond(id) {
    return this.#beyond.has(id);
  }

  /** Too many to keep are only counted. */
  hold(article, event) {
    this.#held.set(event.id, { article, event });
    if (this.#held.size <= KEPT) return;
    for (const one of this.take()) this.putBeyond(one.article, one.event);
  }

  putBeyond(article, event) {
    this.#beyond.set(event.id, told(article, event));
  }

  /** Takes out what can be shown at once: `[{article, event}, …]`. */
  take() {
    const held = [...this.#held.values()];
    this.#held.clear();
    return held;
  }

  delete(id) {
    this.#held.delete(id);
    this.#beyond.delete(id);
  }

  /** Everything beyond the window was loaded. */
  caughtUp() {
    this.#beyond.clear();
  }

  clear() {
    this.#held.clear();
    this.#beyond.clear();
  }
}
