// <live-blog-embed src="SLUG-OR-URL" limit height order show topic author lang theme compact>: a story in anybody's page,
// without a frame. The server renders it (templates/element.html); this keeps it up to date in an open shadow root.

import { times } from "../reader/times.js";
import { dress, follow } from "./look.js";
import { parse } from "./markup.js";
import { join } from "./shared-feed.js";
import { sheet } from "./stylesheet.js";
import { Updates } from "./updates.js";

const { origin } = new URL(import.meta.url);
const QUERY = ["show", "topic", "author", "order", "lang", "limit"];
const LIMIT = 8,
  MOST = 50;
const ANNOUNCE = 10_000,
  REFRESH = 30_000,
  PATIENCE = 15_000,
  CAP = 60_000;

class LiveBlogEmbed extends HTMLElement {
  static observedAttributes = ["src", "height", "theme", ...QUERY];

  #root = this.shadowRoot ?? this.attachShadow({ mode: "open" });
  #blog = null; // the content; while other content comes, the old is text alone
  #story = ""; // its address
  #url = null; // of the fragment
  #feed = null;
  #turn = null; // AbortController of the time in the page
  #times = null;
  #updates = null;
  #paused = false;
  #known = false; // whether it has been live before
  #unsaid = 0;
  #announcing = null;
  #changing = false;
  #untouched = true; // what the host included may be here

  epoch = "";
  seq = 0;

  constructor() {
    super();
    this.#root.addEventListener("load", () => this.#updates?.fit(), true); // of a picture, or of the stylesheet
  }

