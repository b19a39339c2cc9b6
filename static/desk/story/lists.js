// The lists of a story's desk: loads them again after changes, whole or by entry.
// A field into which somebody types stays, whatever happens to its entry.
import { signIn } from "../shared/request.js";

export const PATIENCE = 30_000; // milliseconds for a request
const SLOWEST = 10_000; // milliseconds between two tries

const parse = (html) => new DOMParser().parseFromString(html, "text/html");
const byId = (root, id) => root.querySelector(`[id="${CSS.escape(id)}"]`);

const dirty = (item) =>
  [...item.querySelectorAll("input, textarea, select")].some((field) =>
    field.type === "checkbox"
      ? field.name !== "entry" && field.checked !== field.defaultChecked
      : field.tagName === "SELECT"
        ? ![...field.options].every(
            (option) => option.selected === option.defaultSelected || !field.querySelector("[selected]"),
          )
        : field.value !== field.defaultValue,
  );
const said = (item) => item.matches(".told"); // a report in the place of an entry
const busy = (item) =>
  said(item) ||
  dirty(item) ||
  (item.contains(document.activeElement) &&
    document.activeElement.matches("input:not([name=entry]), textarea, select"));

const older = (a, b) =>
  a.publishedAt !== b.publishedAt ? a.publishedAt < b.publishedAt : Number(a.seq) < Number(b.seq);

const FOCUSED = "a[href], button, summary, input:not([type=hidden]), textarea, select";
/** Identifies a control in another version of its entry. */
const sameness = (control) => `${control.tagName} ${control.id || control.name || control.textContent}`;

/** Runs `change` and restores the focus; if its control is gone, the control in the same place gets it. */
function keepingFocus(change) {
  const { activeElement: active } = document;
  const row = active?.closest("[data-entry]");
  const what = row && sameness(active);
  const list = row?.closest("section");
  const all = list ? [...list.querySelectorAll("[data-entry]")].map(({ id }) => id) : [];
  const at = all.indexOf(row?.id);
  change();
  if (!row || active.isConnected) return;
  const next = [...all.slice(at), ...all.slice(0, at).reverse()].map((id) => document.getElementById(id)).find(Boolean);
  const controls = next ? [...next.querySelectorAll(FOCUSED)].filter((control) => control.checkVisibility()) : [];
  const own = next?.id === row.id && controls.find((control) => sameness(control) === what);
  const to =
    own ||
    controls.find((control) => control.matches(".acts *")) ||
    document.getElementById(list.getAttribute("aria-labelledby"));
  if (to.tagName === "H2") to.tabIndex = -1;
  to.focus({ preventScroll: true });
}

/** Makes `nodes` the children of `parent`, in this order. The node with the focus does not move: moving would end the focus. */
function arrange(parent, nodes) {
  for (const old of [...parent.childNodes]) if (!nodes.includes(old)) old.remove();
  const held = nodes.findIndex((node) => node.parentNode === parent && node.contains(document.activeElement));
  const place = (some, end) => {
    for (const node of some.toReversed()) {
      if (node.parentNode !== parent || node.nextSibling !== end) parent.insertBefore(node, end);
      end = node;
    }
  };
  place(nodes.slice(held + 1), null);
  if (held > 0) place(nodes.slice(0, held), nodes[held]);
}

