// The client of a story's live socket, for our own pages and for anybody's programs: served at /client.js, described in
// docs/client.md. It imports nothing. It resumes by sequence number, polls where sockets fail, delivers every event once and
// in order, and says when a story must be loaded anew. For browsers, and for Node 22 and later.

const BASE = 500,
  CAP = 15_000; // full jitter between reconnects
const SILENCE = 45_000; // heartbeats come every 30 s at the latest
const HELLO = 10_000; // a running server says hello sooner
const GRACE = 2_000; // for an event that a heartbeat has announced
const POLL = 5_000,
  RETRY = 30_000;
const GOING_AWAY = 1012,
  FULL = 1013;

const KINDS = ["entry.published", "entry.updated", "entry.removed", "story.updated"];
/** Opens a socket. Widgets share one (embed/shared-socket.js). */
export const sockets = { open: (url) => new WebSocket(url) };

const jitter = (most) => Math.random() * most;
const offline = () => globalThis.navigator?.onLine === false; // Node's has no such field

/** Follows a story. `story` is the address of its page; `options.after` and `options.epoch` the position of what is shown
 * already. Without a position it begins with the present. Ends by `close()` or `options.signal`. */
export function connect(story, options = {}) {
  const connection = new Connection(story, options);
  connection.start();
  return connection;
}

export class Connection {
  #story;
  #on;
  #kinds;
  #socket = null;
  #timers = {};
  #running = false;
  #left = false; // the page was left, and may come back from the back-forward cache
  #failures = 0; // sockets in a row without a hello
  #attempts = 0; // since the last message
  #polling = null; // AbortController of the poll under way, or of the pause between two
  #resetting = null; // the reset under way
  #heard = 0;
  #head = 0; // the highest sequence number that the server has named
  #life = new AbortController(); // of the listeners

  state = "";
  skipped = 0; // events of kinds that are not known

  constructor(story, options = {}) {
    const { after = null, epoch = null, kinds = KINDS, signal } = options;
    const url = new URL(story, globalThis.location?.href);
    this.#story = url.origin + url.pathname.replace(/\/$/, "");
    this.#on = options;
    this.#kinds = new Set(kinds);
    this.epoch = epoch;
    this.seq = after;
    this.#listen();
    if (signal?.aborted) this.close();
    signal?.addEventListener("abort", () => this.close(), { once: true });
  }

  start() {
    if (this.#running || this.#life.signal.aborted) return;
    this.#running = true;
    this.#say(offline() ? "offline" : "connecting");
    this.#open();
  }

  /** Until the next `start()`. */
  stop() {
    this.#running = this.#left = false;
    this.#resetting = null;
    this.#quiet();
  }

  /** For good. */
  close() {
    this.stop();
    this.#life.abort();
  }

  /** Checks the connection, as when the page is visible again. */
  check() {
    if (!this.#running || this.#resetting) return;
    if (this.#socket?.readyState === WebSocket.OPEN && Date.now() - this.#heard < SILENCE) return;
    this.#reopen(0);
  }

  #listen() {
    if (!globalThis.document) return;
    const { signal } = this.#life;
    // An open socket keeps a page out of the back-forward cache.
    const leave = () => {
      const left = this.#running;
      this.stop();
      this.#left = left;
    };
    addEventListener("pagehide", leave, { signal });
    addEventListener("pageshow", ({ persisted }) => persisted && this.#left && this.start(), { signal });
    // A network came back: whatever socket there is belongs to the old one.
    addEventListener("online", () => this.#running && !this.#resetting && this.#reopen(0), { signal });
    addEventListener("offline", () => this.#running && this.#say("offline"), { signal });
    document.addEventListener("visibilitychange", () => document.hidden || this.check(), { signal });
  }

  /** The query of a position; empty for the present. */
  get #position() {
    const given = Object.entries({ after: this.seq, epoch: this.epoch }).filter(([, value]) => value !== null);
    return new URLSearchParams(given);
  }

  // --- socket

  #open() {
    this.#hangUp();
    let socket;
    try {
      socket = sockets.open(new URL(`${this.#story.replace("http", "ws")}/live?${this.#position}`));
    } catch {
      this.#closed(false, 0); // a policy forbids sockets here, or there are none
      return;
    }
    this.#socket = socket;
    let greeted = false;
    const watch = () =>
      this.#after("silence", greeted ? SILENCE : HELLO, () => {
        this.#hangUp();
        this.#closed(greeted, 0);
      });
    watch();
    socket.onmessage = ({ data }) => {
      const frame = JSON.parse(data);
      this.#heard = Date.now();
      greeted ||= frame.type === "hello";
      watch();
      this.#receive(frame);
    };
    socket.onclose = ({ code }) => {
      if (socket === this.#socket) this.#closed(greeted, code);
    };
  }

  /** Lets go of the socket; what it still says is not heard. */
  #hangUp() {
    const socket = this.#socket;
    if (!socket) return;
    this.#socket = null;
    socket.onmessage = socket.onclose = null;
    socket.close();
  }

  #closed(greeted, code) {
    this.#socket = null;
    this.#cancel("silence");
    this.#cancel("grace");
    if (!this.#running) return;
    if (code >= 4500) {
      this.stop();
      this.#say("offline");
      return;
    }
    if (!greeted) this.#failures += 1;
    if (code === FULL || this.#failures >= 2) {
      this.#poll();
      this.#reopen(RETRY + jitter(BASE * 4));
      return;
    }
    if (!this.#polling) this.#say(offline() ? "offline" : "connecting");
    this.#reopen(code === GOING_AWAY ? jitter(BASE * 4) : this.#backoff());
  }

  #backoff() {
    return jitter(Math.min(CAP, BASE * 2 ** this.#attempts++));
  }

  #reopen(delay) {
    this.#after("open", delay, () => {
      if (this.state === "live") this.#say("connecting");
      this.#open();
    });
  }

