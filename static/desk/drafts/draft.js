// Drafts: saved on this device within a tenth of a second, on the server after a second without a key. The rules:
// - A draft has a key. One tab holds the lock on it until the draft is in the outbox or dropped, and only this tab writes it.
// - The server counts the versions of a draft. Saving, sending and dropping name the last known version, and the writer: the id
//   of this device's copy. A newer version by the same writer means that an answer was lost; the draft goes on from there.
// - A newer version by another writer is never overwritten. Instead the other version becomes a draft of its own, the user is
//   asked, and nothing goes to the server before the answer.
// - Sending moves the draft to the outbox in one transaction: it is always in one of the two.
// - The server deletes a draft that was sent or dropped before the post leaves the outbox, and refuses to save it later. A copy
//   that was saved completely is then dropped; about any other copy the user is asked.
// - A failed request is repeated. If the device stores nothing, the page keeps the draft until the server has it.

import { ask, isTemporary, Offline } from "../shared/request.js";
import { file, forget } from "./files.js";
import { fresh, get, ofUser, put, remove, swap, transact } from "./storage.js";
import { upload } from "./uploads.js";

const DEVICE = 100; // milliseconds after the first key that is not stored
const PAUSE = 300; // without a key, before the status says that all is on this device
const SERVER = 1_000;
const LONGEST = 4_000; // for a writer who never pauses
const SLOWEST = 30_000; // the longest pause before another try; each is twice as long as the one before
const LEAVING = 10_000; // for uploads at sign-out, before the user is asked
const clock = new Intl.DateTimeFormat("en-GB", { hour: "2-digit", minute: "2-digit" });

const address = ({ slug, key }) => `/desk/stories/${slug}/drafts/${key}`;

/** A version in the server's answer; `by` is its writer. */
const read = ({ fields: { writer: by, ...fields }, at, ...one }) => ({ ...one, by, fields, at: Date.parse(at) });

const same = (one, other) => JSON.stringify(one) === JSON.stringify(other);

/** Saves on the server what was made of `version`; returns the new version. If another device was first, `Refused` has `other`. */
async function save({ slug, key, version, writer }, fields) {
  const body = JSON.stringify({ fields: { ...fields, writer }, on: version });
  try {
    return (
      await ask(address({ slug, key }), {
        method: "PUT",
        body,
        headers: { "Content-Type": "application/json" },
        quietly: true,
      })
    ).content.version;
  } catch (error) {
    if (error.status !== 409 || !error.said.draft) throw error;
    const other = read(error.said.draft);
    if ((writer && other.by === writer) || same(other.fields, fields))
      return save({ slug, key, writer, version: other.version }, fields);
    throw Object.assign(error, { other });
  }
}

/** Deletes a draft on the server, unless another device has changed it since. */
const unsave = ({ slug, key, version, writer = "" }) =>
  ask(`${address({ slug, key })}?${new URLSearchParams({ on: version, writer })}`, { method: "DELETE", quietly: true });

/** The fields with which a post names its draft. */
export const draftFields = ({ key, version, writer }) => ({ draft: key, draft_on: version, draft_writer: writer });

/** The draft of a post. */
export const draftOf = ({ draft: key, draft_on: version = 0, draft_writer: writer }) => ({ key, version, writer });

/** Locks a key for this tab; resolves to the function that releases it, or to null if another tab has the lock. */
const lock = (user, key) =>
  new Promise((resolve) => {
    const free = () => resolve(() => {});
    if (!navigator.locks) return free();
    const granted = (lock) => (lock ? new Promise((release) => resolve(release)) : resolve(null));
    return navigator.locks.request(`draft ${user} ${key}`, { ifAvailable: true }, granted).catch(free);
  });

/** The draft of one composer, under a key that no other tab writes to. */
export class Draft {
  #timers = {};
  #waiting = null; // fields that are not on this device yet
  #unsaved = null; // fields that are not on the server yet
  #saved = ""; // the fields that the server has, as JSON
  #known = false; // whether the server may have this draft
  #since = 0; // the time of the first key that the server does not have
  #tries = 0; // failed, in a row
  #work = Promise.resolve();
  #held = false; // nothing goes to the server until the writer has chosen
  #refusal = ""; // why this device stores nothing
  #release = () => {};

  constructor({ user, slug, of, told = () => {}, differs = () => {}, gone = () => {}, signedOut = () => {} }) {
    Object.assign(this, { user, slug, of, told, differs, gone, signedOut });
    this.begin();
  }

  /** Begins another draft. */
  begin() {
    const key = `${this.of}.${fresh(8)}`;
    const held = lock(this.user, key);
    this.resume({ key, version: 0, writer: fresh(8), release: () => held.then((release) => release?.()) });
    this.#known = false;
  }

