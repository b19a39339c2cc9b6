// <live-blog src epoch seq>: a story rendered by the server, kept up to date.
// Connects the connection, the list and the page. The words are in the template.

import { steady } from "./anchor.js";
import { Attention } from "./attention.js";
import { Connection } from "./client.js";
import { quote, say } from "./counter.js";
import { EntryList, parse } from "./entry-list.js";
import { morph } from "./morph.js";
import { dated, level, upgrade } from "./relative-time.js";
import { reveal, view } from "./view.js";

const ANNOUNCE = 10_000; // the least time between two announcements to a screen reader
const LATE = 15_000;
const SEVERAL = 10; // fewer readers are not told: their number says nothing, and "1" is the reader
const ENTRY = /^e[0-9a-f]{16}$/;

const CHOSEN = /^(show|topic|author|order|at|pictures)$/;
const framed = window.parent !== window;

class LiveBlog extends HTMLElement {
  #list;
  #attention;
  #connection;
  #place;
  #search = location.search; // of what is shown
  #title = document.title;
  #unsaid = 0;
  #announcing = null;
  #known = false; // whether it has been live before
  #levelAt = Date.now(); // when the page was up to date

  connectedCallback() {
    if (this.#list) return; // moved within the page
    this.#list = new EntryList(this);
    this.#attention = new Attention(this.#list, () => this.#welcome());
    this.hasAttribute("kept") ? this.#recall().finally(() => this.#begin()) : this.#begin();
  }

  /** A copy from this device, without a network: the events that came after it. */
  async #recall() {
    this.#levelAt = Date.parse(this.getAttribute("kept"));
    const { kept } = await import("./later/kept.js");
    for (const event of await kept()) if (event.seq === Number(this.getAttribute("seq")) + 1) this.#apply(event);
  }

