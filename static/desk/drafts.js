// Drafts: on this device with every pause of a tenth of a second, on the server with every pause of one. A draft is
// numbered by its savings on the server; where two devices wrote on one draft, the writer chooses.
import { file, forget } from "./files.js";
import { ask, Offline } from "./session.js";
import { fresh, ofUser, put, remove } from "./storage.js";
import { upload } from "./uploads.js";

const DEVICE = 100; // milliseconds after the last key
const SERVER = 1_000;
const LONGEST = 4_000; // for who never pauses
const LEAVING = 10_000; // for pictures, before somebody who leaves is asked about them
const clock = new Intl.DateTimeFormat("en-GB", { hour: "2-digit", minute: "2-digit" });

const save = (url, fields, on) => ask(url, { method: "PUT", body: JSON.stringify({ fields, on }), headers: { "Content-Type": "application/json" }, quietly: true });

/** The draft of one composer, under a key that no other tab writes to. */
export class Draft {
  #timers = {};
  #waiting = null; // fields that are not on this device yet
  #unsaved = null; // fields that are not on the server yet
  #since = 0;
  #work = Promise.resolve();
  #held = false; // nothing goes to the server until the writer has chosen
  #tried = ""; // what the server was sent last
  #there = ""; // and what it is known to have
  #refusal = ""; // why this device keeps nothing
  #release = () => {};

  constructor({ user, slug, of, told = () => {}, differs = () => {}, gone = () => {} }) {
    Object.assign(this, { user, slug, of, told, differs, gone, version: 0 });
    this.begin();
  }