  /** Continues a draft whose lock this tab has: see `lockDraft()` and `handOver()`. */
  resume({ key, version, writer, release }) {
    this.#release();
    for (const timer of Object.values(this.#timers)) clearTimeout(timer);
    this.#timers = {};
    Object.assign(this, { key, version, writer });
    this.#release = release;
    this.#waiting = this.#unsaved = null;
    this.#held = false;
    this.#saved = "";
    this.#known = true;
    this.#since = this.#tries = 0;
  }

  /** Gives the draft up and begins another one. The caller calls `release()` once the outbox has stored the post. */
  handOver() {
    const { id, key, version, writer } = this;
    const release = this.#release;
    this.#release = () => {};
    this.begin();
    return { id, key, version, writer, release };
  }

  get id() {
    return `${this.user}/${this.slug}/${this.key}`;
  }

  /** Whether all text is on this device or on the server. */
  get safe() {
    return this.#waiting === null || this.#unsaved === null;
  }

  /** Whether the server has all text, as far as this page knows. */
  get saved() {
    return this.#unsaved === null;
  }

  changed(fields) {
    this.#waiting = this.#unsaved = fields;
    this.#since ||= Date.now();
    this.told("Saving…");
    clearTimeout(this.#timers.told);
    this.#timers.device ??= setTimeout(() => this.keep(), DEVICE);
    clearTimeout(this.#timers.server);
    this.#timers.server = setTimeout(() => this.send(), Date.now() - this.#since > LONGEST ? 0 : SERVER);
  }

  /** Saves on this device now; false if that failed. */
  async keep() {
    clearTimeout(this.#timers.device);
    delete this.#timers.device;
    const fields = this.#waiting;
    if (fields === null) return true;
    const { key } = this;
    if (!(await this.#put(fields, true))) return false;
    if (this.#waiting === fields && this.key === key) this.#waiting = null;
    clearTimeout(this.#timers.told);
    this.#timers.told = setTimeout(() => this.#here(), PAUSE);
    return true;
  }

  async #put(fields, dirty) {
    const { id, user, slug, key, version, writer } = this;
    try {
      await put("drafts", { id, user, slug, key, version, writer, fields, at: Date.now(), dirty });
      this.#refusal = "";
      return true;
    } catch (error) {
      this.#refusal = error.message || error.name;
      if (this.#unsaved) this.told(`Not saved yet: this device keeps nothing (${this.#refusal})`);
      return false;
    }
  }

  #here() {
    if (this.#unsaved && !this.#waiting) this.told(`Saved on this device ${clock.format()}`);
  }

  /** Saves on the server now, after the requests that are under way. */
  send() {
    clearTimeout(this.#timers.server);
    delete this.#timers.server;
    this.#work = this.#work.then(() => this.#send()).catch(() => {});
    return this.#work;
  }

  async #send() {
    const fields = this.#unsaved;
    if (fields === null || this.#held) return;
    const { key } = this;
    this.#known = true;
    this.#since = 0;
    let version;
    try {
      version = await save(this, fields);
    } catch (error) {
      if (this.key === key) this.#unsent(error, fields);
      return; // else it was handed over or dropped meanwhile
    }
    if (this.key !== key) return;
    this.version = version;
    this.#saved = JSON.stringify(fields);
    this.#tries = 0;
    const done = this.#unsaved === fields;
    if (done) this.#unsaved = null;
    await this.#put(this.#unsaved ?? fields, !done);
    if (this.#unsaved === null && this.key === key)
      this.told(
        this.#refusal ? `Saved on the server ${clock.format()}; this device keeps nothing` : `Saved ${clock.format()}`,
      );
  }

  #unsent(error, fields) {
    if (error.other) return this.differ(error.other);
    if (error.status === 410) {
      this.#held = true;
      if (this.#saved === JSON.stringify(fields)) this.drop();
      else this.gone(error);
      return undefined;
    }
    const later = isTemporary(error) || error.status === 401;
    if (later && (error.status !== 401 || this.#refusal)) {
      this.#timers.server ??= setTimeout(
        () => this.send(),
        Math.max((error.after ?? 0) * 1000, Math.min(SLOWEST, SERVER * 2 ** this.#tries++)),
      );
    } // signed out while typing: the device keeps the draft until the user signs in
    if (error.status === 401) this.signedOut(error, this.#refusal);
    else if (this.#refusal)
      this.told(
        `Not saved: this device keeps nothing, and ${error instanceof Offline ? "the server does not answer" : error.message}`,
      );
    else if (later) this.#here();
    else this.told(`Saved on this device only: ${error.message}`);
    return undefined;
  }

  /** Saves nothing on the server until the writer has chosen between the two versions: `settle()`. */
  differ(other) {
    this.#held = true;
    this.differs(other);
  }

  /** The writer has chosen: the draft continues from `version`. */
  settle(version) {
    this.version = version;
    this.#held = false;
  }

  /** Continues as a new draft: the server has deleted the old one. */
  async renew(fields) {
    const { id } = this;
    this.begin();
    this.changed(fields);
    if (await this.keep()) await remove("drafts", id).catch(() => {});
    return this.send();
  }

  /** Deletes the draft, on this device and on the server. */
  async drop() {
    const { id, slug, key, version, writer } = this;
    const known = this.#known;
    this.begin();
    await remove("drafts", id).catch(() => {});
    if (known) this.#work = this.#work.then(() => unsave({ slug, key, version, writer })).catch(() => {});
    return this.#work;
  }
}

/** Locks a draft that was found, for `resume()`, and reads it again; null if another tab has it or has sent it. */
export async function lockDraft(user, one) {
  const release = await lock(user, one.key);
  if (!release) return null;
  const now = one.id ? await get("drafts", one.id).catch(() => one) : one;
  if (!now) {
    release();
    return null;
  }
  const held = now.at === one.at ? one : now;
  // Without locks another tab may have it, too: then it gets another writer.
  return { ...held, writer: (navigator.locks && held.writer) || fresh(8), release };
}

const taken = async (user) => {
  if (!navigator.locks) return new Set();
  const { held, pending } = await navigator.locks.query();
  return new Set(
    [...held, ...pending]
      .map(({ name }) => name)
      .filter((name) => name.startsWith(`draft ${user} `))
      .map((name) => name.split(" ")[2]),
  );
};

/** A user's drafts in a story that no tab has locked, newest first: `{key, version, fields, at, id?, writer?, theirs?}`; `id` and
 * `writer` are those of this device's copy. With `quick` only the drafts on this device; `up` is the key of the draft that this tab
 * has locked, and which is wanted anyway. */
export async function findDrafts({ user, slug, own, quick = false, up = "" }) {
  // In this order: a draft that another tab sends meanwhile is then seen in one place, or is gone from the server.
  const others = (await taken(user)).add(own);
  const [here, sent] = await transact(["drafts", "outbox"], "readonly", (...stores) =>
    stores.map((store) => store.index("user").getAll(user)),
  ).then(
    (asked) => asked.map(({ result }) => result.filter((one) => one.slug === slug)),
    () => [[], []],
  );
  for (const { fields } of sent) others.add(fields.draft);
  others.delete(up);
  const there = quick
    ? null
    : await ask(`/desk/stories/${slug}/drafts`, { quietly: true }).then(
        ({ content }) => content.drafts.map(read),
        () => null,
      );
  const drafts = new Map((there ?? []).map((one) => [one.key, one]));
  for (const key of others) drafts.delete(key);
  for (const one of here.filter(({ key }) => !others.has(key))) {
    const other = drafts.get(one.key);
    if (!other && there && !one.dirty) {
      if (!(await swap("drafts", one))) await forget(user, one.fields.pictures ?? []); // sent or dropped elsewhere
    } else if (!other || other.version <= one.version) drafts.set(one.key, one);
    else if (one.dirty && one.writer && other.by === one.writer)
      drafts.set(one.key, { ...one, version: other.version });
    // Changed elsewhere: the newer version wins, unless this device has text that the server never got.
    else if (one.dirty && !same(one.fields, other.fields)) drafts.set(one.key, { ...one, theirs: other });
  }
  return [...drafts.values()].sort((a, b) => b.at - a.at);
}

/** Deletes a draft and its files. Returns the version of another device if there is a newer one; that one stays. */
export async function discard({ user, slug }, { key, version, writer, fields }) {
  await remove("drafts", `${user}/${slug}/${key}`).catch(() => {});
  await forget(user, fields.pictures ?? []).catch(() => {});
  return unsave({ slug, key, version, writer }).then(
    () => null,
    ({ said }) => (said?.draft ? read(said.draft) : null),
  );
}

/** Before a user signs out: saves on the server what only this device has, and deletes it here. Returns the number of `drafts`
 * and `pictures` for which that failed. */
export async function sendBeforeSignOut(user) {
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
      if (one.dirty || pictures.some((picture, index) => picture !== before[index])) version = await save(one, fields);
      if (await swap("drafts", one, missing ? { ...one, fields, version, dirty: false } : null))
        left.drafts += 1; // written on meanwhile
      else if (!missing) await forget(user, pictures);
    } catch {
      left.drafts += 1;
    }
    left.pictures += missing;
  }
  return left;
}
