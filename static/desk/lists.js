// The desk's lists, kept equal to what the server would show now: whole, or by single entries.
// What somebody is typing into stays, whatever happens to the entry around it.
import { signIn } from "./session.js";

const parse = (html) => new DOMParser().parseFromString(html, "text/html");
const byId = (root, id) => root.querySelector(`[id="${CSS.escape(id)}"]`);

const dirty = (item) => [...item.querySelectorAll("input, textarea, select")].some((field) =>
  field.type === "checkbox" ? field.name !== "entry" && field.checked !== field.defaultChecked
  : field.tagName === "SELECT" ? ![...field.options].every((option) => option.selected === option.defaultSelected || !field.querySelector("[selected]"))
  : field.value !== field.defaultValue);
const busy = (item) => dirty(item) || (item.contains(document.activeElement) && document.activeElement.matches("input, textarea, select"));

const older = (a, b) => (a.publishedAt !== b.publishedAt ? a.publishedAt < b.publishedAt : Number(a.seq) < Number(b.seq));

/** Runs `change` and gives the focus back to what had it, as far as it is still there. */
function keepingFocus(change) {
  const { activeElement: active } = document;
  const place = active?.matches("input[type=text], input[type=search], input:not([type]), textarea") ? [active.selectionStart, active.selectionEnd] : null;
  const row = active?.closest("[data-entry]")?.id;
  change();
  if (!active || active === document.activeElement || active === document.body) return;
  if (active.isConnected) {
    active.focus({ preventScroll: true });
    if (place) active.setSelectionRange(...place);
  } else if (row) document.getElementById(row)?.querySelector("a, button, summary")?.focus({ preventScroll: true });
}

/** Puts an item in the place of an old one, or keeps the old one where it is the same or being used. */
function settle(old, item) {
  if (!old) return item;
  if (old.dataset.state === item.dataset.state || busy(old)) return old;
  const box = old.querySelector("[name=entry]");
  if (box?.checked) item.querySelector("[name=entry]").checked = true;
  const words = (details) => details.querySelector("summary").firstChild.textContent;
  const opened = new Set([...old.querySelectorAll("details[open]")].map(words));
  for (const details of item.querySelectorAll("details")) if (opened.has(words(details))) details.open = true;
  return item;
}

export class Lists {
  #here;
  #queue = document.getElementById("queue");
  #published = document.querySelector(".published");
  #wanted = new Set();
  #all = false;
  #running = null;

  constructor(here) {
    this.#here = here;
  }

  /** Brings the lists up to date: these entries, or everything. Ends when that has been done. */
  refresh(ids = null) {
    if (ids) ids.forEach((id) => this.#wanted.add(id));
    else this.#all = true;
    return (this.#running ??= this.#run().finally(() => (this.#running = null)));
  }

  async #run() {
    await new Promise((resolve) => setTimeout(resolve, 60)); // what comes at once is fetched once
    while (this.#all || this.#wanted.size) {
      const ids = [...this.#wanted], all = this.#all;
      this.#wanted.clear();
      this.#all = false;
      if (all) await this.#whole();
      else await Promise.all([this.#waiting(), ...ids.map((id) => this.#row(id))]);
    }
    document.dispatchEvent(new CustomEvent("desk:lists"));
  }

  /** The page's address without what belongs to a form. */
  get #search() {
    const search = new URLSearchParams(location.search);
    for (const name of ["edit", "saved", "take", "before"]) search.delete(name);
    return search.size ? `?${search}` : "";
  }

  async #get(path) {
    const answer = await fetch(path, { headers: { Accept: "text/html" } });
    if (answer.status === 204) return null;
    if (!answer.ok || answer.redirected) throw new Error(`${answer.status}`);
    return parse(await answer.text());
  }

  async #waiting() {
    const page = await this.#get(`${this.#here}/queue`);
    this.#showQueue(page.body);
  }

  async #whole() {
    const page = await this.#get(this.#here + this.#search);
    this.take(page);
  }

