// The desk's WebSocket: opened again after each end, with a growing, random pause.

const ALIVE = 20_000,
  SILENCE = 15_000,
  CAP = 10_000,
  BASE = 400;
export const SIGNED_OUT = 4401,
  OTHER_RIGHTS = 4403;
const WORDS = {
  live: "Live",
  late: "Lists out of date: trying again",
  off: "Not live: updated every 10 s",
  out: "Signed out",
  other: "Not live: your rights have changed",
};

/** Shows the state of the connection at the head of the page, if it has a place for it. `next` is the page to return to after
 * signing in, or to load again with other rights. */
export function showState(state, next) {
  const status = document.querySelector(".connection");
  if (!status) return;
  status.dataset.state = state;
  if (status.firstElementChild.textContent !== WORDS[state]) status.firstElementChild.textContent = WORDS[state];
  status.querySelector("a")?.remove();
  const link = (textContent, href, target) =>
    status.append(" ", Object.assign(document.createElement("a"), { textContent, href, target }));
  if (state === "out") link("Sign in", `/desk/login?next=${next}`, "_blank");
  else if (state === "other") link("Load the page again", next, "");
}

export class DeskSocket {
  #path;
  #take;
  #lost;
  #socket = null;
  #attempts = 0;
  #timers = {};
  #running = false;

  /** Connects at once. `take` gets every frame, `lost` the close code of a connection. */
  constructor(path, { take, lost }) {
    this.#path = path;
    this.#take = take;
    this.#lost = lost;
    addEventListener("pagehide", () => this.#stop());
    addEventListener("pageshow", ({ persisted }) => persisted && this.#start());
    addEventListener("online", () => this.#running && !this.#socket && this.#open());
    this.#start();
  }

  /** Whether the page has to poll. */
  get away() {
    return this.#running && this.#socket?.readyState !== WebSocket.OPEN;
  }

  say(message) {
    if (this.#socket?.readyState === WebSocket.OPEN) this.#socket.send(JSON.stringify(message));
  }

  #start() {
    this.#running = true;
    this.#open();
  }

  #stop() {
    this.#running = false;
    for (const timer of Object.values(this.#timers)) clearTimeout(timer);
    // A socket that is still connecting ends with the page; closing it would log an error.
    if (this.#socket?.readyState === WebSocket.OPEN) this.#socket.close();
    this.#socket = null;
  }

  #after(name, delay, work) {
    clearTimeout(this.#timers[name]);
    this.#timers[name] = setTimeout(work, delay);
  }

  #keepAlive() {
    this.say({ type: "alive" });
    this.#after("alive", ALIVE, () => this.#keepAlive());
  }

  #open() {
    clearTimeout(this.#timers.open);
    const url = new URL(this.#path, location.href);
    url.protocol = url.protocol.replace("http", "ws");
    const mine = (this.#socket = new WebSocket(url));
    const watch = () => this.#after("silence", SILENCE, () => mine.close());
    watch();
    mine.onopen = () => this.#socket !== mine && mine.close();
    mine.onmessage = ({ data }) => {
      if (this.#socket !== mine) return;
      const frame = JSON.parse(data);
      watch();
      if (frame.type === "hello") {
        this.#attempts = 0;
        this.#after("alive", ALIVE, () => this.#keepAlive());
      }
      this.#take(frame);
    };
    mine.onclose = ({ code }) => {
      if (this.#socket !== mine) return;
      this.#socket = null;
      clearTimeout(this.#timers.silence);
      clearTimeout(this.#timers.alive);
      this.#after("open", Math.random() * Math.min(CAP, BASE * 2 ** this.#attempts++), () => this.#open());
      this.#lost(code);
    };
  }
}
