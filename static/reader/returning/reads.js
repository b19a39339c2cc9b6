// Which updates of this story were read on this device: ids, revisions and times, no word of them. Kept on the device alone, of
// the newest 500 updates of 20 stories, for 30 days (docs/reading.md). Where nothing can be stored, nothing is.

const PREFIX = "liveblog:";
const STORIES = 20,
  ENTRIES = 500,
  LIFE = 30 * 86_400_000;

/** The names of the stored stories. */
const names = () => Object.keys(localStorage).filter((name) => name.startsWith(PREFIX));

/** When a stored story was last visited; 0 if that cannot be read. */
function visited(name) {
  try {
    return +JSON.parse(localStorage[name]).at || 0;
  } catch {
    return 0;
  }
}

export class Reads {
  #name;
  #off = false;
  /** How far the reader had come at the last visit, and when that ended: 0 for the first. */
  epoch;
  seq;
  at = 0;
  /** id -> [revision, time] */
  entries = new Map();

  constructor(story, epoch, seq) {
    this.#name = PREFIX + story;
    Object.assign(this, { epoch, seq });
    try {
      localStorage.removeItem("liveblog"); // of an earlier version
      const { entries, ...visit } = JSON.parse(localStorage.getItem(this.#name));
      if (Date.now() - visit.at < LIFE) Object.assign(this, visit, { entries: new Map(entries) });
    } catch {}
    // Another tab may have forgotten them.
    addEventListener("storage", ({ key, newValue }) => key === this.#name && newValue === null && this.forget());
  }

  /** Whether an entry was read, in an earlier revision than this one. */
  before(id, rev) {
    return this.entries.get(id)?.[0] < rev;
  }

  add(id, rev) {
    if (this.entries.get(id)?.[0] === rev) return;
    this.entries.delete(id); // the newest stand last
    this.entries.set(id, [rev, Date.now()]);
    if (this.entries.size > ENTRIES) this.entries.delete(this.entries.keys().next().value);
  }

  save(epoch = this.epoch, seq = this.seq) {
    if (this.#off) return;
    Object.assign(this, { epoch, seq, at: Date.now() });
    try {
      localStorage.setItem(this.#name, JSON.stringify({ epoch, seq, at: this.at, entries: [...this.entries] }));
      const stored = names().map((name) => [name, visited(name)]);
      stored
        .sort(([, a], [, b]) => b - a)
        .forEach(([name, at], rank) => {
          if (rank >= STORIES || this.at - at > LIFE) localStorage.removeItem(name);
        });
    } catch {}
  }

  /** Forgets all stories, and notes nothing more on this page. */
  forget() {
    this.#off = true;
    this.at = 0;
    this.entries.clear();
    try {
      for (const name of names()) localStorage.removeItem(name);
    } catch {}
  }
}
