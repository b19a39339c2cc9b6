// One socket for all widgets of a story on a host's page: the frame that holds the lock has it, and passes on what it hears.
// The loader gives the frames of a page a common name. Elsewhere, or without locks, each frame has its own socket.

import { sockets } from "../reader/client.js";

const NAME = /^liveblog (\w{1,40})$/;

sockets.open = (url) => {
  const page = NAME.exec(self.name)?.[1];
  if (!page || self.origin === "null" || !navigator.locks || !self.BroadcastChannel) return new WebSocket(url);
  return new SharedSocket(url, `liveblog ${url.pathname} ${page}`);
};

/** Has the part of a socket's interface that `Connection` uses. */
class SharedSocket {
  onmessage = null;
  onclose = null;
  readyState = WebSocket.CONNECTING;
  #url;
  #channel;
  #socket = null; // of the holder alone
  #end = new AbortController();
  #release = null;
  #hello = null; // the last one, kept up to date for those who join
  #heard = 0;
  #after;
  #waiting = null; // what comes while older events are asked for

  constructor(url, name) {
    this.#url = url;
    this.#after = Number(url.searchParams.get("after"));
    this.#channel = new BroadcastChannel(name);
    this.#channel.onmessage = ({ data }) => this.#hear(data);
    navigator.locks
      .request(name, { signal: this.#end.signal }, () => {
        this.#open();
        return new Promise((release) => (this.#release = release));
      })
      .catch(() => {
        // It was closed while it waited; or the browser blocks what third parties share, so the frame has its own socket.
        if (this.readyState === WebSocket.CLOSED) return;
        try {
          this.#open();
        } catch {
          this.#closed(0);
        }
      });
    this.#channel.postMessage({ join: true });
  }

  close() {
    if (this.readyState === WebSocket.CLOSED) return;
    this.readyState = WebSocket.CLOSED;
    if (this.#socket) {
      this.#socket.onmessage = this.#socket.onclose = null;
      this.#socket.close();
    }
    this.#channel.close();
    this.#release ? this.#release() : this.#end.abort();
  }

  // --- the holder of the lock

  #open() {
    if (this.readyState === WebSocket.CLOSED) return;
    const url = new URL(this.#url);
    url.searchParams.set("after", this.#after);
    this.#socket = new WebSocket(url);
    this.#socket.onmessage = ({ data }) => {
      this.#note(JSON.parse(data));
      this.#channel.postMessage({ data });
      this.#deliver(data);
    };
    this.#socket.onclose = ({ code }) => {
      this.#channel.postMessage({ code });
      this.#closed(code);
    };
  }

  #note(frame) {
    if (frame.type === "hello") this.#hello = frame;
    else if (this.#hello)
      this.#hello.head = Math.max(this.#hello.head, frame.type === "event" ? frame.seq : (frame.head ?? 0));
    if (frame.at && this.#hello && frame.type !== "event") this.#hello.at = frame.at;
    this.#heard = Date.now();
  }

  #welcome() {
    if (!this.#hello) return; // they will hear the server's
    const at = new Date(Date.parse(this.#hello.at) + Date.now() - this.#heard).toISOString();
    this.#channel.postMessage({ data: JSON.stringify({ ...this.#hello, at }) });
  }

  // --- those who listen

  #hear({ join, data, code }) {
    if (join) {
      if (this.#socket) this.#welcome();
    } else if (this.#socket) return;
    else if (data) {
      this.#deliver(data);
      const frame = JSON.parse(data);
      if (frame.type === "hello" && frame.head > this.#after) this.#fill(frame.epoch);
    } else this.#closed(code);
  }

  /** What came before this frame joined is asked for once. */
  async #fill(epoch) {
    if (this.#waiting) return;
    this.#waiting = [];
    try {
      const path = this.#url.pathname.replace(/\/live$/, "/events");
      const query = new URLSearchParams({ after: this.#after, epoch });
      const answer = await fetch(`${path}?${query}`, { cache: "no-store", headers: { Accept: "application/json" } });
      const gone = answer.status === 410;
      if (!answer.ok && !gone) throw new Error(`${answer.status}`);
      const frames = gone ? [{ type: "reset" }] : (await answer.json()).events;
      const waiting = this.#waiting;
      this.#waiting = null;
      for (const frame of frames) this.#deliver(JSON.stringify(frame));
      for (const data of waiting) this.#deliver(data);
    } catch {
      this.#closed(0);
    }
  }

  #deliver(data) {
    if (this.readyState === WebSocket.CLOSED) return;
    this.readyState = WebSocket.OPEN;
    const { type, seq } = JSON.parse(data);
    if (type === "event" && this.#waiting) return void this.#waiting.push(data);
    if (type === "event" && seq === this.#after + 1) this.#after = seq;
    this.onmessage?.({ data });
  }

  #closed(code) {
    if (this.readyState === WebSocket.CLOSED) return;
    this.close();
    this.onclose?.({ code });
  }
}