  /** Takes over the lists of a page of this story. */
  take(page) {
    const queue = page.getElementById("queue"), bar = page.querySelector(".bar");
    if (!queue) return;
    this.#showQueue(queue);
    this.#showRows(page.querySelector(".published"));
    document.getElementById("settling").replaceWith(page.getElementById("settling"));
    const mine = document.querySelector(".bar");
    mine.dataset.status = bar.dataset.status;
    mine.querySelector("h1").textContent = bar.querySelector("h1").textContent;
    const now = [...bar.querySelectorAll(".seg button")];
    mine.querySelectorAll(".seg button").forEach((button, i) => button.setAttribute("aria-pressed", now[i].getAttribute("aria-pressed")));
  }

  #showQueue(next) {
    const kept = [...this.#queue.querySelectorAll("[data-entry]")].filter((old) => busy(old) && !byId(next, old.id));
    for (const item of next.querySelectorAll("[data-entry]")) {
      const old = byId(this.#queue, item.id), settled = settle(old, item);
      if (!old && this.#queue.childElementCount) item.classList.add("fresh");
      if (settled !== item) item.replaceWith(settled);
    }
    for (const old of kept) old.dataset.gone = "";
    keepingFocus(() => this.#queue.replaceChildren(...kept, ...next.childNodes));
    const count = this.#queue.querySelectorAll('[data-status="submitted"]').length;
    const jump = document.querySelector('.jumps [href="#contributions"]');
    jump.textContent = "Waiting ";
    if (count) jump.append(Object.assign(document.createElement("b"), { textContent: count }));
  }

  #list() {
    let list = this.#published.querySelector(".rows");
    if (!list) {
      list = Object.assign(document.createElement("ol"), { className: "rows" });
      const empty = this.#published.querySelector(".empty");
      empty ? empty.replaceWith(list) : this.#published.append(list);
    }
    return list;
  }

  #showRows(next) {
    const list = this.#list();
    const items = [...next.querySelectorAll(".row")].map((item) => settle(byId(list, item.id), item));
    const last = items.at(-1);
    // What was loaded of older ones stays, and what somebody is typing into.
    const there = new Set(items.map(({ id }) => id));
    const rest = [...list.children].filter((old) => !there.has(old.id) && (busy(old) || (last && next.querySelector(".more") && older(old.dataset, last.dataset))));
    keepingFocus(() => list.replaceChildren(...items, ...rest));
    if (!rest.length) {
      this.#published.querySelector(".more")?.remove();
      const more = next.querySelector(".more");
      if (more) this.#published.append(more);
    }
  }

  /** Adds the older ones that a link leads to. */
  async more(link) {
    const page = await this.#get(link.href);
    const list = this.#list();
    const items = [...page.querySelectorAll(".published .row")].filter(({ id }) => !byId(list, id));
    list.append(...items);
    const next = page.querySelector(".more");
    next ? link.parentElement.replaceWith(next) : link.parentElement.remove();
    items[0]?.querySelector("a, summary")?.focus();
  }

  async #row(id) {
    const page = await this.#get(`${this.#here}/rows/${id}${this.#search}`);
    const item = page?.querySelector(".row"), list = this.#list();
    const old = byId(list, `row-${id}`);
    if (!item) {
      if (old && !busy(old)) keepingFocus(() => old.remove());
      return;
    }
    const settled = settle(old, item);
    if (settled === old) return;
    if (old && old.dataset.publishedAt === item.dataset.publishedAt) return keepingFocus(() => old.replaceWith(item));
    old?.remove();
    const next = [...list.children].find((other) => older(other.dataset, item.dataset));
    if (!next && this.#published.querySelector(".more")) return; // beyond what is shown
    item.classList.add("fresh");
    setTimeout(() => item.classList.remove("fresh"), 6_000);
    list.insertBefore(item, next ?? null);
  }
}

/** Sends a form without leaving the page, after the password where the session has ended. Gives the page that answers,
 * whether it was done, and whether nobody is signed in. */
export async function send(form, submitter) {
  const body = new URLSearchParams(new FormData(form, submitter));
  for (;;) {
    const answer = await fetch(form.getAttribute("action"), { method: "POST", body, headers: { Accept: "text/html" } });
    const page = parse(await answer.text());
    const signedOut = page.querySelector("[name=sign_in_password]");
    if (!signedOut || !(await signIn())) return { done: answer.ok, page, signedOut };
  }
}