  connectedCallback() {
    if (!this.#turn) this.#start();
  }

  disconnectedCallback() {
    queueMicrotask(() => this.isConnected || this.#stop()); // unless it was moved
  }

  attributeChangedCallback(name, before, now) {
    if (before === now || !this.#turn) return;
    if (name === "height" || name === "theme") return this.#dress();
    if (this.#changing) return; // several at once are one change
    this.#changing = true;
    queueMicrotask(() => {
      this.#changing = false;
      if (!this.#turn) return;
      this.#stop();
      this.#blog = null;
      this.#start();
    });
  }

  get ended() {
    return this.#blog?.dataset.status === "ended";
  }

  /** Reads the attributes; a story is always one of the server that this script is from, as for the loader. */
  #address() {
    const given = (this.getAttribute("src") ?? "").trim();
    let url;
    try {
      url = new URL(/[/\\]/.test(given) ? given : `/stories/${encodeURIComponent(given)}`, origin);
    } catch {
      return false;
    }
    const found = /^\/stories\/([a-z0-9-]+)(?:\/(?:embed|element)?)?$/.exec(url.pathname);
    if (!found) return false;
    this.#story = `${origin}/stories/${found[1]}`;
    this.#url = new URL(`${this.#story}/element`);
    for (const name of QUERY) {
      const value = this.getAttribute(name) ?? url.searchParams.get(name);
      if (value) this.#url.searchParams.set(name, name === "lang" ? value.split("-")[0].toLowerCase() : value);
    }
    this.#url.searchParams.set("limit", this.#limit);
    return true;
  }

  get #limit() {
    const given = this.getAttribute("limit") ?? this.#url?.searchParams.get("limit");
    return Math.min(MOST, Math.max(1, Math.floor(Number(given)) || LIMIT));
  }

  async #start() {
    const { signal } = (this.#turn = new AbortController());
    if (!this.#address()) {
      console.warn(`live-blog-embed: "${this.getAttribute("src")}" is no story of ${origin}`);
      return this.#root.replaceChildren(document.createElement("slot"));
    }
    if (this.#untouched) await this.#adopt(signal);
    for (let tries = 1; !this.#blog; tries += 1) {
      const again = await this.load().then(
        () => 0,
        (error) => this.#excuse(error, tries),
      );
      if (again) await new Promise((done) => setTimeout(done, again));
      if (signal.aborted || (!again && !this.#blog)) return;
    }
    if (signal.aborted) return;
    this.#listen(signal);
    this.#feed = join(this.#story, this);
  }

  /** Takes over what the host's server included: as a shadow root, or still in its template. */
  async #adopt(signal) {
    this.#untouched = false;
    if (document.readyState === "loading")
      await new Promise((done) => document.addEventListener("DOMContentLoaded", done, { once: true, signal }));
    const places = [this.#root, this.querySelector(":scope > template[shadowrootmode]")?.content];
    const place = places.find((one) => one?.querySelector(".blog[data-seq]"));
    if (place) await this.#take(place.querySelector(".blog"), place.querySelector("link"));
  }

  #stop() {
    this.#turn?.abort();
    this.#turn = null;
    this.#feed?.leave(this);
    this.#feed = null;
  }

  /** Shows what the host has put into the element, or a link. Returns after how long to try again, in ms. */
  #excuse(error, tries) {
    if (!this.#blog && !this.#root.querySelector("slot")) {
      const slot = document.createElement("slot"),
        link = document.createElement("a");
      link.href = this.#story;
      link.textContent = this.#story.replace(/^https?:\/\//, "");
      slot.append(link);
      this.#root.replaceChildren(slot);
    }
    return error.final ? 0 : Math.random() * Math.min(CAP, 1_000 * 2 ** tries);
  }

  #parse(html) {
    try {
      return parse(html, this.#story);
    } catch (error) {
      throw Object.assign(error, { final: true }); // the page forbids it
    }
  }

  async #fetch(url) {
    const answer = await fetch(url, { credentials: "omit", signal: AbortSignal.timeout(PATIENCE) });
    const { status } = answer;
    // What is wrong with the request does not change; a server that is busy (429) has time later.
    if (!answer.ok) throw Object.assign(new Error(`${status}`), { final: status < 500 && status !== 429 });
    const { content } = this.#parse(await answer.text()).querySelector("live-blog-embed > template");
    return [content.querySelector(".blog"), content.querySelector("link")];
  }

  /** The content as it is now. */
  async load() {
    const turn = this.#turn;
    const found = await this.#fetch(this.#url);
    if (turn && turn === this.#turn) await this.#take(...found);
  }

  async #take(blog, link) {
    const turn = this.#turn;
    const style = link && (await sheet(link.href));
    if (turn !== this.#turn) return;
    this.#times = times(blog.dataset.interface);
    if (style) this.#root.adoptedStyleSheets = [style];
    this.#times.upgrade(blog);
    if (this.#blog) {
      this.#updates.replace(blog, this.#limit);
      Object.assign(this.#blog.dataset, blog.dataset);
      this.#part(".head").replaceChildren(...blog.querySelector(".head").childNodes);
    } else {
      this.#blog = blog;
      this.#root.replaceChildren(...(style || !link ? [blog] : [link, blog]));
      this.#updates = new Updates(blog, this.#limit);
      this.#wire();
    }
    this.epoch = blog.dataset.epoch;
    this.seq = Number(blog.dataset.seq);
    this.#offer();
    this.#dress();
  }

  #part(selector) {
    return this.#blog.querySelector(selector);
  }

  #wire() {
    this.#part(".line").hidden = false;
    this.#blog.addEventListener("click", (event) => this.#click(event));
    this.#blog.addEventListener("keydown", (event) => this.#walk(event));
    this.#blog.addEventListener("scroll", () => this.#welcome(), { passive: true });
  }

  #listen(signal) {
    document.addEventListener("scroll", () => this.#welcome(), { capture: true, passive: true, signal });
    document.addEventListener("visibilitychange", () => this.#welcome(), { signal });
    document.addEventListener("liveblog:clock", () => this.#times.again(this.#blog), { signal });
    let width = 0;
    const sized = new ResizeObserver(([{ contentRect }]) => {
      if (width !== contentRect.width) this.#updates.fit();
      width = contentRect.width;
    });
    sized.observe(this);
    signal.addEventListener("abort", () => sized.disconnect());
    follow(() => this.#dress(), signal);
    const ticking = setInterval(() => {
      this.#times.tick(this.#blog);
      this.#dress();
    }, REFRESH);
    signal.addEventListener("abort", () => clearInterval(ticking));
  }

  #dress() {
    if (this.#blog) dress(this, this.#blog);
  }

  // --- events

  apply(event) {
    this.seq = event.seq;
    this.#blog.dataset.seq = event.seq;
    if (event.kind === "story.updated") this.#restate(event);
    else if (event.kind === "entry.removed") this.#updates.remove(event.id);
    else if (this.#updates.put(event, this.#away, (html) => this.#render(html))) this.#announce();
    this.#updates.settle();
    this.#offer();
    this.dispatchEvent(new CustomEvent("liveblog:event", { detail: event, bubbles: true, composed: true }));
  }

  #render(html) {
    const element = this.#parse(html).querySelector("article, .pin");
    this.#times.upgrade(element);
    return element;
  }

  #restate({ html, title, status }) {
    const header = this.#parse(html).querySelector("#story");
    this.#blog.dataset.status = status;
    const link = this.#part(".title a");
    if (link.textContent !== title) link.textContent = title;
    this.#part(".title").dir = header.querySelector("h1").dir;
    this.#times.upgrade(header);
    this.#part(".status").replaceChildren(...header.querySelectorAll(".badge, .phase, .zone"));
    // Another language or time zone changes every entry.
    if (header.dataset.spoken !== this.#blog.dataset.spoken)
      setTimeout(() => this.#turn && this.load().catch(() => {}), Math.random() * 2_000);
  }

  // --- what waits

  /** Whether the reader is elsewhere, so that nothing may move. */
  get #elsewhere() {
    if (document.hidden || this.#paused) return true;
    return this.#blog.scrollTop > 0 || this.#updates.feed.getBoundingClientRect().top < 0;
  }

  get #away() {
    return this.#updates.held > 0 || this.#elsewhere;
  }

  #welcome() {
    if (this.#blog && this.#updates.held && !this.#elsewhere) this.#release();
  }

  #release() {
    if (!this.#updates.release()) this.load().catch(() => {});
    this.#offer();
  }

  #offer() {
    const button = this.#part(".new-updates"),
      { held } = this.#updates;
    button.hidden = !held;
    if (held) this.#say(button, held);
  }

  /** Writes a number by the words in an element's data and the plural forms of their language. */
  #say(element, count, { dataset } = element) {
    const spoken = this.#blog.dataset.interface;
    const words = dataset[new Intl.PluralRules(spoken).select(count)] ?? dataset.other;
    element.textContent = words.replace("#", new Intl.NumberFormat(spoken, { numberingSystem: "latn" }).format(count));
  }

  /** Says how many, never what; several in a row are said together. */
  #announce() {
    this.#unsaid += 1;
    if (this.#announcing) return;
    const speak = () => {
      this.#announcing = null;
      if (!this.#unsaid) return;
      this.#say(this.#part("[role=status]"), this.#unsaid, this.#part(".new-updates"));
      this.#unsaid = 0;
      this.#announcing = setTimeout(speak, ANNOUNCE);
    };
    speak();
  }

  state(name) {
    const element = this.#part(".connection");
    const words = name === "connecting" && this.#known ? "reconnecting" : name;
    element.textContent = element.dataset[words] ?? "";
    this.#known ||= name === "live" || name === "polling";
    this.#blog.dataset.state = name;
    this.#part(".pause").hidden = name === "ended";
  }

  // --- the reader's actions

  #click(event) {
    const target = event.target.closest(".new-updates, .pause, .share, .older, .rest, button.load, [data-jump]");
    if (!this.#blog || !target || event.ctrlKey || event.metaKey || event.shiftKey) return;
    if (target.matches(".new-updates")) {
      this.#release();
      this.scrollIntoView({ behavior: "instant" });
      this.#blog.scrollTop = 0;
      this.#part(".fresh")?.focus({ preventScroll: true });
    } else if (target.matches(".pause")) {
      this.#paused = !this.#paused;
      target.textContent = this.#paused ? target.dataset.resume : target.dataset.pause;
      this.#welcome();
    } else if (target.matches(".share")) this.#share(event, target);
    else if (target.matches(".older")) {
      event.preventDefault();
      if (!this.#updates.reveal()) this.#more(target);
    } else if (target.matches(".rest")) this.#updates.open(target);
    else if (target.matches(".load")) {
      const frame = target.nextElementSibling.content.firstElementChild.cloneNode();
      target.replaceWith(frame);
      frame.focus();
    } else {
      const entry = this.#updates.find(target.dataset.jump);
      if (!entry) return;
      event.preventDefault();
      entry.scrollIntoView();
      entry.focus({ preventScroll: true });
    }
  }

  async #share(event, link) {
    const { href } = link;
    const { share, clipboard } = navigator;
    if (!share && !clipboard) return;
    event.preventDefault();
    try {
      if (share) await navigator.share({ title: this.#part(".title").textContent, url: href });
      else {
        await clipboard.writeText(href);
        this.#part("[role=status]").textContent = this.#part("[role=status]").dataset.copied;
        link.dataset.done = "";
      }
    } catch (error) {
      if (error.name !== "AbortError") location.assign(href);
    }
  }

  async #more(link) {
    const { feed, last, ascending } = this.#updates;
    if (feed.ariaBusy === "true") return;
    if (!last) return this.load().catch(() => {});
    feed.ariaBusy = "true";
    try {
      const url = new URL(this.#url);
      url.searchParams.set(ascending ? "after" : "before", last.id);
      const [page] = await this.#fetch(url);
      if (!last.isConnected) return;
      this.#times.upgrade(page);
      this.#updates.append(page, this.#limit);
      link.textContent = link.dataset.words;
      this.#feed?.since(this, Number(page.dataset.seq)); // the answer may be older than what came meanwhile
    } catch {
      link.textContent = link.dataset.failed;
    } finally {
      feed.ariaBusy = "false";
    }
  }

  /** PageDown and PageUp move between the entries. */
  #walk(event) {
    const here = event.target.closest("article");
    const next = { PageDown: here?.nextElementSibling, PageUp: here?.previousElementSibling }[event.key];
    if (!next || event.ctrlKey) return;
    event.preventDefault();
    next.focus();
  }
}

if (!customElements.get("live-blog-embed")) customElements.define("live-blog-embed", LiveBlogEmbed);
