// The outbox as a list beside the composer: what waits, what is on its way, what was not accepted and why.
import { button } from "./dialogs.js";

const LATE = 700; // milliseconds after which something that is on its way is worth a line

export class Unsent {
  #box;
  #on;

  /** `again(item)` takes one up in the composer; `idle()` hears that nothing is left, `waiting(words)` what waits. */
  constructor(box, { outbox, slug, ...on }) {
    Object.assign(this, { outbox, slug });
    [this.#box, this.#on] = [box, on];
    outbox.addEventListener("changed", () => this.show());
    addEventListener("offline", () => this.show());
  }

  async show() {
    const items = (await this.outbox.items()).filter((item) => item.slug === this.slug);
    const young = items.filter(({ state, at }) => state !== "refused" && navigator.onLine && Date.now() - at < LATE);
    const worth = items.filter((item) => !young.includes(item));
    if (young.length) setTimeout(() => this.show(), LATE);
    this.#box.hidden = !worth.length;
    this.#box.querySelector("ol").replaceChildren(...worth.map((item) => this.#line(item)));
    const waiting = items.filter(({ state }) => state !== "refused").length;
    if (!items.length) this.#on.idle();
    if (worth.length && waiting) this.#on.waiting(navigator.onLine ? "Sending…" : `Offline: ${waiting} ${waiting === 1 ? "update waits" : "updates wait"} here`);
  }

  #line(item) {
    const words = { waiting: navigator.onLine ? "Waiting for the server" : "Waiting for the network", sending: "Sending…", refused: "Not accepted" };
    const line = document.createElement("li");
    line.dataset.state = item.state;
    const text = Object.assign(document.createElement("span"), { dir: "auto", textContent: item.title });
    const state = Object.assign(document.createElement("b"), { textContent: words[item.state] });
    const reason = Object.assign(document.createElement("small"), { textContent: item.state === "refused" ? item.reason : item.edits ? "an edit" : "" });
    line.append(state, text, reason);
    if (item.state !== "sending") line.append(button("Edit again", () => this.#on.again(item)));
    if (item.state === "waiting") line.append(button("Send now", () => this.outbox.hurry()));
    if (item.state === "refused") line.append(button("Discard", () => this.outbox.discard(item)));
    return line;
  }
}
