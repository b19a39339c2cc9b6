// Drafts: on this device with every pause of a tenth of a second, on the server with every pause of one. A draft is
// numbered by its savings on the server; where two devices wrote on one draft, the writer chooses.
import { ask, Offline } from "./session.js";
import { fresh, ofUser, put, remove } from "./storage.js";

const DEVICE = 100; // milliseconds after the last key
const SERVER = 1_000;
const LONGEST = 4_000; // for who never pauses
const clock = new Intl.DateTimeFormat("en-GB", { hour: "2-digit", minute: "2-digit" });

/** The draft of one composer, under a key that no other tab writes to. */
export class Draft {
  #timers = {};
  #waiting = null; // fields that are not on this device yet
  #unsaved = null; // fields that are not on the server yet
  #since = 0;
  #work = Promise.resolve();
  #release = () => {};

  constructor({ user, slug, of, told, differs }) {
    Object.assign(this, { user, slug, of, told, differs, version: 0 });
    this.begin();
  }

  /** Begins another draft. */
  begin(key = `${this.of}.${fresh(8)}`, version = 0) {
    this.#release();
    this.key = key;
    this.version = version;
    this.#waiting = this.#unsaved = null;
    navigator.locks?.request(`draft ${this.user} ${key}`, () => new Promise((resolve) => (this.#release = resolve)));
  }

  get id() {
    return `${this.user}/${this.slug}/${this.key}`;
  }

  get url() {
    return `/desk/stories/${this.slug}/drafts/${this.key}`;
  }

  /** Whether all is at least on this device. */
  get safe() {
    return this.#waiting === null;
  }

  changed(fields) {
    this.#waiting = this.#unsaved = fields;
    this.#since ||= Date.now();
    clearTimeout(this.#timers.device);
    this.#timers.device = setTimeout(() => this.keep(), DEVICE);
    clearTimeout(this.#timers.server);
    this.#timers.server = setTimeout(() => this.send(), Date.now() - this.#since > LONGEST ? 0 : SERVER);
  }

  /** On this device, now. */
  async keep() {
    clearTimeout(this.#timers.device);
    const fields = this.#waiting;
    if (fields === null) return;
    const { id, user, slug, key, version } = this;
    await put("drafts", { id, user, slug, key, version, fields, at: Date.now(), dirty: true });
    if (this.#waiting === fields && this.key === key) this.#waiting = null;
    if (this.#unsaved) this.told(`Saved on this device ${clock.format()}`);
  }

  /** On the server, now; after what is under way. */
  send() {
    clearTimeout(this.#timers.server);
    this.#work = this.#work.then(() => this.#send()).catch(() => {});
    return this.#work;
  }

  async #send() {
    const fields = this.#unsaved;
    const { id, user, slug, key, version, url } = this;
    if (fields === null) return;
    try {
      const { content } = await ask(url, { method: "PUT", body: JSON.stringify({ fields, on: version }), headers: { "Content-Type": "application/json" }, quietly: true });
      if (this.key !== key) return;
      this.version = content.version;
      const done = this.#unsaved === fields;
      if (done) {
        this.#unsaved = null;
        this.#since = 0;
      }
      await put("drafts", { id, user, slug, key, version: content.version, fields: this.#unsaved ?? fields, at: Date.now(), dirty: !done });
      if (done) this.told(`Saved ${clock.format()}`);
    } catch (error) {
      if (error.status === 409 && error.said.draft && this.key === key) {
        this.version = error.said.draft.version;
        this.differs(error.said.draft);
      } else if (!(error instanceof Offline) && error.status !== 401) this.told(`Saved on this device only: ${error.message}`);
    }
  }

  /** It was sent, or is not wanted: gone here and there. */
  async drop() {
    const { id, url, version } = this;
    for (const timer of Object.values(this.#timers)) clearTimeout(timer);
    this.begin();
    await remove("drafts", id);
    const work = this.#work.then(() => (version || true) && ask(url, { method: "DELETE", quietly: true })).catch(() => {});
    this.#work = work;
    return work;
  }

  /** Lets go of what was handed to the outbox, which has it in its own store now. */
  handOver() {
    for (const timer of Object.values(this.#timers)) clearTimeout(timer);
    const { id, key } = this;
    this.begin();
    return { id, key };
  }
}

const held = async (user) => {
  if (!navigator.locks) return new Set();
  const { held: locks, pending } = await navigator.locks.query();
  return new Set([...locks, ...pending].map(({ name }) => name).filter((name) => name.startsWith(`draft ${user} `)).map((name) => name.split(" ")[2]));
};

/** A user's drafts in a story that no tab is writing, newest first: `{key, version, fields, at, theirs?}`. */
export async function found({ user, slug, own }) {
  const [here, there, taken] = await Promise.all([
    ofUser("drafts", user).then((all) => all.filter((one) => one.slug === slug)),
    ask(`/desk/stories/${slug}/drafts`, { quietly: true }).then(({ content }) => content.drafts, () => null),
    held(user),
  ]);
  const drafts = new Map((there ?? []).map((one) => [one.key, { ...one, at: Date.parse(one.at) }]));
  for (const one of here) {
    const other = drafts.get(one.key);
    if (other && other.version > one.version) {
      // Written on elsewhere: the newer wins, unless there is something here that never got there.
      if (one.dirty && JSON.stringify(one.fields) !== JSON.stringify(other.fields)) drafts.set(one.key, { ...one, version: other.version, theirs: other });
    } else if (!other && there && !one.dirty) await remove("drafts", one.id); // sent or discarded elsewhere
    else drafts.set(one.key, one);
  }
  return [...drafts.values()].filter(({ key }) => key !== own && !taken.has(key)).sort((a, b) => b.at - a.at);
}

export async function discard({ user, slug }, key) {
  await remove("drafts", `${user}/${slug}/${key}`);
  await ask(`/desk/stories/${slug}/drafts/${key}`, { method: "DELETE", quietly: true }).catch(() => {});
}

/** Before a user signs out: sends what is on this device alone, and takes away what is safe. Gives back how much is not. */
export async function leave(user) {
  let left = 0;
  for (const one of await ofUser("drafts", user)) {
    try {
      if (one.dirty) {
        const body = JSON.stringify({ fields: one.fields, on: one.version });
        await ask(`/desk/stories/${one.slug}/drafts/${one.key}`, { method: "PUT", body, headers: { "Content-Type": "application/json" }, quietly: true });
      }
      await remove("drafts", one.id);
    } catch {
      left += 1;
    }
  }
  return left;
}
