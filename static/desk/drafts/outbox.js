// The outbox: a post stays on this device until the server has answered. Posts are sent in order, from one tab at a time, and each
// is accepted once, by its key. Waiting posts are sent when the network or the browser returns.

import { ask, isClosed, isTemporary, signIn } from "../shared/request.js";
import { discard, draftOf } from "./draft.js";
import { forget } from "./files.js";
import { change, ofUser, remove, transact } from "./storage.js";
import { upload } from "./uploads.js";

const SLOWEST = 30_000;

/** Pictures as form fields. */
export const mediaFields = (pictures) =>
  Object.fromEntries(
    pictures.flatMap(({ medium: id, alt, caption, credit }, index) =>
      Object.entries({ id, alt, caption, credit, keep: "1" }).map(([name, value]) => [
        `media-${index}-${name}`,
        value ?? "",
      ]),
    ),
  );

export class Outbox extends EventTarget {
  #timer = 0;
  #tries = 0;
  #running = null;
  #again = false;
  #sending = null;
  #settled = new Map(); // id → the new values of a post (null: it was sent) that the device has not stored yet
  #channel = null;

  constructor(user) {
    super();
    this.user = user;
    this.#channel = new BroadcastChannel(`outbox ${user}`);
    // Another tab may send the posts of this one.
    this.#channel.onmessage = ({ data: { type, detail } }) => this.#hear(type, detail);
    addEventListener("online", () => this.hurry());
    addEventListener("pageshow", () => this.hurry());
    document.addEventListener("visibilitychange", () => document.hidden || this.hurry());
  }

  /** The posts that are not sent, oldest first: `{id, slug, title, url, fields, pictures, state, reason?}`. `[]` if the device
   * stores nothing. */
  async items() {
    const items = await ofUser("outbox", this.user).catch(() => []);
    const settled = items.map((item) =>
      this.#settled.has(item.id) ? this.#settled.get(item.id) && { ...item, ...this.#settled.get(item.id) } : item,
    );
    return settled.filter(Boolean).map((item) => (item.id === this.#sending ? { ...item, state: "sending" } : item));
  }

  /** Adds a post and deletes its draft, in one transaction. */
  async add(item, draft) {
    const id = await transact(["outbox", "drafts"], "readwrite", (outbox, drafts) => {
      drafts.delete(draft);
      return outbox.add({ ...item, user: this.user, state: "waiting", at: Date.now() });
    });
    this.#changed();
    this.hurry();
    return id;
  }

  async drop(id) {
    await remove("outbox", id);
    this.#changed();
  }

  /** Deletes a post, with its pictures and its draft. */
  async discard({ id, slug, fields, pictures }) {
    await this.drop(id);
    await discard({ user: this.user, slug }, { ...draftOf(fields), fields: { pictures } });
  }

  /** Sends the waiting posts now. */
  hurry() {
    clearTimeout(this.#timer);
    this.#tries = 0;
    return this.#run();
  }

  #run() {
    this.#again = true;
    this.#running ??= this.#rounds().finally(() => {
      this.#running = null;
    });
    return this.#running;
  }

  async #rounds() {
    while (this.#again) {
      this.#again = false;
      await (navigator.locks ? navigator.locks.request(`outbox ${this.user}`, () => this.#round()) : this.#round());
    }
  }

  async #round() {
    for (const [id, values] of this.#settled) await this.#settle(id, values);
    for (;;) {
      const item = (await this.items()).find(({ state }) => state === "waiting");
      if (!item) return;
      this.#sending = item.id;
      this.#changed();
      let on = false;
      try {
        on = await this.#send(item);
      } finally {
        this.#sending = null;
        this.#changed();
      }
      if (!on) return;
    }
  }

  /** Sends a post; resolves to whether to go on with the next one. */
  async #send(item) {
    const pictures = [];
    let entry;
    try {
      for (const one of item.pictures) {
        const { id: medium, url } = one.medium ? { id: one.medium, url: one.url } : await upload(one.file);
        pictures.push({ ...one, medium, url });
      }
      const body = new URLSearchParams({ ...item.fields, ...mediaFields(pictures) });
      entry = (await ask(item.url, { method: "POST", body, quietly: true })).content;
    } catch (error) {
      return this.#unsent(item, error);
    }
    // From here on the post is sent, whatever fails.
    await this.#settle(item.id, null);
    await forget(this.user, pictures).catch(() => {});
    this.#tries = 0;
    this.#tell("sent", { item: { ...item, pictures }, entry });
    return true;
  }

  async #unsent(item, error) {
    if (isTemporary(error) || error instanceof DOMException) {
      // the network, the server or the device failed
      this.#later(error, item);
      return false;
    }
    if (error.status === 401) {
      // After the lock is released: the user may type the password in another tab.
      setTimeout(async () => {
        if (!document.hidden && (await signIn(error))) this.hurry();
      });
      return false;
    }
    const theirs = error.said?.entry ?? null;
    const reason = theirs
      ? "Somebody else changed this update meanwhile. Edit it again to see both versions."
      : error.message;
    const refused = { state: "refused", reason, errors: error.said?.errors ?? [], theirs, closed: isClosed(error) };
    await this.#settle(item.id, refused);
    this.#tell("refused", { item: { ...item, ...refused } });
    return true;
  }

  /** Stores the new values of a post: in memory at once, on the device as soon as possible. */
  async #settle(id, values) {
    this.#settled.set(id, values);
    try {
      await (values ? change("outbox", id, values) : remove("outbox", id));
      this.#settled.delete(id);
    } catch {
      // The next round tries again.
    }
  }

  #later(error, item) {
    const wait =
      Math.max((error.after ?? 0) * 1000, Math.min(SLOWEST, 1000 * 2 ** this.#tries)) * (0.75 + Math.random() / 2);
    this.#tries += 1;
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => this.#run(), wait);
    this.#tell("delayed", { item });
  }

  #changed() {
    this.#tell("changed", {});
  }

  /** Dispatches an event in this tab and in the user's other tabs. */
  #tell(type, detail) {
    this.#channel.postMessage({ type, detail });
    this.#hear(type, detail);
  }

  #hear(type, detail) {
    this.dispatchEvent(new CustomEvent(type, { detail }));
  }
}