/** The element to show: the new `item`, or the old one if it is the same or in use. */
function settle(old, item) {
  if (!old || said(old)) return item;
  if (old.dataset.state === item.dataset.state || busy(old)) return old;
  const box = old.querySelector("[name=entry]");
  if (box?.checked) {
    // The user selected the older revision: only that one may be published.
    const next = item.querySelector("[name=entry]");
    next.dataset.now = next.value;
    next.value = box.value;
    next.checked = true;
  }
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
  #failed = 0;

  constructor(here) {
    this.#here = here;
  }

  /** Updates these entries, or everything. Resolves when that has succeeded, after any number of tries. */
  refresh(ids = null) {
    if (ids) ids.forEach((id) => this.#wanted.add(id));
    else this.#all = true;
    return (this.#running ??= this.#run().finally(() => (this.#running = null)));
  }

  async #run() {
    await new Promise((resolve) => setTimeout(resolve, 60)); // several changes at once need one request
    while (this.#all || this.#wanted.size) {
      const ids = [...this.#wanted],
        all = this.#all;
      this.#wanted.clear();
      this.#all = false;
      try {
        if (all) await this.#whole();
        else await Promise.all([this.#waiting(), ...ids.map((id) => this.#row(id))]);
        this.#failed = 0;
      } catch {
        // The changes are still to be loaded.
        ids.forEach((id) => this.#wanted.add(id));
        this.#all ||= all;
        this.#failed += 1;
        document.dispatchEvent(new CustomEvent("desk:late", { detail: this.#failed }));
        await new Promise((resolve) =>
          setTimeout(resolve, Math.min(SLOWEST, 1_000 * 2 ** this.#failed) * (0.5 + Math.random() / 2)),
        );
      }
    }
    document.dispatchEvent(new CustomEvent("desk:lists"));
  }

  /** The query of this page without the parameters of forms. */
  get #search() {
    const search = new URLSearchParams(location.search);
    for (const name of ["edit", "correct", "saved", "of", "removed", "take", "all"]) search.delete(name);
    return search.size ? `?${search}` : "";
  }

  async #get(path) {
    const answer = await fetch(path, { headers: { Accept: "text/html" }, signal: AbortSignal.timeout(PATIENCE) });
    if (answer.status === 204) return null;
    if (!answer.ok || answer.redirected) throw new Error(`${answer.status}`);
    return parse(await answer.text());
  }

  async #waiting() {
    const page = await this.#get(`${this.#here}/queue${this.#search}`);
    this.#showQueue(page.body);
  }

  async #whole() {
    const page = await this.#get(this.#here + this.#search);
    this.take(page);
  }

  /** Shows the lists of a newer copy of the page. */
  take(page) {
    const queue = page.getElementById("queue"),
      bar = page.querySelector(".bar");
    if (!queue) return;
    this.#showQueue(queue);
    this.#showRows(page.querySelector(".published"));
    document.getElementById("settling").replaceWith(page.getElementById("settling"));
    const mine = document.querySelector(".bar");
    mine.dataset.status = bar.dataset.status;
    mine.querySelector("h1").textContent = bar.querySelector("h1").textContent;
    const coverage = mine.querySelector("#coverage"),
      said = bar.querySelector("#coverage");
    if (!coverage.isEqualNode(said)) keepingFocus(() => coverage.replaceChildren(...said.childNodes));
    const now = [...bar.querySelectorAll(".seg button")];
    mine
      .querySelectorAll(".seg button")
      .forEach((button, i) => button.setAttribute("aria-pressed", now[i].getAttribute("aria-pressed")));
  }

  #showQueue(next) {
    keepingFocus(() => {
      const sections = [...next.querySelectorAll("section")].map((section) => {
        const old = this.#queue.querySelector(`[aria-labelledby="${section.getAttribute("aria-labelledby")}"]`);
        return old ? this.#fill(old, section) : section;
      });
      const busied = [...this.#queue.querySelectorAll("section")].filter(
        (old) => !sections.includes(old) && [...old.querySelectorAll("[data-entry]")].some(busy),
      );
      arrange(this.#queue, [...sections, ...busied]);
    });
    const count = this.#queue.querySelectorAll('[data-status="submitted"]').length;
    const jump = document.querySelector('.jumps [href="#contributions"]');
    jump.textContent = "Waiting ";
    if (count) jump.append(Object.assign(document.createElement("b"), { textContent: count }));
  }

  /** Makes a section of the queue equal to `now`. A card into which somebody types stays where it is. */
  #fill(old, now) {
    old.querySelector("h2").replaceChildren(...now.querySelector("h2").childNodes);
    const cards = [...now.querySelectorAll("[data-entry]")]
      .map((item) => [byId(this.#queue, item.id), item])
      .filter(([before]) => !before || !busy(before) || old.contains(before))
      .map(([before, item]) => {
        if (!before) item.classList.add("fresh");
        return settle(before, item);
      });
    [...old.querySelectorAll("[data-entry]")].forEach((card, place) => {
      if (busy(card) && !cards.includes(card)) cards.splice(place, 0, card);
    });
    const list = old.querySelector("ul") ?? now.querySelector("ul");
    if (list && cards.length) {
      arrange(list, cards);
      if (list.parentNode !== old) old.append(list);
    } else list?.remove();
    return old;
  }

  #list() {
    let list = this.#published.querySelector(".rows");
    if (!list) {
      list = Object.assign(document.createElement("ol"), { className: "rows" });
      const empty = this.#published.querySelector(".nothing");
      empty ? empty.replaceWith(list) : this.#published.append(list);
    }
    return list;
  }

  #showRows(next) {
    const nothing = next.querySelector(".nothing");
    if (nothing && this.#published.querySelector(".nothing")) return;
    const list = this.#list();
    const items = [...next.querySelectorAll(".row")].map((item) => settle(byId(list, item.id), item));
    const last = items.at(-1);
    // Older rows that were loaded stay, and rows into which somebody types.
    const there = new Set(items.map(({ id }) => id));
    const rest = [...list.children].filter(
      (old) =>
        !there.has(old.id) && (busy(old) || (last && next.querySelector(".more") && older(old.dataset, last.dataset))),
    );
    const all = [...items, ...rest.filter((old) => !said(old))];
    for (const one of rest.filter(said)) {
      const place = all.findIndex((other) => older(other.dataset, one.dataset));
      all.splice(place < 0 ? all.length : place, 0, one);
    }
    keepingFocus(() => arrange(list, all));
    if (nothing && !list.children.length) list.replaceWith(nothing);
    if (!rest.length) {
      this.#published.querySelector(".more")?.remove();
      const more = next.querySelector(".more");
      if (more) this.#published.append(more);
    }
  }

  /** Adds the older entries to which a link leads. */
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
    const item = page?.querySelector(".row");
    const old = byId(this.#published, `row-${id}`);
    if (!item) {
      if (old && !busy(old)) {
        keepingFocus(() => old.remove());
        this.#all ||= !this.#published.querySelector(".row"); // an empty list has a text of its own
      }
      return;
    }
    const list = this.#list();
    const settled = settle(old, item);
    if (settled === old) return;
    if (old && old.dataset.publishedAt === item.dataset.publishedAt) return keepingFocus(() => old.replaceWith(item));
    keepingFocus(() => {
      old?.remove();
      const next = [...list.children].find((other) => older(other.dataset, item.dataset));
      if (!next && this.#published.querySelector(".more")) return; // older than the rows on the page
      item.classList.add("fresh");
      setTimeout(() => item.classList.remove("fresh"), 6_000);
      list.insertBefore(item, next ?? null);
    });
  }
}

/** Sends a form without leaving the page; asks for the password if the session has ended. Resolves to `{done, page, signedOut}`:
 * whether it was done, the page in the answer, and whether the user is signed out. `body` holds the values of the form. */
export async function send(form, body) {
  for (;;) {
    const answer = await fetch(form.getAttribute("action"), {
      method: "POST",
      body,
      headers: { Accept: "text/html" },
      signal: AbortSignal.timeout(PATIENCE),
    });
    const page = parse(await answer.text());
    const signedOut = page.querySelector("[name=sign_in_password]");
    if (!signedOut || !(await signIn())) return { done: answer.ok, page, signedOut };
  }
}
