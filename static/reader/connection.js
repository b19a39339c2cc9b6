// A reader's connection to a story: a socket that resumes by sequence number, and polling where sockets fail.
// Delivers every event once and in order, and says when the page must be loaded again.

const BASE = 500,
  CAP = 15_000; // full jitter between reconnects
const SILENCE = 45_000; // heartbeats come every 30 s at the latest
const HELLO = 10_000; // a running server says hello sooner
const GRACE = 2_000; // for an event that a heartbeat has announced
const POLL = 5_000,
  RETRY = 30_000;
const GOING_AWAY = 1012,
  FULL = 1013;

/** Opens a socket. Widgets share one (embed/shared-socket.js). */
export const sockets = { open: (url) => new WebSocket(url) };

const jitter = (most) => Math.random() * most;

export class Connection {
  #src;
  #on;
  #socket = null;
  #timers = {};
  #running = false;
  #failures = 0; // sockets in a row without a hello
  #attempts = 0; // since the last message
  #polling = null; // AbortController of the poll under way, or of the pause between two
  #resetting = null; // the reset under way
  #heard = 0;
  #head = 0; // the highest sequence number that the server has named
  #state = "";

  /** `on`: `event(frame)`, `level()` when nothing that is known of is missing, `reset()` -> promise of
   * `{epoch, seq}`, `state(name)`, `readers(number)`, `clock(at)`, the server's. */
  constructor(src, { epoch, seq }, on) {
    this.#src = src;
    this.#on = on;
    this.epoch = epoch;
    this.seq = seq;
  }

  start() {
    if (this.#running) return;
    this.#running = true;
    this.#say(navigator.onLine ? "connecting" : "offline");
    this.#open();
  }

  stop() {
    this.#running = false;
    this.#resetting = null;
    this.#quiet();
  }

  /** Checks the connection when the page is visible again. */
  check() {
    if (!this.#running || this.#resetting) return;
    if (this.#socket?.readyState === WebSocket.OPEN && Date.now() - this.#heard < SILENCE) return;
    this.#reopen(0);
  }

  /** A network came back: whatever socket there is belongs to the old one. */
  online() {
    if (this.#running && !this.#resetting) this.#reopen(0);
  }

  offline() {
    if (this.#running) this.#say("offline");
  }

  // --- socket

  #open() {
    this.#hangUp();
    const url = new URL(`${this.#src}/live`, location.href);
    url.protocol = url.protocol.replace("http", "ws");
    url.search = new URLSearchParams({ after: this.seq, epoch: this.epoch });
    let socket;
    try {
      socket = sockets.open(url);
    } catch {
      this.#closed(false, 0); // a policy forbids sockets here
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
    if (!this.#polling) this.#say(navigator.onLine ? "connecting" : "offline");
    this.#reopen(code === GOING_AWAY ? jitter(BASE * 4) : this.#backoff());
  }

  #backoff() {
    return jitter(Math.min(CAP, BASE * 2 ** this.#attempts++));
  }

  #reopen(delay) {
    this.#after("open", delay, () => {
      if (this.#state === "live") this.#say("connecting");
      this.#open();
    });
  }

  #receive(frame) {
    if (frame.type !== "event") this.#on.clock(frame.at);
    if (frame.type === "hello") {
      if (frame.epoch !== this.epoch) return void this.#reset();
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
      this.#on.readers(frame.readers);
      this.#expect(frame.head);
    } else if (frame.type === "reset") this.#reset();
  }

  #level() {
    if (this.seq >= this.#head) this.#on.level();
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
    try {
      this.#on.event(event);
    } catch (error) {
      console.error(error);
      this.#reset(); // the page could not show an event
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
      const url = `${this.#src}/events?${new URLSearchParams({ after: this.seq, epoch: this.epoch })}`;
      const answer = await fetch(url, {
        signal: turn.signal,
        cache: "no-store",
        headers: { Accept: "application/json" },
      });
      const gone = answer.status === 410;
      if (!answer.ok && !gone) throw new Error(`${answer.status}`);
      const page = gone ? {} : await answer.json();
      if (turn !== this.#polling) return;
      this.#on.clock(answer.headers.get("date"));
      if (page.epoch !== this.epoch) return void this.#reset();
      if (this.#state === "offline") this.#reopen(jitter(BASE * 4)); // the server is back: sockets may work again
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

  /** The page is loaded anew. Many readers get a reset at the same moment, so not all ask at once. */
  #reset() {
    if (this.#resetting) return;
    const turn = (this.#resetting = {});
    this.#quiet();
    this.#say("connecting");
    const load = async () => {
      try {
        const position = await this.#on.reset();
        if (turn !== this.#resetting) return;
        this.#resetting = null;
        Object.assign(this, position);
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
    if (state === this.#state) return;
    this.#state = state;
    this.#on.state(state);
  }
}
