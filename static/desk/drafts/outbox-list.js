// The outbox as a list beside the composer: the posts that wait, are being sent, or were refused, with the reason.
import { button } from "../shared/dialogs.js";

const LATE = 700; // milliseconds: a post that is sent faster is not shown

export class OutboxList {
  #box;
  #on;
  #asked = 0;
  #lines = new Map(); // by the id of the post: a line that is being read or pressed stays where it is

  /** `again(item)` edits a post in the composer; `idle()` runs when the outbox is empty, `waiting(words)` while posts wait. */
  constructor(box, { outbox, slug, ...on }) {
    Object.assign(this, { outbox, slug });
    [this.#box, this.#on] = [box, on];
    for (const name of ["changed", "sent"]) outbox.addEventListener(name, () => this.show());
    addEventListener("offline", () => this.show());
  }

  async show() {
    const asked = ++this.#asked;
    const items = (await this.outbox.items()).filter((item) => item.slug === this.slug);
    if (asked !== this.#asked) return; // the outbox has changed since, in this tab or in another
    const young = items.filter(({ state, at }) => state !== "refused" && navigator.onLine && Date.now() - at < LATE);
    const worth = items.filter((item) => !young.includes(item));
    if (young.length) setTimeout(() => this.show(), LATE);
    this.#draw(worth);
    const waiting = items.filter(({ state }) => state !== "refused").length;
    if (!items.length) this.#on.idle();
    if (worth.length && waiting)
      this.#on.waiting(
        navigator.onLine ? "Sending…" : `Offline: ${waiting} ${waiting === 1 ? "update waits" : "updates wait"} here`,
      );
  }

  #draw(items) {
    const list = this.#box.querySelector("ol"),
      focused = document.activeElement;
    const place = [...list.children].findIndex((line) => line.contains(focused));
    for (const [id, { line }] of this.#lines) {
      if (items.some((item) => item.id === id)) continue;
      line.remove();
      this.#lines.delete(id);
    }
    items.forEach((item, index) => {
      if (!this.#lines.has(item.id)) this.#lines.set(item.id, this.#line());
      const { line } = this.#lines.get(item.id);
      if (list.children[index] !== line) list.insertBefore(line, list.children[index] ?? null);
      this.#tell(this.#lines.get(item.id), item);
    });
    this.#box.hidden = !items.length;
    if (place < 0 || (focused.isConnected && focused.checkVisibility())) return;
    const next = list.children[Math.min(place, items.length - 1)]?.querySelector("button:not([hidden])");
    (next ?? document.querySelector(".ProseMirror, #f-body")).focus();
  }

  #line() {
    const line = document.createElement("li"),
      drawn = { line, item: null };
    drawn.state = document.createElement("b");
    drawn.text = Object.assign(document.createElement("span"), { dir: "auto" });
    drawn.reason = document.createElement("small");
    const on = (act) => () => drawn.item.state !== "sending" && act(drawn.item);
    drawn.again = button(
      "Edit again",
      on((item) => this.#on.again(item)),
    );
    drawn.now = button(
      "Send now",
      on(() => this.outbox.hurry()),
    );
    drawn.off = button(
      "Discard",
      on((item) => this.outbox.discard(item)),
    );
    line.append(drawn.state, drawn.text, drawn.reason, drawn.again, drawn.now, drawn.off);
    return drawn;
  }

  #tell(drawn, item) {
    const words = {
      waiting: navigator.onLine ? "Waiting for the server" : "Waiting for the network",
      sending: "Sending…",
      refused: "Not accepted",
    };
    drawn.item = item;
    drawn.line.dataset.state = item.state;
    drawn.state.textContent = words[item.state];
    drawn.text.textContent = item.title;
    drawn.reason.textContent = item.state === "refused" ? item.reason : item.edits ? "an edit" : "";
    drawn.now.hidden = item.state === "refused";
    drawn.off.hidden = item.state !== "refused";
    for (const act of [drawn.again, drawn.now]) act.setAttribute("aria-disabled", String(item.state === "sending"));
  }
}