  #receive(frame) {
    if (frame.type !== "event") this.#on.onClock?.(frame.at);
    if (frame.type === "hello") {
      if (!this.#begin(frame)) return void this.#reset("epoch");
      this.#failures = 0;
      this.#cancel("open"); // a poll may have asked for another attempt
      this.#stopPolling();
      this.#say("live");
      this.#expect(frame.head);
      this.#level();
    } else if (frame.type === "event") {
      this.#say("live");
      if (this.#accept(frame)) this.#level();
      else this.#mend();
    } else if (frame.type === "head") {
      this.#attempts = 0;
      this.#say("live");
      this.#on.onHeartbeat?.(frame);
      this.#expect(frame.head);
    } else if (frame.type === "reset") this.#reset(frame.reason);
  }

  /** Takes the present where there is no position yet; false where the position belongs to another epoch. */
  #begin({ epoch, head }) {
    this.seq ??= head;
    this.epoch ??= epoch;
    return epoch === this.epoch;
  }

  #level() {
    if (!this.#resetting && this.seq >= this.#head) this.#on.onLevel?.();
  }

  /** A gap is mended by resuming, the first time at once; a server that keeps making gaps is not hammered. */
  #mend() {
    this.#hangUp();
    this.#reopen(this.#attempts++ ? this.#backoff() : 0);
  }

  /** False where events are missing before this one. */
  #accept(event) {
    if (event.seq <= this.seq) return true;
    if (event.seq > this.seq + 1) return false;
    this.seq = event.seq;
    this.#attempts = 0;
    if (!this.#kinds.has(event.kind)) {
      this.skipped += 1; // the server is newer
      return true;
    }
    try {
      this.#on.onEvent?.(event);
    } catch (error) {
      console.error(error);
      this.#reset("failed"); // what was shown may be wrong now
    }
    return true;
  }

  /** What a heartbeat knows of must arrive; heads that come while one is waited for get their own turn. */
  #expect(head) {
    this.#head = Math.max(this.#head, head);
    if (this.#head <= this.seq || this.#timers.grace) return;
    const due = this.#head;
    this.#after("grace", GRACE, () => (this.seq < due ? this.#reopen(0) : this.#expect(due)));
  }

  // --- polling

  async #poll() {
    if (this.#polling || !this.#running) return;
    const turn = (this.#polling = new AbortController());
    let delay = POLL;
    const late = setTimeout(() => turn.abort(), 3 * POLL);
    try {
      const answer = await fetch(`${this.#story}/events?${this.#position}`, {
        signal: turn.signal,
        cache: "no-store",
        headers: { Accept: "application/json" },
      });
      const gone = answer.status === 410;
      if (!answer.ok && !gone) throw new Error(`${answer.status}`);
      const page = gone ? {} : await answer.json();
      if (turn !== this.#polling) return;
      this.#on.onClock?.(answer.headers.get("date"));
      if (gone || !this.#begin(page)) return void this.#reset("out of reach");
      if (this.state === "offline") this.#reopen(jitter(BASE * 4)); // the server is back: sockets may work again
      this.#say("polling");
      this.#attempts = 0;
      const whole = page.events.every((event) => this.#accept(event));
      if (whole && page.more) delay = 0;
      else if (whole) this.#level();
    } catch {
      if (turn !== this.#polling) return;
      this.#say("offline");
      delay = POLL + this.#backoff();
    } finally {
      clearTimeout(late);
    }
    if (!this.#running || turn !== this.#polling) return;
    this.#after("poll", delay, () => {
      this.#polling = null;
      this.#poll();
    });
  }

  #stopPolling() {
    this.#cancel("poll");
    const turn = this.#polling;
    this.#polling = null;
    turn?.abort();
  }

  // --- reset

  /** The story is loaded anew. Many readers get a reset at the same moment, so not all ask at once. */
  #reset(reason = "") {
    if (this.#resetting) return;
    const turn = (this.#resetting = {});
    this.#quiet();
    this.#say("connecting");
    const load = async () => {
      try {
        const position = await this.#on.onReset?.(reason);
        if (turn !== this.#resetting) return;
        this.#resetting = null;
        this.epoch = position?.epoch ?? null;
        this.seq = position?.seq ?? null;
        this.#head = 0;
        this.#open();
      } catch {
        if (turn !== this.#resetting) return;
        this.#say("offline");
        this.#after("reset", this.#backoff(), load);
      }
    };
    this.#after("reset", this.#backoff(), load);
  }

  // --- helpers

  #quiet() {
    for (const name of Object.keys(this.#timers)) this.#cancel(name);
    this.#hangUp();
    this.#stopPolling();
  }

  #after(name, delay, then) {
    this.#cancel(name);
    this.#timers[name] = setTimeout(() => {
      delete this.#timers[name];
      then();
    }, delay);
  }

  #cancel(name) {
    clearTimeout(this.#timers[name]);
    delete this.#timers[name];
  }

  #say(state) {
    if (state === this.state) return;
    this.state = state;
    this.#on.onState?.(state);
  }
}