  #begin() {
    this.#connection = new Connection(this.getAttribute("src"), {
      after: Number(this.getAttribute("seq")),
      epoch: this.getAttribute("epoch"),
      onEvent: (event) => this.#apply(event),
      onLevel: () => this.#level(),
      onReset: () => this.#reload(),
      onState: (state) => this.#show(state),
      onHeartbeat: ({ readers }) => this.#count(readers),
      onClock: level,
    });
    this.addEventListener("click", (event) => this.#click(event));
    this.#part(".line").hidden = false;
    this.#keepAddress();
    if (!framed) {
      this.#place = view.place?.(this.#list.feed, (at) => this.#goTo(at, true));
      if (history.state?.place) this.#place?.restore();
      else this.#land();
    }
    this.#listen();
    this.#go();
  }

  /** How far the reader has come: what waits was not seen. */
  get reached() {
    return this.#list.waiting.reached(Number(this.getAttribute("seq")));
  }

  /** Changes the page; the text that is read stays at its place. */
  keep(change) {
    const away = this.#away || this.#list.ascending;
    return away ? steady(this.#list.feed, change) : change();
  }

  /** A choice of updates keeps the rest of the address. */
  #keepAddress() {
    for (const link of this.querySelectorAll(".tools a")) {
      const url = new URL(link.href);
      for (const [name, value] of new URLSearchParams(location.search))
        if (!CHOSEN.test(name)) url.searchParams.set(name, value);
      link.href = url;
    }
  }

  /** A permalink into a long story: the page around its entry is loaded where that is not on this one. */
  #land() {
    const id = location.hash.slice(1);
    if (ENTRY.test(id) && !document.getElementById(id) && new URLSearchParams(location.search).get("at") !== id)
      this.#goTo(id, true);
  }

  #goTo(at, instead = false) {
    const url = new URL(location.href);
    url.searchParams.set("at", at);
    url.hash = at;
    location[instead ? "replace" : "assign"](url);
  }

  #part(selector) {
    return this.querySelector(selector);
  }

  get #ended() {
    return this.#part("#story").dataset.status === "ended";
  }

  #go() {
    if (this.#ended) {
      this.#connection.stop();
      this.#show("ended");
    } else this.#connection.start();
  }

  #level() {
    this.setAttribute("seq", this.#connection.seq); // also past events of unknown kinds
    if (this.#ended) this.#go();
  }

  #listen() {
    if (!framed) {
      addEventListener("hashchange", () => this.#land());
      addEventListener("popstate", () =>
        location.search === this.#search ? this.#place?.restore() : location.reload(),
      );
    }
    addEventListener("pageshow", ({ persisted }) => persisted && this.#connection.start());
    document.addEventListener("visibilitychange", () => {
      if (document.hidden) return;
      // After the end, too, something may have been taken down meanwhile.
      if (this.#ended) this.#connection.start();
      this.#welcome();
    });
  }

  /** Whether new updates wait: somebody reads, or others wait already. */
  get #away() {
    return this.#attention.busy || this.#list.held > 0;
  }

  /** Nobody reads any more: what waited appears by itself. */
  #welcome() {
    if (this.#list.held && !this.#list.waiting.incomplete && !this.#attention.busy) {
      this.#list.release();
      this.#offer();
    }
  }

  // --- events

  #apply(event) {
    const hold = this.#away && !(framed && this.#list.ascending);
    const change = () => {
      this.#brief(event);
      return event.kind === "story.updated" ? this.#restate(event) : this.#list.apply(event, hold);
    };
    this.#keepingFocus(() => {
      if (this.keep(change) === true) this.#announce();
      this.setAttribute("seq", event.seq);
      this.#offer();
    });
    this.dispatchEvent(new CustomEvent("liveblog:event", { detail: event, bubbles: true }));
  }

  /** Where what had the focus is gone, the reader stays among the updates. */
  #keepingFocus(change) {
    const focused = this.contains(document.activeElement);
    change();
    if (focused && !this.contains(document.activeElement)) this.#part("#updates").focus({ preventScroll: true });
  }

  /** The Brief where the event has another, and how many updates there are since it was written. */
  #brief({ brief_html: html, brief_since: since }) {
    if (html) morph(this.#part(".brief"), parse(html).querySelector(".brief"));
    const link = this.#part(".brief-since");
    if (!link || since === undefined) return; // of an event that was scrubbed, or of a server before this one
    link.hidden = !since;
    if (since) say(link, since);
  }

  #restate({ html }) {
    const header = parse(html).querySelector("#story");
    // Another language or time zone changes every entry, so the page is loaded anew; not by all at once.
    if (header.dataset.spoken !== this.#part("#story").dataset.spoken)
      setTimeout(() => location.reload(), Math.random() * 2_000);
    this.#head(header);
  }

  #head(header) {
    const before = this.#part("h1").textContent;
    morph(this.#part("#story"), header);
    this.#title = this.#title.replace(before, () => this.#part("h1").textContent);
  }

  /** The state of the page as it is now, without leaving it. */
  async #reload() {
    const answer = await fetch(location.href, { cache: "no-store", signal: AbortSignal.timeout?.(LATE) });
    if (answer.redirected) return this.#newest(); // the entry in the address does not exist any more
    if (!answer.ok) throw new Error(`${answer.status}`);
    const page = new DOMParser().parseFromString(await answer.text(), "text/html").querySelector("live-blog");
    const fresh = document.adoptNode(page);
    const change = () => {
      upgrade(fresh);
      this.#head(fresh.querySelector("#story"));
      morph(this.#part(".brief"), fresh.querySelector(".brief"));
      this.#list.replace(fresh);
    };
    this.#keepingFocus(() => this.keep(change));
    for (const name of ["epoch", "seq"]) this.setAttribute(name, fresh.getAttribute(name));
    this.#offer();
    this.dispatchEvent(new Event("liveblog:reset"));
    if (this.#ended) this.#go();
    return { epoch: this.getAttribute("epoch"), seq: Number(this.getAttribute("seq")) };
  }

  // --- display

  #show(state) {
    const words = this.#part(".connection").dataset;
    const level = ["live", "polling"];
    if (level.includes(this.dataset.state)) this.#levelAt = Date.now();
    const asOf = words.offline.replace("#", dated(this.#levelAt));
    const said = { ...words, offline: asOf, connecting: this.#known ? words.reconnecting : words.connecting };
    this.#known ||= level.includes(state);
    // A longer word may need another line.
    this.keep(() => {
      this.#part(".connection").textContent = said[state];
      this.dataset.state = state;
      this.#keepingFocus(() => (this.#part(".pause").hidden = state === "ended"));
      if (state !== "live") this.#part(".readers").hidden = true;
    });
  }

  #count(readers) {
    const few = !(readers >= SEVERAL);
    this.keep(() => {
      this.#part(".readers").hidden = few;
      if (!few) say(this.#part(".readers"), readers);
    });
  }

  #offer() {
    const { held } = this.#list;
    const button = this.#part(".new-updates");
    button.hidden = !held;
    quote(button, this.#part(".short"), this.#list.waiting);
    if (!framed) document.title = held ? `(${held}) ${this.#title}` : this.#title;
  }

  /** Says how many, never what; several in a row are said together. */
  #announce() {
    this.#unsaid += 1;
    if (this.#announcing) return;
    const speak = () => {
      this.#announcing = null;
      if (!this.#unsaid) return;
      const status = this.#part("[role=status]");
      Object.assign(status.dataset, this.#part(".new-updates").dataset);
      say(status, this.#unsaid);
      this.#unsaid = 0;
      this.#announcing = setTimeout(speak, ANNOUNCE);
    };
    speak();
  }

  // --- the reader's actions

  #click(event) {
    const target = event.target.closest(
      ".new-updates, .pause, .share, [data-end], [data-jump], .tools a:not([data-choose], [data-hours]), .empty a",
    );
    if (!target || event.ctrlKey || event.metaKey || event.shiftKey) return;
    if (target.matches(".new-updates")) this.#release();
    else if (target.matches(".pause")) this.#pause(target);
    else if (target.matches(".share")) this.#share(event, target);
    else if (target.matches("[data-end]")) {
      event.preventDefault();
      this.#list.more(target).then(() => this.#offer());
    } else if (target.dataset.jump) this.#jump(event, target.dataset.jump);
    else if (this.#place) {
      event.preventDefault();
      this.#place.go(target.href);
    }
  }

  async #share(event, { href }) {
    const { share, clipboard } = navigator;
    if (framed || (!share && !clipboard)) return; // the link leads to the entry's own page, whose address can be copied
    event.preventDefault();
    try {
      if (share) await navigator.share({ title: this.#title, url: href });
      else {
        await clipboard.writeText(href);
        const status = this.#part("[role=status]");
        status.textContent = status.dataset.copied;
        event.target.dataset.done = "";
      }
    } catch (error) {
      if (error.name !== "AbortError") location.assign(href);
    }
  }

  #release() {
    const { ascending, waiting } = this.#list;
    if (waiting.incomplete) return ascending ? this.#goTo(waiting.next) : this.#newest();
    const first = this.#list.release();
    this.#offer();
    if (!first) return;
    reveal(framed ? this.#list.feed : first, "instant");
    first.focus({ preventScroll: true });
    this.#attention.given = first;
  }

  /** The newest of what the reader has chosen to see, from the server. */
  #newest() {
    const url = new URL(location.href);
    url.searchParams.delete("at");
    url.hash = "";
    if (!framed) history.replaceState(null, ""); // not to the place where the reader was
    url.href === location.href ? location.reload() : location.assign(url);
  }

  #pause(button) {
    const paused = (this.#attention.paused = !this.#attention.paused);
    button.textContent = paused ? button.dataset.resume : button.dataset.pause;
    if (!paused && this.#list.held) this.#release();
  }

  /** To an entry in the feed, wherever that is; without scripts the link leads to its own page. */
  #jump(event, id) {
    const entry = document.getElementById(id);
    if (!this.contains(entry)) {
      if (framed) return;
      event.preventDefault();
      return this.#goTo(id);
    }
    event.preventDefault();
    if (!framed) location.hash = id;
    reveal(entry);
    entry.focus({ preventScroll: true });
  }
}

customElements.define("live-blog", LiveBlog);
