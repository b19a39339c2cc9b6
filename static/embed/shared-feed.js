// One connection for all elements of a story on a page.

import { connect } from "../reader/client.js";
import { level } from "../reader/times.js";

const REMOVED = "entry.removed";
const REMEMBERED = 100; // events, for elements that come later with an older copy
const feeds = new Map(); // address of a story -> its feed

class Feed {
  #story;
  #members = new Set();
  #connection;
  #recent = []; // the events after `#from`
  #from;

  constructor(story, { epoch, seq }) {
    this.#story = story;
    this.#from = seq;
    this.#connection = connect(story, {
      after: seq,
      epoch,
      onEvent: (event) => this.#hear(event),
      onLevel: () => this.#rest(),
      onReset: () => this.#reset(),
      onState: () => this.#tell(),
      onClock: (at) => level(at) && document.dispatchEvent(new Event("liveblog:clock")),
    });
    document.addEventListener("visibilitychange", this.#look);
  }

  join(member) {
    this.#members.add(member);
    member.state(this.#state);
    return this.#catchUp(member);
  }

  leave(member) {
    this.#members.delete(member);
    if (this.#members.size) return;
    this.#connection.close();
    document.removeEventListener("visibilitychange", this.#look);
    if (feeds.get(this.#story) === this) feeds.delete(this.#story);
  }

  /** Tells a member what it missed after its own position; false where that is not remembered. */
  since(member, seq) {
    if (member.epoch !== this.#connection.epoch || seq < this.#from) return false;
    for (const event of this.#recent) if (event.seq > seq) member.apply(event);
    return true;
  }

  async #catchUp(member) {
    let gone = false;
    for (let tries = 0; !gone && this.#members.has(member) && !this.since(member, member.seq); tries += 1) {
      await new Promise((done) => setTimeout(done, Math.random() * Math.min(15_000, 500 * 2 ** tries)));
      if (this.#members.has(member)) await member.load().catch((error) => (gone = error.final));
    }
  }

  #hear(event) {
    if (event.kind === REMOVED)
      this.#recent = this.#recent.map((one) =>
        one.id === event.id ? { seq: one.seq, kind: REMOVED, id: one.id } : one,
      );
    this.#recent.push(event);
    if (this.#recent.length > REMEMBERED) this.#from = this.#recent.shift().seq;
    for (const member of this.#members) if (event.seq > member.seq) member.apply(event);
  }

  /** After the end nothing more comes. */
  #rest() {
    if (this.#ended) this.#connection.stop();
    this.#tell();
  }

  get #ended() {
    return [...this.#members].every(({ ended }) => ended);
  }

  get #state() {
    return this.#ended ? "ended" : this.#connection.state;
  }

  #tell() {
    for (const member of this.#members) member.state(this.#state);
  }

  /** After the end, too, something may have been taken down meanwhile. */
  #look = () => {
    if (!document.hidden && this.#ended) this.#connection.start();
  };

  /** Every element loads its content anew. Goes on from the oldest copy: the others know what they have. */
  async #reset() {
    const members = [...this.#members];
    await Promise.all(members.map((member) => member.load()));
    const [{ epoch }] = members;
    if (members.some((member) => member.epoch !== epoch)) throw new Error("another reset");
    this.#recent = [];
    this.#from = Math.min(...members.map(({ seq }) => seq));
    return { epoch, seq: this.#from };
  }
}

/** The feed of a story, with `member` in it: `{epoch, seq, ended, apply(event), state(name), load()}`. */
export function join(story, member) {
  let feed = feeds.get(story);
  if (!feed) feeds.set(story, (feed = new Feed(story, member)));
  feed.join(member);
  return feed;
}