  /** Begins another draft. */
  begin(key = `${this.of}.${fresh(8)}`, version = 0) {
    this.#release();
    this.#halt();
    this.key = key;
    this.version = version;
    this.#waiting = this.#unsaved = null;
    this.#held = false;
    this.#tried = this.#there = "";
    navigator.locks?.request(`draft ${this.user} ${key}`, () => new Promise((resolve) => (this.#release = resolve)));
  }

  get id() {
    return `${this.user}/${this.slug}/${this.key}`;
  }

  get url() {
    return `/desk/stories/${this.slug}/drafts/${this.key}`;
  }

  /** Whether all is on this device or on the server. */
  get safe() {
    return this.#waiting === null || this.#unsaved === null;
  }

  changed(fields) {
    this.#waiting = this.#unsaved = fields;
    this.#since ||= Date.now();
    clearTimeout(this.#timers.device);
    this.#timers.device = setTimeout(() => this.keep(), DEVICE);
    clearTimeout(this.#timers.server);
    this.#timers.server = setTimeout(() => this.send(), Date.now() - this.#since > LONGEST ? 0 : SERVER);
  }

  /** On this device, now; whether it could. */
  async keep() {
    clearTimeout(this.#timers.device);
    const fields = this.#waiting;
    if (fields === null) return true;
    const { id, user, slug, key, version } = this;
    try {
      await put("drafts", { id, user, slug, key, version, fields, at: Date.now(), dirty: true });
    } catch (error) {
      this.#refuses(error);
      return false;
    }
    this.#refusal = "";
    if (this.#waiting === fields && this.key === key) this.#waiting = null;
    if (this.#unsaved) this.told(`Saved on this device ${clock.format()}`);
    return true;
  }

  #refuses(error) {
    this.#refusal = error.message || error.name;
    if (this.#unsaved) this.told(`Not saved yet: this device keeps nothing (${this.#refusal})`);
  }

  /** On the server, now; after what is under way. */
  send() {
    clearTimeout(this.#timers.server);
    this.#work = this.#work.then(() => this.#send()).catch(() => {});
    return this.#work;
  }

  async #send() {
    const fields = this.#unsaved;
    if (fields === null || this.#held) return;
    const { id, user, slug, key, url } = this;
    const before = this.#tried;
    this.#tried = JSON.stringify(fields);
    let version;
    try {
      ({ version } = (await save(url, fields, this.version)).content);
    } catch (error) {
      if (this.key === key) await this.#unsent(error, before);
      return; // else it was handed over or discarded meanwhile
    }
    if (this.key !== key) return;
    this.version = version;
    this.#there = this.#tried;
    const done = this.#unsaved === fields;
    if (done) {
      this.#unsaved = null;
      this.#since = 0;
    }
    try {
      await put("drafts", { id, user, slug, key, version, fields: this.#unsaved ?? fields, at: Date.now(), dirty: !done });
    } catch (error) {
      this.#refuses(error);
    }
    if (done && this.key === key) this.told(this.#refusal ? `Saved on the server ${clock.format()}; this device keeps nothing` : `Saved ${clock.format()}`);
  }

  async #unsent(error, before) {
    const other = error.status === 409 && error.said.draft;
    if (other && JSON.stringify(other.fields) === before) {
      this.version = other.version; // our own: its answer was lost
      this.#there = before;
      await this.#send();
    } else if (other) this.differ(other);
    else if (error.status === 410) {
      this.#held = true;
      if (this.#there === this.#tried) await this.drop();
      else this.gone(error);
    } else if (this.#refusal) {
      const why = error instanceof Offline ? "the server does not answer" : error.message;
      this.told(`Not saved: this device keeps nothing, and ${why}`);
    } else if (!(error instanceof Offline) && error.status !== 401) this.told(`Saved on this device only: ${error.message}`);
  }

  /** Holds back what is here until the writer has chosen between it and the server's: `settle()`. */
  differ(other) {
    this.#held = true;
    this.differs(other);
  }

  /** The writer has chosen: this goes on from that version. */
  settle(version) {
    this.version = version;
    this.#held = false;
  }

  /** Goes on as a draft of its own: what it was is gone from the server. */
  async renew(fields) {
    const { id } = this;
    this.begin();
    this.changed(fields);
    if (await this.keep()) await remove("drafts", id).catch(() => {});
    return this.send();
  }

  #halt() {
    for (const timer of Object.values(this.#timers)) clearTimeout(timer);
  }

  /** It was sent, or is not wanted: gone here and there. */
  async drop() {
    const { id, url } = this;
    this.begin();
    await remove("drafts", id).catch(() => {});
    this.#work = this.#work.then(() => ask(url, { method: "DELETE", quietly: true })).catch(() => {});
    return this.#work;
  }

  /** Lets go of what is handed to the outbox, which has it in its own store then: `{id, key, version}`. */
  handOver() {
    const { id, key, version } = this;
    this.begin();
    return { id, key, version };
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
    ofUser("drafts", user).then((all) => all.filter((one) => one.slug === slug), () => []),
    ask(`/desk/stories/${slug}/drafts`, { quietly: true }).then(({ content }) => content.drafts, () => null),
    held(user),
  ]);
  const drafts = new Map((there ?? []).map((one) => [one.key, { ...one, at: Date.parse(one.at) }]));
  for (const one of here) {
    const other = drafts.get(one.key);
    if (other && other.version > one.version) {
      // Written on elsewhere: the newer wins, unless there is something here that never got there.
      if (one.dirty && JSON.stringify(one.fields) !== JSON.stringify(other.fields)) drafts.set(one.key, { ...one, theirs: other });
    } else if (!other && there && !one.dirty) await remove("drafts", one.id); // sent or discarded elsewhere
    else drafts.set(one.key, one);
  }
  return [...drafts.values()].filter(({ key }) => key !== own && !taken.has(key)).sort((a, b) => b.at - a.at);
}

export async function discard({ user, slug }, { key, fields }) {
  await remove("drafts", `${user}/${slug}/${key}`).catch(() => {});
  await forget(user, fields.pictures ?? []).catch(() => {});
  await ask(`/desk/stories/${slug}/drafts/${key}`, { method: "DELETE", quietly: true }).catch(() => {});
}

/** Before a user signs out: sends what is on this device alone, and takes away what is safe. Gives back how many `drafts` and
 * `pictures` are not. */
export async function leave(user) {
  const left = { drafts: 0, pictures: 0 };
  const late = new Promise((_, reject) => setTimeout(() => reject(new Offline("it takes too long")), LEAVING));
  late.catch(() => {});
  for (const one of await ofUser("drafts", user)) {
    let missing = 0;
    const arrived = async (picture) => {
      if (picture.medium || !picture.file || !(await file(picture.file))) return picture;
      try {
        const { id, url } = await Promise.race([upload(picture.file), late]);
        return { ...picture, medium: id, url };
      } catch {
        missing += 1;
        return picture;
      }
    };
    const before = one.fields.pictures ?? [];
    const pictures = await Promise.all(before.map(arrived));
    const fields = { ...one.fields, pictures };
    try {
      let { version } = one;
      if (one.dirty || pictures.some((picture, index) => picture !== before[index])) {
        version = (await save(`/desk/stories/${one.slug}/drafts/${one.key}`, fields, version)).content.version;
      }
      if (missing) await put("drafts", { ...one, fields, version, dirty: false });
      else {
        await remove("drafts", one.id);
        await forget(user, pictures);
      }
    } catch {
      left.drafts += 1;
    }
    left.pictures += missing;
  }
  return left;
}
